//! One's own session, profile and password; and the keys of the installation.

use std::fs;

use serde_json::{Value, json};

use crate::fake::{self, HALL, NEURON, SESSION, TOKEN};
use crate::run::{Person, cells};

#[tokio::test]
async fn who_is_signed_in_and_what_they_may_do() {
    let (fake, person) = (fake::start().await, Person::new());
    let shown = person.asks(&fake, &["session", "show"]).await.done();
    for line in [
        ["Signed in as", "Ann <ann@example.com>"],
        ["Role", "viewer of Acme"],
        ["Role", "project admin of Acme / Hall 3"],
    ] {
        assert!(
            shown.lines().any(|shown| cells(shown) == line),
            "{line:?}: {shown}"
        );
    }
    let json = person
        .asks(&fake, &["session", "show", "--output", "json"])
        .await;
    let json: Value = serde_json::from_str(&json.done()).unwrap();
    assert_eq!(
        json["permissions"]["organisations"][0]["projects"][0]["id"],
        HALL
    );
}

#[tokio::test]
async fn sessions_are_listed_and_ended() {
    let (fake, person) = (fake::start().await, Person::new());
    let listed = person.asks(&fake, &["session", "list"]).await.done();
    assert_eq!(
        cells(listed.lines().nth(1).unwrap())[..4],
        [SESSION, "browser, remembered", "10.0.0.9", "Firefox"]
    );
    let error = person
        .asks(&fake, &["session", "end", &SESSION[..13]])
        .await
        .failed(2);
    assert!(
        error.contains(&format!("End {SESSION} (Firefox)?")),
        "{error}"
    );
    person
        .asks(&fake, &["session", "end", SESSION, "--yes"])
        .await
        .done();
    assert_eq!(
        fake.seen().last().unwrap(),
        &format!("DELETE /api/v1/sessions/{SESSION}")
    );
    person
        .asks(&fake, &["session", "end", "--others", "--yes"])
        .await
        .done();
    assert_eq!(fake.seen().last().unwrap(), "DELETE /api/v1/sessions");
    person
        .asks(&fake, &["session", "end", "--yes"])
        .await
        .failed(2);
}

#[tokio::test]
async fn the_profile_is_shown_and_changed() {
    let (fake, person) = (fake::start().await, Person::new());
    let shown = person.asks(&fake, &["profile", "show"]).await.done();
    assert!(
        shown
            .lines()
            .any(|line| cells(line) == ["Language", "as the installation's"]),
        "{shown}"
    );
    let arguments = ["profile", "set", "--language", "zh", "--phone", "12"];
    person.asks(&fake, &arguments).await.done();
    assert_eq!(fake.sent(), json!({"phone": "12", "language": "zh"}));
    person.asks(&fake, &["profile", "set"]).await.failed(2);
}

#[tokio::test]
async fn the_password_is_changed_without_being_an_argument() {
    let (fake, person) = (fake::start().await, Person::new());
    let url = fake.url();
    let variables = [("EDGEWARD_URL", url.as_str()), ("EDGEWARD_TOKEN", TOKEN)];
    let arguments = ["password", "--password-stdin"];
    let outcome = person
        .runs_with(&arguments, &variables, "old one\nnew one\n")
        .await;
    assert!(
        outcome
            .stderr
            .contains("all your other sessions have ended"),
        "{outcome:?}"
    );
    assert_eq!(outcome.done(), "");
    assert_eq!(
        fake.sent(),
        json!({"current_password": "old one", "new_password": "new one"})
    );
    let error = person
        .runs_with(&arguments, &variables, "old one\n")
        .await
        .failed(2);
    assert!(
        error.contains("standard input gave no new password"),
        "{error}"
    );
}

