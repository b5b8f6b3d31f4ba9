use std::fmt::Write as _;
use std::path::Path;

use sea_orm::ConnectionTrait;
use sha2::{Digest, Sha256};

use super::*;

/// The SHA-256 of each migration that was released. A line here is only ever added: a database in the field has run the
/// migration as it was, and another text would leave it with other tables.
const FROZEN: [(&str, &str); 1] = [(
    "m0001_begin",
    "a770a733cb81a465e481347bc6fa8e8e7c4ee046a5d9633a5f8babe511b35ea3",
)];

fn checksum(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/database/migrations");
    let text = std::fs::read(folder.join(name).with_extension("rs")).unwrap();
    Sha256::digest(text)
        .iter()
        .fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").unwrap();
            hex
        })
}

#[test]
fn every_migration_is_frozen() {
    let names: Vec<String> = Migrator::migrations()
        .iter()
        .map(|migration| migration.name().to_owned())
        .collect();
    let frozen: Vec<_> = FROZEN.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, frozen, "add a new migration's checksum here");
    for (name, expected) in FROZEN {
        let found = checksum(name);
        assert_eq!(found, expected, "{name} was changed; make a new migration");
    }
}

async fn on_both(test: impl AsyncFn(Database, String)) {
    let folder = tempfile::tempdir().unwrap();
    let file = format!("sqlite:{}", folder.path().join("data.db").display());
    let server = edgeward_postgres_fixture::fresh_database().unwrap();
    for url in [file, server] {
        test(Database::open(&url).await.unwrap(), url).await;
    }
}

#[tokio::test]
async fn migrating_twice_is_migrating_once() {
    on_both(async |database, url| {
        let applied = async |database: &Database| {
            let rows = Migrator::get_migration_models(database.once()).await;
            let rows = rows.unwrap();
            rows.into_iter()
                .map(|row| (row.version, row.applied_at))
                .collect::<Vec<_>>()
        };
        let once = applied(&database).await;
        assert_eq!(once.len(), FROZEN.len());
        bring_up_to_date(&database, "").await.unwrap();
        assert_eq!(applied(&database).await, once);
        database.close().await;
        let again = Database::open(&url).await.unwrap();
        assert_eq!(applied(&again).await, once);
        again.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_newer_database_is_left_alone() {
    on_both(async |database, url| {
        let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_later', 1)";
        database.once().execute_unprepared(newer).await.unwrap();
        database.close().await;
        let error = Database::open(&url).await.err().unwrap();
        let OpenError::Newer { migration, .. } = error else {
            panic!("{error:?}")
        };
        assert_eq!(migration, "m9999_later");
    })
    .await;
}

#[tokio::test]
async fn a_migration_that_fails_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let file = format!("sqlite:{}", folder.path().join("data.db").display());
    let server = edgeward_postgres_fixture::fresh_database().unwrap();
    for url in [file, server] {
        // "users" is in the way of the third table.
        let (connection, kind) = super::super::connect(&url).await.unwrap();
        let database = Database {
            connection,
            kind,
            turn: tokio::sync::Mutex::new(()),
        };
        let in_the_way = "CREATE TABLE users (id int)";
        database
            .once()
            .execute_unprepared(in_the_way)
            .await
            .unwrap();
        let error = bring_up_to_date(&database, "").await.unwrap_err();
        assert!(matches!(error, OpenError::Migrate { .. }), "{error:?}");
        let half_made = database.once().execute_unprepared("SELECT * FROM settings");
        assert!(half_made.await.is_err());
        let away = "DROP TABLE users";
        database.once().execute_unprepared(away).await.unwrap();
        bring_up_to_date(&database, "").await.unwrap();
        database.close().await;
    }
}
