//! Tags of devices, and rollouts.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, boolean, integer, text, text_null, uuid, uuid_null};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0005_rollouts"
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
            .table("device_tags")
            .col(uuid("agent_id"))
            .col(text("tag"))
            .primary_key(Index::create().col("agent_id").col("tag"))
            .foreign_key(&mut belongs("device_tags", "agent_id", "agents"))
            .take(),
        Table::create()
            .table("declared_tags")
            .col(uuid("organisation_id"))
            .col(text("tag"))
            .primary_key(Index::create().col("organisation_id").col("tag"))
            .foreign_key(&mut belongs(
                "declared_tags",
                "organisation_id",
                "organisations",
            ))
            .take(),
        Table::create()
            .table("rollouts")
            .col(uuid("id").primary_key())
            .col(uuid("organisation_id"))
            .col(uuid_null("project_id"))
            .col(text("name"))
            .col(text("selection"))
            .col(text("action"))
            .col(text("snap"))
            .col(text("data"))
            .col(text("waves"))
            .col(text("failure_limit"))
            .col(big_integer("watch"))
            .col(boolean("wait_for_away"))
            .col(boolean("include_later"))
            .col(big_integer("lifetime"))
            .col(text("state"))
            .col(text("reason"))
            .col(integer("begun"))
            .col(big_integer("forgiven"))
            .col(big_integer("created_at"))
            .col(text("created_by"))
            .col(big_integer("changed_at"))
            .foreign_key(&mut belongs("rollouts", "organisation_id", "organisations"))
            .foreign_key(&mut belongs("rollouts", "project_id", "projects"))
            .take(),
        Table::create()
            .table("rollout_devices")
            .col(uuid("rollout_id"))
            .col(uuid("agent_id"))
            .col(integer("wave"))
            .col(uuid_null("action_id"))
            .col(text_null("undo"))
            .col(uuid_null("undo_action_id"))
            .primary_key(Index::create().col("rollout_id").col("agent_id"))
            .foreign_key(&mut belongs("rollout_devices", "rollout_id", "rollouts"))
            .foreign_key(&mut belongs("rollout_devices", "agent_id", "agents"))
            .take(),
    ]
}

fn indexes() -> Vec<IndexCreateStatement> {
    vec![
        index("device_tags", &["tag"]),
        index("rollouts", &["organisation_id", "state"]),
        index("rollouts", &["project_id"]),
        index("rollouts", &["state"]),
        index("rollout_devices", &["rollout_id", "wave"]),
        index("rollout_devices", &["agent_id"]),
    ]
}

/// It goes with what it belongs to.
fn belongs(
    table: &'static str,
    column: &'static str,
    to: &'static str,
) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("{table}_{column}_fkey"))
        .from(table, column)
        .to(to, "id")
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
