//! Tags of edge services, the key pairs that each is known to accept, and their key figures over time.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{text, text_null, uuid};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0007_fleets_of_services"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let keys = Table::alter()
            .table("services")
            .add_column(text_null("keys"))
            .take();
        manager.alter_table(keys).await?;
        let tags = Table::create()
            .table("service_tags")
            .col(uuid("service_id"))
            .col(text("tag"))
            .primary_key(Index::create().col("service_id").col("tag"))
            .foreign_key(&mut belongs("service_tags"))
            .take();
        manager.create_table(tags).await?;
        let by_tag = Index::create()
            .name("service_tags_tag_idx")
            .table("service_tags")
            .col("tag")
            .take();
        manager.create_index(by_tag).await?;
        let figures = Table::create()
            .table("service_figures")
            .col(uuid("service_id").primary_key())
            .col(text("series"))
            .foreign_key(&mut belongs("service_figures"))
            .take();
        manager.create_table(figures).await
    }
}

/// What belongs to a service goes with it.
fn belongs(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("{table}_service_id_fkey"))
        .from(table, "service_id")
        .to("services", "id")
        .on_delete(ForeignKeyAction::Cascade)
        .take()
}
