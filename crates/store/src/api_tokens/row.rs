//! API tokens between rows and domain types, and what the audit log says of them.

use std::collections::HashMap;

use edgeward_domain::Moment;
use edgeward_domain::access::{ApiToken, Grants, Membership};
use edgeward_domain::audit::Note;
use edgeward_ids::{ApiTokenId, OrganisationId, ProjectId, UserId};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::database::entity::user;
use crate::database::fault::Broken;
use crate::database::people::{api_token, api_token_grant};
use crate::members::grants::{organisation_role, project_role};

pub(super) fn to_grant(token: ApiTokenId, membership: Membership) -> api_token_grant::Model {
    let (place, organisation, project, role) = match membership {
        Membership::Organisation { id, role } => (id.as_uuid(), id, None, role.as_str()),
        Membership::Project {
            id,
            organisation,
            role,
        } => (
            id.as_uuid(),
            organisation,
            Some(id.as_uuid()),
            role.as_str(),
        ),
    };
    api_token_grant::Model {
        token_id: token.as_uuid(),
        place_id: place,
        organisation_id: organisation.as_uuid(),
        project_id: project,
        role: role.to_owned(),
    }
}

fn from_grant(row: &api_token_grant::Model) -> Result<Membership, Broken> {
    let organisation = OrganisationId::from_uuid(row.organisation_id);
    Ok(match row.project_id {
        None => Membership::Organisation {
            id: organisation,
            role: organisation_role(&row.role)?,
        },
        Some(id) => Membership::Project {
            id: ProjectId::from_uuid(id),
            organisation,
            role: project_role(&row.role)?,
        },
    })
}

pub(super) async fn to_tokens(
    on: &impl ConnectionTrait,
    rows: Vec<api_token::Model>,
) -> Result<Vec<ApiToken>, Broken> {
    let ids = rows.iter().map(|row| row.id);
    let mut granted: HashMap<Uuid, Vec<Membership>> = HashMap::new();
    let grants = api_token_grant::Entity::find()
        .filter(api_token_grant::Column::TokenId.is_in(ids))
        .all(on)
        .await?;
    for row in grants {
        let membership = from_grant(&row)?;
        granted.entry(row.token_id).or_default().push(membership);
    }
    let owners = rows.iter().filter_map(|row| row.owner_id);
    let names: Vec<(Uuid, String)> = user::Entity::find()
        .select_only()
        .columns([user::Column::Id, user::Column::DisplayName])
        .filter(user::Column::Id.is_in(owners))
        .into_tuple()
        .all(on)
        .await?;
    let names: HashMap<Uuid, String> = names.into_iter().collect();
    Ok(rows
        .into_iter()
        .map(|row| ApiToken {
            id: ApiTokenId::from_uuid(row.id),
            name: row.name,
            owner: row.owner_id.map(UserId::from_uuid),
            owner_name: row.owner_id.and_then(|id| names.get(&id).cloned()),
            granted: Grants::new(
                row.system_admin,
                granted.remove(&row.id).unwrap_or_default(),
            ),
            created_at: Moment::from_micros(row.created_at),
            expires_at: row.expires_at.map(Moment::from_micros),
            last_used_at: row.last_used_at.map(Moment::from_micros),
        })
        .collect())
}

/// What was done to a token; it belongs to the place that it was given something in, if that is one organisation.
pub(super) fn about(action: &'static str, token: &ApiToken) -> Note {
    let mut organisations: Vec<OrganisationId> = token
        .granted
        .memberships()
        .filter_map(|membership| match membership {
            Membership::Organisation { id, .. } => Some(id),
            Membership::Project { .. } => None,
        })
        .collect();
    let organisation = organisations.pop().filter(|_| organisations.is_empty());
    Note::new(action, Some(token.id.to_string()), &token.name).at(organisation, None)
}

pub(super) fn shown(token: &ApiToken) -> Value {
    let granted: Vec<Value> = token
        .granted
        .memberships()
        .map(|membership| match membership {
            Membership::Organisation { id, role } => {
                json!({ "organisation_id": id, "role": role.as_str() })
            }
            Membership::Project { id, role, .. } => {
                json!({ "project_id": id, "role": role.as_str() })
            }
        })
        .collect();
    json!({
        "owner": token.owner_name,
        "system_admin": token.granted.is_system_admin(),
        "granted": granted,
        "expires_at_us": token.expires_at.map(Moment::as_micros),
    })
}
