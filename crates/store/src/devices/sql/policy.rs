//! What organisations ask of devices.

use std::convert::Infallible;

use edgeward_domain::Moment;
use edgeward_domain::audit::{By, Note};
use edgeward_domain::device::{KeyId, MAX_AUTHORITIES};
use edgeward_ids::{OrganisationId, ProjectId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Set,
};
use serde_json::json;

use super::super::{Authority, EnrolmentPolicy, PolicyChange, PolicyRefusal};
use crate::database::devices::{authority, policy};
use crate::database::entity::organisation;
use crate::database::fault::{Broken, Fault};
use crate::database::text::storable;
use crate::database::{Database, Writing};
use crate::organisations::sql::organisation_of;

pub(super) async fn load(
    on: &impl ConnectionTrait,
    organisation: OrganisationId,
) -> Result<EnrolmentPolicy, Broken> {
    let authorities = authority::Entity::find()
        .filter(authority::Column::OrganisationId.eq(organisation.as_uuid()))
        .order_by_asc(authority::Column::AddedAt)
        .order_by_asc(authority::Column::KeyId)
        .all(on)
        .await?;
    let row = policy::Entity::find_by_id(organisation.as_uuid())
        .one(on)
        .await?;
    Ok(EnrolmentPolicy {
        authorities: authorities
            .into_iter()
            .map(to_authority)
            .collect::<Result<_, _>>()?,
        unverified: row.as_ref().is_some_and(|row| row.unverified),
        automatic: row
            .and_then(|row| row.automatic_project_id)
            .map(ProjectId::from_uuid),
    })
}

fn to_authority(row: authority::Model) -> Result<Authority, Broken> {
    Ok(Authority {
        key: row
            .key_id
            .parse()
            .map_err(|_| Broken::corrupt("the id of a key", &row.key_id))?,
        account: row.account,
        name: row.name,
        public_key: row.public_key,
        added_at: Moment::from_micros(row.added_at),
    })
}

pub(super) async fn automatic(
    database: &Database,
    keys: &[KeyId],
) -> Result<Option<OrganisationId>, Fault<Infallible>> {
    let candidates = policy::Entity::find()
        .filter(policy::Column::AutomaticProjectId.is_not_null())
        .order_by_asc(policy::Column::OrganisationId)
        .all(database.once())
        .await?;
    for candidate in candidates {
        let believed = authority::Entity::find()
            .filter(authority::Column::OrganisationId.eq(candidate.organisation_id))
            .filter(authority::Column::KeyId.is_in(keys.iter().map(KeyId::as_str)))
            .all(database.once())
            .await?;
        let believes = |key: &KeyId| believed.iter().any(|row| row.key_id == key.as_str());
        if keys.iter().all(believes) {
            return Ok(Some(OrganisationId::from_uuid(candidate.organisation_id)));
        }
    }
    Ok(None)
}

/// The organisation's name; it stays to the transaction's end.
pub(super) async fn lock(
    transaction: &Writing<'_>,
    organisation: OrganisationId,
) -> Result<String, Fault<PolicyRefusal>> {
    let row = organisation::Entity::find_by_id(organisation.as_uuid())
        .lock_exclusive()
        .one(&**transaction)
        .await?;
    row.map(|row| row.name)
        .ok_or(Fault::Rule(PolicyRefusal::UnknownOrganisation))
}

pub(super) async fn change(
    database: &Database,
    organisation: OrganisationId,
    change: PolicyChange,
    by: &By,
    now: Moment,
) -> Result<EnrolmentPolicy, Fault<PolicyRefusal>> {
    let mut transaction = database.write().await?;
    let name = lock(&transaction, organisation).await?;
    let before = load(&*transaction, organisation).await?;
    let after = EnrolmentPolicy {
        unverified: change.unverified.unwrap_or(before.unverified),
        automatic: change.automatic.unwrap_or(before.automatic),
        ..before.clone()
    };
    if let Some(project) = after.automatic
        && organisation_of(&*transaction, project).await? != Some(organisation)
    {
        return Err(Fault::Rule(PolicyRefusal::UnknownProject));
    }
    if after != before {
        policy::Entity::insert(policy::ActiveModel {
            organisation_id: Set(organisation.as_uuid()),
            unverified: Set(after.unverified),
            automatic_project_id: Set(after.automatic.map(|id| id.as_uuid())),
        })
        .on_conflict(
            OnConflict::column(policy::Column::OrganisationId)
                .update_columns([
                    policy::Column::Unverified,
                    policy::Column::AutomaticProjectId,
                ])
                .to_owned(),
        )
        .exec_without_returning(&*transaction)
        .await?;
        let shown = |policy: &EnrolmentPolicy| json!({ "unverified": policy.unverified, "automatic_project": policy.automatic });
        let note = Note::new("enrolment.update", Some(organisation.to_string()), name)
            .at(Some(organisation), None)
            .before(shown(&before))
            .after(shown(&after));
        transaction.note(note, by, now);
    }
    transaction.commit().await?;
    Ok(after)
}

pub(super) async fn add(
    database: &Database,
    organisation: OrganisationId,
    new: Authority,
    by: &By,
    now: Moment,
) -> Result<(), Fault<PolicyRefusal>> {
    let mut transaction = database.write().await?;
    lock(&transaction, organisation).await?;
    let known =
        authority::Entity::find_by_id((organisation.as_uuid(), new.key.as_str().to_owned()))
            .one(&*transaction)
            .await?;
    if known.is_some() {
        return Ok(());
    }
    let here = authority::Entity::find()
        .filter(authority::Column::OrganisationId.eq(organisation.as_uuid()))
        .count(&*transaction)
        .await?;
    if here >= MAX_AUTHORITIES {
        return Err(Fault::Rule(PolicyRefusal::TooManyKeys));
    }
    let note = about("enrolment.add_key", organisation, &new).after(shown(&new));
    authority::Entity::insert(authority::ActiveModel {
        organisation_id: Set(organisation.as_uuid()),
        key_id: Set(new.key.as_str().to_owned()),
        account: Set(storable(&new.account)),
        name: Set(storable(&new.name)),
        public_key: Set(storable(&new.public_key)),
        added_at: Set(now.as_micros()),
    })
    .exec_without_returning(&*transaction)
    .await?;
    transaction.note(note, by, now);
    Ok(transaction.commit().await?)
}

pub(super) async fn remove(
    database: &Database,
    organisation: OrganisationId,
    key: &KeyId,
    by: &By,
    now: Moment,
) -> Result<(), Fault<PolicyRefusal>> {
    let mut transaction = database.write().await?;
    lock(&transaction, organisation).await?;
    let id = (organisation.as_uuid(), key.as_str().to_owned());
    let row = authority::Entity::find_by_id(id.clone())
        .one(&*transaction)
        .await?
        .ok_or(Fault::Rule(PolicyRefusal::UnknownKey))?;
    let old = to_authority(row)?;
    authority::Entity::delete_by_id(id)
        .exec(&*transaction)
        .await?;
    let note = about("enrolment.remove_key", organisation, &old).before(shown(&old));
    transaction.note(note, by, now);
    Ok(transaction.commit().await?)
}

fn about(action: &'static str, organisation: OrganisationId, authority: &Authority) -> Note {
    Note::new(action, Some(authority.key.to_string()), &*authority.name)
        .at(Some(organisation), None)
}

fn shown(authority: &Authority) -> serde_json::Value {
    json!({ "key": authority.key.as_str(), "account": authority.account, "name": authority.name })
}
