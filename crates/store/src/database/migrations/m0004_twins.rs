//! Devices' twins with their history, and actions.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, boolean, text, text_null, uuid, uuid_null,
};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0004_twins"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in tables() {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

fn tables() -> Vec<TableCreateStatement> {
    vec![
        Table::create()
            .table("twins")
            .col(uuid("agent_id").primary_key())
            .col(text("reported"))
            .col(big_integer("reported_version"))
            .col(big_integer_null("reported_at"))
            .col(text("desired"))
            .col(big_integer("desired_version"))
            .col(big_integer_null("desired_at"))
            .col(big_integer_null("differs_since"))
            .foreign_key(&mut to_agent("twins"))
            .take(),
        Table::create()
            .table("twin_changes")
            .col(uuid("agent_id"))
            .col(text("part"))
            .col(big_integer("version"))
            .col(big_integer("at"))
            .col(text("writer"))
            .col(text("patch"))
            .col(text("undo"))
            .primary_key(Index::create().col("agent_id").col("part").col("version"))
            .foreign_key(&mut to_agent("twin_changes"))
            .take(),
        Table::create()
            .table("actions")
            .col(uuid("id").primary_key())
            .col(uuid("agent_id"))
            .col(text("name"))
            .col(text("snap"))
            .col(text("data"))
            .col(text("state"))
            .col(text_null("result"))
            .col(text("message"))
            .col(text_null("change_id"))
            .col(text("label"))
            .col(big_integer("done"))
            .col(big_integer("total"))
            .col(boolean("cancelling"))
            .col(big_integer("created_at"))
            .col(text("created_by"))
            .col(big_integer("not_after"))
            .col(big_integer("changed_at"))
            .col(big_integer_null("sent_at"))
            .col(uuid_null("rollout_id"))
            .foreign_key(&mut to_agent("actions"))
            .take(),
    ]
}

fn indexes() -> Vec<IndexCreateStatement> {
    vec![
        index("twins", &["differs_since"]),
        index("twin_changes", &["agent_id", "at"]),
        index("actions", &["agent_id", "id"]),
        index("actions", &["state", "not_after"]),
        index("actions", &["rollout_id"]),
    ]
}

/// What belongs to an agent goes with it.
fn to_agent(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("{table}_agent_id_fkey"))
        .from(table, "agent_id")
        .to("agents", "id")
        .on_delete(ForeignKeyAction::Cascade)
        .take()
}

fn index(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index
        .name(format!("{table}_{}_idx", columns.join("_")))
        .table(table);
    for column in columns {
        index.col(*column);
    }
    index
}
