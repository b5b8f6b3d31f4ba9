//! Templates of edge services' configurations, and deliveries of them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, boolean, integer, text, text_null, uuid, uuid_null,
};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0008_deliveries"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in templates().into_iter().chain(deliveries()) {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

fn templates() -> Vec<TableCreateStatement> {
    vec![
        Table::create()
            .table("templates")
            .col(uuid("id").primary_key())
            .col(uuid("organisation_id"))
            .col(uuid("project_id"))
            .col(text("name"))
            .col(text("kind"))
            .col(text("description"))
            .col(text("search"))
            .col(integer("newest"))
            .col(big_integer("changed_at"))
            .col(big_integer("created_at"))
            .col(text("created_by"))
            .foreign_key(&mut belongs(
                "templates",
                "organisation_id",
                "organisations",
            ))
            .foreign_key(&mut belongs("templates", "project_id", "projects"))
            .take(),
        Table::create()
            .table("template_versions")
            .col(uuid("template_id"))
            .col(integer("number"))
            .col(text("extent"))
            .col(text("note"))
            .col(big_integer("created_at"))
            .col(text("created_by"))
            .col(text("text"))
            .primary_key(Index::create().col("template_id").col("number"))
            .foreign_key(&mut belongs(
                "template_versions",
                "template_id",
                "templates",
            ))
            .take(),
    ]
}

fn deliveries() -> Vec<TableCreateStatement> {
    vec![
        Table::create()
            .table("deliveries")
            .col(uuid("id").primary_key())
            .col(uuid("organisation_id"))
            .col(uuid("project_id"))
            .col(text("name"))
            .col(uuid_null("template_id"))
            .col(text("template_name"))
            .col(integer("version"))
            .col(text("kind"))
            .col(text("extent"))
            .col(text("defaults"))
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
            .col(text("text"))
            .foreign_key(&mut belongs(
                "deliveries",
                "organisation_id",
                "organisations",
            ))
            .foreign_key(&mut belongs("deliveries", "project_id", "projects"))
            .foreign_key(
                belongs("deliveries", "template_id", "templates")
                    .on_delete(ForeignKeyAction::SetNull),
            )
            .take(),
        // The service may go; what was delivered to it stays.
        Table::create()
            .table("delivery_targets")
            .col(uuid("delivery_id"))
            .col(uuid("service_id"))
            .col(text("name"))
            .col(integer("wave"))
            .col(text("given"))
            .col(text("step"))
            .col(text("message"))
            .col(boolean("has_before"))
            .col(big_integer_null("changed_at"))
            .col(text_null("undo"))
            .col(text("undo_message"))
            .primary_key(Index::create().col("delivery_id").col("service_id"))
            .foreign_key(&mut belongs(
                "delivery_targets",
                "delivery_id",
                "deliveries",
            ))
            .take(),
        // Apart, for they are great and seldom read.
        Table::create()
            .table("delivery_befores")
            .col(uuid("delivery_id"))
            .col(uuid("service_id"))
            .col(text("text"))
            .primary_key(Index::create().col("delivery_id").col("service_id"))
            .foreign_key(&mut belongs(
                "delivery_befores",
                "delivery_id",
                "deliveries",
            ))
            .take(),
    ]
}

fn indexes() -> Vec<IndexCreateStatement> {
    let mut names = index("templates", &["project_id", "name"]);
    names.unique();
    vec![
        names,
        index("templates", &["organisation_id"]),
        index("deliveries", &["organisation_id", "state"]),
        index("deliveries", &["project_id"]),
        index("deliveries", &["template_id"]),
        index("deliveries", &["state"]),
        index("delivery_targets", &["delivery_id", "wave"]),
        // For those under way, of which there are few.
        index("delivery_targets", &["step"]),
        index("delivery_targets", &["undo"]),
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
