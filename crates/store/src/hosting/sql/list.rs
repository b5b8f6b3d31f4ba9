//! Looking hosted services up, and the agents that may host any.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;

use edgeward_domain::hosting::{Course, Wish};
use edgeward_domain::service::Authentication;
use edgeward_ids::{AgentId, OfferName, ProjectId, ServiceId};
use sea_orm::sea_query::{Expr, ExprTrait as _, Order};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, JoinType,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, RelationTrait,
};
use uuid::Uuid;

use super::super::row::{to_capability, to_course, to_offer, to_view};
use super::super::{HostedView, HostingAgent, HostingFilter};
use crate::database::Database;
use crate::database::entity::{agent, service};
use crate::database::fault::{Broken, Fault};
use crate::database::hosting::{hosted_service, hosting_agent};
use crate::database::places::visible_project;
use crate::database::text::{by_code_points, to_name};
use crate::{Page, Slice};

#[derive(FromQueryResult)]
struct AgentRow {
    #[sea_orm(nested)]
    hosting: hosting_agent::Model,
    name: Option<String>,
    project_id: Option<Uuid>,
}

pub(super) async fn agents(
    database: &Database,
    filter: &HostingFilter,
    slice: Slice,
) -> Result<Page<HostingAgent>, Fault<Infallible>> {
    // Without a project it is not managed.
    let mut condition = Condition::all().add(agent::Column::ProjectId.is_not_null());
    if let Some(project) = filter.project {
        condition = condition.add(agent::Column::ProjectId.eq(project.as_uuid()));
    }
    if let Some(visible) = visible_project(agent::Column::ProjectId, &filter.visible) {
        condition = condition.add(visible);
    }
    let select = hosting_agent::Entity::find()
        .join(JoinType::InnerJoin, hosting_agent::Relation::Agent.def())
        .filter(condition);
    let reading = database.read().await?;
    let rows = select
        .clone()
        .column_as(agent::Column::Name, "name")
        .column_as(agent::Column::ProjectId, "project_id")
        .order_by(
            by_code_points(database.kind(), "agents", "sort_name"),
            Order::Asc,
        )
        .order_by_asc(hosting_agent::Column::AgentId)
        .limit(slice.limit())
        .offset(slice.offset())
        .into_model::<AgentRow>()
        .all(&reading)
        .await?;
    let total = select.count(&reading).await?;
    let mut counts = counts(&reading, rows.iter().map(|row| row.hosting.agent_id)).await?;
    reading.commit().await?;
    let items: Result<Vec<HostingAgent>, Broken> = rows
        .into_iter()
        .map(|row| {
            let id = row.hosting.agent_id;
            let (Some(name), Some(project)) = (&row.name, row.project_id) else {
                return Err(Broken::corrupt("a managed agent without a name", id));
            };
            Ok(HostingAgent {
                agent: AgentId::from_uuid(id),
                name: to_name(name)?,
                project: ProjectId::from_uuid(project),
                capability: to_capability(row.hosting),
                services: counts.remove(&id).unwrap_or_default(),
            })
        })
        .collect();
    Ok(Page {
        items: items?,
        total,
    })
}

/// How many services each of these agents hosts; those without any are missing.
async fn counts(
    on: &impl ConnectionTrait,
    agents: impl Iterator<Item = Uuid>,
) -> Result<HashMap<Uuid, u64>, Broken> {
    let counted: Vec<(Uuid, i64)> = hosted_service::Entity::find()
        .select_only()
        .column(hosted_service::Column::AgentId)
        .column_as(hosted_service::Column::ServiceId.count(), "services")
        .filter(hosted_service::Column::AgentId.is_in(agents))
        .group_by(hosted_service::Column::AgentId)
        .into_tuple()
        .all(on)
        .await?;
    Ok(counted
        .into_iter()
        .map(|(agent, services)| (agent, services.unsigned_abs()))
        .collect())
}

pub(super) async fn one(
    database: &Database,
    service: ServiceId,
) -> Result<Option<HostedView>, Fault<Infallible>> {
    let found = with_authentication()
        .filter(hosted_service::Column::ServiceId.eq(service.as_uuid()))
        .into_model::<HostedRow>()
        .one(database.once())
        .await?;
    Ok(found.map(HostedRow::into_view).transpose()?)
}

