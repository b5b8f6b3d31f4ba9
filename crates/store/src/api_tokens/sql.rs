use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::access::{ApiToken, MAX_API_TOKENS_PER_OWNER, UserState, Visible};
use edgeward_domain::audit::By;
use edgeward_ids::{ApiTokenId, UserId};
use sea_orm::sea_query::{Expr, SelectStatement};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use uuid::Uuid;

use super::row::{about, shown, to_grant, to_tokens};
use super::{ApiTokenFilter, ApiTokenRefusal, ApiTokenStore, NewApiToken, PresentedToken};
use crate::database::entity::user;
use crate::database::fault::{Broken, Fault, attempt, carry_out};
use crate::database::people::{api_token, api_token_grant};
use crate::database::text::storable;
use crate::database::{Database, Guard};
use crate::users::row::view;
use crate::users::sql::lock_user;
use crate::{Failure, Page, Slice, StoreError};

#[async_trait]
impl ApiTokenStore for Database {
    async fn create_api_token(
        &self,
        token: NewApiToken,
        by: &By,
        now: Moment,
    ) -> Result<ApiToken, Failure<ApiTokenRefusal>> {
        attempt("record an API token", create(self, token, by, now)).await
    }

    async fn api_tokens(
        &self,
        filter: &ApiTokenFilter,
        slice: Slice,
    ) -> Result<Page<ApiToken>, StoreError> {
        carry_out("list the API tokens", async {
            let reading = self.read().await?;
            let select = api_token::Entity::find().filter(condition(filter));
            let total = select.clone().count(&reading).await?;
            let rows = select
                .order_by_desc(api_token::Column::Id)
                .limit(slice.limit())
                .offset(slice.offset())
                .all(&reading)
                .await?;
            let items = to_tokens(&reading, rows).await?;
            reading.commit().await?;
            Ok(Page { items, total })
        })
        .await
    }

    async fn api_token(&self, id: ApiTokenId) -> Result<Option<ApiToken>, StoreError> {
        carry_out("look up an API token", async {
            let reading = self.read().await?;
            let row = api_token::Entity::find_by_id(id.as_uuid())
                .one(&reading)
                .await?;
            let found = to_tokens(&reading, row.into_iter().collect()).await?.pop();
            reading.commit().await?;
            Ok(found)
        })
        .await
    }

    async fn presented_api_token(
        &self,
        secret_hash: &str,
    ) -> Result<Option<PresentedToken>, StoreError> {
        carry_out("look up an API token", async {
            let reading = self.read().await?;
            let row = api_token::Entity::find()
                .filter(api_token::Column::SecretHash.eq(secret_hash))
                .one(&reading)
                .await?;
            let Some(token) = to_tokens(&reading, row.into_iter().collect()).await?.pop() else {
                return Ok(None);
            };
            let owner = match token.owner {
                None => None,
                Some(id) => {
                    let row = user::Entity::find_by_id(id.as_uuid()).one(&reading).await?;
                    let row =
                        row.ok_or_else(|| Broken::corrupt("a token of an unknown user", id))?;
                    Some(view(&reading, row).await?)
                }
            };
            reading.commit().await?;
            Ok(Some(PresentedToken { token, owner }))
        })
        .await
    }

    async fn api_token_used(&self, id: ApiTokenId, at: Moment) -> Result<bool, StoreError> {
        carry_out("record that an API token was used", async {
            let at = at.as_micros();
            let column = api_token::Column::LastUsedAt;
            let later = Expr::case(
                Condition::any().add(column.is_null()).add(column.lt(at)),
                Expr::value(at),
            )
            .finally(Expr::col(column));
            let transaction = self.write().await?;
            let done = api_token::Entity::update_many()
                .col_expr(column, later.into())
                .filter(api_token::Column::Id.eq(id.as_uuid()))
                .exec(&*transaction)
                .await?;
            transaction.commit().await?;
            Ok(done.rows_affected > 0)
        })
        .await
    }

    async fn delete_api_token(
        &self,
        id: ApiTokenId,
        by: &By,
        now: Moment,
    ) -> Result<bool, StoreError> {
        carry_out("delete an API token", async {
            let mut transaction = self.write().await?;
            let row = api_token::Entity::find_by_id(id.as_uuid())
                .lock_exclusive()
                .one(&*transaction)
                .await?;
            let rows = row.into_iter().collect();
            let Some(token) = to_tokens(&*transaction, rows).await?.pop() else {
                return Ok(false);
            };
            delete(&*transaction, &[id.as_uuid()]).await?;
            let note = about("api_token.delete", &token).before(shown(&token));
            transaction.note(note, by, now);
            transaction.commit().await?;
            Ok(true)
        })
        .await
    }
}

