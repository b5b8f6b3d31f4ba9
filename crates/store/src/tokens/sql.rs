use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::token::{JoinToken, MAX_JOIN_TOKENS, use_once};
use edgeward_ids::{JoinTokenId, ProjectId};
use sea_orm::{
    ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};

use super::{TokenRefusal, TokenStore};
use crate::database::entity::join_token;
use crate::database::fault::{Broken, Fault, attempt, carry_out};
use crate::database::{Database, Guard, Writing};
use crate::organisations::sql::organisation_of;
use crate::{EnrolRefusal, Failure, StoreError};

#[async_trait]
impl TokenStore for Database {
    async fn create_token(
        &self,
        token: JoinToken,
        secret_hash: &str,
    ) -> Result<(), Failure<TokenRefusal>> {
        attempt("record a join token", async {
            let transaction = self.write().await?;
            transaction.guard(Guard::Tokens).await?;
            if join_token::Entity::find().count(&*transaction).await? >= MAX_JOIN_TOKENS {
                return Err(Fault::Rule(TokenRefusal::TooMany));
            }
            if let Some(project) = token.project
                && organisation_of(&*transaction, project).await?.is_none()
            {
                return Err(Fault::Rule(TokenRefusal::UnknownProject));
            }
            join_token::Entity::insert(join_token::ActiveModel {
                id: Set(token.id.as_uuid()),
                secret_hash: Set(secret_hash.to_owned()),
                uses_left: Set(i64::from(token.uses_left)),
                created_at: Set(token.created_at.as_micros()),
                expires_at: Set(token.expires_at.as_micros()),
                project_id: Set(token.project.map(|id| id.as_uuid())),
            })
            .exec_without_returning(&*transaction)
            .await?;
            Ok(transaction.commit().await?)
        })
        .await
    }

    async fn tokens(&self) -> Result<Vec<JoinToken>, StoreError> {
        carry_out("list the join tokens", async {
            let rows = join_token::Entity::find()
                .order_by_desc(join_token::Column::Id)
                .all(self.once())
                .await?;
            let tokens: Result<Vec<_>, Broken> = rows.into_iter().map(to_token).collect();
            Ok(tokens?)
        })
        .await
    }

    async fn delete_token(&self, id: JoinTokenId) -> Result<bool, StoreError> {
        carry_out("delete a join token", async {
            let transaction = self.write().await?;
            let done = join_token::Entity::delete_by_id(id.as_uuid())
                .exec(&*transaction)
                .await?;
            transaction.commit().await?;
            Ok(done.rows_affected > 0)
        })
        .await
    }

    async fn forget_expired_tokens(&self, before: Moment) -> Result<u64, StoreError> {
        carry_out("forget expired join tokens", async {
            let transaction = self.write().await?;
            let done = join_token::Entity::delete_many()
                .filter(join_token::Column::ExpiresAt.lt(before.as_micros()))
                .exec(&*transaction)
                .await?;
            transaction.commit().await?;
            Ok(done.rows_affected)
        })
        .await
    }
}

/// Uses the token with this secret's hash once, and keeps its row locked.
pub(crate) async fn use_token(
    transaction: &Writing<'_>,
    secret_hash: &str,
    now: Moment,
) -> Result<JoinToken, Fault<EnrolRefusal>> {
    let row = join_token::Entity::find()
        .filter(join_token::Column::SecretHash.eq(secret_hash))
        .lock_exclusive()
        .one(&**transaction)
        .await?
        .ok_or(Fault::Rule(EnrolRefusal::UnknownToken))?;
    let used = use_once(&to_token(row)?, now).map_err(|refusal| Fault::Rule(refusal.into()))?;
    join_token::Entity::update_many()
        .col_expr(
            join_token::Column::UsesLeft,
            sea_orm::sea_query::Expr::value(i64::from(used.uses_left)),
        )
        .filter(join_token::Column::Id.eq(used.id.as_uuid()))
        .exec(&**transaction)
        .await?;
    Ok(used)
}

fn to_token(row: join_token::Model) -> Result<JoinToken, Broken> {
    Ok(JoinToken {
        id: JoinTokenId::from_uuid(row.id),
        uses_left: u32::try_from(row.uses_left)
            .map_err(|_| Broken::corrupt("a number of uses", row.uses_left))?,
        created_at: Moment::from_micros(row.created_at),
        expires_at: Moment::from_micros(row.expires_at),
        project: row.project_id.map(ProjectId::from_uuid),
    })
}
