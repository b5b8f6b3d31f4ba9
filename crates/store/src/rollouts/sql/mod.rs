use std::collections::BTreeSet;

use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::access::Visible;
use edgeward_domain::audit::{By, Note};
use edgeward_domain::rollout::{Change, Rollout};
use edgeward_domain::selection::Tag;
use edgeward_ids::{AgentId, OrganisationId, ProjectId, RolloutId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::{
    Candidate, Due, RolloutAsk, RolloutChangeRefusal, RolloutDevice, RolloutFilter, RolloutRefusal,
    RolloutStore, RolloutView, Side, UnknownDevice, UnknownOrganisation, Work,
};
use crate::database::fault::{Broken, attempt, carry_out};
use crate::database::rollouts::{device_tag, rollout_device};
use crate::database::{Database, Writing};
use crate::{Failure, Page, Slice, StoreError};

mod begin;
mod change;
mod list;
mod tags;

#[async_trait]
impl RolloutStore for Database {
    async fn set_tags(
        &self,
        agent: AgentId,
        tags: &BTreeSet<Tag>,
        by: &By,
        now: Moment,
    ) -> Result<(), Failure<UnknownDevice>> {
        attempt("tag a device", tags::set(self, agent, tags, by, now)).await
    }

    async fn tags(&self, agent: AgentId) -> Result<Vec<String>, StoreError> {
        carry_out("look up a device's tags", tags::of(self, agent)).await
    }

    async fn tags_in_use(
        &self,
        organisation: Option<OrganisationId>,
        project: Option<ProjectId>,
        visible: &Visible,
    ) -> Result<Vec<(String, u64)>, StoreError> {
        carry_out(
            "list the tags",
            tags::in_use(self, organisation, project, visible),
        )
        .await
    }

    async fn declare_tag(
        &self,
        organisation: OrganisationId,
        tag: &Tag,
        by: &By,
        now: Moment,
    ) -> Result<(), Failure<UnknownOrganisation>> {
        attempt(
            "declare a tag",
            tags::declare(self, organisation, tag, by, now),
        )
        .await
    }

    async fn candidates(
        &self,
        organisation: OrganisationId,
        project: Option<ProjectId>,
        tags: &BTreeSet<Tag>,
    ) -> Result<Vec<Candidate>, StoreError> {
        carry_out(
            "look for devices",
            tags::candidates(self, organisation, project, tags),
        )
        .await
    }

    async fn begin_rollout(
        &self,
        rollout: &Rollout,
        work: &Work,
        devices: &[(AgentId, u32)],
        by: &By,
    ) -> Result<(), Failure<RolloutRefusal>> {
        attempt(
            "begin a rollout",
            begin::begin(self, rollout, work, devices, by),
        )
        .await
    }

    async fn rollout(&self, id: RolloutId) -> Result<Option<RolloutView>, StoreError> {
        carry_out("look up a rollout", async {
            Ok(list::views(self.once(), &[id.as_uuid()]).await?.pop())
        })
        .await
    }

    async fn rollouts(
        &self,
        filter: &RolloutFilter,
        slice: Slice,
    ) -> Result<Page<RolloutView>, StoreError> {
        carry_out("list the rollouts", list::matching(self, filter, slice)).await
    }

    async fn rollout_devices(
        &self,
        id: RolloutId,
        slice: Slice,
    ) -> Result<Page<RolloutDevice>, StoreError> {
        carry_out(
            "list a rollout's devices",
            list::devices(self, id.as_uuid(), slice),
        )
        .await
    }

    async fn rollouts_going_on(&self) -> Result<Vec<RolloutId>, StoreError> {
        carry_out("look for rollouts that go on", list::going_on(self)).await
    }

    async fn rollout_due(
        &self,
        id: RolloutId,
        side: Side,
        limit: u64,
    ) -> Result<Vec<Due>, StoreError> {
        carry_out(
            "look whom a rollout has to ask",
            list::due(self, id.as_uuid(), side, limit),
        )
        .await
    }

    async fn ask_for_rollout(
        &self,
        id: RolloutId,
        side: Side,
        asks: Vec<RolloutAsk>,
        by: &By,
        now: Moment,
    ) -> Result<Vec<AgentId>, StoreError> {
        carry_out(
            "ask devices of a rollout",
            change::ask(self, id, side, asks, by, now),
        )
        .await
    }

    async fn change_rollout(
        &self,
        id: RolloutId,
        change: &Change,
        by: &By,
        now: Moment,
    ) -> Result<(), Failure<RolloutChangeRefusal>> {
        attempt(
            "change a rollout",
            change::change(self, id, change, by, now),
        )
        .await
    }

    async fn join_rollout(&self, id: RolloutId, agents: &[AgentId]) -> Result<u64, StoreError> {
        carry_out(
            "add devices to a rollout",
            begin::join(self, id.as_uuid(), agents),
        )
        .await
    }

    async fn forget_ended_rollouts(&self) -> Result<u64, StoreError> {
        carry_out("forget old rollouts", begin::forget_ended(self)).await
    }
}

/// What the audit log says of a rollout.
fn about(action: &'static str, rollout: &Rollout) -> Note {
    Note::new(action, Some(rollout.id.to_string()), rollout.name.as_str())
        .at(Some(rollout.organisation), rollout.project)
}

/// A device that is not managed any more has no tags and is in no rollout.
pub(crate) async fn forget(transaction: &Writing<'_>, agent: Uuid) -> Result<(), Broken> {
    device_tag::Entity::delete_many()
        .filter(device_tag::Column::AgentId.eq(agent))
        .exec(&**transaction)
        .await?;
    rollout_device::Entity::delete_many()
        .filter(rollout_device::Column::AgentId.eq(agent))
        .exec(&**transaction)
        .await?;
    Ok(())
}