async fn create(
    database: &Database,
    new: NewApiToken,
    by: &By,
    now: Moment,
) -> Result<ApiToken, Fault<ApiTokenRefusal>> {
    let mut transaction = database.write().await?;
    // The number of the machine's own tokens is guarded; that of a user's, by the user's row.
    let owner = match new.owner {
        None => {
            transaction.guard(Guard::People).await?;
            None
        }
        Some(id) => {
            let active = UserState::Active.as_str();
            let row = lock_user(&transaction, id)
                .await?
                .filter(|user| user.state == active)
                .ok_or(Fault::Rule(ApiTokenRefusal::UnknownOwner))?;
            Some(row)
        }
    };
    let owner_id = owner.as_ref().map(|user| user.id);
    let of_owner = match owner_id {
        None => api_token::Column::OwnerId.is_null(),
        Some(id) => api_token::Column::OwnerId.eq(id),
    };
    let count = api_token::Entity::find()
        .filter(of_owner)
        .count(&*transaction)
        .await?;
    if count >= MAX_API_TOKENS_PER_OWNER {
        return Err(Fault::Rule(ApiTokenRefusal::TooMany));
    }
    let token = ApiToken {
        id: new.id,
        name: storable(&new.name),
        owner: new.owner,
        owner_name: owner.map(|user| user.display_name),
        granted: new.granted,
        created_at: now,
        expires_at: new.expires_at,
        last_used_at: None,
    };
    let row = api_token::Model {
        id: token.id.as_uuid(),
        secret_hash: new.secret_hash,
        name: token.name.clone(),
        owner_id,
        system_admin: token.granted.is_system_admin(),
        created_at: now.as_micros(),
        expires_at: token.expires_at.map(Moment::as_micros),
        last_used_at: None,
    };
    api_token::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(&*transaction)
        .await?;
    let grants: Vec<_> = token
        .granted
        .memberships()
        .map(|membership| {
            to_grant(token.id, membership)
                .into_active_model()
                .reset_all()
        })
        .collect();
    if !grants.is_empty() {
        api_token_grant::Entity::insert_many(grants)
            .exec_without_returning(&*transaction)
            .await?;
    }
    let note = about("api_token.create", &token).after(shown(&token));
    transaction.note(note, by, now);
    transaction.commit().await?;
    Ok(token)
}

fn condition(filter: &ApiTokenFilter) -> Condition {
    let mut condition = Condition::all();
    if let Some(owner) = filter.owner {
        condition = condition.add(api_token::Column::OwnerId.eq(owner.as_uuid()));
    }
    if let Visible::Only {
        organisations,
        projects,
    } = &filter.visible
    {
        let organisations = organisations.iter().map(|id| id.as_uuid());
        let projects = projects.iter().map(|id| id.as_uuid());
        let given = Condition::any()
            .add(api_token_grant::Column::OrganisationId.is_in(organisations))
            .add(api_token_grant::Column::ProjectId.is_in(projects));
        condition = condition.add(api_token::Column::Id.in_subquery(given_in(given)));
    }
    condition
}

fn given_in(condition: Condition) -> SelectStatement {
    api_token_grant::Entity::find()
        .select_only()
        .column(api_token_grant::Column::TokenId)
        .filter(condition)
        .into_query()
}

/// Deletes the tokens of a user; how many.
pub(crate) async fn delete_all_of(on: &impl ConnectionTrait, owner: UserId) -> Result<u64, Broken> {
    let ids: Vec<Uuid> = api_token::Entity::find()
        .select_only()
        .column(api_token::Column::Id)
        .filter(api_token::Column::OwnerId.eq(owner.as_uuid()))
        .into_tuple()
        .all(on)
        .await?;
    delete(on, &ids).await?;
    Ok(ids.len() as u64)
}

/// No more than [`MAX_API_TOKENS_PER_OWNER`] at once.
async fn delete(on: &impl ConnectionTrait, ids: &[Uuid]) -> Result<(), Broken> {
    api_token_grant::Entity::delete_many()
        .filter(api_token_grant::Column::TokenId.is_in(ids.iter().copied()))
        .exec(on)
        .await?;
    api_token::Entity::delete_many()
        .filter(api_token::Column::Id.is_in(ids.iter().copied()))
        .exec(on)
        .await?;
    Ok(())
}

/// Takes from all tokens what they were given in a place that is deleted.
pub(crate) async fn forget_place(on: &impl ConnectionTrait, place: Uuid) -> Result<(), Broken> {
    api_token_grant::Entity::delete_many()
        .filter(api_token_grant::Column::PlaceId.eq(place))
        .exec(on)
        .await?;
    Ok(())
}
