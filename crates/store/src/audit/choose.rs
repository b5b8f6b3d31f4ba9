//! Which entries: written so that whatever is asked for is a walk along one index, from the newest backwards, also where the
//! log has a million entries. A text is looked for along the way.

use edgeward_domain::Moment;
use edgeward_domain::access::Visible;
use sea_orm::sea_query::{Expr, LikeExpr};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect,
    Value,
};

use super::AuditFilter;
use crate::DatabaseKind;
use crate::database::fault::Broken;
use crate::database::people::audit;
use crate::database::text::containing;

/// Up to so many organisations and projects are walked along one by one; more of them, all entries.
const MAX_WALKS: usize = 32;

/// A column that has to be equal to something, or null.
type Equal = (audit::Column, Option<Value>);

/// One condition for each walk; the walks' findings together are what was asked for. None where nothing can be found.
pub(super) async fn walks(
    on: &impl ConnectionTrait,
    kind: DatabaseKind,
    filter: &AuditFilter,
) -> Result<Vec<Condition>, Broken> {
    let Some(rest) = rest(on, kind, filter).await? else {
        return Ok(Vec::new());
    };
    let equals = equals(filter);
    let walks = match scopes(filter) {
        Scopes::All => vec![rest.add(all_equal(kind, equals))],
        Scopes::AnyOrganisation => {
            let some = audit::Column::OrganisationId.is_not_null();
            vec![rest.add(all_equal(kind, equals)).add(some)]
        }
        Scopes::Each(scopes) if scopes.len() <= MAX_WALKS => scopes
            .into_iter()
            .map(|scope| {
                let mut equals = equals.clone();
                equals.push(scope);
                rest.clone().add(all_equal(kind, equals))
            })
            .collect(),
        Scopes::Each(scopes) => {
            let any = scopes.into_iter().fold(Condition::any(), |any, scope| {
                any.add(equal(Expr::col(scope.0), scope.1))
            });
            vec![rest.add(all_equal(kind, equals)).add(any)]
        }
    };
    Ok(walks)
}

enum Scopes {
    All,
    AnyOrganisation,
    Each(Vec<Equal>),
}

/// What may be read.
fn scopes(filter: &AuditFilter) -> Scopes {
    let Visible::Only {
        organisations,
        projects,
    } = &filter.readable
    else {
        return if filter.system {
            Scopes::All
        } else {
            Scopes::AnyOrganisation
        };
    };
    let asked_for_visible = filter
        .organisation
        .is_some_and(|id| organisations.contains(&id))
        || filter.project.is_some_and(|id| projects.contains(&id));
    if asked_for_visible {
        return Scopes::All;
    }
    let mut scopes: Vec<Equal> = Vec::new();
    for id in organisations {
        scopes.push((audit::Column::OrganisationId, Some(id.as_uuid().into())));
    }
    for id in projects {
        scopes.push((audit::Column::ProjectId, Some(id.as_uuid().into())));
    }
    if filter.system {
        scopes.push((audit::Column::OrganisationId, None));
    }
    Scopes::Each(scopes)
}

fn equals(filter: &AuditFilter) -> Vec<Equal> {
    let mut equals: Vec<Equal> = Vec::new();
    let mut add = |column, value: Option<Value>| {
        if value.is_some() {
            equals.push((column, value));
        }
    };
    add(
        audit::Column::ObjectId,
        filter.object.clone().map(Value::from),
    );
    add(audit::Column::AuthorId, filter.author.map(Value::from));
    add(
        audit::Column::ProjectId,
        filter.project.map(|id| id.as_uuid().into()),
    );
    add(
        audit::Column::OrganisationId,
        filter.organisation.map(|id| id.as_uuid().into()),
    );
    if let Some(action) = &filter.action {
        match action.strip_suffix('.') {
            Some(thing) => add(audit::Column::Thing, Some(thing.into())),
            None => add(audit::Column::Action, Some(action.as_str().into())),
        }
    }
    add(
        audit::Column::AuthorKind,
        filter.author_kind.map(|kind| kind.as_str().into()),
    );
    add(
        audit::Column::Outcome,
        filter.outcome.map(|outcome| outcome.as_str().into()),
    );
    equals
}

