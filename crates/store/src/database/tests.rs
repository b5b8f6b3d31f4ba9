use super::*;

fn key() -> AuditKey {
    AuditKey::new([7; AuditKey::LENGTH_BYTES])
}

#[test]
fn an_address_is_shown_without_its_password() {
    for (url, expected) in [
        (
            "sqlite:/var/lib/edgeward/data.db",
            "sqlite:/var/lib/edgeward/data.db",
        ),
        ("sqlite::memory:", "sqlite::memory:"),
        (
            "postgres://ada:s3cret@db:5432/edge",
            "postgres://ada@db:5432/edge",
        ),
        ("postgres://ada:p@ss@db/edge", "postgres://ada@db/edge"),
        (
            "postgres://ada@db/edge?password=s3cret",
            "postgres://ada@db/edge",
        ),
        ("postgres:///edge?host=/run/postgresql", "postgres:///edge"),
    ] {
        assert_eq!(shown(url), expected);
    }
}

#[tokio::test]
async fn sqlite_syncs_each_commit() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("data.db").display());
    let database = Database::open(&url, key()).await.unwrap();
    let pool = database.once().get_sqlite_connection_pool();
    let journal: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(pool)
        .await
        .unwrap();
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous")
        .fetch_one(pool)
        .await
        .unwrap();
    assert_eq!((journal.as_str(), synchronous), ("wal", 2));
    database.close().await;
}

#[tokio::test]
async fn what_is_no_database_is_said_to_be_none() {
    for url in [
        "mysql://db/edge",
        "",
        "data.db",
        "postgres://ada@db:port/edge",
    ] {
        let error = Database::open(url, key()).await.err().unwrap();
        assert!(matches!(error, OpenError::Url(_)), "{url}: {error}");
    }
}
