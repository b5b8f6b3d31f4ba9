//! The installation's settings: shown without secrets, set one by one, tested.

use serde_json::{Value, json};

use crate::fake::{self, ACME, Fake, HALL, TOKEN};
use crate::run::{Outcome, Person, cells};

async fn types(person: &Person, fake: &Fake, arguments: &[&str], stdin: &str) -> Outcome {
    let url = fake.url();
    let variables = [("EDGEWARD_URL", url.as_str()), ("EDGEWARD_TOKEN", TOKEN)];
    person.runs_with(arguments, &variables, stdin).await
}

#[tokio::test]
async fn settings_are_shown() {
    let (fake, person) = (fake::start().await, Person::new());
    let shown = person.asks(&fake, &["settings", "show"]).await.done();
    for line in [
        ["Root address", "https://edge.example.com (set)"],
        ["Passwords", "at least 10 characters, a letter, a digit"],
        [
            "Mail",
            "mail.example.com:587 (STARTTLS), as edgeward with a password, from edgeward@example.com",
        ],
        [
            "Single sign-on",
            "Acme login (acme) at https://login.example.com",
        ],
    ] {
        assert!(
            shown.lines().any(|shown| cells(shown) == line),
            "{line:?}: {shown}"
        );
    }
    let json = person
        .asks(&fake, &["settings", "show", "--output", "json"])
        .await;
    let json: Value = serde_json::from_str(&json.done()).unwrap();
    assert_eq!(json["sessions"]["idle_hours"], 12);
}

#[tokio::test]
async fn what_is_not_named_stays() {
    let (fake, person) = (fake::start().await, Person::new());
    for (arguments, sent) in [
        (
            ["settings", "set", "passwords", "--symbol", "on"].as_slice(),
            json!({"min_chars": 10, "letter": true, "digit": true, "symbol": true}),
        ),
        (
            &["settings", "set", "sessions", "--idle-hours", "1"],
            json!({"idle_hours": 1, "remembered_days": 14}),
        ),
        (
            &["settings", "set", "links", "--reset-hours", "4"],
            json!({"invitation_hours": 72, "reset_hours": 4}),
        ),
        (
            &["settings", "set", "language", "zh"],
            json!({"language": "zh"}),
        ),
        (&["settings", "set", "guide", "on"], json!({"done": false})),
        (
            &["settings", "set", "root-address", "https://e"],
            json!({"url": "https://e"}),
        ),
        (
            &["settings", "root-address", "set", "https://e"],
            json!({"url": "https://e"}),
        ),
    ] {
        person.asks(&fake, arguments).await.done();
        assert_eq!(fake.sent(), sent, "{arguments:?}");
    }
    for rules in ["passwords", "sessions", "links"] {
        person
            .asks(&fake, &["settings", "set", rules])
            .await
            .failed(2);
    }
}

#[tokio::test]
async fn the_mail_servers_password_comes_from_standard_input() {
    let (fake, person) = (fake::start().await, Person::new());
    let arguments = [
        "settings",
        "mail",
        "set",
        "--host",
        "mail.example.com",
        "--security",
        "tls",
        "--from",
        "edgeward@example.com",
        "--username",
        "edgeward",
    ];
    let with = [&arguments[..], &["--password-stdin"]].concat();
    let outcome = types(&person, &fake, &with, "s3cret\n").await;
    assert!(
        outcome.stderr.contains("edgeward settings mail test --to"),
        "{outcome:?}"
    );
    assert!(!outcome.done().contains("s3cret"));
    let mut sent = json!({"host": "mail.example.com", "port": 465, "security": "tls", "username": "edgeward", "password": "s3cret", "from": "edgeward@example.com"});
    assert_eq!(fake.sent(), sent);
    let kept = [&arguments[..], &["--keep-password"]].concat();
    person.asks(&fake, &kept).await.done();
    sent.as_object_mut().unwrap().remove("password");
    assert_eq!(fake.sent(), sent);
    let error = person.asks(&fake, &arguments).await.failed(2);
    assert!(
        error.contains("--password-stdin") && error.contains("--keep-password"),
        "{error}"
    );
}

