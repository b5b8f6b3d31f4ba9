//! What organisations and projects have in common: administrators to begin with, and what goes when they go.

use edgeward_domain::Moment;
use edgeward_domain::access::Membership;
use edgeward_domain::audit::By;
use edgeward_ids::UserId;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use serde_json::{Value, json};

use crate::database::Writing;
use crate::database::entity::{join_token, user};
use crate::database::fault::{Broken, Fault};
use crate::members::put;
use crate::tokens::sql::{about, shown, to_token};
use crate::users::sql::lock_user;
use crate::{MemberRefusal, Origin};

/// The users who are to be administrators; or the first of them who does not exist.
pub(super) async fn administrators(
    transaction: &Writing<'_>,
    ids: &[UserId],
) -> Result<Result<Vec<user::Model>, UserId>, Broken> {
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        match lock_user(transaction, *id).await? {
            Some(user) => found.push(user),
            None => return Ok(Err(*id)),
        }
    }
    Ok(Ok(found))
}

/// Makes them members of a place that is new.
pub(super) async fn seat(
    transaction: &mut Writing<'_>,
    users: &[user::Model],
    membership: Membership,
    by: &By,
    now: Moment,
) -> Result<(), Broken> {
    for user in users {
        match put(transaction, user, membership, Origin::Hand, by, now).await {
            Ok(_) => {}
            Err(Fault::Broken(broken)) => return Err(broken),
            Err(Fault::Rule(refusal)) => {
                let refusal: MemberRefusal = refusal;
                return Err(Broken::corrupt("a new place without room", refusal));
            }
        }
    }
    Ok(())
}

/// Deletes the join tokens that lead to a place. Whoever is joining with one is waited for.
pub(super) async fn delete_join_tokens(
    transaction: &mut Writing<'_>,
    leads_there: sea_orm::sea_query::Expr,
    by: &By,
    now: Moment,
) -> Result<(), Broken> {
    let rows = join_token::Entity::find()
        .filter(leads_there)
        .lock_exclusive()
        .all(&**transaction)
        .await?;
    for row in rows {
        let token = to_token(row)?;
        join_token::Entity::delete_many()
            .filter(join_token::Column::Id.eq(token.id.as_uuid()))
            .exec(&**transaction)
            .await?;
        let note = about("join_token.delete", &token).before(shown(&token));
        transaction.note(note, by, now);
    }
    Ok(())
}

/// What the log shows of a place.
pub(super) fn described(name: &str, description: &str) -> Value {
    json!({ "name": name, "description": description })
}
