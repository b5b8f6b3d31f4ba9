use std::fmt::Write as _;
use std::path::Path;

use edgeward_domain::Moment;
use edgeward_domain::access::{UserState, Visible};
use edgeward_domain::service::{Authentication, Way};
use edgeward_ids::AgentId;
use sea_orm::sea_query::Query;
use sea_orm::{ConnectionTrait, Value};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::*;
use crate::{
    AgentColumn, AgentFilter, AgentStore as _, AuditKey, AuditStore as _, Homes, Position,
    ServiceColumn, ServiceFilter, ServiceStore as _, SessionStore as _, Slice, Sort,
    TokenStore as _, UserColumn, UserFilter, UserStore as _,
};

/// The SHA-256 of each migration that was released. A line here is only ever added: a database in the field has run the
/// migration as it was, and another text would leave it with other tables.
const FROZEN: [(&str, &str); 9] = [
    (
        "m0001_begin",
        "a770a733cb81a465e481347bc6fa8e8e7c4ee046a5d9633a5f8babe511b35ea3",
    ),
    (
        "m0002_people",
        "b0c9b6222e28b3a6f044ea3ee79b5e4e080e911b67f3e9ead59a289913acebdc",
    ),
    (
        "m0003_devices",
        "cba3365a92a44cc7255bdc4d9efa9591194de6c462ce4381edc98058d8748996",
    ),
    (
        "m0004_twins",
        "b2a4c022b9fe8daee859e0f6d1623856cf1828a3383ceed080394bcbf45d5ab1",
    ),
    (
        "m0005_rollouts",
        "2553059e6efe8c07ba24a5ac7ba3dd6bb4fcd2829b1fa561b385ed9591b9158e",
    ),
    (
        "m0006_services",
        "2d7835a236181da31addfcf8cd24d10a45f49c76d022f8601c39b090176dfb3a",
    ),
    (
        "m0007_fleets_of_services",
        "3aff7e8b5b64e0dafaf74fea60af409c4b811f1e0e24488747222607ff2d577f",
    ),
    (
        "m0008_deliveries",
        "755c5683a5981045102eb45647fc7fc09e9cf5ace97bb14e92c2130ed1303778",
    ),
    (
        "m0009_hosting",
        "6e91ea1b280d342e07f30b672a520a7279288a39263e9e7e09c36e93d92f35c7",
    ),
];

fn key() -> AuditKey {
    AuditKey::new([7; AuditKey::LENGTH_BYTES])
}

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
        test(Database::open(&url, key()).await.unwrap(), url).await;
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
        let again = Database::open(&url, key()).await.unwrap();
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
        let error = Database::open(&url, key()).await.err().unwrap();
        let OpenError::Newer { migration, .. } = error else {
            panic!("{error:?}")
        };
        assert_eq!(migration, "m9999_later");
    })
    .await;
}

async fn without_tables(url: &str) -> Database {
    let (connection, kind) = super::super::connect(url).await.unwrap();
    Database {
        connection,
        kind,
        key: key(),
        turn: tokio::sync::Mutex::new(()),
    }
}