/// The more an equality is likely to leave over, the later.
const fn rank(column: audit::Column) -> usize {
    match column {
        audit::Column::ObjectId => 0,
        audit::Column::AuthorId => 1,
        audit::Column::ProjectId => 2,
        audit::Column::OrganisationId => 3,
        audit::Column::Action => 4,
        audit::Column::Thing => 5,
        audit::Column::AuthorKind => 6,
        _ => 7,
    }
}

/// All of them; only the one that leaves the least may use its index in SQLite, which does not know what is rare.
fn all_equal(kind: DatabaseKind, mut equals: Vec<Equal>) -> Condition {
    equals.sort_by_key(|(column, _)| rank(*column));
    equals
        .into_iter()
        .enumerate()
        .fold(Condition::all(), |all, (place, (column, value))| {
            let operand = if place == 0 {
                Expr::col(column)
            } else {
                without_index(kind, column)
            };
            all.add(equal(operand, value))
        })
}

fn equal(operand: Expr, value: Option<Value>) -> Expr {
    match value {
        Some(value) => operand.eq(value),
        None => operand.is_null(),
    }
}

/// A column for which SQLite uses no index.
fn without_index(kind: DatabaseKind, column: audit::Column) -> Expr {
    match kind {
        DatabaseKind::Sqlite => {
            Expr::cust(format!("+\"{}\"", sea_orm::IdenStatic::as_str(&column)))
        }
        DatabaseKind::Postgres => Expr::col(column),
    }
}

/// Times and text. None where there is nothing in that time.
async fn rest(
    on: &impl ConnectionTrait,
    kind: DatabaseKind,
    filter: &AuditFilter,
) -> Result<Option<Condition>, Broken> {
    let mut rest = Condition::all();
    if let Some(from) = filter.from {
        let Some(first) = first_from(on, from).await? else {
            return Ok(None);
        };
        rest = rest
            .add(audit::Column::Number.gte(first))
            .add(without_index(kind, audit::Column::At).gte(from.as_micros()));
    }
    if let Some(to) = filter.to {
        let Some(last) = last_before(on, to).await? else {
            return Ok(None);
        };
        rest = rest
            .add(audit::Column::Number.lte(last))
            .add(without_index(kind, audit::Column::At).lt(to.as_micros()));
    }
    if let Some(text) = &filter.text {
        let pattern = LikeExpr::new(containing(text)).escape('\\');
        rest = rest.add(audit::Column::Search.like(pattern));
    }
    Ok(Some(rest))
}

/// The least number from this moment on. Clocks go back, so entries are not quite in order of time; the index on times has
/// the numbers in it. The sum keeps both databases from looking through the entries by number instead.
async fn first_from(on: &impl ConnectionTrait, from: Moment) -> Result<Option<i64>, Broken> {
    let least = Expr::col(audit::Column::Number).add(0i64).min();
    bound(on, least, audit::Column::At.gte(from.as_micros())).await
}

/// The greatest number before this moment.
async fn last_before(on: &impl ConnectionTrait, to: Moment) -> Result<Option<i64>, Broken> {
    let later: Option<i64> = audit::Entity::find()
        .select_only()
        .column(audit::Column::Number)
        .filter(audit::Column::At.gte(to.as_micros()))
        .limit(1)
        .into_tuple()
        .one(on)
        .await?;
    if later.is_none() {
        return Ok(Some(i64::MAX));
    }
    let greatest = Expr::col(audit::Column::Number).add(0i64).max();
    bound(on, greatest, audit::Column::At.lt(to.as_micros())).await
}

async fn bound(
    on: &impl ConnectionTrait,
    number: Expr,
    condition: Expr,
) -> Result<Option<i64>, Broken> {
    let found: Option<Option<i64>> = audit::Entity::find()
        .select_only()
        .expr_as(number, "number")
        .filter(condition)
        .into_tuple()
        .one(on)
        .await?;
    Ok(found.flatten())
}
