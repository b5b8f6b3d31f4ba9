//! Devices: registrations, whose signatures vouch for them, the snaps that their models need, and identities in two places.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, binary, boolean, text, text_null, uuid, uuid_null,
};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0003_devices"
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
            .table("devices")
            .col(uuid("id").primary_key())
            .col(uuid("project_id"))
            .col(text("brand"))
            .col(text("model"))
            .col(text("serial"))
            .col(text("store"))
            .col(text("device_key"))
            .col(binary("device_data"))
            .col(text("status"))
            .col(text_null("dialect"))
            .col(text_null("verified"))
            .col(uuid_null("enrolled_in"))
            .col(boolean("automatic"))
            .col(big_integer("registered_at"))
            .col(big_integer_null("enrolled_at"))
            .col(text("search"))
            .foreign_key(&mut reference(
                ("devices", "project_id", "projects"),
                ForeignKeyAction::Restrict,
            ))
            .take(),
        // Refers to no agent by a foreign key: an identity may be in two places before its agent is recorded.
        Table::create()
            .table("device_clashes")
            .col(uuid("agent_id").primary_key())
            .col(big_integer("count"))
            .col(big_integer("last_at"))
            .col(text("addresses"))
            .take(),
        Table::create()
            .table("enrolment_authorities")
            .col(uuid("organisation_id"))
            .col(text("key_id"))
            .col(text("account"))
            .col(text("name"))
            .col(text("public_key"))
            .col(big_integer("added_at"))
            .primary_key(Index::create().col("organisation_id").col("key_id"))
            .foreign_key(&mut reference(
                ("enrolment_authorities", "organisation_id", "organisations"),
                ForeignKeyAction::Cascade,
            ))
            .take(),
        Table::create()
            .table("enrolment_policies")
            .col(uuid("organisation_id").primary_key())
            .col(boolean("unverified"))
            .col(uuid_null("automatic_project_id"))
            .foreign_key(&mut reference(
                ("enrolment_policies", "organisation_id", "organisations"),
                ForeignKeyAction::Cascade,
            ))
            .foreign_key(&mut reference(
                ("enrolment_policies", "automatic_project_id", "projects"),
                ForeignKeyAction::SetNull,
            ))
            .take(),
        Table::create()
            .table("required_snaps")
            .col(uuid("organisation_id"))
            .col(text("brand"))
            .col(text("model"))
            .col(text("snap"))
            .col(text_null("channel"))
            .primary_key(
                Index::create()
                    .col("organisation_id")
                    .col("brand")
                    .col("model")
                    .col("snap"),
            )
            .foreign_key(&mut reference(
                ("required_snaps", "organisation_id", "organisations"),
                ForeignKeyAction::Cascade,
            ))
            .take(),
    ]
}

fn indexes() -> Vec<IndexCreateStatement> {
    vec![
        index("devices", &["brand", "model", "serial"])
            .unique()
            .take(),
        index("devices", &["project_id"]),
        index("devices", &["model"]),
        index("devices", &["serial"]),
        index("enrolment_authorities", &["key_id"]),
    ]
}

fn reference(
    (table, column, to): (&'static str, &'static str, &'static str),
    on_delete: ForeignKeyAction,
) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("{table}_{column}_fkey"))
        .from(table, column)
        .to(to, "id")
        .on_delete(on_delete)
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