pub(super) async fn with_orders(database: &Database) -> Result<Vec<AgentId>, Fault<Infallible>> {
    let agents: Vec<Uuid> = hosted_service::Entity::find()
        .select_only()
        .column(hosted_service::Column::AgentId)
        .distinct()
        .filter(is_open())
        .into_tuple()
        .all(database.once())
        .await?;
    Ok(agents.into_iter().map(AgentId::from_uuid).collect())
}

pub(super) async fn open(
    database: &Database,
    agent: AgentId,
) -> Result<Vec<HostedView>, Fault<Infallible>> {
    let rows = with_authentication()
        .filter(hosted_service::Column::AgentId.eq(agent.as_uuid()))
        .filter(is_open())
        .order_by_asc(hosted_service::Column::OrderedAt)
        .order_by_asc(hosted_service::Column::Offer)
        .into_model::<HostedRow>()
        .all(database.once())
        .await?;
    let views: Result<Vec<HostedView>, Broken> =
        rows.into_iter().map(HostedRow::into_view).collect();
    Ok(views?)
}

/// As [`Course::is_open`] says.
fn is_open() -> Condition {
    let other = Expr::col((
        hosted_service::Entity,
        hosted_service::Column::ReportedGeneration,
    ))
    .ne(Expr::col((
        hosted_service::Entity,
        hosted_service::Column::Generation,
    )));
    Condition::any()
        .add(hosted_service::Column::ReportedGeneration.is_null())
        .add(other)
}

#[derive(FromQueryResult)]
struct HostedRow {
    #[sea_orm(nested)]
    hosted: hosted_service::Model,
    authentication: Option<String>,
}

impl HostedRow {
    fn into_view(self) -> Result<HostedView, Broken> {
        let wants_tokens = self.authentication.as_deref() == Some(Authentication::Token.as_str());
        to_view(&self.hosted, wants_tokens)
    }
}

fn with_authentication() -> sea_orm::Select<hosted_service::Entity> {
    hosted_service::Entity::find()
        .join(JoinType::LeftJoin, hosted_service::Relation::Service.def())
        .column_as(service::Column::Authentication, "authentication")
}

/// What is wished of these services, and how far their agents are; those that are not hosted are missing.
pub(crate) async fn courses(
    on: &impl ConnectionTrait,
    services: impl Iterator<Item = Uuid>,
) -> Result<HashMap<Uuid, Course>, Broken> {
    let services: Vec<Uuid> = services.collect();
    if services.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = hosted_service::Entity::find()
        .filter(hosted_service::Column::ServiceId.is_in(services))
        .all(on)
        .await?;
    rows.iter()
        .filter_map(|row| Some((row.service_id?, row)))
        .map(|(service, row)| Ok((service, to_course(row)?)))
        .collect()
}

/// What the services are offered as that an agent hosts, those among them that are to go.
pub(crate) async fn offers(
    on: &impl ConnectionTrait,
    agent: AgentId,
) -> Result<HashSet<OfferName>, Broken> {
    chosen(on, agent, Condition::all()).await
}

/// What the services were offered as that are to go from an agent: no others stand for what it still offers of them.
pub(crate) async fn going(
    on: &impl ConnectionTrait,
    agent: AgentId,
) -> Result<HashSet<OfferName>, Broken> {
    let going = hosted_service::Column::Wish.ne(Wish::Present.as_str());
    chosen(on, agent, Condition::all().add(going)).await
}

async fn chosen(
    on: &impl ConnectionTrait,
    agent: AgentId,
    which: Condition,
) -> Result<HashSet<OfferName>, Broken> {
    let offers: Vec<String> = hosted_service::Entity::find()
        .select_only()
        .column(hosted_service::Column::Offer)
        .filter(hosted_service::Column::AgentId.eq(agent.as_uuid()))
        .filter(which)
        .into_tuple()
        .all(on)
        .await?;
    offers.iter().map(|offer| to_offer(offer)).collect()
}
