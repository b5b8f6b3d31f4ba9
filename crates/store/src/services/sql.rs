use std::collections::{BTreeSet, HashSet};

use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::access::Visible;
use edgeward_domain::audit::By;
use edgeward_domain::selection::Tag;
use edgeward_domain::service::{Check, Service, shared_beginning};
use edgeward_ids::{AgentId, Name, OrganisationId, ProjectId, ServiceId};
use sea_orm::sea_query::{Expr, Func, LikeExpr, SelectStatement};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr,
    EntityTrait, ExprTrait, IntoActiveModel, JoinType, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, RelationTrait, Select,
};
use uuid::Uuid;

use super::row::{to_model, views};
use super::{
    AddRefusal, ChangeRefusal, DirectServices, Imported, KeyUse, NewDirect, RemoveRefusal,
    RetagRefusal, Retagging, ServiceChange, ServiceColumn, ServiceFilter, ServiceStore,
    ServiceView, ServiceWay, change, check, figures, import, keys, tags,
};
use crate::database::Database;
use crate::database::entity::service;
use crate::database::fault::{Broken, Fault, attempt, carry_out};
use crate::database::hosting::hosted_service;
use crate::database::places::{project_of, visible_project};
use crate::database::service_tags::service_tag;
use crate::database::text::{by_code_points, containing, to_name};
use crate::page::in_order;
use crate::{AgentIds, DatabaseKind, Failure, MAX_PAGE_ITEMS, Page, Slice, Sort, StoreError};

#[async_trait]
impl ServiceStore for Database {
    async fn service(&self, id: ServiceId) -> Result<Option<ServiceView>, StoreError> {
        carry_out("look up a service", async {
            Ok(change::find(self.once(), id).await?)
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
            let found = views(&reading, shown).await?;
            reading.commit().await?;
            let items = in_order(&ids, found, |view| view.service.id.as_uuid());
            Ok(Page { items, total })
        })
        .await
    }

    async fn direct_services(
        &self,
        after: Option<ServiceId>,
        limit: u64,
    ) -> Result<Vec<ServiceView>, StoreError> {
        carry_out("list the services that are reached directly", async {
            let direct = service::Column::AgentId.is_null();
            Ok(in_turn(self.once(), direct, after, limit).await?)
        })
        .await
    }

    async fn agents_services(
        &self,
        after: Option<ServiceId>,
        limit: u64,
    ) -> Result<Vec<ServiceView>, StoreError> {
        carry_out("list the services that agents offer", async {
            let of_agents = service::Column::Offered
                .eq(true)
                .and(service::Column::AgentId.is_not_null());
            Ok(in_turn(self.once(), of_agents, after, limit).await?)
        })
        .await
    }

    async fn key_use(&self, visible: &Visible, keys: &[u32]) -> Result<Vec<KeyUse>, StoreError> {
        carry_out("count who accepts which key pair", async {
            Ok(keys::key_use(self.once(), visible, keys).await?)
        })
        .await
    }

    async fn add_direct(
        &self,
        new: NewDirect,
        by: &By,
        now: Moment,
    ) -> Result<ServiceView, Failure<AddRefusal>> {
        attempt("add a service", change::add(self, new, by, now)).await
    }

    async fn could_add(&self, new: &NewDirect) -> Result<(), Failure<AddRefusal>> {
        attempt("look whether a service could be added", async {
            change::could_add(self.once(), new).await.map(drop)
        })
        .await
    }

    async fn import_direct(
        &self,
        project: ProjectId,
        batch: Vec<NewDirect>,
        by: &By,
        now: Moment,
    ) -> Result<Imported, Failure<AddRefusal>> {
        attempt(
            "import services",
            import::import(self, project, batch, by, now),
        )
        .await
    }

    async fn could_change(
        &self,
        id: ServiceId,
        change: &ServiceChange,
    ) -> Result<(), Failure<ChangeRefusal>> {
        attempt("look whether a service could be changed", async {
            let before = change::find(self.once(), id).await?;
            let before = before.ok_or(Fault::Rule(ChangeRefusal::Unknown))?;
            change::could_change(self.once(), &before, change.clone())
                .await
                .map(drop)
        })
        .await
    }

    async fn retag(
        &self,
        ids: &[ServiceId],
        retagging: &Retagging,
        by: &By,
        now: Moment,
    ) -> Result<Vec<Result<BTreeSet<Tag>, RetagRefusal>>, StoreError> {
        carry_out(
            "change the tags of services",
            tags::retag(self, ids, retagging, by, now),
        )
        .await
    }

    async fn service_tags(
        &self,
        organisation: Option<OrganisationId>,
        project: Option<ProjectId>,
        visible: &Visible,
    ) -> Result<Vec<(Tag, u64)>, StoreError> {
        carry_out(
            "list the tags of services",
            tags::in_use(self, organisation, project, visible),
        )
        .await
    }

    async fn change_service(
        &self,
        id: ServiceId,
        change: ServiceChange,
        by: &By,
        now: Moment,
    ) -> Result<ServiceView, Failure<ChangeRefusal>> {
        attempt(
            "change a service",
            change::change(self, id, change, by, now),
        )
        .await
    }

    async fn remove_direct(
        &self,
        id: ServiceId,
        by: &By,
        now: Moment,
    ) -> Result<ServiceView, Failure<RemoveRefusal>> {
        attempt("remove a service", change::remove(self, id, by, now)).await
    }

