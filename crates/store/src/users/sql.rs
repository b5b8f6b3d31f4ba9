use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::access::{Actor, Email, Role, Session, SessionKind, User};
use edgeward_ids::{SessionId, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, Set,
};

use super::{Credentials, NewSession, NewUser, UserStore};
use crate::StoreError;
use crate::database::Database;
use crate::database::entity::{session, user};
use crate::database::fault::{Broken, carry_out};
use crate::database::text::storable;

const BROWSER: &str = "browser";
const BEARER: &str = "bearer";

#[async_trait]
impl UserStore for Database {
    async fn credentials(&self, email: &Email) -> Result<Option<Credentials>, StoreError> {
        carry_out("look up a user", async {
            let row = user::Entity::find()
                .filter(user::Column::EmailKey.eq(email.key()))
                .one(self.once())
                .await?;
            Ok(match row {
                Some(row) => Some(Credentials {
                    password_hash: row.password_hash.clone(),
                    user: to_user(row)?,
                }),
                None => None,
            })
        })
        .await
    }

    async fn create_session(
        &self,
        session: NewSession,
        now: Moment,
    ) -> Result<Session, StoreError> {
        carry_out("begin a session", async {
            let transaction = self.write().await?;
            let kind = match session.kind {
                SessionKind::Browser => BROWSER,
                SessionKind::Bearer => BEARER,
            };
            session::Entity::insert(session::ActiveModel {
                id: Set(session.id.as_uuid()),
                token_hash: Set(session.token_hash),
                user_id: Set(session.user.map(|id| id.as_uuid())),
                kind: Set(kind.to_owned()),
                created_at: Set(now.as_micros()),
                expires_at: Set(session.expires_at.as_micros()),
            })
            .exec_without_returning(&*transaction)
            .await?;
            let found = session::Entity::find_by_id(session.id.as_uuid())
                .find_also_related(user::Entity)
                .one(&*transaction)
                .await?;
            transaction.commit().await?;
            let (row, user) =
                found.ok_or_else(|| Broken::corrupt("a session that is not there", session.id))?;
            Ok(to_session(row, user)?)
        })
        .await
    }

    async fn session(&self, token_hash: &str, now: Moment) -> Result<Option<Session>, StoreError> {
        carry_out("look up a session", async {
            let found = session::Entity::find()
                .filter(session::Column::TokenHash.eq(token_hash))
                .filter(session::Column::ExpiresAt.gt(now.as_micros()))
                .find_also_related(user::Entity)
                .one(self.once())
                .await?;
            Ok(match found {
                Some((row, user)) => Some(to_session(row, user)?),
                None => None,
            })
        })
        .await
    }

    async fn extend_session(&self, id: SessionId, expires_at: Moment) -> Result<bool, StoreError> {
        carry_out("extend a session", async {
            let at = expires_at.as_micros();
            let transaction = self.write().await?;
            let later = Expr::case(
                Condition::all().add(session::Column::ExpiresAt.lt(at)),
                Expr::value(at),
            )
            .finally(Expr::col(session::Column::ExpiresAt));
            let done = session::Entity::update_many()
                .col_expr(session::Column::ExpiresAt, later.into())
                .filter(session::Column::Id.eq(id.as_uuid()))
                .exec(&*transaction)
                .await?;
            transaction.commit().await?;
            Ok(done.rows_affected > 0)
        })
        .await
    }

    async fn end_session(&self, id: SessionId) -> Result<bool, StoreError> {
        carry_out("end a session", async {
            let transaction = self.write().await?;
            let done = session::Entity::delete_by_id(id.as_uuid())
                .exec(&*transaction)
                .await?;
            transaction.commit().await?;
            Ok(done.rows_affected > 0)
        })
        .await
    }

    async fn forget_ended_sessions(&self, now: Moment) -> Result<u64, StoreError> {
        carry_out("forget ended sessions", async {
            let transaction = self.write().await?;
            let done = session::Entity::delete_many()
                .filter(session::Column::ExpiresAt.lte(now.as_micros()))
                .exec(&*transaction)
                .await?;
            transaction.commit().await?;
            Ok(done.rows_affected)
        })
        .await
    }
}

/// Records a user with this role.
pub(crate) async fn insert_user(
    on: &impl ConnectionTrait,
    new: NewUser,
    role: Role,
    now: Moment,
) -> Result<User, Broken> {
    let row = user::Model {
        id: new.id.as_uuid(),
        email: new.email.as_str().to_owned(),
        email_key: new.email.key(),
        display_name: storable(&new.display_name),
        role: role.as_str().to_owned(),
        password_hash: new.password_hash,
        created_at: now.as_micros(),
    };
    user::Entity::insert(user::ActiveModel::from(row.clone()).reset_all())
        .exec_without_returning(on)
        .await?;
    to_user(row)
}

fn to_user(row: user::Model) -> Result<User, Broken> {
    Ok(User {
        id: UserId::from_uuid(row.id),
        email: row
            .email
            .parse()
            .map_err(|_| Broken::corrupt("an e-mail address", &row.email))?,
        display_name: row.display_name,
        role: Role::from_word(&row.role).ok_or_else(|| Broken::corrupt("a role", &row.role))?,
        created_at: Moment::from_micros(row.created_at),
    })
}

fn to_session(row: session::Model, user: Option<user::Model>) -> Result<Session, Broken> {
    let actor = match (row.user_id, user) {
        (None, _) => Actor::Machine,
        (Some(_), Some(user)) => Actor::User(to_user(user)?),
        (Some(id), None) => return Err(Broken::corrupt("a session of an unknown user", id)),
    };
    Ok(Session {
        id: SessionId::from_uuid(row.id),
        actor,
        kind: match row.kind.as_str() {
            BROWSER => SessionKind::Browser,
            BEARER => SessionKind::Bearer,
            _ => return Err(Broken::corrupt("a kind of session", &row.kind)),
        },
        created_at: Moment::from_micros(row.created_at),
        expires_at: Moment::from_micros(row.expires_at),
    })
}
