//! Services that agents make on their devices: which agents may, what is wished of each service, and how far its agent is.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, boolean, text, text_null, uuid, uuid_null,
};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0009_hosting"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(agents()).await?;
        manager.create_table(services()).await?;
        manager
            .create_index(
                Index::create()
                    .name("hosted_services_service_id_idx")
                    .table("hosted_services")
                    .col("service_id")
                    .unique()
                    .take(),
            )
            .await
    }
}

fn agents() -> TableCreateStatement {
    Table::create()
        .table("hosting_agents")
        .col(uuid("agent_id").primary_key())
        .col(text_null("engine_name"))
        .col(text_null("engine_version"))
        .col(boolean("snaps"))
        .col(text("problem"))
        .col(big_integer("reported_at"))
        .foreign_key(&mut reference(
            "hosting_agents",
            "agent_id",
            "agents",
            ForeignKeyAction::Cascade,
        ))
        .take()
}

fn services() -> TableCreateStatement {
    Table::create()
        .table("hosted_services")
        .col(uuid("agent_id"))
        .col(text("offer"))
        // Null once the service is deleted and its agent has not said yet that it is gone.
        .col(uuid_null("service_id"))
        .col(big_integer("generation"))
        .col(text("wish"))
        .col(boolean("running"))
        .col(big_integer("restarts"))
        .col(text("spec"))
        .col(text_null("spec_before"))
        .col(big_integer("taken_generation"))
        .col(big_integer_null("reported_generation"))
        .col(text("reported_step"))
        .col(boolean("reported_running"))
        .col(text("present"))
        .col(text("message"))
        .col(big_integer("ordered_at"))
        .col(big_integer("changed_at"))
        .primary_key(Index::create().col("agent_id").col("offer"))
        .foreign_key(&mut reference(
            "hosted_services",
            "agent_id",
            "agents",
            ForeignKeyAction::Cascade,
        ))
        .foreign_key(&mut reference(
            "hosted_services",
            "service_id",
            "services",
            ForeignKeyAction::SetNull,
        ))
        .take()
}

fn reference(
    table: &'static str,
    column: &'static str,
    to: &'static str,
    on_delete: ForeignKeyAction,
) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("{table}_{column}_fkey"))
        .from(table, column)
        .to(to, "id")
        .on_delete(on_delete)
        .take()
}
