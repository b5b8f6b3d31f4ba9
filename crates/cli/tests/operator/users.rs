//! Users: listed, made one or many, invited, disabled, reset, deleted.

use serde_json::{Value, json};

use crate::fake::{self, ACME, ANN, BEN, Fake, HALL, TOKEN};
use crate::run::{Outcome, Person, cells};

async fn types(person: &Person, fake: &Fake, arguments: &[&str], stdin: &str) -> Outcome {
    let url = fake.url();
    let variables = [("EDGEWARD_URL", url.as_str()), ("EDGEWARD_TOKEN", TOKEN)];
    person.runs_with(arguments, &variables, stdin).await
}

#[tokio::test]
async fn users_are_listed_with_what_they_may_do() {
    let (fake, person) = (fake::start().await, Person::new());
    let arguments = [
        "user",
        "list",
        "--state",
        "active",
        "--organisation",
        "Acme",
        "--text",
        "n",
    ];
    let listed = person.asks(&fake, &arguments).await.done();
    assert_eq!(
        fake.seen().last().unwrap(),
        &format!("GET /api/v1/users?text=n&state=active&organisation={ACME}")
    );
    assert_eq!(
        cells(listed.lines().nth(1).unwrap()),
        [
            "ann@example.com",
            "Ann",
            "active",
            "system admin, admin of Acme",
            "never",
            ANN
        ]
    );
    let json = person
        .asks(&fake, &["user", "list", "--output", "json"])
        .await;
    let json: Value = serde_json::from_str(&json.done()).unwrap();
    assert_eq!(json["items"][1]["email"], "ben@example.com");
}

#[tokio::test]
async fn a_user_is_found_by_address_name_id_or_the_beginning_of_one() {
    let (fake, person) = (fake::start().await, Person::new());
    for text in ["ben@example.com", "Ben@Example.com", "Ben", BEN, &BEN[..13]] {
        let shown = person.asks(&fake, &["user", "show", text]).await.done();
        assert!(
            shown
                .lines()
                .any(|line| cells(line) == ["Role", "viewer of Acme / Hall 3"]),
            "{text}: {shown}"
        );
    }
    let error = person
        .asks(&fake, &["user", "show", "0192f0c6"])
        .await
        .failed(2);
    assert!(error.contains("stands for 2 users"), "{error}");
    let error = person.asks(&fake, &["user", "show", "zoe"]).await.failed(1);
    assert!(
        error.contains("there is no user \"zoe\"") && error.contains("edgeward user list"),
        "{error}"
    );
}

#[tokio::test]
async fn a_new_user_gets_a_link() {
    let (fake, person) = (fake::start().await, Person::new());
    let arguments = [
        "user",
        "add",
        "ben@example.com",
        "--project",
        "Hall 3",
        "--role",
        "viewer",
        "--name",
        "Ben",
    ];
    let outcome = person.asks(&fake, &arguments).await;
    assert!(
        outcome
            .stderr
            .contains("hand the link over; it works once, until 2026-01-04T00:00:00Z"),
        "{outcome:?}"
    );
    let table = outcome.done();
    assert_eq!(
        cells(table.lines().nth(1).unwrap()),
        [
            "ben@example.com",
            "made",
            "https://edge.example.com/invitation#abc"
        ]
    );
    assert_eq!(
        fake.sent(),
        json!({
            "emails": ["ben@example.com"], "display_name": "Ben", "sso_only": false, "system_admin": false,
            "memberships": [{"project_id": HALL, "role": "viewer"}],
        })
    );
}

#[tokio::test]
async fn of_many_users_those_that_were_not_made_are_told() {
    let (fake, person) = (fake::start().await, Person::new());
    let arguments = [
        "user",
        "create",
        "ann@example.com",
        "ben@example.com",
        "--organisation",
        "Acme",
        "--role",
        "member",
    ];
    let outcome = person.asks(&fake, &arguments).await;
    assert_eq!(outcome.code, 1, "{outcome:?}");
    assert!(
        outcome.stderr.contains("error: 1 of 2 users were not made"),
        "{outcome:?}"
    );
    let row = outcome.stdout.lines().nth(1).unwrap();
    assert_eq!(
        cells(row),
        [
            "ann@example.com",
            "not made: there is a user with this address",
            "-"
        ]
    );
}

#[tokio::test]
async fn a_first_password_comes_from_standard_input() {
    let (fake, person) = (fake::start().await, Person::new());
    let arguments = [
        "user",
        "create",
        "ben@example.com",
        "--system-admin",
        "--password-stdin",
    ];
    let outcome = types(&person, &fake, &arguments, "correct horse\n").await;
    assert!(!outcome.done().contains("https://"));
    assert_eq!(
        fake.sent(),
        json!({"emails": ["ben@example.com"], "password": "correct horse", "sso_only": false, "system_admin": true, "memberships": []})
    );
    let asked = fake.seen().len();
    let error = types(&person, &fake, &arguments, "").await.failed(2);
    assert!(error.contains("standard input gave no password"), "{error}");
    let error = types(&person, &fake, &arguments, &"x".repeat(2000))
        .await
        .failed(2);
    assert!(error.contains("longer than 1024 bytes"), "{error}");
    assert_eq!(fake.seen().len(), asked, "nothing was tried");
}

