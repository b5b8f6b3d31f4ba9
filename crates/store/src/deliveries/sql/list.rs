//! Looking deliveries up, and how far their services are.

use std::collections::HashMap;
use std::convert::Infallible;

use edgeward_domain::Moment;
use edgeward_domain::rollout::{Standing, State};
use edgeward_ids::RolloutId;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, Iterable as _,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::super::row::{add, to_delivery, to_step};
use super::super::{DeliveryFilter, DeliveryView, Step};
use crate::database::Database;
use crate::database::deliveries::{delivery, delivery_target};
use crate::database::fault::{Broken, Fault};
use crate::database::places::visible_project;
use crate::{Page, Slice};

pub(super) async fn one(
    database: &Database,
    id: Uuid,
) -> Result<Option<DeliveryView>, Fault<Infallible>> {
    let reading = database.read().await?;
    let rows = delivery::Entity::find_by_id(id).all(&reading).await?;
    let found = views(&reading, rows).await?.pop();
    reading.commit().await?;
    Ok(found)
}

pub(super) async fn matching(
    database: &Database,
    filter: &DeliveryFilter,
    slice: Slice,
) -> Result<Page<DeliveryView>, Fault<Infallible>> {
    let mut condition = Condition::all();
    if let Some(organisation) = filter.organisation {
        condition = condition.add(delivery::Column::OrganisationId.eq(organisation.as_uuid()));
    }
    if let Some(project) = filter.project {
        condition = condition.add(delivery::Column::ProjectId.eq(project.as_uuid()));
    }
    if let Some(state) = filter.state {
        condition = condition.add(delivery::Column::State.eq(state.as_str()));
    }
    if let Some(visible) = visible_project(delivery::Column::ProjectId, &filter.visible) {
        condition = condition.add(visible);
    }
    let reading = database.read().await?;
    let rows = without_text()
        .filter(condition.clone())
        .order_by_desc(delivery::Column::Id)
        .limit(slice.limit())
        .offset(slice.offset())
        .into_model::<delivery::Model>()
        .all(&reading)
        .await?;
    let total = delivery::Entity::find()
        .filter(condition)
        .count(&reading)
        .await?;
    let items = views(&reading, rows).await?;
    reading.commit().await?;
    Ok(Page { items, total })
}

/// Deliveries with an empty text in place of theirs.
fn without_text() -> sea_orm::Select<delivery::Entity> {
    let columns = delivery::Column::iter();
    delivery::Entity::find()
        .select_only()
        .columns(columns.filter(|column| !matches!(column, delivery::Column::Text)))
        .column_as(Expr::cust("''"), "text")
}

/// A delivery for a change of it, without its text; nobody else changes it meanwhile.
pub(super) async fn locked(
    transaction: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<DeliveryView>, Broken> {
    let rows = without_text()
        .filter(delivery::Column::Id.eq(id))
        .lock_exclusive()
        .into_model::<delivery::Model>()
        .all(transaction)
        .await?;
    Ok(views(transaction, rows).await?.pop())
}

/// These deliveries with how far they are.
async fn views(
    on: &impl ConnectionTrait,
    rows: Vec<delivery::Model>,
) -> Result<Vec<DeliveryView>, Broken> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut standings = standings(on, &ids).await?;
    rows.into_iter()
        .map(|row| {
            let standing = standings.remove(&row.id).unwrap_or_default();
            let (course, work) = to_delivery(row)?;
            Ok(DeliveryView {
                course,
                work,
                standing,
            })
        })
        .collect()
}

#[derive(FromQueryResult)]
struct Counted {
    delivery_id: Uuid,
    wave: i32,
    step: String,
    undo: Option<String>,
    services: i64,
    last: Option<i64>,
}

/// How far the services of each of these deliveries are.
async fn standings(
    on: &impl ConnectionTrait,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Standing>, Broken> {
    let counted = delivery_target::Entity::find()
        .select_only()
        .column(delivery_target::Column::DeliveryId)
        .column(delivery_target::Column::Wave)
        .column(delivery_target::Column::Step)
        .column(delivery_target::Column::Undo)
        .column_as(delivery_target::Column::ServiceId.count(), "services")
        .column_as(delivery_target::Column::ChangedAt.max(), "last")
        .filter(delivery_target::Column::DeliveryId.is_in(ids.iter().copied()))
        .group_by(delivery_target::Column::DeliveryId)
        .group_by(delivery_target::Column::Wave)
        .group_by(delivery_target::Column::Step)
        .group_by(delivery_target::Column::Undo)
        .into_model::<Counted>()
        .all(on)
        .await?;
    let mut standings: HashMap<Uuid, Standing> = HashMap::with_capacity(ids.len());
    for row in counted {
        let standing = standings.entry(row.delivery_id).or_default();
        let wave = usize::try_from(row.wave)
            .ok()
            .filter(|wave| *wave > 0)
            .ok_or_else(|| Broken::corrupt("a delivery's wave", row.wave))?;
        if standing.waves.len() < wave {
            standing.waves.resize_with(wave, Default::default);
        }
        let services = row.services.unsigned_abs();
        let step = to_step(&row.step)?;
        add(&mut standing.waves[wave - 1], step, services);
        if let Some(undo) = row.undo.as_deref() {
            add(&mut standing.undo, to_step(undo)?, services);
        }
        if step.has_ended() {
            let last = row.last.map(Moment::from_micros);
            standing.last_end = standing.last_end.max(last);
        }
    }
    Ok(standings)
}

pub(super) async fn going_on(database: &Database) -> Result<Vec<RolloutId>, Fault<Infallible>> {
    use sea_orm::QueryTrait as _;
    let states = [State::Running, State::Undoing].map(State::as_str);
    let at_it = Step::UnderWay.as_str();
    let left = delivery_target::Entity::find()
        .select_only()
        .column(delivery_target::Column::DeliveryId)
        .filter(
            Condition::any()
                .add(delivery_target::Column::Step.eq(at_it))
                .add(delivery_target::Column::Undo.eq(at_it)),
        )
        .into_query();
    let ids: Vec<Uuid> = delivery::Entity::find()
        .select_only()
        .column(delivery::Column::Id)
        .filter(
            Condition::any()
                .add(delivery::Column::State.is_in(states))
                .add(delivery::Column::Id.in_subquery(left)),
        )
        .order_by_asc(delivery::Column::Id)
        .into_tuple()
        .all(database.once())
        .await?;
    Ok(ids.into_iter().map(RolloutId::from_uuid).collect())
}