#[tokio::test]
async fn a_migration_that_fails_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let file = format!("sqlite:{}", folder.path().join("data.db").display());
    let server = edgeward_postgres_fixture::fresh_database().unwrap();
    for url in [file, server] {
        // "users" is in the way of the third table.
        let database = without_tables(&url).await;
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

/// What an installation of the first version has, and what became of it.
#[tokio::test]
async fn a_database_of_the_first_version_is_taken_over() {
    let folder = tempfile::tempdir().unwrap();
    let file = format!("sqlite:{}", folder.path().join("data.db").display());
    let server = edgeward_postgres_fixture::fresh_database().unwrap();
    for url in [file, server] {
        let database = without_tables(&url).await;
        Migrator::up(database.once(), Some(1)).await.unwrap();
        let ids = first_version(&database).await;
        bring_up_to_date(&database, "").await.unwrap();

        let email = "ada@example.com".parse().unwrap();
        let found = database.credentials(&email).await.unwrap().unwrap();
        assert_eq!(found.user.state, UserState::Active);
        assert!(found.grants.is_system_admin());
        assert_eq!(found.password_hash.as_deref(), Some("$argon2id$x"));
        assert_eq!((found.user.phone.as_str(), found.user.language), ("", None));
        let filter = UserFilter {
            text: Some("LOVELACE".into()),
            ..UserFilter::new(Visible::Everything)
        };
        let sort = Sort::ascending(UserColumn::Name);
        let page = database.users(&filter, sort, Slice::FIRST).await.unwrap();
        assert_eq!(page.total, 1);

        let now = Moment::from_micros(5);
        let session = database.session("s", now).await.unwrap().unwrap();
        assert!(session.identity.grants.is_system_admin());
        assert!(session.remembered);
        assert_eq!(session.last_used_at, Moment::from_micros(3));

        let everything = (Visible::Everything, Homes::Everything);
        let tokens = database.tokens(&everything.0, &everything.1).await.unwrap();
        let place = tokens[0].organisation.map(|id| id.as_uuid());
        assert_eq!(place, Some(ids.organisation));

        let filter = AgentFilter::new(everything.0, everything.1);
        let sort = Sort::ascending(AgentColumn::Name);
        let page = database.agents(&filter, sort, Slice::FIRST).await.unwrap();
        let hosts: Vec<_> = page
            .items
            .iter()
            .map(|view| view.agent.facts.hostname.as_str())
            .collect();
        assert_eq!(hosts, ["gw-a", "gw-b"]);

        let checked = database.verify(Position::BEGINNING, 10).await.unwrap();
        assert_eq!((checked.total, checked.broken), (0, None));
        database.close().await;
    }
}

async fn insert(
    database: &Database,
    table: &'static str,
    values: Vec<(&'static str, Value)>,
) -> Result<(), sea_orm::DbErr> {
    let insert = Query::insert()
        .into_table(table)
        .columns(values.iter().map(|(column, _)| *column))
        .values(values.into_iter().map(|(_, value)| value.into()))
        .unwrap()
        .take();
    database.once().execute(&insert).await?;
    Ok(())
}

struct FirstVersion {
    organisation: Uuid,
}

async fn first_version(database: &Database) -> FirstVersion {
    let [user, organisation, project] = [(); 3].map(|()| Uuid::now_v7());
    let insert = async |table: &'static str, values: Vec<(&'static str, Value)>| {
        insert(database, table, values).await.unwrap();
    };
    insert(
        "users",
        vec![
            ("id", user.into()),
            ("email", "Ada@Example.com".into()),
            ("email_key", "ada@example.com".into()),
            ("display_name", "Ada Lovelace".into()),
            ("role", "system_admin".into()),
            ("password_hash", "$argon2id$x".into()),
            ("created_at", 1i64.into()),
        ],
    )
    .await;
    insert(
        "sessions",
        vec![
            ("id", Uuid::now_v7().into()),
            ("token_hash", "s".into()),
            ("user_id", user.into()),
            ("kind", "browser".into()),
            ("created_at", 3i64.into()),
            ("expires_at", 9i64.into()),
        ],
    )
    .await;
    for (table, more) in [
        ("organisations", None),
        ("projects", Some(("organisation_id", organisation.into()))),
    ] {
        let id = more.as_ref().map_or(organisation, |_| project);
        let mut values: Vec<(&'static str, Value)> = vec![
            ("id", id.into()),
            ("name", "plant".into()),
            ("created_at", 1i64.into()),
        ];
        values.extend(more);
        insert(table, values).await;
    }
    insert(
        "join_tokens",
        vec![
            ("id", Uuid::now_v7().into()),
            ("secret_hash", "t".into()),
            ("uses_left", 1i64.into()),
            ("created_at", 1i64.into()),
            ("expires_at", 9i64.into()),
            ("project_id", project.into()),
        ],
    )
    .await;
    for hostname in ["gw-b", "gw-a"] {
        let facts = format!(
            r#"{{"hostname":"{hostname}","description":"","version":"0.1.0","os":"","arch":"","local_address":"","offers":[]}}"#
        );
        insert(
            "agents",
            vec![
                ("id", Uuid::now_v7().into()),
                ("state", "unmanaged".into()),
                ("facts", facts.into()),
                ("address", "".into()),
                ("last_command", 0i64.into()),
                ("search", hostname.into()),
                ("created_at", 1i64.into()),
            ],
        )
        .await;
    }
    FirstVersion { organisation }
}

/// An agent's service of the version before services could be reached directly.
fn old_service(agent: Uuid, project: Uuid, number: u8) -> Vec<(&'static str, Value)> {
    vec![
        ("id", Uuid::from_u128(number.into()).into()),
        ("agent_id", agent.into()),
        ("offer", format!("o{number}").into()),
        ("project_id", project.into()),
        ("name", format!("gw o{number}").into()),
        ("offered", (number != 2).into()),
        ("kind", "neuron".into()),
        ("description", "what it does".into()),
        ("search", format!("gw o{number}\ngw").into()),
        ("created_at", i64::from(number).into()),
    ]
}

#[tokio::test]
async fn an_agents_services_survive_the_new_table() {
    let folder = tempfile::tempdir().unwrap();
    let file = format!("sqlite:{}", folder.path().join("data.db").display());
    let server = edgeward_postgres_fixture::fresh_database().unwrap();
    for url in [file, server] {
        let database = without_tables(&url).await;
        Migrator::up(database.once(), Some(1)).await.unwrap();
        let place = first_version(&database).await;
        Migrator::up(database.once(), Some(4)).await.unwrap();
        let adopted = "UPDATE agents SET state = 'confirmed', name = 'gw', \
            project_id = (SELECT id FROM projects) WHERE search = 'gw-a'";
        database.once().execute_unprepared(adopted).await.unwrap();
        let id_in = async |sql: &str| -> Uuid {
            let backend = database.once().get_database_backend();
            let statement = sea_orm::Statement::from_string(backend, sql.to_owned());
            let row = database.once().query_one_raw(statement).await.unwrap();
            row.unwrap().try_get("", "id").unwrap()
        };
        let agent = id_in("SELECT id FROM agents WHERE name = 'gw'").await;
        let project = id_in("SELECT id FROM projects").await;
        for number in [1, 2] {
            let row = old_service(agent, project, number);
            insert(&database, "services", row).await.unwrap();
        }
        bring_up_to_date(&database, "").await.unwrap();

        let filter = ServiceFilter {
            text: Some("GW".into()),
            ..ServiceFilter::new(Visible::Everything)
        };
        let sort = Sort::ascending(ServiceColumn::Name);
        let page = database.services(&filter, sort, Slice::FIRST).await;
        let found = page.unwrap().items;
        assert_eq!(found.len(), 2);
        for (number, view) in (1u8..).zip(found) {
            let service = view.service;
            assert_eq!(service.id.as_uuid(), Uuid::from_u128(number.into()));
            assert_eq!(service.name.as_str(), format!("gw o{number}"));
            assert_eq!(service.kind, "neuron");
            assert_eq!(service.description, "what it does");
            assert_eq!(service.organisation.as_uuid(), place.organisation);
            assert_eq!(service.project.as_uuid(), project);
            assert_eq!(service.created_at, Moment::from_micros(number.into()));
            let way = Way::Agent {
                agent: AgentId::from_uuid(agent),
                offer: format!("o{number}").parse().unwrap(),
                offered: number != 2,
            };
            assert_eq!(service.way, way);
            assert_eq!(service.authentication, Authentication::None);
            assert_eq!(
                (view.agent_name.unwrap().as_str(), view.check),
                ("gw", None)
            );
        }

        let with = |number, changed: &[(&'static str, Value)]| {
            let mut row = old_service(agent, project, number);
            row.retain(|(column, _)| changed.iter().all(|(other, _)| other != column));
            row.extend(changed.iter().cloned());
            row
        };
        let nobody = || Value::from(Option::<Uuid>::None);
        let direct = |number| {
            let address = ("address", "gw:1".into());
            with(number, &[("agent_id", nobody()), address])
        };
        insert(&database, "services", direct(3)).await.unwrap();
        for refused in [
            with(4, &[("name", "gw o1".into())]),
            with(4, &[("offer", "o1".into())]),
            with(4, &[("project_id", Uuid::now_v7().into())]),
            with(4, &[("agent_id", Uuid::now_v7().into())]),
            direct(4),
        ] {
            let result = insert(&database, "services", refused.clone()).await;
            assert!(result.is_err(), "{refused:?}");
        }
        insert(&database, "services", with(4, &[])).await.unwrap();
        let sorted = "DROP INDEX services_name_sorted_idx";
        database.once().execute_unprepared(sorted).await.unwrap();
        database.close().await;
    }
}
