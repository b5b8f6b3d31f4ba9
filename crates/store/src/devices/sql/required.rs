//! The snaps that models need.

use std::collections::BTreeMap;
use std::convert::Infallible;

use edgeward_domain::Moment;
use edgeward_domain::audit::{By, Note};
use edgeward_domain::device::{MAX_REQUIRED_SNAPS, RequiredSnap};
use edgeward_ids::OrganisationId;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, Set};
use serde_json::json;

use super::super::PolicyRefusal;
use super::policy;
use crate::database::Database;
use crate::database::devices::required_snap;
use crate::database::fault::Fault;
use crate::database::text::storable;

pub(super) async fn all(
    database: &Database,
    organisation: Option<OrganisationId>,
) -> Result<Vec<RequiredSnap>, Fault<Infallible>> {
    let mut condition = Condition::all();
    if let Some(organisation) = organisation {
        condition = condition.add(required_snap::Column::OrganisationId.eq(organisation.as_uuid()));
    }
    let rows = required_snap::Entity::find()
        .filter(condition)
        .order_by_asc(required_snap::Column::OrganisationId)
        .all(database.once())
        .await?;
    let mut snaps: Vec<_> = rows.into_iter().map(to_snap).collect();
    // Here, since the databases sort text differently.
    snaps.sort_by(|a, b| {
        (a.organisation, &a.model, &a.brand, &a.snap).cmp(&(
            b.organisation,
            &b.model,
            &b.brand,
            &b.snap,
        ))
    });
    Ok(snaps)
}

fn to_snap(row: required_snap::Model) -> RequiredSnap {
    RequiredSnap {
        organisation: OrganisationId::from_uuid(row.organisation_id),
        brand: (!row.brand.is_empty()).then_some(row.brand),
        model: row.model,
        snap: row.snap,
        channel: row.channel,
    }
}

pub(super) async fn set(
    database: &Database,
    organisation: OrganisationId,
    (brand, model): (Option<&str>, &str),
    snaps: &[(String, Option<String>)],
    by: &By,
    now: Moment,
) -> Result<(), Fault<PolicyRefusal>> {
    if snaps.len() > MAX_REQUIRED_SNAPS {
        return Err(Fault::Rule(PolicyRefusal::TooManySnaps));
    }
    let mut transaction = database.write().await?;
    policy::lock(&transaction, organisation).await?;
    let (brand, model) = (storable(brand.unwrap_or_default()), storable(model));
    let these = Condition::all()
        .add(required_snap::Column::OrganisationId.eq(organisation.as_uuid()))
        .add(required_snap::Column::Brand.eq(&*brand))
        .add(required_snap::Column::Model.eq(&*model));
    let before: BTreeMap<String, Option<String>> = required_snap::Entity::find()
        .filter(these.clone())
        .all(&*transaction)
        .await?
        .into_iter()
        .map(|row| (row.snap, row.channel))
        .collect();
    let after: BTreeMap<String, Option<String>> = snaps.iter().cloned().collect();
    if before == after {
        return Ok(());
    }
    required_snap::Entity::delete_many()
        .filter(these)
        .exec(&*transaction)
        .await?;
    for (snap, channel) in &after {
        required_snap::Entity::insert(required_snap::ActiveModel {
            organisation_id: Set(organisation.as_uuid()),
            brand: Set(brand.clone()),
            model: Set(model.clone()),
            snap: Set(storable(snap)),
            channel: Set(channel.as_deref().map(storable)),
        })
        .exec_without_returning(&*transaction)
        .await?;
    }
    let note = Note::new("required_snaps.update", None, &*model)
        .at(Some(organisation), None)
        .before(json!({ "brand": brand, "snaps": before }))
        .after(json!({ "brand": brand, "snaps": after }));
    transaction.note(note, by, now);
    Ok(transaction.commit().await?)
}
