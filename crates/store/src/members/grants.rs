//! What users were given, as it is recorded.

use std::collections::HashMap;

use edgeward_domain::access::{Grants, Membership, OrganisationRole, ProjectRole};
use edgeward_ids::{OrganisationId, ProjectId};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QuerySelect,
    RelationTrait,
};
use uuid::Uuid;

use super::Origin;
use crate::database::MAX_BOUND_VALUES;
use crate::database::entity::{project, user};
use crate::database::fault::Broken;
use crate::database::people::{organisation_member, project_member};

const HAND: &str = "hand";
const SSO: &str = "sso";

/// The role of users who may do everything, everywhere; the others' is [`NO_ROLE`].
pub(crate) const SYSTEM_ADMIN: &str = "system_admin";

/// The role of users who may do what their memberships say.
pub(crate) const NO_ROLE: &str = "user";

#[derive(FromQueryResult)]
struct InProject {
    user_id: Uuid,
    project_id: Uuid,
    organisation_id: Uuid,
    role: String,
}

/// What these users were given.
pub(crate) async fn grants_of(
    on: &impl ConnectionTrait,
    users: &[user::Model],
) -> Result<HashMap<Uuid, Grants>, Broken> {
    let ids: Vec<Uuid> = users.iter().map(|user| user.id).collect();
    let mut memberships = memberships_of(on, &ids).await?;
    users
        .iter()
        .map(|user| {
            let theirs = memberships.remove(&user.id).unwrap_or_default();
            let system_admin = is_system_admin(&user.role)?;
            Ok((user.id, Grants::new(system_admin, theirs)))
        })
        .collect()
}

/// What this user was given.
pub(crate) async fn grants(
    on: &impl ConnectionTrait,
    user: &user::Model,
) -> Result<Grants, Broken> {
    let mut grants = grants_of(on, std::slice::from_ref(user)).await?;
    Ok(grants.remove(&user.id).unwrap_or_default())
}

async fn memberships_of(
    on: &impl ConnectionTrait,
    users: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Membership>>, Broken> {
    let mut found: HashMap<Uuid, Vec<Membership>> = HashMap::new();
    for users in users.chunks(MAX_BOUND_VALUES) {
        let in_organisations = organisation_member::Entity::find()
            .filter(organisation_member::Column::UserId.is_in(users.iter().copied()))
            .all(on)
            .await?;
        for row in in_organisations {
            let membership = Membership::Organisation {
                id: OrganisationId::from_uuid(row.organisation_id),
                role: organisation_role(&row.role)?,
            };
            found.entry(row.user_id).or_default().push(membership);
        }
        let in_projects = project_member::Entity::find()
            .column_as(project::Column::OrganisationId, "organisation_id")
            .join(JoinType::InnerJoin, project_member::Relation::Project.def())
            .filter(project_member::Column::UserId.is_in(users.iter().copied()))
            .into_model::<InProject>()
            .all(on)
            .await?;
        for row in in_projects {
            let membership = Membership::Project {
                id: ProjectId::from_uuid(row.project_id),
                organisation: OrganisationId::from_uuid(row.organisation_id),
                role: project_role(&row.role)?,
            };
            found.entry(row.user_id).or_default().push(membership);
        }
    }
    Ok(found)
}

pub(crate) fn is_system_admin(role: &str) -> Result<bool, Broken> {
    match role {
        SYSTEM_ADMIN => Ok(true),
        NO_ROLE => Ok(false),
        _ => Err(Broken::corrupt("a role", role)),
    }
}

pub(crate) fn organisation_role(word: &str) -> Result<OrganisationRole, Broken> {
    OrganisationRole::from_word(word).ok_or_else(|| Broken::corrupt("a role", word))
}

pub(crate) fn project_role(word: &str) -> Result<ProjectRole, Broken> {
    ProjectRole::from_word(word).ok_or_else(|| Broken::corrupt("a role", word))
}

pub(crate) fn origin_from_word(word: &str) -> Result<Origin, Broken> {
    match word {
        HAND => Ok(Origin::Hand),
        SSO => Ok(Origin::Sso),
        _ => Err(Broken::corrupt("where a membership comes from", word)),
    }
}

pub(crate) const fn origin_to_word(origin: Origin) -> &'static str {
    match origin {
        Origin::Hand => HAND,
        Origin::Sso => SSO,
    }
}
