//! People: members of organisations and projects, invitations, API tokens, single sign-on; and the audit log.
//!
//! The audit log refers to nothing by foreign keys: its entries outlast what they speak of.

use ::uuid::Uuid;
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, binary, boolean, integer, text, text_null, uuid, uuid_null,
};
use sea_orm_migration::sea_orm::DbBackend;

use crate::database::text::searchable;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0002_people"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in columns() {
            let alter = Table::alter().table(table).add_column(column).take();
            manager.alter_table(alter).await?;
        }
        for table in tables() {
            manager.create_table(table).await?;
        }
        manager
            .create_table(audit(manager.get_database_backend()))
            .await?;
        for index in indexes() {
            manager.create_index(index).await?;
        }
        by_name(manager).await?;
        fill(manager).await
    }
}

fn columns() -> Vec<(&'static str, ColumnDef)> {
    vec![
        ("users", text("phone").default("").take()),
        ("users", text_null("language").take()),
        ("users", text("state").default("active").take()),
        ("users", boolean("sso_only").default(false).take()),
        ("users", big_integer_null("last_sign_in_at").take()),
        ("users", text("search").default("").take()),
        ("sessions", boolean("remembered").default(true).take()),
        ("sessions", text("address").default("").take()),
        ("sessions", text("program").default("").take()),
        ("sessions", big_integer("last_used_at").default(0).take()),
        ("organisations", text("description").default("").take()),
        ("projects", text("description").default("").take()),
        ("join_tokens", uuid_null("organisation_id").take()),
        ("agents", uuid_null("organisation_id").take()),
        ("agents", text("sort_name").default("").take()),
        ("agents", text("version").default("").take()),
    ]
}

fn tables() -> Vec<TableCreateStatement> {
    vec![
        Table::create()
            .table("organisation_members")
            .col(uuid("organisation_id"))
            .col(uuid("user_id"))
            .col(text("role"))
            .col(text("origin"))
            .primary_key(Index::create().col("organisation_id").col("user_id"))
            .foreign_key(&mut reference(
                "organisation_members",
                "organisation_id",
                "organisations",
            ))
            .foreign_key(&mut reference("organisation_members", "user_id", "users"))
            .take(),
        Table::create()
            .table("project_members")
            .col(uuid("project_id"))
            .col(uuid("user_id"))
            .col(text("role"))
            .col(text("origin"))
            .primary_key(Index::create().col("project_id").col("user_id"))
            .foreign_key(&mut reference("project_members", "project_id", "projects"))
            .foreign_key(&mut reference("project_members", "user_id", "users"))
            .take(),
        Table::create()
            .table("invitations")
            .col(text("token_hash").primary_key())
            .col(uuid("user_id").unique_key())
            .col(text("purpose"))
            .col(big_integer("created_at"))
            .col(big_integer("expires_at"))
            .foreign_key(&mut reference("invitations", "user_id", "users"))
            .take(),
        Table::create()
            .table("api_tokens")
            .col(uuid("id").primary_key())
            .col(text("secret_hash").unique_key())
            .col(text("name"))
            .col(uuid_null("owner_id"))
            .col(boolean("system_admin"))
            .col(big_integer("created_at"))
            .col(big_integer_null("expires_at"))
            .col(big_integer_null("last_used_at"))
            .foreign_key(&mut reference("api_tokens", "owner_id", "users"))
            .take(),
        // What tokens were given: place_id is the project's id, or the organisation's where there is no project.
        Table::create()
            .table("api_token_grants")
            .col(uuid("token_id"))
            .col(uuid("place_id"))
            .col(uuid("organisation_id"))
            .col(uuid_null("project_id"))
            .col(text("role"))
            .primary_key(Index::create().col("token_id").col("place_id"))
            .foreign_key(&mut reference("api_token_grants", "token_id", "api_tokens"))
            .take(),
        Table::create()
            .table("sso_subjects")
            .col(text("issuer"))
            .col(text("subject"))
            .col(uuid("user_id"))
            .col(big_integer("created_at"))
            .primary_key(Index::create().col("issuer").col("subject"))
            .foreign_key(&mut reference("sso_subjects", "user_id", "users"))
            .take(),
        // One row: the newest entry's number and hash, and their seal.
        Table::create()
            .table("audit_head")
            .col(integer("id").primary_key())
            .col(big_integer("number"))
            .col(binary("hash"))
            .col(binary("seal"))
            .take(),
    ]
}

