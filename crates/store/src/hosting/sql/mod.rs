//! Hosted services in the database. Whoever writes of one locks its agent first, so that no two wait for each other.

mod heard;
mod host;
mod list;
mod order;

use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::audit::By;
use edgeward_domain::hosting::{Change, OrderRefusal, Reported};
use edgeward_ids::{AgentId, OfferName, ServiceId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::{
    Capability, HostRefusal, HostedView, HostingAgent, HostingFilter, HostingHeard, HostingStore,
    NewHosted, OrderEnd,
};
use crate::agents::sql::row::{ADOPTED, CONFIRMED};
use crate::database::entity::agent;
use crate::database::fault::{Broken, attempt, carry_out};
use crate::database::hosting::hosted_service;
use crate::database::{Database, Writing};
use crate::{Failure, Page, ServiceView, Slice, StoreError};

pub(crate) use list::{courses, going, offers};

#[async_trait]
impl HostingStore for Database {
    async fn hosting_agents(
        &self,
        filter: &HostingFilter,
        slice: Slice,
    ) -> Result<Page<HostingAgent>, StoreError> {
        carry_out(
            "list the agents that may host services",
            list::agents(self, filter, slice),
        )
        .await
    }

    async fn host(
        &self,
        new: NewHosted,
        by: &By,
        now: Moment,
    ) -> Result<ServiceView, Failure<HostRefusal>> {
        attempt("make a hosted service", host::host(self, new, by, now)).await
    }

    async fn hosted(&self, service: ServiceId) -> Result<Option<HostedView>, StoreError> {
        carry_out("look up a hosted service", list::one(self, service)).await
    }

    async fn order(
        &self,
        service: ServiceId,
        change: Change,
        by: &By,
        now: Moment,
    ) -> Result<ServiceView, Failure<OrderRefusal>> {
        attempt(
            "change what is wished of a hosted service",
            order::order(self, service, change, by, now),
        )
        .await
    }

    async fn agents_with_orders(&self) -> Result<Vec<AgentId>, StoreError> {
        carry_out("list the agents with open orders", list::with_orders(self)).await
    }

    async fn open_orders(&self, agent: AgentId) -> Result<Vec<HostedView>, StoreError> {
        carry_out("list an agent's open orders", list::open(self, agent)).await
    }

    async fn end_order(
        &self,
        agent: AgentId,
        offer: &OfferName,
        generation: u64,
        end: OrderEnd<'_>,
        now: Moment,
    ) -> Result<bool, StoreError> {
        carry_out(
            "note how an agent ended an order",
            heard::ended(self, agent, offer, generation, end, now),
        )
        .await
    }

    async fn record_hosting(
        &self,
        agent: AgentId,
        capability: Capability,
        services: Vec<(OfferName, Reported)>,
        now: Moment,
    ) -> Result<HostingHeard, StoreError> {
        carry_out(
            "record what an agent hosts",
            heard::record(self, agent, capability, services, now),
        )
        .await
    }
}

/// The agent has to be told anew what it belongs to, because that has changed.
async fn to_be_told(transaction: &Writing<'_>, id: AgentId) -> Result<(), Broken> {
    agent::Entity::update_many()
        .col_expr(agent::Column::State, Expr::value(ADOPTED))
        .filter(agent::Column::Id.eq(id.as_uuid()))
        .filter(agent::Column::State.eq(CONFIRMED))
        .exec(&**transaction)
        .await?;
    Ok(())
}

/// Forgets whatever an agent was to host.
pub(crate) async fn forget(transaction: &Writing<'_>, agent: Uuid) -> Result<(), Broken> {
    hosted_service::Entity::delete_many()
        .filter(hosted_service::Column::AgentId.eq(agent))
        .exec(&**transaction)
        .await?;
    Ok(())
}
