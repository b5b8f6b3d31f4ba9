use edgeward_domain::access::Visible;
use edgeward_domain::audit::{Broken, By, Note};
use sea_orm::{ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};

use super::choose::walks;
use super::*;
use crate::database::Database;
use crate::database::people::audit;

const NOW: Moment = Moment::from_micros(7);

async fn on_both(test: impl AsyncFn(&Database)) {
    let folder = tempfile::tempdir().unwrap();
    let file = format!("sqlite:{}", folder.path().join("data.db").display());
    let server = edgeward_postgres_fixture::fresh_database().unwrap();
    for url in [file, server] {
        let key = AuditKey::new([7; AuditKey::LENGTH_BYTES]);
        let database = Database::open(&url, key).await.unwrap();
        test(&database).await;
        database.close().await;
    }
}

async fn append(database: &Database, number: usize) {
    for number in 0..number {
        let note = Note::new("mail.test", Some(number.to_string()), "x");
        let by = By::system("a case");
        database.append(note, &by, NOW).await.unwrap();
    }
}

async fn broken(database: &Database) -> Option<Broken> {
    let checked = database.verify(Position::BEGINNING, MAX_CHECKED).await;
    checked.unwrap().broken
}

/// Whoever can write to the database cannot do so unseen.
#[tokio::test]
async fn what_is_done_behind_the_back_is_found() {
    on_both(async |database| {
        append(database, 5).await;
        assert_eq!(broken(database).await, None);
        for (change, back, expected) in [
            (
                "UPDATE audit SET author_name = 'somebody' WHERE number = 3",
                "UPDATE audit SET author_name = 'a case' WHERE number = 3",
                Broken::Altered(3),
            ),
            (
                "UPDATE audit SET at = 8 WHERE number = 5",
                "UPDATE audit SET at = 7 WHERE number = 5",
                Broken::Altered(5),
            ),
            (
                "UPDATE audit SET outcome = 'nonsense' WHERE number = 2",
                "UPDATE audit SET outcome = 'done' WHERE number = 2",
                Broken::Altered(2),
            ),
            (
                "UPDATE audit SET number = 50 WHERE number = 4",
                "UPDATE audit SET number = 4 WHERE number = 50",
                Broken::Missing(4),
            ),
            (
                "UPDATE audit SET number = -1 WHERE number = 5",
                "UPDATE audit SET number = 5 WHERE number = -1",
                Broken::Altered(1),
            ),
            (
                "UPDATE audit_head SET number = 6",
                "UPDATE audit_head SET number = 5",
                Broken::Missing(6),
            ),
        ] {
            let once = database.once();
            once.execute_unprepared(change).await.unwrap();
            assert_eq!(broken(database).await, Some(expected), "{change}");
            once.execute_unprepared(back).await.unwrap();
            assert_eq!(broken(database).await, None, "{back}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_cut_off_or_put_behind_is_found() {
    on_both(async |database| {
        append(database, 5).await;
        let row = audit::Entity::find_by_id(5).one(database.once()).await;
        let row = row.unwrap().unwrap();
        let once = database.once();
        let cut = "DELETE FROM audit WHERE number = 5";
        once.execute_unprepared(cut).await.unwrap();
        assert_eq!(broken(database).await, Some(Broken::Missing(5)));
        // With the head moved back, its seal tells.
        let head = "UPDATE audit_head SET number = 4, \
                    hash = (SELECT hash FROM audit WHERE number = 4)";
        once.execute_unprepared(head).await.unwrap();
        assert_eq!(broken(database).await, Some(Broken::Seal(4)));
        let none = "UPDATE audit_head SET seal = hash";
        once.execute_unprepared(none).await.unwrap();
        assert_eq!(broken(database).await, Some(Broken::Seal(4)));
        // An entry that is chained rightly, and that the head does not know.
        let back = sea_orm::ActiveModelTrait::reset_all(audit::ActiveModel::from(row));
        audit::Entity::insert(back)
            .exec_without_returning(once)
            .await
            .unwrap();
        assert_eq!(broken(database).await, Some(Broken::Detached(5)));
        // Nothing left at all, as if it had never begun.
        for all in ["DELETE FROM audit", "UPDATE audit_head SET number = 0"] {
            once.execute_unprepared(all).await.unwrap();
        }
        assert_eq!(broken(database).await, Some(Broken::Seal(0)));
    })
    .await;
}

/// Each question walks along one index, already in order: SQLite says so. PostgreSQL decides by what is in the table.
#[tokio::test]
async fn every_question_walks_along_an_index() {
    let key = AuditKey::new([7; AuditKey::LENGTH_BYTES]);
    let database = Database::open("sqlite::memory:", key).await.unwrap();
    append(&database, 3).await;
    let id = Uuid::nil();
    let all = || AuditFilter::new(Visible::Everything, true);
    let only = Visible::Only {
        organisations: [OrganisationId::from_uuid(id)].into(),
        projects: [].into(),
    };
    for (filter, index) in [
        (all(), "INTEGER PRIMARY KEY"),
        (
            AuditFilter {
                author: Some(id),
                ..all()
            },
            "audit_author_id_number_idx",
        ),
        (
            AuditFilter {
                author_kind: Some(AuthorKind::Agent),
                ..all()
            },
            "audit_author_kind_number_idx",
        ),
        (
            AuditFilter {
                action: Some("agent.adopt".into()),
                ..all()
            },
            "audit_action_number_idx",
        ),
        (
            AuditFilter {
                action: Some("agent.".into()),
                ..all()
            },
            "audit_thing_number_idx",
        ),
        (
            AuditFilter {
                object: Some("x".into()),
                ..all()
            },
            "audit_object_id_number_idx",
        ),
        (
            AuditFilter {
                outcome: Some(Outcome::Refused),
                ..all()
            },
            "audit_outcome_number_idx",
        ),
        (
            AuditFilter::new(only.clone(), false),
            "audit_organisation_id_number_idx",
        ),
        (
            AuditFilter {
                outcome: Some(Outcome::Done),
                author_kind: Some(AuthorKind::Agent),
                from: Some(NOW),
                to: Some(Moment::from_micros(9)),
                text: Some("x".into()),
                ..AuditFilter::new(only, false)
            },
            "audit_organisation_id_number_idx",
        ),
        (
            AuditFilter {
                from: Some(NOW),
                to: Some(Moment::from_micros(9)),
                ..all()
            },
            "INTEGER PRIMARY KEY",
        ),
    ] {
        let once = database.once();
        let walks = walks(once, database.kind(), &filter).await.unwrap();
        assert_eq!(walks.len(), 1);
        let mut statement = audit::Entity::find()
            .filter(walks[0].clone())
            .filter(sea_orm::ColumnTrait::lt(&audit::Column::Number, 1000))
            .order_by_desc(audit::Column::Number)
            .limit(100)
            .build(once.get_database_backend());
        statement.sql = format!("EXPLAIN QUERY PLAN {}", statement.sql);
        let plan = once.query_all_raw(statement).await.unwrap();
        let plan: Vec<String> = plan
            .iter()
            .map(|row| row.try_get("", "detail").unwrap())
            .collect();
        let plan = plan.join("; ");
        assert!(plan.contains(index), "{filter:?}: {plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{filter:?}: {plan}");
    }
    database.close().await;
}
