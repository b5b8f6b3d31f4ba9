//! The services of a delivery.

use std::convert::Infallible;

use sea_orm::sea_query::Order;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::super::row::to_target;
use super::super::{Step, Target};
use crate::database::Database;
use crate::database::deliveries::{delivery, delivery_before, delivery_target};
use crate::database::fault::{Broken, Fault};
use crate::database::text::by_code_points;
use crate::{Page, Side, Slice};

/// The steps that have no end.
const OPEN: [&str; 2] = [Step::Waiting.as_str(), Step::UnderWay.as_str()];

pub(super) async fn page(
    database: &Database,
    id: Uuid,
    step: Option<Step>,
    slice: Slice,
) -> Result<Page<Target>, Fault<Infallible>> {
    let mut select =
        delivery_target::Entity::find().filter(delivery_target::Column::DeliveryId.eq(id));
    if let Some(step) = step {
        select = select.filter(delivery_target::Column::Step.eq(step.as_str()));
    }
    let reading = database.read().await?;
    let total = select.clone().count(&reading).await?;
    let rows = in_order(database, select)
        .limit(slice.limit())
        .offset(slice.offset())
        .all(&reading)
        .await?;
    reading.commit().await?;
    let items: Result<_, Broken> = rows.into_iter().map(to_target).collect();
    Ok(Page {
        items: items?,
        total,
    })
}

pub(super) async fn due(
    database: &Database,
    id: Uuid,
    side: Side,
    limit: u64,
) -> Result<Vec<Target>, Fault<Infallible>> {
    let select = delivery_target::Entity::find().filter(delivery_target::Column::DeliveryId.eq(id));
    let select = match side {
        Side::Doing => {
            let begun: Option<i32> = delivery::Entity::find_by_id(id)
                .select_only()
                .column(delivery::Column::Begun)
                .into_tuple()
                .one(database.once())
                .await?;
            select
                .filter(delivery_target::Column::Wave.lte(begun.unwrap_or(0)))
                .filter(delivery_target::Column::Step.is_in(OPEN))
        }
        Side::Undoing => select.filter(delivery_target::Column::Undo.is_in(OPEN)),
    };
    let column = match side {
        Side::Doing => delivery_target::Column::Step,
        Side::Undoing => delivery_target::Column::Undo,
    };
    // Those that were begun come first: they are brought to their end also where nothing more begins.
    let begun_first = select.order_by(column.eq(Step::UnderWay.as_str()), Order::Desc);
    let rows = in_order(database, begun_first)
        .limit(limit)
        .all(database.once())
        .await?;
    let due: Result<_, Broken> = rows.into_iter().map(to_target).collect();
    Ok(due?)
}

fn in_order(
    database: &Database,
    select: sea_orm::Select<delivery_target::Entity>,
) -> sea_orm::Select<delivery_target::Entity> {
    let name = by_code_points(database.kind(), "delivery_targets", "name");
    select
        .order_by_asc(delivery_target::Column::Wave)
        .order_by(name, Order::Asc)
        .order_by_asc(delivery_target::Column::ServiceId)
}

pub(super) async fn before(
    database: &Database,
    id: Uuid,
    service: Uuid,
) -> Result<Option<String>, Fault<Infallible>> {
    let row = delivery_before::Entity::find_by_id((id, service))
        .one(database.once())
        .await?;
    Ok(row.map(|row| row.text))
}
