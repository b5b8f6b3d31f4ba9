//! Registrations between rows and domain types, and what the audit log says of them.

use edgeward_domain::Moment;
use edgeward_domain::audit::Note;
use edgeward_domain::device::{DeviceIdentity, Dialect, Registration, Status, Verified};
use edgeward_ids::{AgentId, OrganisationId, ProjectId};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult,
    JoinType, QueryFilter, QueryOrder, QuerySelect, RelationTrait, Set,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::{Clash, RegistrationView};
use crate::Place;
use crate::database::Writing;
use crate::database::devices::{clash, device};
use crate::database::entity::{organisation, project};
use crate::database::fault::Broken;
use crate::database::text::{searchable, storable, to_name};

/// How it is written that nobody checked.
const UNVERIFIED: &str = "unverified";

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    project_id: Uuid,
    brand: String,
    model: String,
    serial: String,
    store: String,
    device_key: String,
    device_data: Vec<u8>,
    status: String,
    dialect: Option<String>,
    verified: Option<String>,
    enrolled_in: Option<Uuid>,
    automatic: bool,
    registered_at: i64,
    enrolled_at: Option<i64>,
    organisation_id: Uuid,
    organisation_name: String,
    project_name: String,
    clash_count: Option<i64>,
    clash_last_at: Option<i64>,
    clash_addresses: Option<String>,
}

pub(super) fn with_id(id: AgentId) -> Condition {
    Condition::all().add(device::Column::Id.eq(id.as_uuid()))
}

pub(super) fn with_identity(identity: &DeviceIdentity) -> Condition {
    Condition::all()
        .add(device::Column::Brand.eq(storable(&identity.brand)))
        .add(device::Column::Model.eq(storable(&identity.model)))
        .add(device::Column::Serial.eq(storable(&identity.serial)))
}

/// The registrations that meet a condition on their own columns, the newest first.
pub(super) async fn load(
    on: &impl ConnectionTrait,
    condition: Condition,
) -> Result<Vec<RegistrationView>, Broken> {
    let rows = device::Entity::find()
        .join(JoinType::InnerJoin, device::Relation::Project.def())
        .join(JoinType::InnerJoin, project::Relation::Organisation.def())
        .join(JoinType::LeftJoin, device::Relation::Clash.def())
        .column_as(organisation::Column::Id, "organisation_id")
        .column_as(organisation::Column::Name, "organisation_name")
        .column_as(project::Column::Name, "project_name")
        .column_as(clash::Column::Count, "clash_count")
        .column_as(clash::Column::LastAt, "clash_last_at")
        .column_as(clash::Column::Addresses, "clash_addresses")
        .filter(condition)
        .order_by_desc(device::Column::Id)
        .into_model::<Row>()
        .all(on)
        .await?;
    rows.into_iter().map(to_view).collect()
}

pub(super) async fn find(
    on: &impl ConnectionTrait,
    condition: Condition,
) -> Result<Option<RegistrationView>, Broken> {
    Ok(load(on, condition).await?.pop())
}

/// The registration, if it exists, with its row locked to the transaction's end.
pub(super) async fn lock(
    transaction: &Writing<'_>,
    condition: Condition,
) -> Result<Option<RegistrationView>, Broken> {
    let id: Option<Uuid> = device::Entity::find()
        .select_only()
        .column(device::Column::Id)
        .filter(condition)
        .lock_exclusive()
        .into_tuple()
        .one(&**transaction)
        .await?;
    match id {
        Some(id) => find(&**transaction, with_id(AgentId::from_uuid(id))).await,
        None => Ok(None),
    }
}

