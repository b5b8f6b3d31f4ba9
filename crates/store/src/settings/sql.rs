use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::audit::{By, Note};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait, Set};

use super::SettingStore;
use crate::StoreError;
use crate::database::Database;
use crate::database::entity::setting;
use crate::database::fault::{Broken, carry_out};

#[async_trait]
impl SettingStore for Database {
    async fn setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        carry_out("read a setting", async {
            Ok(find(self.once(), name).await?.map(|row| row.value))
        })
        .await
    }

    async fn put_setting(
        &self,
        name: &str,
        value: &str,
        shown_before: Option<String>,
        shown_after: Option<String>,
        by: &By,
        now: Moment,
    ) -> Result<(), StoreError> {
        carry_out("record a setting", async {
            let mut transaction = self.write().await?;
            let mut newest = OnConflict::column(setting::Column::Name);
            newest.update_column(setting::Column::Value);
            setting::Entity::insert(row(name, value, now))
                .on_conflict(newest)
                .exec_without_returning(&*transaction)
                .await?;
            let mut note = Note::new("settings.update", None, name);
            if let Some(before) = shown_before {
                note = note.before(before);
            }
            if let Some(after) = shown_after {
                note = note.after(after);
            }
            transaction.note(note, by, now);
            transaction.commit().await?;
            Ok(())
        })
        .await
    }

    async fn set_once(&self, name: &str, value: &str, now: Moment) -> Result<String, StoreError> {
        carry_out("record a setting", async {
            Ok(set_once(self, name, value, now).await?.value)
        })
        .await
    }
}

pub(crate) async fn find(
    on: &impl ConnectionTrait,
    name: &str,
) -> Result<Option<setting::Model>, Broken> {
    Ok(setting::Entity::find_by_id(name).one(on).await?)
}

/// Records a value unless there is one; the one that there is from now on. What is decided at the first start is no change
/// by anyone, and leaves no entry.
pub(crate) async fn set_once(
    database: &Database,
    name: &str,
    value: &str,
    now: Moment,
) -> Result<setting::Model, Broken> {
    let transaction = database.write().await?;
    setting::Entity::insert(row(name, value, now))
        .on_conflict(
            OnConflict::column(setting::Column::Name)
                .do_nothing()
                .to_owned(),
        )
        .try_insert()
        .exec_without_returning(&*transaction)
        .await?;
    let row = find(&*transaction, name).await?;
    transaction.commit().await?;
    row.ok_or_else(|| Broken::corrupt("a setting without a value", name))
}

fn row(name: &str, value: &str, now: Moment) -> setting::ActiveModel {
    setting::ActiveModel {
        name: Set(name.to_owned()),
        value: Set(value.to_owned()),
        created_at: Set(now.as_micros()),
    }
}
