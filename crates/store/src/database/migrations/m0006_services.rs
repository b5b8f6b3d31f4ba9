//! Services that are reached directly, what services want to see, and what the last look at them found.
//!
//! SQLite cannot let a column be null that could not, so the table is made anew; in PostgreSQL likewise, so that both have run
//! the same. Nothing refers to it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, boolean, boolean_null, text, text_null, uuid, uuid_null,
};
use sea_orm_migration::sea_orm::DbBackend;

pub(crate) struct Migration;

/// What the old table has.
const KEPT: &str =
    "id, agent_id, offer, project_id, name, offered, kind, description, search, created_at";

/// The table's name until the old one is gone.
const NEW: &str = "services_new";

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0006_services"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(services()).await?;
        let connection = manager.get_connection();
        let copy = format!("INSERT INTO {NEW} ({KEPT}) SELECT {KEPT} FROM services");
        connection.execute_unprepared(&copy).await?;
        let old = Table::drop().table("services").take();
        manager.drop_table(old).await?;
        let rename = Table::rename().table(NEW, "services").take();
        manager.rename_table(rename).await?;
        // With the old table went its indexes.
        for columns in [
            ["project_id", "name"],
            ["agent_id", "offer"],
            ["project_id", "address"],
        ] {
            manager.create_index(unique(columns)).await?;
        }
        let collation = match manager.get_database_backend() {
            DbBackend::Postgres => "COLLATE \"C\"",
            _ => "COLLATE BINARY",
        };
        let sorted =
            format!("CREATE INDEX services_name_sorted_idx ON services (name {collation}, id)");
        connection.execute_unprepared(&sorted).await?;
        Ok(())
    }
}

fn services() -> TableCreateStatement {
    Table::create()
        .table(NEW)
        .col(uuid("id").primary_key())
        .col(uuid_null("agent_id"))
        .col(text_null("offer"))
        .col(uuid("project_id"))
        .col(text("name"))
        .col(boolean("offered"))
        .col(text("kind"))
        .col(text("description"))
        .col(text("search"))
        .col(big_integer("created_at"))
        .col(text_null("scheme"))
        .col(text_null("address"))
        .col(text_null("pinned"))
        .col(text("authentication").default("none"))
        .col(text_null("username"))
        .col(text_null("password"))
        .col(big_integer_null("checked_at"))
        .col(boolean_null("answers"))
        .col(text_null("finding"))
        .col(text_null("version"))
        .foreign_key(&mut reference("agent_id", "agents"))
        .foreign_key(&mut reference("project_id", "projects"))
        .take()
}

fn reference(column: &'static str, to: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("services_{column}_fkey"))
        .from(NEW, column)
        .to(to, "id")
        .on_delete(ForeignKeyAction::Restrict)
        .take()
}

fn unique(columns: [&'static str; 2]) -> IndexCreateStatement {
    let [first, second] = columns;
    Index::create()
        .name(format!("services_{first}_{second}_idx"))
        .table("services")
        .col(first)
        .col(second)
        .unique()
        .take()
}
