//! Conditions on where something belongs.

use edgeward_domain::access::Visible;
use edgeward_ids::OrganisationId;
use sea_orm::sea_query::{Expr, SelectStatement};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait};

use super::entity::project;

/// That the project in this column may be seen; none where everything may.
pub(crate) fn visible_project(column: impl ColumnTrait, visible: &Visible) -> Option<Condition> {
    match visible {
        Visible::Everything => None,
        Visible::Only {
            organisations,
            projects,
        } => Some(
            Condition::any()
                .add(column.is_in(projects.iter().map(|id| id.as_uuid())))
                .add(column.in_subquery(projects_of(organisations.iter().copied()))),
        ),
    }
}

/// That the project in this column is one of this organisation.
pub(crate) fn project_of(column: impl ColumnTrait, organisation: OrganisationId) -> Expr {
    column.in_subquery(projects_of([organisation]))
}

/// The ids of the projects of these organisations.
fn projects_of(organisations: impl IntoIterator<Item = OrganisationId>) -> SelectStatement {
    let organisations = organisations.into_iter().map(|id| id.as_uuid());
    project::Entity::find()
        .select_only()
        .column(project::Column::Id)
        .filter(project::Column::OrganisationId.is_in(organisations))
        .into_query()
}
