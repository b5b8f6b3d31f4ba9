use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::access::Visible;
use edgeward_domain::audit::{By, Note};
use edgeward_domain::token::{JoinToken, MAX_JOIN_TOKENS, use_once};
use edgeward_ids::{JoinTokenId, OrganisationId, ProjectId};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};
use serde_json::{Value, json};

use super::{TokenRefusal, TokenStore};
use crate::database::entity::{join_token, organisation};
use crate::database::fault::{Broken, Fault, attempt, carry_out};
use crate::database::places::visible_project;
use crate::database::{Database, Guard, Writing};
use crate::organisations::sql::organisation_of;
use crate::{EnrolRefusal, Failure, Homes, StoreError};

/// Who forgets expired tokens.
const CLEAN_UP: &str = "join token clean-up";

#[async_trait]
impl TokenStore for Database {
    async fn create_token(
        &self,
        token: JoinToken,
        secret_hash: &str,
        by: &By,
        now: Moment,
    ) -> Result<JoinToken, Failure<TokenRefusal>> {
        attempt(
            "record a join token",
            create(self, token, secret_hash, by, now),
        )
        .await
    }

    async fn tokens(&self, visible: &Visible, homes: &Homes) -> Result<Vec<JoinToken>, StoreError> {
        carry_out("list the join tokens", async {
            let rows = join_token::Entity::find()
                .filter(seen(visible, homes))
                .order_by_desc(join_token::Column::Id)
                .all(self.once())
                .await?;
            let tokens: Result<Vec<_>, Broken> = rows.into_iter().map(to_token).collect();
            Ok(tokens?)
        })
        .await
    }

    async fn token(&self, id: JoinTokenId) -> Result<Option<JoinToken>, StoreError> {
        carry_out("look up a join token", async {
            let row = join_token::Entity::find_by_id(id.as_uuid())
                .one(self.once())
                .await?;
            Ok(row.map(to_token).transpose()?)
        })
        .await
    }

    async fn delete_token(
        &self,
        id: JoinTokenId,
        by: &By,
        now: Moment,
    ) -> Result<bool, StoreError> {
        carry_out("delete a join token", async {
            let mut transaction = self.write().await?;
            let Some(row) = join_token::Entity::find_by_id(id.as_uuid())
                .lock_exclusive()
                .one(&*transaction)
                .await?
            else {
                return Ok(false);
            };
            let token = to_token(row)?;
            join_token::Entity::delete_by_id(id.as_uuid())
                .exec(&*transaction)
                .await?;
            let note = about("join_token.delete", &token).before(shown(&token));
            transaction.note(note, by, now);
            transaction.commit().await?;
            Ok(true)
        })
        .await
    }

    async fn forget_expired_tokens(&self, before: Moment, now: Moment) -> Result<u64, StoreError> {
        carry_out("forget expired join tokens", async {
            let mut transaction = self.write().await?;
            let rows = join_token::Entity::find()
                .filter(join_token::Column::ExpiresAt.lt(before.as_micros()))
                .lock_exclusive()
                .all(&*transaction)
                .await?;
            let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
            for row in rows {
                let token = to_token(row)?;
                let note = about("join_token.expire", &token).before(shown(&token));
                transaction.note(note, &By::system(CLEAN_UP), now);
            }
            // No more than MAX_JOIN_TOKENS.
            let count = ids.len() as u64;
            join_token::Entity::delete_many()
                .filter(join_token::Column::Id.is_in(ids))
                .exec(&*transaction)
                .await?;
            transaction.commit().await?;
            Ok(count)
        })
        .await
    }
}

async fn create(
    database: &Database,
    token: JoinToken,
    secret_hash: &str,
    by: &By,
    now: Moment,
) -> Result<JoinToken, Fault<TokenRefusal>> {
    let mut transaction = database.write().await?;
    transaction.guard(Guard::Tokens).await?;
    if join_token::Entity::find().count(&*transaction).await? >= MAX_JOIN_TOKENS {
        return Err(Fault::Rule(TokenRefusal::TooMany));
    }
    let organisation = match (token.project, token.organisation) {
        (Some(project), _) => Some(
            organisation_of(&*transaction, project)
                .await?
                .ok_or(Fault::Rule(TokenRefusal::UnknownProject))?,
        ),
        (None, Some(id)) => {
            let found = organisation::Entity::find_by_id(id.as_uuid())
                .count(&*transaction)
                .await?;
            if found == 0 {
                return Err(Fault::Rule(TokenRefusal::UnknownOrganisation));
            }
            Some(id)
        }
        (None, None) => None,
    };
    let token = JoinToken {
        organisation,
        ..token
    };
    join_token::Entity::insert(join_token::ActiveModel {
        id: Set(token.id.as_uuid()),
        secret_hash: Set(secret_hash.to_owned()),
        uses_left: Set(i64::from(token.uses_left)),
        created_at: Set(token.created_at.as_micros()),
        expires_at: Set(token.expires_at.as_micros()),
        project_id: Set(token.project.map(|id| id.as_uuid())),
        organisation_id: Set(organisation.map(|id| id.as_uuid())),
    })
    .exec_without_returning(&*transaction)
    .await?;
    let note = about("join_token.create", &token).after(shown(&token));
    transaction.note(note, by, now);
    transaction.commit().await?;
    Ok(token)
}

/// Those that adopt into projects that may be seen, and those that let agents wait in homes that may be.
fn seen(visible: &Visible, homes: &Homes) -> Condition {
    let mut adopting = Condition::all().add(join_token::Column::ProjectId.is_not_null());
    if let Some(visible) = visible_project(join_token::Column::ProjectId, visible) {
        adopting = adopting.add(visible);
    }
    let mut waiting = Condition::all().add(join_token::Column::ProjectId.is_null());
    if let Homes::Of(homes) = homes {
        let homes = homes.iter().map(|id| id.as_uuid());
        waiting = waiting.add(join_token::Column::OrganisationId.is_in(homes));
    }
    Condition::any().add(adopting).add(waiting)
}

/// Tokens have no names.
pub(crate) fn about(action: &'static str, token: &JoinToken) -> Note {
    Note::new(action, Some(token.id.to_string()), "").at(token.organisation, token.project)
}

pub(crate) fn shown(token: &JoinToken) -> Value {
    json!({
        "uses_left": token.uses_left,
        "expires_at_us": token.expires_at.as_micros(),
        "adopts": token.project.is_some(),
    })
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

pub(crate) fn to_token(row: join_token::Model) -> Result<JoinToken, Broken> {
    Ok(JoinToken {
        id: JoinTokenId::from_uuid(row.id),
        uses_left: u32::try_from(row.uses_left)
            .map_err(|_| Broken::corrupt("a number of uses", row.uses_left))?,
        created_at: Moment::from_micros(row.created_at),
        expires_at: Moment::from_micros(row.expires_at),
        organisation: row.organisation_id.map(OrganisationId::from_uuid),
        project: row.project_id.map(ProjectId::from_uuid),
    })
}