#[tokio::test]
async fn what_does_not_go_together_is_not_tried() {
    let (fake, person) = (fake::start().await, Person::new());
    for (arguments, word) in [
        (
            ["user", "create", "a@b.c", "--role", "viewer"].as_slice(),
            "--organisation or --project",
        ),
        (
            &["user", "create", "a@b.c", "--organisation", "Acme"],
            "--role",
        ),
        (
            &[
                "user",
                "create",
                "a@b.c",
                "--project",
                "Hall 3",
                "--role",
                "member",
            ],
            "viewer or admin",
        ),
        (
            &["user", "create", "a@b.c", "d@e.f", "--name", "x"],
            "for one user",
        ),
        (
            &["user", "create", "a@b.c", "--sso-only", "--password-stdin"],
            "cannot be used with",
        ),
        (&["user", "create"], "E-MAIL"),
        (&["user", "edit", "ben@example.com"], "--phone"),
    ] {
        let error = person.asks(&fake, arguments).await.failed(2);
        assert!(error.contains(word), "{arguments:?}: {error}");
    }
    assert!(
        !fake
            .seen()
            .iter()
            .any(|asked| asked.starts_with("POST") || asked.starts_with("PATCH"))
    );
}

#[tokio::test]
async fn what_takes_something_away_names_whom_and_asks() {
    let (fake, person) = (fake::start().await, Person::new());
    for (word, question) in [
        (
            "disable",
            "Disable Ben <ben@example.com>? Their sessions end at once",
        ),
        (
            "delete",
            "Delete Ben <ben@example.com> with memberships, sessions and API tokens?",
        ),
        ("end-sessions", "End all sessions of Ben <ben@example.com>?"),
        (
            "reset-password",
            "Reset the password of Ben <ben@example.com>?",
        ),
    ] {
        let error = person.asks(&fake, &["user", word, "Ben"]).await.failed(2);
        assert!(
            error.contains(question) && error.contains("--yes"),
            "{error}"
        );
    }
    assert!(
        fake.seen().iter().all(|asked| asked.starts_with("GET")),
        "{:?}",
        fake.seen()
    );

    for (word, asked) in [
        ("disable", format!("POST /api/v1/users/{BEN}/disable")),
        ("delete", format!("DELETE /api/v1/users/{BEN}")),
        (
            "end-sessions",
            format!("DELETE /api/v1/users/{BEN}/sessions"),
        ),
    ] {
        let arguments = ["user", word, "Ben", BEN, "--yes"];
        person.asks(&fake, &arguments).await.done();
        let times = fake.seen().iter().filter(|seen| **seen == asked).count();
        assert_eq!(times, 1, "named twice, done once: {:?}", fake.seen());
    }
}

#[tokio::test]
async fn nothing_is_done_when_one_of_them_is_unknown() {
    let (fake, person) = (fake::start().await, Person::new());
    let arguments = ["user", "delete", "Ben", "zoe", "--yes"];
    person.asks(&fake, &arguments).await.failed(1);
    assert!(fake.seen().iter().all(|asked| asked.starts_with("GET")));
}

#[tokio::test]
async fn the_last_administrator_cannot_be_disabled() {
    let (fake, person) = (fake::start().await, Person::new());
    let error = person
        .asks(&fake, &["user", "disable", "Ann", "--yes"])
        .await
        .failed(1);
    assert_eq!(
        error,
        "error: this is the last administrator\nhint: read the manual\n"
    );
    let several = ["user", "disable", "Ben", "Ann", "--yes"];
    let outcome = person.asks(&fake, &several).await;
    assert_eq!(outcome.code, 1, "{outcome:?}");
    let named = "error: Ann <ann@example.com>: this is the last administrator\n";
    assert!(outcome.stderr.contains(named), "{outcome:?}");
}

#[tokio::test]
async fn a_link_is_alone_on_standard_output() {
    let (fake, person) = (fake::start().await, Person::new());
    for arguments in [
        ["user", "invite", "Ben"].as_slice(),
        &["user", "reset-password", "Ben", "--yes"],
    ] {
        let outcome = person.asks(&fake, arguments).await;
        assert!(
            outcome
                .stderr
                .contains("ben@example.com: hand the link over"),
            "{outcome:?}"
        );
        assert_eq!(outcome.done(), "https://edge.example.com/invitation#abc\n");
    }
    let error = person
        .asks(&fake, &["user", "invite", "new@example.com"])
        .await
        .failed(1);
    assert!(
        error.contains("edgeward user create new@example.com"),
        "{error}"
    );
}

#[tokio::test]
async fn a_password_can_be_set_for_somebody() {
    let (fake, person) = (fake::start().await, Person::new());
    let arguments = ["user", "reset-password", "Ben", "--password-stdin", "--yes"];
    let outcome = types(&person, &fake, &arguments, "battery staple\r\n").await;
    assert!(
        outcome
            .stderr
            .contains("Ben <ben@example.com> has the new password"),
        "{outcome:?}"
    );
    assert_eq!(outcome.done(), "");
    assert_eq!(fake.sent(), json!({"password": "battery staple"}));
}

#[tokio::test]
async fn users_are_edited_and_their_sessions_listed() {
    let (fake, person) = (fake::start().await, Person::new());
    let arguments = ["user", "edit", "Ben", "--phone", "", "--system-admin", "on"];
    person.asks(&fake, &arguments).await.done();
    assert_eq!(fake.sent(), json!({"phone": "", "system_admin": true}));
    person.asks(&fake, &["user", "enable", "Ben"]).await.done();
    assert_eq!(
        fake.seen().last().unwrap(),
        &format!("POST /api/v1/users/{BEN}/enable")
    );
    let listed = person
        .asks(&fake, &["user", "sessions", "Ben"])
        .await
        .done();
    assert!(
        listed.contains("browser, remembered") && listed.contains("Firefox"),
        "{listed}"
    );
}
