//! Lists of users.

use edgeward_domain::access::Visible;
use sea_orm::sea_query::{Expr, Func, LikeExpr, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Select,
};
use uuid::Uuid;

use super::row::views;
use super::{UserColumn, UserFilter, UserView};
use crate::database::entity::user;
use crate::database::fault::Broken;
use crate::database::people::{organisation_member, project_member};
use crate::database::text::{by_code_points, containing};
use crate::members::grants::{NO_ROLE, SYSTEM_ADMIN};
use crate::{DatabaseKind, Page, Slice, Sort};

pub(crate) async fn matching(
    reading: &DatabaseTransaction,
    kind: DatabaseKind,
    filter: &UserFilter,
    sort: Sort<UserColumn>,
    slice: Slice,
) -> Result<Page<UserView>, Broken> {
    let select = user::Entity::find().filter(condition(filter));
    let total = select.clone().count(reading).await?;
    let rows = sorted(select, kind, sort)
        .limit(slice.limit())
        .offset(slice.offset())
        .all(reading)
        .await?;
    Ok(Page {
        items: views(reading, rows).await?,
        total,
    })
}

fn condition(filter: &UserFilter) -> Condition {
    let mut condition = Condition::all();
    if let Some(text) = &filter.text {
        let pattern = LikeExpr::new(containing(text)).escape('\\');
        condition = condition.add(user::Column::Search.like(pattern));
    }
    if let Some(state) = filter.state {
        condition = condition.add(user::Column::State.eq(state.as_str()));
    }
    if let Some(id) = filter.organisation {
        condition = condition.add(user::Column::Id.in_subquery(members_of([id.as_uuid()])));
    }
    if let Some(id) = filter.project {
        condition = condition.add(user::Column::Id.in_subquery(project_members_of([id.as_uuid()])));
    }
    if let Some(system_admin) = filter.system_admin {
        let role = if system_admin { SYSTEM_ADMIN } else { NO_ROLE };
        condition = condition.add(user::Column::Role.eq(role));
    }
    if let Visible::Only {
        organisations,
        projects,
    } = &filter.seen
    {
        let organisations = organisations.iter().map(|id| id.as_uuid());
        let projects = projects.iter().map(|id| id.as_uuid());
        condition = condition.add(
            Condition::any()
                .add(user::Column::Id.in_subquery(members_of(organisations)))
                .add(user::Column::Id.in_subquery(project_members_of(projects))),
        );
    }
    condition
}

fn members_of(organisations: impl IntoIterator<Item = Uuid>) -> SelectStatement {
    organisation_member::Entity::find()
        .select_only()
        .column(organisation_member::Column::UserId)
        .filter(organisation_member::Column::OrganisationId.is_in(organisations))
        .into_query()
}

fn project_members_of(projects: impl IntoIterator<Item = Uuid>) -> SelectStatement {
    project_member::Entity::find()
        .select_only()
        .column(project_member::Column::UserId)
        .filter(project_member::Column::ProjectId.is_in(projects))
        .into_query()
}

fn sorted(
    select: Select<user::Entity>,
    kind: DatabaseKind,
    sort: Sort<UserColumn>,
) -> Select<user::Entity> {
    let order = sort.direction.order();
    let by = match sort.by {
        UserColumn::Name => by_code_points(kind, "users", "display_name"),
        UserColumn::Email => by_code_points(kind, "users", "email_key"),
        UserColumn::Created => Expr::col(user::Column::CreatedAt),
        UserColumn::LastSignIn => {
            Func::coalesce([Expr::col(user::Column::LastSignInAt), Expr::value(i64::MIN)]).into()
        }
    };
    select
        .order_by(by, order.clone())
        .order_by(user::Column::Id, order)
}
