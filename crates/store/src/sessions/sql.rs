use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::access::{Actor, Grants, Identity, Session, SessionKind, UserState};
use edgeward_domain::audit::{By, Note};
use edgeward_ids::{SessionId, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Set};
use serde_json::json;

use super::{MAX_PROGRAM_CHARS, NewSession, SessionRefusal, SessionStore};
use crate::database::entity::{session, user};
use crate::database::fault::{Broken, Fault, attempt, carry_out};
use crate::database::text::storable;
use crate::database::{Database, MAX_BOUND_VALUES};
use crate::members::grants::grants;
use crate::users::row::{about, to_user};
use crate::users::sql::lock_user;
use crate::{Failure, StoreError};

const BROWSER: &str = "browser";
const BEARER: &str = "bearer";

/// Who forgets ended sessions.
const CLEAN_UP: &str = "session clean-up";

#[async_trait]
impl SessionStore for Database {
    async fn create_session(
        &self,
        session: NewSession,
        by: &By,
        now: Moment,
    ) -> Result<Session, Failure<SessionRefusal>> {
        attempt("begin a session", create(self, session, by, now)).await
    }

    async fn session(&self, token_hash: &str, now: Moment) -> Result<Option<Session>, StoreError> {
        carry_out("look up a session", async {
            let found = session::Entity::find()
                .filter(session::Column::TokenHash.eq(token_hash))
                .filter(session::Column::ExpiresAt.gt(now.as_micros()))
                .find_also_related(user::Entity)
                .one(self.once())
                .await?;
            let Some((row, user)) = found else {
                return Ok(None);
            };
            let active = UserState::Active.as_str();
            if user.as_ref().is_some_and(|user| user.state != active) {
                return Ok(None);
            }
            Ok(Some(to_session(self.once(), row, user).await?))
        })
        .await
    }

    async fn sessions_of(&self, user: UserId, now: Moment) -> Result<Vec<Session>, StoreError> {
        carry_out("list a user's sessions", async {
            let reading = self.read().await?;
            let rows = session::Entity::find()
                .filter(session::Column::UserId.eq(user.as_uuid()))
                .filter(session::Column::ExpiresAt.gt(now.as_micros()))
                .order_by_desc(session::Column::CreatedAt)
                .order_by_desc(session::Column::Id)
                .find_also_related(user::Entity)
                .all(&reading)
                .await?;
            let mut sessions = Vec::with_capacity(rows.len());
            for (row, user) in rows {
                sessions.push(to_session(&reading, row, user).await?);
            }
            reading.commit().await?;
            Ok(sessions)
        })
        .await
    }

    async fn session_used(
        &self,
        id: SessionId,
        at: Moment,
        expires_at: Moment,
    ) -> Result<bool, StoreError> {
        carry_out("record that a session was used", async {
            let later = |column: session::Column, moment: Moment| {
                let moment = moment.as_micros();
                Expr::case(Condition::all().add(column.lt(moment)), Expr::value(moment))
                    .finally(Expr::col(column))
            };
            let transaction = self.write().await?;
            let done = session::Entity::update_many()
                .col_expr(
                    session::Column::LastUsedAt,
                    later(session::Column::LastUsedAt, at).into(),
                )
                .col_expr(
                    session::Column::ExpiresAt,
                    later(session::Column::ExpiresAt, expires_at).into(),
                )
                .filter(session::Column::Id.eq(id.as_uuid()))
                .exec(&*transaction)
                .await?;
            transaction.commit().await?;
            Ok(done.rows_affected > 0)
        })
        .await
    }

    async fn end_session(&self, id: SessionId, by: &By, now: Moment) -> Result<bool, StoreError> {
        carry_out("end a session", async {
            let mut transaction = self.write().await?;
            let found = session::Entity::find_by_id(id.as_uuid())
                .find_also_related(user::Entity)
                .one(&*transaction)
                .await?;
            let done = session::Entity::delete_by_id(id.as_uuid())
                .exec(&*transaction)
                .await?;
            let Some((row, user)) = found.filter(|_| done.rows_affected > 0) else {
                return Ok(false);
            };
            let note = of_session(&*transaction, "session.end", &row, user.as_ref()).await?;
            transaction.note(note, by, now);
            transaction.commit().await?;
            Ok(true)
        })
        .await
    }

    async fn end_sessions_of(
        &self,
        user: UserId,
        except: Option<SessionId>,
        by: &By,
        now: Moment,
    ) -> Result<u64, StoreError> {
        carry_out("end a user's sessions", async {
            let mut transaction = self.write().await?;
            let Some(row) = lock_user(&transaction, user).await? else {
                return Ok(0);
            };
            let ended = end_all_of(&*transaction, user, except).await?;
            if ended > 0 {
                let grants = grants(&*transaction, &row).await?;
                let note = about("session.end", &row, &grants).after(json!({ "ended": ended }));
                transaction.note(note, by, now);
            }
            transaction.commit().await?;
            Ok(ended)
        })
        .await
    }

