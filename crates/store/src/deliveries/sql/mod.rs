use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::audit::{By, Note};
use edgeward_domain::rollout::{Change, Rollout};
use edgeward_ids::{RolloutId, ServiceId};

use super::{DeliveryFilter, DeliveryStore, DeliveryView, DeliveryWork, NewTarget, Step, Target};
use crate::database::Database;
use crate::database::fault::{attempt, carry_out};
use crate::{Failure, Page, RolloutChangeRefusal, RolloutRefusal, Side, Slice, StoreError};

mod begin;
mod change;
mod list;
mod step;
mod targets;

#[async_trait]
impl DeliveryStore for Database {
    async fn begin_delivery(
        &self,
        course: &Rollout,
        work: &DeliveryWork,
        targets: &[NewTarget],
        by: &By,
    ) -> Result<(), Failure<RolloutRefusal>> {
        attempt(
            "begin a delivery",
            begin::begin(self, course, work, targets, by),
        )
        .await
    }

    async fn delivery(&self, id: RolloutId) -> Result<Option<DeliveryView>, StoreError> {
        carry_out("look up a delivery", list::one(self, id.as_uuid())).await
    }

    async fn deliveries(
        &self,
        filter: &DeliveryFilter,
        slice: Slice,
    ) -> Result<Page<DeliveryView>, StoreError> {
        carry_out("list the deliveries", list::matching(self, filter, slice)).await
    }

    async fn delivery_targets(
        &self,
        id: RolloutId,
        step: Option<Step>,
        slice: Slice,
    ) -> Result<Page<Target>, StoreError> {
        carry_out(
            "list a delivery's services",
            targets::page(self, id.as_uuid(), step, slice),
        )
        .await
    }

    async fn deliveries_going_on(&self) -> Result<Vec<RolloutId>, StoreError> {
        carry_out("look for deliveries that go on", list::going_on(self)).await
    }

    async fn delivery_due(
        &self,
        id: RolloutId,
        side: Side,
        limit: u64,
    ) -> Result<Vec<Target>, StoreError> {
        carry_out(
            "look which services a delivery has to do with",
            targets::due(self, id.as_uuid(), side, limit),
        )
        .await
    }

    async fn delivery_before(
        &self,
        id: RolloutId,
        service: ServiceId,
    ) -> Result<Option<String>, StoreError> {
        carry_out(
            "look up a service's configuration before a delivery",
            targets::before(self, id.as_uuid(), service.as_uuid()),
        )
        .await
    }

    async fn delivery_step(
        &self,
        id: RolloutId,
        service: ServiceId,
        side: Side,
        step: Step,
        before: Option<&str>,
        message: &str,
        now: Moment,
    ) -> Result<bool, StoreError> {
        let written = step::Written {
            side,
            step,
            before,
            message,
        };
        carry_out(
            "write down how far a service of a delivery is",
            step::write(self, id.as_uuid(), service.as_uuid(), written, now),
        )
        .await
    }

    async fn change_delivery(
        &self,
        id: RolloutId,
        change: &Change,
        by: &By,
        now: Moment,
    ) -> Result<(), Failure<RolloutChangeRefusal>> {
        attempt(
            "change a delivery",
            change::change(self, id.as_uuid(), change, by, now),
        )
        .await
    }

    async fn forget_ended_deliveries(&self) -> Result<u64, StoreError> {
        carry_out("forget old deliveries", begin::forget_ended(self)).await
    }
}

/// What the audit log says of a delivery.
fn about(action: &'static str, course: &Rollout) -> Note {
    Note::new(action, Some(course.id.to_string()), course.name.as_str())
        .at(Some(course.organisation), course.project)
}
