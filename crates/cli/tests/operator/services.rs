use serde_json::json;

use crate::fake::{self, HALL, NEURON, TOKEN};
use crate::run::{Person, cells};

#[tokio::test]
async fn services_are_listed_and_shown() {
    let (fake, person) = (fake::start().await, Person::new());
    let table = person
        .asks(&fake, &["service", "list", "--state", "not-offered"])
        .await
        .done();
    assert_eq!(
        cells(table.lines().nth(1).unwrap())[..3],
        ["gateway-1 neuron", NEURON, "not offered"]
    );
    assert_eq!(
        fake.seen().last().unwrap(),
        "GET /api/v1/services?state=not_offered"
    );
    let shown = person
        .asks(&fake, &["service", "show", "gateway-1 neuron"])
        .await
        .done();
    assert!(
        shown
            .lines()
            .any(|line| cells(line) == ["Offered as", "neuron"]),
        "{shown}"
    );
}

#[tokio::test]
async fn opening_prints_the_link_alone() {
    let (fake, person) = (fake::start().await, Person::new());
    let link = person
        .asks(&fake, &["service", "open", NEURON, "--print"])
        .await
        .done();
    assert_eq!(link, "http://neuron.localhost/?ticket=t\n");
}

#[tokio::test]
async fn without_a_browser_the_link_is_still_given() {
    let (fake, person) = (fake::start().await, Person::new());
    let outcome = person.asks(&fake, &["service", "open", NEURON]).await;
    assert!(
        outcome.stderr.contains("no browser could be started here"),
        "{outcome:?}"
    );
    assert_eq!(outcome.done(), "http://neuron.localhost/?ticket=t\n");
}

#[tokio::test]
async fn a_service_that_does_not_accept_us_is_added_only_when_that_is_said() {
    let (fake, person) = (fake::start().await, Person::new());
    let add = |more: &[&'static str]| {
        [
            &["service", "add", "Pumps", "http://10.0.0.7:7000"],
            ["--project", "Hall 3", "--kind", "neuron"].as_slice(),
            &["--authentication", "basic", "--user", "admin"],
            &["--password-stdin"],
            more,
        ]
        .concat()
    };
    let url = fake.url();
    let variables = [("EDGEWARD_URL", url.as_str()), ("EDGEWARD_TOKEN", TOKEN)];
    let refused = person
        .runs_with(&add(&[]), &variables, "not for anybody\n")
        .await
        .failed(1);
    assert!(
        refused.contains("no key file") && refused.contains("read the manual"),
        "{refused}"
    );
    let added = person
        .runs_with(&add(&["--unproven"]), &variables, "not for anybody\n")
        .await;
    assert!(
        added.stderr.contains("copy edgeward.pub into certs"),
        "{added:?}"
    );
    let shown = added.done();
    assert!(
        shown
            .lines()
            .any(|line| cells(line) == ["Shown to it", "user admin and a password"]),
        "{shown}"
    );
    assert_eq!(
        fake.sent(),
        json!({
            "project_id": HALL, "name": "Pumps", "kind": "neuron", "address": "http://10.0.0.7:7000", "authentication": "basic",
            "user": "admin", "password": "not for anybody", "unproven": true,
        })
    );
}

#[tokio::test]
async fn a_service_is_changed_proven_and_deleted() {
    let (fake, person) = (fake::start().await, Person::new());
    let change = ["service", "change", NEURON, "--authentication", "token"];
    person.asks(&fake, &change).await.done();
    assert_eq!(
        fake.sent(),
        json!({"authentication": "token", "unproven": false})
    );
    let prove = ["service", "prove", NEURON];
    let refused = person.asks(&fake, &prove).await;
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(
        refused
            .stderr
            .contains("hint: copy edgeward.pub into certs"),
        "{refused:?}"
    );
    let delete = ["service", "delete", NEURON];
    let asked = person.asks(&fake, &delete).await.failed(2);
    assert!(asked.contains("is not touched"), "{asked}");
    let sure = [delete.as_slice(), &["--yes"]].concat();
    person.asks(&fake, &sure).await.done();
    assert_eq!(
        fake.seen().last().unwrap(),
        &format!("DELETE /api/v1/services/{NEURON}")
    );
}

#[tokio::test]
async fn how_a_service_fares_is_shown() {
    let (fake, person) = (fake::start().await, Person::new());
    let shown = person.asks(&fake, &["service", "figures", NEURON]).await;
    assert_eq!(shown.stderr, "1 rule is stopped by an error\n");
    let table = shown.done();
    assert!(
        table
            .lines()
            .any(|line| cells(line) == ["rules_running", "8", "7", "9", "3"]),
        "{table}"
    );
}

#[tokio::test]
async fn keys_of_a_folder_that_has_none_are_not_backed_up() {
    let person = Person::new();
    let backup = ["key", "backup", "keys.json", "--data-dir", "nowhere"];
    let error = person.runs(&backup).await.failed(1);
    assert!(error.contains("nowhere/ca.pem is missing"), "{error}");
    assert!(!person.home().join("keys.json").exists());
    let restore = ["key", "restore", "keys.json", "--data-dir", "nowhere"];
    let error = person.runs(&restore).await.failed(1);
    assert!(error.contains("cannot read keys.json"), "{error}");
}
