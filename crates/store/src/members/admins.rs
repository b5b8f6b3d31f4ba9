//! Whether what a user administers has another active administrator. All who ask hold [`Guard::People`], so that two who
//! are the last ones together do not leave at once.
//!
//! [`Guard::People`]: crate::database::Guard::People

use edgeward_domain::access::{Administered, LastAdmin, UserState, may_have_admins};
use edgeward_ids::{OrganisationId, ProjectId};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, Statement, Value,
};
use uuid::Uuid;

use super::MemberOf;
use super::grants::{SYSTEM_ADMIN, is_system_admin};
use crate::database::entity::user;
use crate::database::fault::Broken;
use crate::database::text::to_name;

/// What a user ceases to administer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ceasing {
    /// Everything that they do.
    Everywhere,
    /// The installation.
    System,
    /// One place, if they do.
    At(MemberOf),
    /// All projects of an organisation.
    ProjectsOf(OrganisationId),
}

/// Whether the user may cease to; the first place that would be left without an administrator.
pub(crate) async fn may_cease(
    on: &impl ConnectionTrait,
    user: &user::Model,
    ceasing: Ceasing,
) -> Result<Result<(), LastAdmin>, Broken> {
    if user.state != UserState::Active.as_str() {
        return Ok(Ok(()));
    }
    for (place, others) in administered(on, user, ceasing).await? {
        if let Err(last) = may_have_admins(&place, others + 1, others) {
            return Ok(Err(last));
        }
    }
    Ok(Ok(()))
}

/// The places that a user administers and ceases to, each with the number of its other active administrators.
async fn administered(
    on: &impl ConnectionTrait,
    user: &user::Model,
    ceasing: Ceasing,
) -> Result<Vec<(Administered, u64)>, Broken> {
    let mut places = Vec::new();
    let system = matches!(ceasing, Ceasing::Everywhere | Ceasing::System);
    if system && is_system_admin(&user.role)? {
        let others = user::Entity::find()
            .filter(user::Column::Role.eq(SYSTEM_ADMIN))
            .filter(user::Column::State.eq(UserState::Active.as_str()))
            .filter(user::Column::Id.ne(user.id))
            .count(on)
            .await?;
        places.push((Administered::System, others));
    }
    let organisations = match ceasing {
        Ceasing::Everywhere => Some(None),
        Ceasing::At(MemberOf::Organisation(id)) => Some(Some(id.as_uuid())),
        _ => None,
    };
    if let Some(only) = organisations {
        let only = only.map(|id| ("place.id", id));
        for (id, name, others) in others(on, "organisation", user.id, only).await? {
            let place = Administered::Organisation(OrganisationId::from_uuid(id), to_name(&name)?);
            places.push((place, others));
        }
    }
    let projects = match ceasing {
        Ceasing::Everywhere => Some(None),
        Ceasing::At(MemberOf::Project(id)) => Some(Some(("place.id", id.as_uuid()))),
        Ceasing::ProjectsOf(id) => Some(Some(("place.organisation_id", id.as_uuid()))),
        Ceasing::At(MemberOf::Organisation(_)) | Ceasing::System => None,
    };
    if let Some(only) = projects {
        for (id, name, others) in others(on, "project", user.id, only).await? {
            let place = Administered::Project(ProjectId::from_uuid(id), to_name(&name)?);
            places.push((place, others));
        }
    }
    Ok(places)
}

/// The organisations (or projects) that a user administers: id, name, and how many other active administrators there are.
async fn others(
    on: &impl ConnectionTrait,
    thing: &str,
    user: Uuid,
    only: Option<(&str, Uuid)>,
) -> Result<Vec<(Uuid, String, u64)>, Broken> {
    let mut values: Vec<Value> = vec![user.into()];
    let mut condition = String::new();
    if let Some((column, id)) = only {
        values.push(id.into());
        condition = format!("AND {column} = $2");
    }
    let sql = format!(
        "SELECT place.id, place.name, \
           (SELECT COUNT(*) FROM {thing}_members other JOIN users ON users.id = other.user_id \
            WHERE other.{thing}_id = mine.{thing}_id AND other.user_id <> $1 \
              AND other.role = 'admin' AND users.state = 'active') AS others \
         FROM {thing}_members mine JOIN {thing}s place ON place.id = mine.{thing}_id \
         WHERE mine.user_id = $1 AND mine.role = 'admin' {condition}"
    );
    let statement = Statement::from_sql_and_values(on.get_database_backend(), sql, values);
    let rows = on.query_all_raw(statement).await?;
    rows.iter()
        .map(|row| {
            let others: i64 = row.try_get("", "others")?;
            let others = u64::try_from(others).map_err(|_| Broken::corrupt("a number", others))?;
            Ok((row.try_get("", "id")?, row.try_get("", "name")?, others))
        })
        .collect()
}