/// The row of a registration.
pub(super) fn to_row(registration: &Registration) -> device::ActiveModel {
    let identity = &registration.identity;
    device::ActiveModel {
        id: Set(registration.id.as_uuid()),
        project_id: Set(registration.project.as_uuid()),
        brand: Set(storable(&identity.brand)),
        model: Set(storable(&identity.model)),
        serial: Set(storable(&identity.serial)),
        store: Set(storable(&registration.store)),
        device_key: Set(storable(&registration.device_key)),
        device_data: Set(registration.device_data.clone()),
        status: Set(registration.status.as_str().to_owned()),
        dialect: Set(registration.dialect.map(|d| d.as_str().to_owned())),
        verified: Set(registration.verified.as_ref().map(verified_word)),
        enrolled_in: Set(registration.enrolled_in.map(|id| id.as_uuid())),
        automatic: Set(registration.automatic),
        registered_at: Set(registration.registered_at.as_micros()),
        enrolled_at: Set(registration.enrolled_at.map(|at| at.as_micros())),
        search: Set(searchable(&[
            &identity.brand,
            &identity.model,
            &identity.serial,
            &registration.id.to_string(),
        ])),
    }
}

/// Records a registration as it is now.
pub(super) async fn update(
    on: &impl ConnectionTrait,
    registration: &Registration,
) -> Result<(), Broken> {
    let row = device::ActiveModel {
        id: sea_orm::Unchanged(registration.id.as_uuid()),
        ..to_row(registration)
    };
    row.update_without_returning(on).await?;
    Ok(())
}

fn verified_word(verified: &Verified) -> String {
    match verified {
        Verified::By(key) => key.to_string(),
        Verified::Unverified => UNVERIFIED.to_owned(),
    }
}

fn to_view(row: Row) -> Result<RegistrationView, Broken> {
    let corrupt = |what: &'static str, found: &str| Broken::corrupt(what, found.to_owned());
    let dialect = row.dialect.as_deref().map(|word| {
        Dialect::from_word(word).ok_or_else(|| corrupt("a registered device's dialect", word))
    });
    let verified = row.verified.as_deref().map(|word| match word {
        UNVERIFIED => Ok(Verified::Unverified),
        key => key
            .parse()
            .map(Verified::By)
            .map_err(|_| corrupt("the id of a key", key)),
    });
    let clash = match (row.clash_count, row.clash_last_at, row.clash_addresses) {
        (Some(count), Some(last_at), Some(addresses)) => Some(Clash {
            count: count.unsigned_abs(),
            last_at: Moment::from_micros(last_at),
            addresses,
        }),
        _ => None,
    };
    Ok(RegistrationView {
        registration: Registration {
            id: AgentId::from_uuid(row.id),
            organisation: OrganisationId::from_uuid(row.organisation_id),
            project: ProjectId::from_uuid(row.project_id),
            identity: DeviceIdentity {
                brand: row.brand,
                model: row.model,
                serial: row.serial,
            },
            store: row.store,
            device_key: row.device_key,
            device_data: row.device_data,
            status: Status::from_word(&row.status)
                .ok_or_else(|| corrupt("a registered device's status", &row.status))?,
            dialect: dialect.transpose()?,
            verified: verified.transpose()?,
            enrolled_in: row.enrolled_in.map(OrganisationId::from_uuid),
            automatic: row.automatic,
            registered_at: Moment::from_micros(row.registered_at),
            enrolled_at: row.enrolled_at.map(Moment::from_micros),
        },
        place: Place {
            organisation: to_name(&row.organisation_name)?,
            project: to_name(&row.project_name)?,
        },
        clash,
    })
}

/// Something that was done to a registration.
pub(super) fn about(action: &'static str, registration: &Registration) -> Note {
    Note::new(
        action,
        Some(registration.id.to_string()),
        registration.identity.to_string(),
    )
    .at(Some(registration.organisation), Some(registration.project))
}

/// What the log shows of a registration.
pub(super) fn shown(registration: &Registration) -> Value {
    json!({
        "status": registration.status.as_str(),
        "verified": registration.verified.as_ref().map(verified_word),
        "dialect": registration.dialect.map(Dialect::as_str),
        "device_data_bytes": registration.device_data.len(),
    })
}
