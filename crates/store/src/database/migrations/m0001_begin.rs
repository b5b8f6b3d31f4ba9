//! The first tables.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, boolean, integer, text, text_null, uuid, uuid_null,
};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0001_begin"
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
            .table("settings")
            .col(text("name").primary_key())
            .col(text("value"))
            .col(big_integer("created_at"))
            .take(),
        Table::create()
            .table("setup_key")
            .col(integer("id").primary_key())
            .col(text("key_hash"))
            .col(big_integer("created_at"))
            .take(),
        Table::create()
            .table("users")
            .col(uuid("id").primary_key())
            .col(text("email"))
            .col(text("email_key").unique_key())
            .col(text("display_name"))
            .col(text("role"))
            .col(text("password_hash"))
            .col(big_integer("created_at"))
            .take(),
        Table::create()
            .table("sessions")
            .col(uuid("id").primary_key())
            .col(text("token_hash").unique_key())
            .col(uuid_null("user_id"))
            .col(text("kind"))
            .col(big_integer("created_at"))
            .col(big_integer("expires_at"))
            .foreign_key(&mut reference("sessions", "user_id", "users"))
            .take(),
        Table::create()
            .table("organisations")
            .col(uuid("id").primary_key())
            .col(text("name").unique_key())
            .col(big_integer("created_at"))
            .take(),
        Table::create()
            .table("projects")
            .col(uuid("id").primary_key())
            .col(uuid("organisation_id"))
            .col(text("name"))
            .col(big_integer("created_at"))
            .foreign_key(&mut reference(
                "projects",
                "organisation_id",
                "organisations",
            ))
            .take(),
        Table::create()
            .table("join_tokens")
            .col(uuid("id").primary_key())
            .col(text("secret_hash").unique_key())
            .col(big_integer("uses_left"))
            .col(big_integer("created_at"))
            .col(big_integer("expires_at"))
            .col(uuid_null("project_id"))
            .foreign_key(&mut reference("join_tokens", "project_id", "projects"))
            .take(),
        Table::create()
            .table("agents")
            .col(uuid("id").primary_key())
            .col(text("state"))
            .col(text_null("name"))
            .col(uuid_null("project_id"))
            .col(text("facts"))
            .col(text("address"))
            .col(text_null("certificate_serial"))
            .col(big_integer_null("certificate_not_after"))
            .col(text_null("previous_serial"))
            .col(big_integer("last_command"))
            .col(text("search"))
            .col(big_integer("created_at"))
            .foreign_key(&mut reference("agents", "project_id", "projects"))
            .take(),
        Table::create()
            .table("agents_heard")
            .col(uuid("agent_id").primary_key())
            .col(big_integer("heard_at"))
            .take(),
        Table::create()
            .table("services")
            .col(uuid("id").primary_key())
            .col(uuid("agent_id"))
            .col(text("offer"))
            .col(uuid("project_id"))
            .col(text("name"))
            .col(boolean("offered"))
            .col(text("kind"))
            .col(text("description"))
            .col(text("search"))
            .col(big_integer("created_at"))
            .foreign_key(&mut reference("services", "agent_id", "agents"))
            .foreign_key(&mut reference("services", "project_id", "projects"))
            .take(),
    ]
}

fn indexes() -> Vec<IndexCreateStatement> {
    vec![
        index("projects", &["organisation_id", "name"])
            .unique()
            .take(),
        index("services", &["project_id", "name"]).unique().take(),
        index("services", &["agent_id", "offer"]).unique().take(),
        index("sessions", &["expires_at"]),
        index("sessions", &["user_id"]),
        index("join_tokens", &["expires_at"]),
        index("join_tokens", &["project_id"]),
        index("agents", &["state"]),
        index("agents", &["project_id"]),
    ]
}

fn reference(
    table: &'static str,
    column: &'static str,
    to: &'static str,
) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("{table}_{column}_fkey"))
        .from(table, column)
        .to(to, "id")
        .on_delete(ForeignKeyAction::Restrict)
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