#[tokio::test]
async fn the_key_is_saved_under_its_own_name() {
    let (fake, person) = (fake::start().await, Person::new());
    let outcome = person.asks(&fake, &["key", "download"]).await;
    assert!(
        outcome.stderr.contains("finds it only as edgeward.pub"),
        "{outcome:?}"
    );
    assert!(outcome.done().contains("edgeward.pub"));
    let file = person.home().join("edgeward.pub");
    assert_eq!(fs::read_to_string(&file).unwrap(), "PUBLIC KEY\n");

    // The same again is no question; something else is.
    person.asks(&fake, &["key", "download"]).await.done();
    fs::write(&file, "other").unwrap();
    let error = person.asks(&fake, &["key", "download"]).await.failed(2);
    assert!(
        error.contains("edgeward.pub is there with other contents"),
        "{error}"
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), "other");
    person
        .asks(&fake, &["key", "download", "--yes"])
        .await
        .done();
    assert_eq!(fs::read_to_string(&file).unwrap(), "PUBLIC KEY\n");

    person
        .asks(&fake, &["key", "download", "--file", "elsewhere"])
        .await
        .done();
    assert!(person.home().join("elsewhere").exists());
    let json = person
        .asks(&fake, &["key", "download", "--output", "json"])
        .await;
    let json: Value = serde_json::from_str(&json.done()).unwrap();
    assert_eq!(json["pem"], "PUBLIC KEY\n");
}

#[tokio::test]
async fn a_key_pair_is_exchanged_step_by_step() {
    let (fake, person) = (fake::start().await, Person::new());
    let asked = person.asks(&fake, &["key", "rotate"]).await.failed(2);
    assert!(asked.contains("--yes"), "{asked}");
    let made = person.asks(&fake, &["key", "rotate", "--yes"]).await;
    assert!(made.stderr.contains("edgeward key place 2"), "{made:?}");
    assert!(made.done().contains("edgeward-2.pub"));
    let listed = person.asks(&fake, &["key", "list"]).await;
    assert!(listed.stderr.contains("--key-behind 2"), "{listed:?}");
    let table = listed.done();
    assert_eq!(
        cells(table.lines().nth(2).unwrap())[..5],
        ["2", "edgeward-2.pub", "next", "1", "2"]
    );
    let shown = person.asks(&fake, &["key", "show", "2"]).await.done();
    assert!(shown.contains("edgeward-2.pub"), "{shown}");
    let download = ["key", "download", "--number", "2"];
    person.asks(&fake, &download).await.done();
    assert!(person.home().join("edgeward-2.pub").exists());

    let failed = person.asks(&fake, &["key", "place", "2"]).await;
    assert_eq!(failed.code, 1, "{failed:?}");
    assert!(failed.stderr.contains("at 2 of 2 services"), "{failed:?}");
    assert!(failed.stdout.contains("names no key_folder"), "{failed:?}");
    assert_eq!(fake.sent(), json!({}));
    let one = ["key", "place", "2", "gateway-1 neuron"];
    let table = person.asks(&fake, &one).await.done();
    assert!(table.contains("names no key_folder"), "{table}");
    assert_eq!(fake.sent(), json!({"services": [NEURON]}));

    let gently = ["key", "retire", "1", "--yes"];
    let refused = person.asks(&fake, &gently).await.failed(1);
    assert!(refused.contains("Pumps, Rules"), "{refused}");
    assert_eq!(fake.sent(), json!({"force": false}));
    let by_force = ["key", "retire", "1", "--force", "--yes"];
    person.asks(&fake, &by_force).await.done();
    assert_eq!(fake.sent(), json!({"force": true}));
}

#[tokio::test]
async fn the_certificate_authority_needs_no_sign_in() {
    let (fake, person) = (fake::start().await, Person::new());
    let pem = person.runs(&["ca", "--server", &fake.url()]).await.done();
    assert_eq!(pem, "CERTIFICATE\n");
    let arguments = ["ca", "--server", &fake.url(), "--file", "ca.pem"];
    person.runs(&arguments).await.done();
    assert_eq!(
        fs::read_to_string(person.home().join("ca.pem")).unwrap(),
        "CERTIFICATE\n"
    );
}

#[tokio::test]
async fn the_agent_service_is_told_in_full() {
    let (fake, person) = (fake::start().await, Person::new());
    let shown = person.asks(&fake, &["agent-service"]).await.done();
    for line in [
        ["State", "connected since 2026-01-01T00:00:00Z"],
        ["Agents enrol at", "edge.example.com:8883"],
        [
            "Messages",
            "1.2 in and 0.5 out in each second, over the last minute",
        ],
    ] {
        assert!(
            shown.lines().any(|shown| cells(shown) == line),
            "{line:?}: {shown}"
        );
    }
}