fn audit(backend: DbBackend) -> TableCreateStatement {
    // This very word makes the number the row's own key in SQLite; everywhere else it would be too short.
    let number = match backend {
        DbBackend::Sqlite => integer("number").primary_key().take(),
        _ => big_integer("number").primary_key().take(),
    };
    Table::create()
        .table("audit")
        .col(number)
        .col(big_integer("at"))
        .col(text("author_kind"))
        .col(uuid_null("author_id"))
        .col(text("author_name"))
        .col(text_null("address"))
        .col(text_null("request_id"))
        .col(text("action"))
        // The action's first word.
        .col(text("thing"))
        .col(text_null("object_id"))
        .col(text("object_name"))
        .col(uuid_null("organisation_id"))
        .col(uuid_null("project_id"))
        .col(text_null("before_state"))
        .col(text_null("after_state"))
        .col(text("outcome"))
        .col(text("reason"))
        .col(binary("previous"))
        .col(binary("hash"))
        .col(text("search"))
        .take()
}

fn indexes() -> Vec<IndexCreateStatement> {
    vec![
        index("users", &["role"]),
        index("organisation_members", &["user_id"]),
        index("project_members", &["user_id"]),
        index("api_tokens", &["owner_id"]),
        index("api_token_grants", &["organisation_id"]),
        index("api_token_grants", &["project_id"]),
        index("sso_subjects", &["user_id"]),
        index("join_tokens", &["organisation_id"]),
        index("agents", &["organisation_id"]),
        index("audit", &["author_id", "number"]),
        index("audit", &["author_kind", "number"]),
        index("audit", &["action", "number"]),
        index("audit", &["thing", "number"]),
        index("audit", &["object_id", "number"]),
        index("audit", &["organisation_id", "number"]),
        index("audit", &["project_id", "number"]),
        index("audit", &["outcome", "number"]),
        index("audit", &["at", "number"]),
    ]
}

/// Lists are sorted by name as both databases can: by code points.
async fn by_name(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let collation = match manager.get_database_backend() {
        DbBackend::Postgres => "COLLATE \"C\"",
        _ => "COLLATE BINARY",
    };
    for (table, column) in [
        ("services", "name"),
        ("users", "display_name"),
        ("users", "email_key"),
    ] {
        let index = format!(
            "CREATE INDEX {table}_{column}_sorted_idx ON {table} ({column} {collation}, id)"
        );
        manager.get_connection().execute_unprepared(&index).await?;
    }
    Ok(())
}

/// What the new columns hold for what is there already.
async fn fill(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    connection
        .execute_unprepared("UPDATE sessions SET last_used_at = created_at")
        .await?;
    connection
        .execute_unprepared(
            "UPDATE join_tokens SET organisation_id = \
             (SELECT organisation_id FROM projects WHERE projects.id = join_tokens.project_id)",
        )
        .await?;
    let select = Query::select()
        .columns(["email_key", "display_name", "email"])
        .from("users")
        .take();
    for row in connection.query_all(&select).await? {
        let key: String = row.try_get("", "email_key")?;
        let name: String = row.try_get("", "display_name")?;
        let email: String = row.try_get("", "email")?;
        let update = Query::update()
            .table("users")
            .value("search", searchable(&[&email, &name, ""]))
            .and_where(Expr::col("email_key").eq(key))
            .take();
        connection.execute(&update).await?;
    }
    sort_agents(connection).await?;
    let head = Query::insert()
        .into_table("audit_head")
        .columns(["id", "number", "hash", "seal"])
        .values([
            1.into(),
            0i64.into(),
            vec![0u8; 32].into(),
            Vec::<u8>::new().into(),
        ])
        .map_err(|error| DbErr::Custom(error.to_string()))?
        .take();
    connection.execute(&head).await?;
    Ok(())
}

async fn sort_agents(connection: &SchemaManagerConnection<'_>) -> Result<(), DbErr> {
    let select = Query::select()
        .columns(["id", "name", "facts"])
        .from("agents")
        .take();
    for row in connection.query_all(&select).await? {
        let id: Uuid = row.try_get("", "id")?;
        let name: Option<String> = row.try_get("", "name")?;
        let facts: String = row.try_get("", "facts")?;
        let facts: serde_json::Value = serde_json::from_str(&facts).unwrap_or_default();
        let fact = |name: &str| facts[name].as_str().unwrap_or_default().to_owned();
        let update = Query::update()
            .table("agents")
            .value("sort_name", name.unwrap_or_else(|| fact("hostname")))
            .value("version", fact("version"))
            .and_where(Expr::col("id").eq(id))
            .take();
        connection.execute(&update).await?;
    }
    Ok(())
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