    async fn forget_ended_sessions(&self, now: Moment) -> Result<u64, StoreError> {
        carry_out("forget ended sessions", async {
            let mut transaction = self.write().await?;
            let ended = session::Entity::find()
                .filter(session::Column::ExpiresAt.lte(now.as_micros()))
                .find_also_related(user::Entity)
                .all(&*transaction)
                .await?;
            let ids: Vec<_> = ended.iter().map(|(row, _)| row.id).collect();
            let mut forgotten = 0;
            for ids in ids.chunks(MAX_BOUND_VALUES) {
                // One that was extended meanwhile stays.
                let done = session::Entity::delete_many()
                    .filter(session::Column::Id.is_in(ids.iter().copied()))
                    .filter(session::Column::ExpiresAt.lte(now.as_micros()))
                    .exec(&*transaction)
                    .await?;
                forgotten += done.rows_affected;
            }
            for (row, user) in &ended {
                let note = of_session(&*transaction, "session.expire", row, user.as_ref()).await?;
                transaction.note(note, &By::system(CLEAN_UP), now);
            }
            transaction.commit().await?;
            Ok(forgotten)
        })
        .await
    }
}

async fn create(
    database: &Database,
    new: NewSession,
    by: &By,
    now: Moment,
) -> Result<Session, Fault<SessionRefusal>> {
    let mut transaction = database.write().await?;
    let mut owner = None;
    if let Some(id) = new.user {
        let mut row = lock_user(&transaction, id)
            .await?
            .ok_or(Fault::Rule(SessionRefusal::UnknownUser))?;
        if row.state != UserState::Active.as_str() {
            return Err(Fault::Rule(SessionRefusal::NotActive));
        }
        user::Entity::update_many()
            .col_expr(user::Column::LastSignInAt, Expr::value(now.as_micros()))
            .filter(user::Column::Id.eq(row.id))
            .exec(&*transaction)
            .await?;
        row.last_sign_in_at = Some(now.as_micros());
        owner = Some(row);
    }
    let kind = match new.kind {
        SessionKind::Browser => BROWSER,
        SessionKind::Bearer => BEARER,
    };
    let program: String = storable(&new.program)
        .chars()
        .take(MAX_PROGRAM_CHARS)
        .collect();
    let row = session::Model {
        id: new.id.as_uuid(),
        token_hash: new.token_hash,
        user_id: new.user.map(|id| id.as_uuid()),
        kind: kind.to_owned(),
        created_at: now.as_micros(),
        expires_at: new.expires_at.as_micros(),
        remembered: new.remembered,
        address: storable(&new.address),
        program,
        last_used_at: now.as_micros(),
    };
    session::Entity::insert(session::ActiveModel {
        id: Set(row.id),
        token_hash: Set(row.token_hash.clone()),
        user_id: Set(row.user_id),
        kind: Set(row.kind.clone()),
        created_at: Set(row.created_at),
        expires_at: Set(row.expires_at),
        remembered: Set(row.remembered),
        address: Set(row.address.clone()),
        program: Set(row.program.clone()),
        last_used_at: Set(row.last_used_at),
    })
    .exec_without_returning(&*transaction)
    .await?;
    let note = of_session(&*transaction, "session.begin", &row, owner.as_ref()).await?;
    let shown = json!({ "kind": row.kind, "remembered": row.remembered, "program": row.program });
    transaction.note(note.after(shown), by, now);
    let session = to_session(&*transaction, row, owner).await?;
    transaction.commit().await?;
    Ok(session)
}

/// Ends all sessions of a user but one; how many. The user's row is locked, so that none begins meanwhile.
pub(crate) async fn end_all_of(
    on: &impl ConnectionTrait,
    user: UserId,
    except: Option<SessionId>,
) -> Result<u64, Broken> {
    let mut delete =
        session::Entity::delete_many().filter(session::Column::UserId.eq(user.as_uuid()));
    if let Some(except) = except {
        delete = delete.filter(session::Column::Id.ne(except.as_uuid()));
    }
    Ok(delete.exec(on).await?.rows_affected)
}

/// What was done to a session; it is called as its user is.
async fn of_session(
    on: &impl ConnectionTrait,
    action: &'static str,
    row: &session::Model,
    user: Option<&user::Model>,
) -> Result<Note, Broken> {
    let id = Some(row.id.to_string());
    Ok(match user {
        Some(user) => {
            let grants = grants(on, user).await?;
            Note {
                object_id: id,
                ..about(action, user, &grants)
            }
        }
        None => Note::new(action, id, "operator of this machine"),
    })
}

async fn to_session(
    on: &impl ConnectionTrait,
    row: session::Model,
    user: Option<user::Model>,
) -> Result<Session, Broken> {
    let identity = match (row.user_id, user) {
        (None, _) => Identity {
            actor: Actor::Machine,
            grants: Grants::system_admin(),
        },
        (Some(_), Some(user)) => Identity {
            grants: grants(on, &user).await?,
            actor: Actor::User(to_user(user)?),
        },
        (Some(id), None) => return Err(Broken::corrupt("a session of an unknown user", id)),
    };
    Ok(Session {
        id: SessionId::from_uuid(row.id),
        identity,
        kind: match row.kind.as_str() {
            BROWSER => SessionKind::Browser,
            BEARER => SessionKind::Bearer,
            _ => return Err(Broken::corrupt("a kind of session", &row.kind)),
        },
        remembered: row.remembered,
        address: row.address,
        program: row.program,
        created_at: Moment::from_micros(row.created_at),
        last_used_at: Moment::from_micros(row.last_used_at),
        expires_at: Moment::from_micros(row.expires_at),
    })
}
