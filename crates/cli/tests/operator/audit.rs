//! The audit log: listed, filtered, exported whole or not at all, verified to the end.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::fake::{self, ACME, ANN, API_TOKEN, GATEWAY, HALL};
use crate::run::{Person, cells};

#[tokio::test]
async fn entries_are_listed_page_by_page() {
    let (fake, person) = (fake::start().await, Person::new());
    let outcome = person.asks(&fake, &["audit", "list", "--limit", "3"]).await;
    assert!(
        outcome.stderr.contains("go on with --before 5"),
        "{outcome:?}"
    );
    let table = outcome.done();
    let lines: Vec<_> = table.lines().collect();
    assert_eq!(lines.len(), 4, "{table}");
    assert_eq!(
        cells(lines[1]),
        [
            "7",
            "2026-01-07T00:00:00Z",
            "Ann",
            "agent.adopt",
            "gateway\u{fffd}-1",
            "done",
            "10.0.0.9"
        ]
    );
    assert_eq!(cells(lines[2])[5], "refused: not_allowed");
    let asked = fake.seen();
    assert_eq!(
        asked,
        [
            "GET /api/v1/audit?limit=3",
            "GET /api/v1/audit?before=6&limit=1"
        ]
    );

    let all = person
        .asks(&fake, &["audit", "list", "--output", "json"])
        .await;
    let all: Value = serde_json::from_str(&all.done()).unwrap();
    assert_eq!(all["items"].as_array().unwrap().len(), 7);
    assert_eq!(all["next"], Value::Null);
    let kinds = person.asks(&fake, &["audit", "list"]).await.done();
    assert!(kinds.contains("tidy (system)"), "{kinds}");
}

#[tokio::test]
async fn filters_are_sent_and_names_become_ids() {
    let (fake, person) = (fake::start().await, Person::new());
    let arguments = [
        "audit",
        "list",
        "--author",
        "ann@example.com",
        "--author-kind",
        "user",
        "--action",
        "agent.",
        "--object",
        "gateway-1",
        "--organisation",
        "Acme",
        "--outcome",
        "refused",
        "--from",
        "2026-01-01",
        "--to",
        "2026-01-31",
        "--text",
        "10.0",
        "--limit",
        "2",
    ];
    person.asks(&fake, &arguments).await.done();
    assert_eq!(
        fake.seen().last().unwrap(),
        &format!(
            "GET /api/v1/audit?author={ANN}&author_kind=user&action=agent.&object={GATEWAY}&organisation={ACME}&outcome=refused\
             &from=2026-01-01T00%3A00%3A00Z&to=2026-02-01T00%3A00%3A00Z&text=10.0&limit=2"
        )
    );
    let project = [
        "audit",
        "list",
        "--author",
        "backup",
        "--project",
        "Hall 3",
        "--object",
        HALL,
        "--limit",
        "1",
    ];
    person.asks(&fake, &project).await.done();
    assert_eq!(
        fake.seen().last().unwrap(),
        &format!("GET /api/v1/audit?author={API_TOKEN}&object={HALL}&project={HALL}&limit=1")
    );
}

#[tokio::test]
async fn what_cannot_be_found_says_how_to_look_for_it() {
    let (fake, person) = (fake::start().await, Person::new());
    let error = person
        .asks(&fake, &["audit", "list", "--object", "long gone"])
        .await
        .failed(1);
    assert!(
        error.contains("there is no object \"long gone\" now")
            && error.contains("edgeward audit list --text \"long gone\""),
        "{error}"
    );
    for bad in [
        ["--from", "yesterday"],
        ["--limit", "0"],
        ["--outcome", "maybe"],
    ] {
        let arguments = [&["audit", "list"], &bad[..]].concat();
        person.asks(&fake, &arguments).await.failed(2);
    }
    let error = person.asks(&fake, &["audit", "show", "99"]).await.failed(1);
    assert!(error.contains("there is no entry 99"), "{error}");
}

