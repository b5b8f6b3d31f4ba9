//! API tokens: listed, made, deleted; and that one is accepted instead of a sign-in.

use serde_json::{Value, json};

use crate::fake::{self, API_TOKEN, HALL};
use crate::run::{Person, cells};

#[tokio::test]
async fn the_text_is_alone_on_standard_output() {
    let (fake, person) = (fake::start().await, Person::new());
    for word in ["create", "add"] {
        let arguments = [
            "api-token",
            word,
            "backup",
            "--project",
            "Hall 3",
            "--role",
            "viewer",
            "--expires-in",
            "90d",
        ];
        let outcome = person.asks(&fake, &arguments).await;
        assert!(
            outcome
                .stderr
                .contains("until 2026-04-01T00:00:00Z, and is not shown again"),
            "{outcome:?}"
        );
        assert_eq!(outcome.done(), "edw_secret\n");
        assert_eq!(
            fake.sent(),
            json!({
                "name": "backup", "system_admin": false, "expires_in_s": 90 * 24 * 3600,
                "membership": {"project_id": HALL, "role": "viewer"},
            })
        );
    }
    let arguments = [
        "api-token",
        "create",
        "all",
        "--system",
        "--never-expires",
        "--output",
        "json",
    ];
    let json: Value = serde_json::from_str(&person.asks(&fake, &arguments).await.done()).unwrap();
    assert_eq!(json["text"], "edw_secret");
    assert_eq!(fake.sent(), json!({"name": "all", "system_admin": true}));
}

#[tokio::test]
async fn what_it_may_do_and_for_how_long_must_be_said() {
    let (fake, person) = (fake::start().await, Person::new());
    for (arguments, word) in [
        (
            ["api-token", "create", "x", "--expires-in", "1d"].as_slice(),
            "--system",
        ),
        (&["api-token", "create", "x", "--system"], "--never-expires"),
        (
            &["api-token", "create", "x", "--system", "--expires", "731d"],
            "730d",
        ),
        (
            &[
                "api-token",
                "create",
                "x",
                "--system",
                "--role",
                "admin",
                "--expires",
                "1d",
            ],
            "cannot be used with",
        ),
    ] {
        let error = person.asks(&fake, arguments).await.failed(2);
        assert!(error.contains(word), "{arguments:?}: {error}");
    }
    assert!(!fake.seen().iter().any(|asked| asked.starts_with("POST")));
}

#[tokio::test]
async fn they_are_listed_and_deleted() {
    let (fake, person) = (fake::start().await, Person::new());
    let listed = person.asks(&fake, &["api-token", "list"]).await.done();
    assert_eq!(
        cells(listed.lines().nth(1).unwrap())[..6],
        [
            "backup",
            API_TOKEN,
            "Ann",
            "viewer of Acme",
            "2026-04-01T00:00:00Z",
            "never"
        ]
    );
    assert_eq!(fake.seen().last().unwrap(), "GET /api/v1/api-tokens");
    person
        .asks(&fake, &["api-token", "list", "--all"])
        .await
        .done();
    assert_eq!(
        fake.seen().last().unwrap(),
        "GET /api/v1/api-tokens?all=true"
    );

    let error = person
        .asks(&fake, &["api-token", "delete", "backup"])
        .await
        .failed(2);
    assert!(
        error.contains(&format!("Delete API token backup ({API_TOKEN})?")),
        "{error}"
    );
    person
        .asks(&fake, &["api-token", "delete", "backup", "--yes"])
        .await
        .done();
    assert_eq!(
        fake.seen().last().unwrap(),
        &format!("DELETE /api/v1/api-tokens/{API_TOKEN}")
    );
}

#[tokio::test]
async fn one_that_has_ended_is_told_apart_from_no_sign_in() {
    let (fake, person) = (fake::start().await, Person::new());
    let url = fake.url();
    let variables = [
        ("EDGEWARD_URL", url.as_str()),
        ("EDGEWARD_TOKEN", "edw_old"),
    ];
    let error = person
        .runs_with(&["agent", "list"], &variables, "")
        .await
        .failed(1);
    assert!(
        error.contains("an API token in EDGEWARD_TOKEN must be one that has not expired"),
        "{error}"
    );
    let error = person
        .runs(&["agent", "list", "--server", &url])
        .await
        .failed(2);
    assert!(error.contains("EDGEWARD_TOKEN"), "{error}");
}
