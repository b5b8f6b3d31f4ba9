//! Looking registrations up.

use std::convert::Infallible;

use edgeward_domain::access::Visible;
use sea_orm::sea_query::LikeExpr;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::super::{RegistrationFilter, RegistrationView};
use super::row;
use crate::database::Database;
use crate::database::devices::device;
use crate::database::fault::Fault;
use crate::database::places::{project_of, visible_project};
use crate::database::text::{containing, storable};
use crate::{Page, Slice};

/// How many devices with one serial number are looked at.
const MAX_SAME_SERIAL: u64 = 100;

pub(super) async fn matching(
    database: &Database,
    filter: &RegistrationFilter,
    slice: Slice,
) -> Result<Page<RegistrationView>, Fault<Infallible>> {
    let select = device::Entity::find()
        .select_only()
        .column(device::Column::Id)
        .filter(condition(filter));
    let reading = database.read().await?;
    let ids: Vec<Uuid> = select
        .clone()
        .order_by_desc(device::Column::Id)
        .limit(slice.limit())
        .offset(slice.offset())
        .into_tuple()
        .all(&reading)
        .await?;
    let total = select.count(&reading).await?;
    let items = row::load(
        &reading,
        Condition::all().add(device::Column::Id.is_in(ids)),
    )
    .await?;
    reading.commit().await?;
    Ok(Page { items, total })
}

pub(super) async fn with_serial(
    database: &Database,
    serial: &str,
    visible: &Visible,
) -> Result<Vec<RegistrationView>, Fault<Infallible>> {
    let mut condition = Condition::all().add(device::Column::Serial.eq(storable(serial)));
    if let Some(visible) = visible_project(device::Column::ProjectId, visible) {
        condition = condition.add(visible);
    }
    let ids: Vec<Uuid> = device::Entity::find()
        .select_only()
        .column(device::Column::Id)
        .filter(condition)
        .limit(MAX_SAME_SERIAL)
        .into_tuple()
        .all(database.once())
        .await?;
    let chosen = Condition::all().add(device::Column::Id.is_in(ids));
    Ok(row::load(database.once(), chosen).await?)
}

fn condition(filter: &RegistrationFilter) -> Condition {
    let mut condition = Condition::all();
    if let Some(organisation) = filter.organisation {
        condition = condition.add(project_of(device::Column::ProjectId, organisation));
    }
    if let Some(project) = filter.project {
        condition = condition.add(device::Column::ProjectId.eq(project.as_uuid()));
    }
    if let Some(status) = filter.status {
        condition = condition.add(device::Column::Status.eq(status.as_str()));
    }
    if let Some(model) = &filter.model {
        condition = condition.add(device::Column::Model.eq(storable(model)));
    }
    if let Some(text) = &filter.text {
        let pattern = LikeExpr::new(containing(text)).escape('\\');
        condition = condition.add(device::Column::Search.like(pattern));
    }
    if let Some(visible) = visible_project(device::Column::ProjectId, &filter.visible) {
        condition = condition.add(visible);
    }
    condition
}
