//! Which control plane is spoken to, and what is said when there is none.

use std::fs;

use crate::fake::{self, Fake, TOKEN};
use crate::run::Person;

fn operator_file(person: &Person, folder: &str, fake: &Fake, token: &str) {
    let folder = person.home().join(folder);
    fs::create_dir_all(&folder).unwrap();
    let text = serde_json::json!({"url": fake.url(), "token": token}).to_string();
    fs::write(folder.join("operator.json"), text).unwrap();
}

#[tokio::test]
async fn without_anything_it_says_how_to_begin() {
    let error = Person::new().runs(&["overview"]).await.failed(2);
    assert!(
        error.contains("nobody is signed in")
            && error.contains("edgeward up")
            && error.contains("sign-in"),
        "{error}"
    );
}

#[tokio::test]
async fn a_control_plane_of_this_machine_needs_no_sign_in() {
    let (fake, person) = (fake::start().await, Person::new());
    operator_file(&person, ".local/state/edgeward", &fake, TOKEN);
    let overview = person.runs(&["overview"]).await.done();
    assert!(overview.contains("1 online, 2 offline"), "{overview}");
    assert!(
        overview.contains("embedded, connected since 2026-01-01T00:00:00Z"),
        "{overview}"
    );
}

#[tokio::test]
async fn a_data_folder_can_be_named() {
    let (fake, person) = (fake::start().await, Person::new());
    operator_file(&person, "elsewhere", &fake, TOKEN);
    person
        .runs(&["overview", "--data-dir", "elsewhere"])
        .await
        .done();
    let error = person
        .runs(&["overview", "--data-dir", "nowhere"])
        .await
        .failed(2);
    assert!(
        error.contains("no control plane has run on nowhere"),
        "{error}"
    );
}

#[tokio::test]
async fn a_wrong_or_ended_token_says_to_sign_in() {
    let (fake, person) = (fake::start().await, Person::new());
    operator_file(&person, ".local/state/edgeward", &fake, "old");
    let error = person.runs(&["agent", "list"]).await.failed(1);
    assert!(
        error.contains("the sign-in has ended") && error.contains("edgeward sign-in"),
        "{error}"
    );
}

#[tokio::test]
async fn a_token_is_not_sent_to_another_address() {
    let (fake, other, person) = (fake::start().await, fake::start().await, Person::new());
    operator_file(&person, ".local/state/edgeward", &fake, TOKEN);
    let error = person
        .runs(&["overview", "--server", &other.url()])
        .await
        .failed(2);
    assert!(error.contains("nobody is signed in to"), "{error}");
    assert!(other.seen().is_empty());
}

#[tokio::test]
async fn nobody_there_is_code_3() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = Person::new()
        .runs_with(
            &["agent", "list", "--server", &url],
            &[("EDGEWARD_TOKEN", "x")],
            "",
        )
        .await
        .failed(3);
    assert!(
        error.contains(&format!("cannot reach the control plane at {url}")),
        "{error}"
    );
    assert!(
        error.contains("refused") && error.contains("hint: "),
        "{error}"
    );
}

#[tokio::test]
async fn a_wrong_address_or_option_is_code_2() {
    let person = Person::new();
    let error = person
        .runs_with(
            &["overview", "--server", "edge"],
            &[("EDGEWARD_TOKEN", "x")],
            "",
        )
        .await
        .failed(2);
    assert!(error.contains("https://edge.example.com"), "{error}");
    let error = person.runs(&["agent", "lst"]).await.failed(2);
    assert!(error.contains("'list'"), "{error}");
    assert_eq!(person.runs(&["--help"]).await.code, 0);
}

#[tokio::test]
async fn completion_knows_the_commands() {
    let script = Person::new().runs(&["completion", "bash"]).await.done();
    assert!(script.contains("sign-in") && script.contains("curl"));
}