    async fn record_check(&self, id: ServiceId, check: Check) -> Result<bool, StoreError> {
        carry_out(
            "record a look at a service",
            check::record(self, id, &check),
        )
        .await
    }

    async fn figures(&self, id: ServiceId) -> Result<Option<String>, StoreError> {
        carry_out("read a service's figures", figures::read(self, id)).await
    }

    async fn record_figures(&self, id: ServiceId, text: String) -> Result<bool, StoreError> {
        carry_out(
            "record a service's figures",
            figures::record(self, id, text),
        )
        .await
    }
}

/// The services that match, in the order of their ids, after this one.
async fn in_turn(
    on: &impl ConnectionTrait,
    which: impl sea_orm::sea_query::IntoCondition,
    after: Option<ServiceId>,
    limit: u64,
) -> Result<Vec<ServiceView>, Broken> {
    let mut chosen = service::Entity::find().filter(which);
    if let Some(after) = after {
        chosen = chosen.filter(service::Column::Id.gt(after.as_uuid()));
    }
    let page = chosen
        .order_by_asc(service::Column::Id)
        .limit(Ord::min(limit, MAX_PAGE_ITEMS));
    views(on, page).await
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
            let all: Vec<(Uuid, Option<Uuid>)> = sorted
                .column(service::Column::AgentId)
                .into_tuple()
                .all(reading)
                .await?;
            let is_chosen = |agent: Uuid| chosen.contains(AgentId::from_uuid(agent));
            let ids: Vec<Uuid> = all
                .into_iter()
                .filter(|(_, agent)| agent.is_none_or(is_chosen))
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
            .join(JoinType::LeftJoin, service::Relation::Agent.def())
            .order_by(agent_or_nothing(kind), order.clone()),
    };
    select.order_by(service::Column::Id, order)
}

/// The databases disagree on where nulls belong.
fn agent_or_nothing(kind: DatabaseKind) -> Expr {
    let name = by_code_points(kind, "agents", "sort_name");
    Expr::expr(Func::coalesce([name, Expr::value("")]))
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
        let of_agent = service::Column::Offered.eq(offered);
        condition = condition.add(service::Column::AgentId.is_null().or(of_agent));
    }
    let of_agent = service::Column::AgentId.is_not_null();
    let answers = |answers: bool| service::Column::Answers.eq(answers);
    let direct = match filter.direct {
        DirectServices::Any => None,
        DirectServices::Answering => Some(of_agent.or(answers(true))),
        DirectServices::Silent => {
            let unseen = service::Column::Answers.is_null();
            Some(of_agent.or(unseen).or(answers(false)))
        }
        DirectServices::None => Some(of_agent),
    };
    condition = condition.add_option(direct);
    if let Some(key) = filter.key_behind {
        condition = condition.add(keys::behind(key));
    }
    condition = condition.add_option(chosen(filter));
    if let Some(text) = &filter.text {
        let pattern = LikeExpr::new(containing(text)).escape('\\');
        condition = condition.add(service::Column::Search.like(pattern));
    }
    if let Some(visible) = visible_project(service::Column::ProjectId, &filter.visible) {
        condition = condition.add(visible);
    }
    condition
}

/// Those of these ids, kind, way, authentication and tag, after an id.
fn chosen(filter: &ServiceFilter) -> Option<Condition> {
    let ids = filter.ids.as_ref().map(|ids| {
        let ids = ids.iter().map(|id| id.as_uuid());
        service::Column::Id.is_in(ids)
    });
    let after = filter.after.map(|id| service::Column::Id.gt(id.as_uuid()));
    let kind = filter.kind.as_ref().map(|kind| {
        Expr::expr(Func::lower(Expr::col(service::Column::Kind))).eq(kind.to_ascii_lowercase())
    });
    let way = filter.way.map(|way| match way {
        ServiceWay::Direct => service::Column::AgentId.is_null(),
        ServiceWay::Agent => {
            let others = service::Column::Id.not_in_subquery(hosted_services());
            service::Column::AgentId.is_not_null().and(others)
        }
        ServiceWay::Hosted => service::Column::Id.in_subquery(hosted_services()),
    });
    let wanted = filter
        .authentication
        .map(|word| service::Column::Authentication.eq(word));
    let tagged = filter.tag.as_ref().map(|tag| {
        let tagged = service_tag::Entity::find()
            .select_only()
            .column(service_tag::Column::ServiceId)
            .filter(service_tag::Column::Tag.eq(tag.as_str()))
            .into_query();
        service::Column::Id.in_subquery(tagged)
    });
    let all = [ids, after, kind, way, wanted, tagged];
    let all: Vec<_> = all.into_iter().flatten().collect();
    (!all.is_empty()).then(|| all.into_iter().fold(Condition::all(), Condition::add))
}

/// The ids of the services that are hosted.
fn hosted_services() -> SelectStatement {
    hosted_service::Entity::find()
        .select_only()
        .column(hosted_service::Column::ServiceId)
        .filter(hosted_service::Column::ServiceId.is_not_null())
        .into_query()
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
    let rows = services.iter().map(|service| {
        to_model(service, Some(agent_name), None)
            .into_active_model()
            .reset_all()
    });
    service::Entity::insert_many(rows)
        .exec_without_returning(on)
        .await?;
    Ok(())
}
