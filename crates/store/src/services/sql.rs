use std::collections::HashSet;

use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::service::{Service, shared_beginning};
use edgeward_ids::{AgentId, Name, OrganisationId, ProjectId, ServiceId};
use sea_orm::sea_query::{Expr, Func, LikeExpr};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, ExprTrait,
    FromQueryResult, JoinType, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, RelationTrait,
    Select, Set,
};
use uuid::Uuid;

use super::{ServiceColumn, ServiceFilter, ServiceStore, ServiceView};
use crate::database::Database;
use crate::database::entity::{agent, organisation, project, service};
use crate::database::fault::{Broken, carry_out};
use crate::database::places::{project_of, visible_project};
use crate::database::text::{by_code_points, containing, searchable, storable, to_name};
use crate::page::in_order;
use crate::{AgentIds, DatabaseKind, Page, Slice, Sort, StoreError};

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
        sort: Sort<ServiceColumn>,
        slice: Slice,
    ) -> Result<Page<ServiceView>, StoreError> {
        carry_out("list the services", async {
            let reading = self.read().await?;
            let (ids, total) = choose(&reading, self.kind(), filter, sort, slice).await?;
            let shown =
                service::Entity::find().filter(service::Column::Id.is_in(ids.iter().copied()));
            let rows = with_names(shown)
                .into_model::<ServiceRow>()
                .all(&reading)
                .await?;
            reading.commit().await?;
            let views: Result<Vec<_>, Broken> = rows.into_iter().map(to_view).collect();
            let items = in_order(&ids, views?, |view| view.service.id.as_uuid());
            Ok(Page { items, total })
        })
        .await
    }
}

/// The ids of the page, and how many match. Where the caller chooses agents by what the database does not know, the ids of
/// all that match are read.
async fn choose(
    reading: &DatabaseTransaction,
    kind: DatabaseKind,
    filter: &ServiceFilter,
    sort: Sort<ServiceColumn>,
    slice: Slice,
) -> Result<(Vec<Uuid>, u64), DbErr> {
    let select = service::Entity::find()
        .select_only()
        .column(service::Column::Id)
        .filter(condition(filter));
    let sorted = sorted(select.clone(), kind, sort);
    match &filter.agents {
        AgentIds::Any => {
            let page = sorted.limit(slice.limit()).offset(slice.offset());
            let ids = page.into_tuple().all(reading).await?;
            Ok((ids, select.count(reading).await?))
        }
        chosen => {
            let all: Vec<(Uuid, Uuid)> = sorted
                .column(service::Column::AgentId)
                .into_tuple()
                .all(reading)
                .await?;
            let ids: Vec<Uuid> = all
                .into_iter()
                .filter(|(_, agent)| chosen.contains(AgentId::from_uuid(*agent)))
                .map(|(id, _)| id)
                .collect();
            let total = ids.len() as u64;
            Ok((slice.cut(ids), total))
        }
    }
}

fn sorted(
    select: Select<service::Entity>,
    kind: DatabaseKind,
    sort: Sort<ServiceColumn>,
) -> Select<service::Entity> {
    let order = sort.direction.order();
    let select = match sort.by {
        ServiceColumn::Created => select,
        ServiceColumn::Name => {
            select.order_by(by_code_points(kind, "services", "name"), order.clone())
        }
        ServiceColumn::Kind => {
            select.order_by(by_code_points(kind, "services", "kind"), order.clone())
        }
        ServiceColumn::Agent => select
            .join(JoinType::InnerJoin, service::Relation::Agent.def())
            .order_by(by_code_points(kind, "agents", "sort_name"), order.clone()),
    };
    select.order_by(service::Column::Id, order)
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

fn condition(filter: &ServiceFilter) -> Condition {
    let mut condition = Condition::all();
    if let Some(organisation) = filter.organisation {
        condition = condition.add(project_of(service::Column::ProjectId, organisation));
    }
    if let Some(project) = filter.project {
        condition = condition.add(service::Column::ProjectId.eq(project.as_uuid()));
    }
    if let Some(offered) = filter.offered {
        condition = condition.add(service::Column::Offered.eq(offered));
    }
    if let Some(text) = &filter.text {
        let pattern = LikeExpr::new(containing(text)).escape('\\');
        condition = condition.add(service::Column::Search.like(pattern));
    }
    if let Some(visible) = visible_project(service::Column::ProjectId, &filter.visible) {
        condition = condition.add(visible);
    }
    condition
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

/// Those of these names that services in a project have.
pub(crate) async fn names_among(
    on: &impl ConnectionTrait,
    project: ProjectId,
    names: impl Iterator<Item = &Name>,
) -> Result<HashSet<Name>, Broken> {
    let names: Vec<String> = service::Entity::find()
        .select_only()
        .column(service::Column::Name)
        .filter(service::Column::ProjectId.eq(project.as_uuid()))
        .filter(service::Column::Name.is_in(names.map(Name::as_str)))
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