#[tokio::test]
async fn a_test_that_fails_is_a_failure() {
    let (fake, person) = (fake::start().await, Person::new());
    let mail = ["settings", "mail", "test", "--to", "ann@example.com"];
    let error = person.asks(&fake, &mail).await.failed(1);
    assert_eq!(
        error,
        "error: the mail could not be sent: the server wants a password\n"
    );
    assert_eq!(fake.sent(), json!({"to": "ann@example.com"}));
    let outcome = person
        .asks(&fake, &["settings", "root-address", "test"])
        .await;
    assert_eq!(
        outcome.stderr,
        "https://edge.example.com leads to this control plane\n"
    );
    assert_eq!(fake.sent(), json!({"url": "https://edge.example.com"}));
    outcome.done();
    person
        .asks(&fake, &["settings", "sso", "test", "acme"])
        .await
        .done();
    assert_eq!(fake.sent(), json!({"issuer": "https://login.example.com"}));
}

#[tokio::test]
async fn what_is_forgotten_is_named_first() {
    let (fake, person) = (fake::start().await, Person::new());
    for (arguments, question) in [
        (
            ["settings", "mail", "remove"].as_slice(),
            "Forget the mail server mail.example.com and its password?",
        ),
        (
            &["settings", "root-address", "remove"],
            "Forget the root address https://edge.example.com?",
        ),
        (
            &["settings", "sso", "remove", "acme"],
            "Forget the provider Acme login (acme)?",
        ),
    ] {
        let error = person.asks(&fake, arguments).await.failed(2);
        assert!(error.contains(question), "{error}");
        let yes = [arguments, &["--yes"]].concat();
        person.asks(&fake, &yes).await.done();
        assert!(
            fake.seen()
                .last()
                .unwrap()
                .starts_with("DELETE /api/v1/settings/")
        );
    }
}

#[tokio::test]
async fn a_provider_keeps_what_is_not_named() {
    let (fake, person) = (fake::start().await, Person::new());
    let arguments = [
        "settings",
        "sso",
        "set",
        "acme",
        "--client-secret-stdin",
        "--enabled",
        "off",
    ];
    let outcome = types(&person, &fake, &arguments, "hush\n").await;
    let shown = outcome.done();
    assert!(
        shown
            .lines()
            .any(|line| cells(line) == ["Rule", "groups=ops -> viewer of Acme / Hall 3"]),
        "{shown}"
    );
    assert!(!shown.contains("hush"));
    let asked = fake.seen();
    let sent = asked
        .iter()
        .rev()
        .find(|line| line.starts_with('{'))
        .unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(sent).unwrap(),
        json!({
            "name": "Acme login", "issuer": "https://login.example.com", "client_id": "edgeward", "client_secret": "hush", "enabled": false, "create_users": false,
            "rules": [{"claim": "groups", "value": "ops", "system_admin": false, "project_id": HALL, "role": "viewer"}],
        })
    );
}

#[tokio::test]
async fn rules_are_written_as_they_are_shown() {
    let (fake, person) = (fake::start().await, Person::new());
    let arguments = [
        "settings",
        "sso",
        "set",
        "acme",
        "--rule",
        "groups=it -> system admin",
        "--rule",
        "groups=all -> member of Acme",
        "--rule",
        "team=a -> admin of Acme / Hall 3",
        "--output",
        "json",
    ];
    person.asks(&fake, &arguments).await.done();
    let asked = fake.seen();
    let sent = asked
        .iter()
        .rev()
        .find(|line| line.starts_with('{'))
        .unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(sent).unwrap()["rules"],
        json!([
            {"claim": "groups", "value": "it", "system_admin": true},
            {"claim": "groups", "value": "all", "system_admin": false, "organisation_id": ACME, "role": "member"},
            {"claim": "team", "value": "a", "system_admin": false, "organisation_id": ACME, "project_id": HALL, "role": "admin"},
        ])
    );
    let bad = ["settings", "sso", "set", "acme", "--rule", "groups=it"];
    let error = person.asks(&fake, &bad).await.failed(2);
    assert!(
        error.contains("\"groups=it\" is no rule") && error.contains("viewer of Acme / Hall 3"),
        "{error}"
    );
    let new = ["settings", "sso", "set", "new", "--name", "New"];
    let error = person.asks(&fake, &new).await.failed(2);
    assert!(
        error.contains("--issuer is missing for the new provider \"new\""),
        "{error}"
    );
    let error = person
        .asks(&fake, &["settings", "sso", "show", "new"])
        .await
        .failed(1);
    assert!(error.contains("edgeward settings sso list"), "{error}");
}
