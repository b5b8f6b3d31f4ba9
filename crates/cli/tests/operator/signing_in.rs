use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::fake::{self, PASSWORD};
use crate::run::Person;

#[tokio::test]
async fn a_sign_in_is_remembered_for_its_owner_only() {
    let (fake, person) = (fake::start().await, Person::new());
    let arguments = [
        "sign-in",
        "--server",
        &fake.url(),
        "--email",
        "a@b.c",
        "--password-stdin",
    ];
    person
        .runs_with(&arguments, &[], &format!("{PASSWORD}\n"))
        .await
        .done();
    let file = person.home().join(".config/edgeward/sign-in.json");
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert!(!fs::read_to_string(&file).unwrap().contains(PASSWORD));

    person.runs(&["agent", "list"]).await.done();
    let outcome = person.runs(&["sign-out"]).await;
    assert!(outcome.stderr.contains("signed out of"), "{outcome:?}");
    assert_eq!(fake.seen().last().unwrap(), "DELETE /api/v1/session");
    assert!(!file.exists());
    person.runs(&["agent", "list"]).await.failed(2);
}

#[tokio::test]
async fn a_wrong_password_is_not_remembered() {
    let (fake, person) = (fake::start().await, Person::new());
    let arguments = [
        "sign-in",
        "--server",
        &fake.url(),
        "--email",
        "a@b.c",
        "--password-stdin",
    ];
    let error = person.runs_with(&arguments, &[], "wrong").await.failed(1);
    assert!(error.contains("address or password is wrong"), "{error}");
    assert!(!person.home().join(".config/edgeward/sign-in.json").exists());
    let error = person.runs_with(&arguments, &[], "").await.failed(2);
    assert!(error.contains("standard input gave no password"), "{error}");
}

#[tokio::test]
async fn a_password_does_not_travel_in_the_clear() {
    let arguments = [
        "sign-in",
        "--server",
        "http://edge.example.com",
        "--email",
        "a@b.c",
        "--password-stdin",
    ];
    let error = Person::new()
        .runs_with(&arguments, &[], PASSWORD)
        .await
        .failed(2);
    assert!(error.contains("plain HTTP"), "{error}");
    let error = Person::new().runs(&["sign-in"]).await.failed(2);
    assert!(error.contains("--server"), "{error}");
}

#[tokio::test]
async fn without_a_terminal_the_password_has_another_way() {
    let fake = fake::start().await;
    let error = Person::new()
        .runs(&["sign-in", "--server", &fake.url()])
        .await
        .failed(2);
    assert!(error.contains("--email"), "{error}");
}
