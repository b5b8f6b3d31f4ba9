use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::access::{User, UserState};
use edgeward_domain::audit::By;
use sea_orm::{EntityTrait, PaginatorTrait, Set};
use uuid::Uuid;

use super::{Installation, InstallationStore, SetupRefusal};
use crate::database::entity::{setup_key, user};
use crate::database::fault::{Broken, Fault, attempt, carry_out};
use crate::database::{Database, Guard};
use crate::settings::sql::{find, set_once};
use crate::users::create;
use crate::{Failure, NewUser, Origin, StoreError};

/// The setting that holds the installation's id.
const ID: &str = "installation_id";

/// The only row of the table of setup keys.
const THE_KEY: i32 = 1;

#[async_trait]
impl InstallationStore for Database {
    async fn installation(&self, now: Moment) -> Result<Installation, StoreError> {
        carry_out("identify the installation", async {
            let row = match find(self.once(), ID).await? {
                Some(row) => row,
                None => set_once(self, ID, &Uuid::new_v4().to_string(), now).await?,
            };
            Ok(Installation {
                id: row
                    .value
                    .parse()
                    .map_err(|_| Broken::corrupt("an installation id", &row.value))?,
                created_at: Moment::from_micros(row.created_at),
            })
        })
        .await
    }

    async fn setup_needed(&self) -> Result<bool, StoreError> {
        carry_out("count the users", async {
            Ok(user::Entity::find().count(self.once()).await? == 0)
        })
        .await
    }

    async fn set_setup_key(
        &self,
        key_hash: &str,
        now: Moment,
    ) -> Result<(), Failure<SetupRefusal>> {
        attempt("record a setup key", async {
            let transaction = self.write().await?;
            transaction.guard(Guard::Setup).await?;
            if user::Entity::find().count(&*transaction).await? > 0 {
                return Err(Fault::Rule(SetupRefusal::AlreadyDone));
            }
            setup_key::Entity::delete_many().exec(&*transaction).await?;
            setup_key::Entity::insert(setup_key::ActiveModel {
                id: Set(THE_KEY),
                key_hash: Set(key_hash.to_owned()),
                created_at: Set(now.as_micros()),
            })
            .exec_without_returning(&*transaction)
            .await?;
            Ok(transaction.commit().await?)
        })
        .await
    }

    async fn complete_setup(
        &self,
        key_hash: &str,
        user: NewUser,
        by: &By,
        now: Moment,
    ) -> Result<User, Failure<SetupRefusal>> {
        attempt("make the first administrator", async {
            let mut transaction = self.write().await?;
            transaction.guard(Guard::Setup).await?;
            if user::Entity::find().count(&*transaction).await? > 0 {
                return Err(Fault::Rule(SetupRefusal::AlreadyDone));
            }
            let key = setup_key::Entity::find_by_id(THE_KEY)
                .one(&*transaction)
                .await?;
            if key.is_none_or(|key| key.key_hash != key_hash) {
                return Err(Fault::Rule(SetupRefusal::WrongKey));
            }
            let admin = NewUser {
                state: UserState::Active,
                system_admin: true,
                sso_only: false,
                memberships: Vec::new(),
                invitation: None,
                ..user
            };
            let made = create::one(&mut transaction, admin, Origin::Hand, by, now).await?;
            setup_key::Entity::delete_many().exec(&*transaction).await?;
            transaction.commit().await?;
            Ok(made.user)
        })
        .await
    }
}
