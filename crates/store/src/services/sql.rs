use std::collections::HashSet;

use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::service::{Service, shared_beginning};
use edgeward_ids::{AgentId, Name, OrganisationId, ProjectId, ServiceId};
use sea_orm::sea_query::{Expr, Func, LikeExpr};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult, JoinType, QueryFilter,
    QuerySelect, RelationTrait, Select, Set,
};
use uuid::Uuid;

use super::{ServiceFilter, ServiceStore, ServiceView};
use crate::database::entity::{agent, organisation, project, service};
use crate::database::fault::{Broken, carry_out};
use crate::database::text::{containing, searchable, storable, to_name};
use crate::database::{Database, MAX_BOUND_VALUES};
use crate::{Page, StoreError};

#[async_trait]
impl ServiceStore for Database {
    async fn service(&self, id: ServiceId) -> Result<Option<ServiceView>, StoreError> {
        carry_out("look up a service", async {
            let row = with_names(service::Entity::find_by_id(id.as_uuid()))
                .into_model::<ServiceRow>()
                .one(self.once())
                .await?;
            Ok(row.map(to_view).transpose()?)
        })
        .await
    }

    async fn services(
        &self,
        filter: &ServiceFilter,
        limit: u64,
    ) -> Result<Page<ServiceView>, StoreError> {
        carry_out("list the services", async {
            let limit = usize::try_from(limit).unwrap_or(usize::MAX);
            let reading = self.read().await?;
            // The order by name is found here, since the databases sort text differently; so the names of all that match
            // are read, and everything else only of those that are shown.
            let mut matching: Vec<Brief> = matching(filter)
                .select_only()
                .columns([
                    service::Column::Id,
                    service::Column::AgentId,
                    service::Column::Name,
                ])
                .into_model::<Brief>()
                .all(&reading)
                .await?;
            matching.retain(|row| filter.agents.contains(AgentId::from_uuid(row.agent_id)));
            matching.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
            let total = matching.len() as u64;
            matching.truncate(limit);
            let mut items = Vec::with_capacity(matching.len());
            for chunk in matching.chunks(MAX_BOUND_VALUES) {
                let ids = chunk.iter().map(|row| row.id);
                let rows =
                    with_names(service::Entity::find().filter(service::Column::Id.is_in(ids)))
                        .into_model::<ServiceRow>()
                        .all(&reading)
                        .await?;
                for row in rows {
                    items.push(to_view(row)?);
                }
            }
            reading.commit().await?;
            items.sort_by(|a, b| {
                let key = |view: &ServiceView| (view.service.name.clone(), view.service.id);
                key(a).cmp(&key(b))
            });
            Ok(Page { items, total })
        })
        .await
    }
}

#[derive(FromQueryResult)]
struct Brief {
    id: Uuid,
    agent_id: Uuid,
    name: String,
}

#[derive(FromQueryResult)]
struct ServiceRow {
    id: Uuid,
    agent_id: Uuid,
    offer: String,
    project_id: Uuid,
    name: String,
    offered: bool,
    kind: String,
    description: String,
    created_at: i64,
    agent_name: Option<String>,
    project_name: String,
    organisation_id: Uuid,
    organisation_name: String,
}

fn with_names(select: Select<service::Entity>) -> Select<service::Entity> {
    select
        .join(JoinType::InnerJoin, service::Relation::Agent.def())
        .join(JoinType::InnerJoin, service::Relation::Project.def())
        .join(JoinType::InnerJoin, project::Relation::Organisation.def())
        .column_as(agent::Column::Name, "agent_name")
        .column_as(project::Column::Name, "project_name")
        .column_as(organisation::Column::Id, "organisation_id")
        .column_as(organisation::Column::Name, "organisation_name")
}

fn matching(filter: &ServiceFilter) -> Select<service::Entity> {
    let mut select = service::Entity::find();
    if let Some(organisation) = filter.organisation {
        select = select
            .join(JoinType::InnerJoin, service::Relation::Project.def())
            .filter(project::Column::OrganisationId.eq(organisation.as_uuid()));
    }
    if let Some(project) = filter.project {
        select = select.filter(service::Column::ProjectId.eq(project.as_uuid()));
    }
    if let Some(offered) = filter.offered {
        select = select.filter(service::Column::Offered.eq(offered));
    }
    if let Some(text) = &filter.text {
        let pattern = LikeExpr::new(containing(text)).escape('\\');
        select = select.filter(service::Column::Search.like(pattern));
    }
    select
}

fn to_view(row: ServiceRow) -> Result<ServiceView, Broken> {
    let agent_name = row
        .agent_name
        .as_deref()
        .ok_or_else(|| Broken::corrupt("a service of an unmanaged agent", row.id))?;
    Ok(ServiceView {
        agent_name: to_name(agent_name)?,
        organisation_name: to_name(&row.organisation_name)?,
        project_name: to_name(&row.project_name)?,
        service: Service {
            id: ServiceId::from_uuid(row.id),
            name: to_name(&row.name)?,
            agent: AgentId::from_uuid(row.agent_id),
            offer: row
                .offer
                .parse()
                .map_err(|_| Broken::corrupt("an offer's name", &row.offer))?,
            offered: row.offered,
            kind: row.kind,
            description: row.description,
            organisation: OrganisationId::from_uuid(row.organisation_id),
            project: ProjectId::from_uuid(row.project_id),
            created_at: Moment::from_micros(row.created_at),
        },
    })
}

/// The names of services in a project that could clash with those of an agent of this name.
pub(crate) async fn names_like(
    on: &impl ConnectionTrait,
    project: ProjectId,
    agent: &Name,
) -> Result<HashSet<Name>, Broken> {
    let beginning = shared_beginning(agent);
    let length = i32::try_from(beginning.chars().count()).unwrap_or(i32::MAX);
    let cut = Func::cust("substr")
        .arg(Expr::col(service::Column::Name))
        .arg(1)
        .arg(length);
    let names: Vec<String> = service::Entity::find()
        .select_only()
        .column(service::Column::Name)
        .filter(service::Column::ProjectId.eq(project.as_uuid()))
        .filter(Expr::expr(cut).eq(beginning))
        .into_tuple()
        .all(on)
        .await?;
    names.iter().map(|name| to_name(name)).collect()
}

/// Records new services of an agent that was adopted under `agent_name`.
pub(crate) async fn insert_services(
    on: &impl ConnectionTrait,
    services: &[Service],
    agent_name: &Name,
) -> Result<(), Broken> {
    if services.is_empty() {
        return Ok(());
    }
    let rows = services.iter().map(|service| service::ActiveModel {
        id: Set(service.id.as_uuid()),
        agent_id: Set(service.agent.as_uuid()),
        offer: Set(service.offer.to_string()),
        project_id: Set(service.project.as_uuid()),
        name: Set(service.name.to_string()),
        offered: Set(service.offered),
        kind: Set(storable(&service.kind)),
        description: Set(storable(&service.description)),
        search: Set(search(service, agent_name)),
        created_at: Set(service.created_at.as_micros()),
    });
    service::Entity::insert_many(rows)
        .exec_without_returning(on)
        .await?;
    Ok(())
}

/// What the text filter searches.
pub(crate) fn search(service: &Service, agent_name: &Name) -> String {
    searchable(&[
        service.name.as_str(),
        agent_name.as_str(),
        &service.kind,
        &service.description,
        &service.id.to_string(),
    ])
}