#[tokio::test]
async fn one_entry_says_what_was_after() {
    let (fake, person) = (fake::start().await, Person::new());
    let shown = person.asks(&fake, &["audit", "show", "6"]).await.done();
    for line in [
        ["Outcome", "refused: not_allowed"],
        ["After", "offers: 2"],
        ["Author", "Ann"],
    ] {
        assert!(
            shown.lines().any(|shown| cells(shown) == line),
            "{line:?}: {shown}"
        );
    }
    let actions = person.asks(&fake, &["audit", "actions"]).await.done();
    assert_eq!(actions, "ACTION\nagent.adopt\nuser.create\n");
}

#[tokio::test]
async fn an_export_goes_where_it_is_told() {
    let (fake, person) = (fake::start().await, Person::new());
    let lines = person
        .asks(&fake, &["audit", "export", "--author", ANN])
        .await
        .done();
    assert_eq!(lines, "{\"number\":1}\n{\"number\":2}\n");
    assert_eq!(
        fake.seen().last().unwrap(),
        &format!("GET /api/v1/audit/export?author={ANN}&format=jsonl")
    );
    let csv = ["audit", "export", "--format", "csv", "--file", "log.csv"];
    let outcome = person.asks(&fake, &csv).await;
    assert!(
        outcome.stderr.contains("saved 30 bytes in log.csv"),
        "{outcome:?}"
    );
    assert_eq!(outcome.done(), "");
    let file = person.home().join("log.csv");
    assert_eq!(
        fs::read_to_string(&file).unwrap(),
        "number,action\r\n1,agent.adopt\r\n"
    );
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[tokio::test]
async fn half_an_export_leaves_the_file_as_it_was() {
    let (fake, person) = (fake::start().await, Person::new());
    fs::write(person.home().join("log"), "before").unwrap();
    for action in ["broken.", "forbidden."] {
        let arguments = ["audit", "export", "--action", action, "--file", "log"];
        let outcome = person.asks(&fake, &arguments).await;
        assert!(outcome.code == 1 || outcome.code == 3, "{outcome:?}");
        assert!(outcome.stderr.starts_with("error: "), "{outcome:?}");
    }
    let left: Vec<_> = fs::read_dir(person.home())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left, ["log"]);
    assert_eq!(
        fs::read_to_string(person.home().join("log")).unwrap(),
        "before"
    );
}

#[tokio::test]
async fn a_log_that_is_whole_is_intact() {
    let (fake, person) = (fake::start().await, Person::new());
    let outcome = person.asks(&fake, &["audit", "verify"]).await;
    assert_eq!(outcome.stderr, "", "progress is for terminals");
    assert_eq!(outcome.done(), "intact: 7 entries\n");
    assert_eq!(
        fake.seen(),
        [
            "GET /api/v1/audit/verification?after=0",
            "GET /api/v1/audit/verification?after=3&hash=h3",
            "GET /api/v1/audit/verification?after=6&hash=h6",
        ]
    );
}

#[tokio::test]
async fn the_first_altered_entry_is_named_with_its_time() {
    let (fake, person) = (
        fake::start_with_broken_log(5, "altered").await,
        Person::new(),
    );
    let error = person.asks(&fake, &["audit", "verify"]).await.failed(1);
    assert_eq!(
        error,
        "error: the audit log is not intact: entry 5 was altered, dated 2026-01-05T00:00:00Z\n\
         hint: entries 1 to 4 are genuine; compare what follows with a backup of the database\n"
    );
}

#[tokio::test]
async fn the_first_missing_entry_is_named_with_the_time_before_it() {
    let (fake, person) = (
        fake::start_with_broken_log(5, "missing").await,
        Person::new(),
    );
    let error = person.asks(&fake, &["audit", "verify"]).await.failed(1);
    assert!(
        error.contains("entry 5 is missing, after 2026-01-04T00:00:00Z\n"),
        "{error}"
    );
    let outcome = person
        .asks(&fake, &["audit", "verify", "--output", "json"])
        .await;
    assert_eq!(outcome.code, 1, "{outcome:?}");
    let json: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(json["broken"]["number"], 5);
}
