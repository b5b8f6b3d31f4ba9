//! Organisations, projects, and who belongs to them.

use serde_json::{Value, json};

use crate::fake::{self, ACME, ANN, BEN, HALL};
use crate::run::{Person, cells};

#[tokio::test]
async fn places_are_listed_and_shown() {
    let (fake, person) = (fake::start().await, Person::new());
    let listed = person.asks(&fake, &["organisation", "list"]).await.done();
    assert_eq!(
        cells(listed.lines().nth(1).unwrap()),
        ["Acme", ACME, "2", "Pumps"]
    );
    let listed = person.asks(&fake, &["project", "list"]).await.done();
    assert_eq!(
        cells(listed.lines().nth(1).unwrap()),
        ["Hall 3", HALL, "Acme", "-"]
    );
    let json = ["project", "list", "--output", "json"];
    let json: Value = serde_json::from_str(&person.asks(&fake, &json).await.done()).unwrap();
    assert_eq!(json["items"][0]["organisation_name"], "Acme");
    assert_eq!(json["items"][0]["organisation_id"], ACME);
    let shown = person
        .asks(&fake, &["organisation", "show", "Acme"])
        .await
        .done();
    let project = format!("Hall 3 ({HALL})");
    assert!(
        shown
            .lines()
            .any(|line| cells(line) == ["Project", &project]),
        "{shown}"
    );
}

#[tokio::test]
async fn places_are_made_by_either_word() {
    let (fake, person) = (fake::start().await, Person::new());
    for word in ["create", "add"] {
        let arguments = ["organisation", word, "Umbra", "--admin", "ben@example.com"];
        let outcome = person.asks(&fake, &arguments).await;
        assert!(
            outcome
                .stderr
                .contains("edgeward project create <name> --organisation \"Umbra\""),
            "{outcome:?}"
        );
        outcome.done();
        assert_eq!(
            fake.sent(),
            json!({"name": "Umbra", "description": "", "admins": [BEN]})
        );
    }
    let arguments = [
        "project",
        "create",
        "Hall 4",
        "--organisation",
        "Acme",
        "--description",
        "new",
    ];
    let made = person.asks(&fake, &arguments).await.done();
    assert!(made.contains("Hall 4"), "{made}");
    assert_eq!(
        fake.sent(),
        json!({"name": "Hall 4", "description": "new", "admins": []})
    );
    let taken = ["organisation", "create", "Acme"];
    let error = person.asks(&fake, &taken).await.failed(1);
    assert!(
        error.contains("there is an organisation of that name"),
        "{error}"
    );
    let wrong = ["project", "create", "a/b", "--organisation", "Acme"];
    let error = person.asks(&fake, &wrong).await.failed(2);
    assert!(error.contains("the name contains '/'"), "{error}");
}

#[tokio::test]
async fn places_are_renamed_and_described() {
    let (fake, person) = (fake::start().await, Person::new());
    for (arguments, sent) in [
        (
            ["organisation", "rename", "Acme", "Apex"],
            json!({"name": "Apex"}),
        ),
        (
            ["organisation", "describe", "Acme", ""],
            json!({"description": ""}),
        ),
        (
            ["project", "rename", "Hall 3", "Hall 5"],
            json!({"name": "Hall 5"}),
        ),
        (
            ["project", "describe", "Hall 3", "big"],
            json!({"description": "big"}),
        ),
    ] {
        person.asks(&fake, &arguments).await.done();
        assert_eq!(fake.sent(), sent, "{arguments:?}");
    }
}

#[tokio::test]
async fn deleting_a_place_names_it_and_asks() {
    let (fake, person) = (fake::start().await, Person::new());
    let error = person
        .asks(&fake, &["project", "delete", "Hall 3"])
        .await
        .failed(2);
    let question =
        format!("Delete project Hall 3 of Acme ({HALL}) with its memberships and join tokens?");
    assert!(error.contains(&question), "{error}");
    let error = person
        .asks(&fake, &["organisation", "delete", "Acme", "--yes"])
        .await
        .failed(1);
    assert!(error.contains("the organisation has projects"), "{error}");
    let outcome = person
        .asks(&fake, &["project", "delete", "Hall 3", "--yes"])
        .await;
    assert_eq!(outcome.stderr, format!("deleted Hall 3 ({HALL})\n"));
    assert_eq!(outcome.done(), "");
    assert_eq!(
        fake.seen().last().unwrap(),
        &format!("DELETE /api/v1/projects/{HALL}")
    );
}

#[tokio::test]
async fn members_are_listed_added_and_removed() {
    let (fake, person) = (fake::start().await, Person::new());
    let listed = person
        .asks(&fake, &["organisation", "member", "list", "Acme"])
        .await
        .done();
    assert_eq!(
        cells(listed.lines().nth(2).unwrap()),
        [
            "ben@example.com",
            "Ben",
            "viewer",
            "invited",
            "single sign-on",
            BEN
        ]
    );

    // By address, because one may not see them yet; by name, because one does.
    let email = [
        "project",
        "member",
        "add",
        "Hall 3",
        "ben@example.com",
        "--role",
        "viewer",
    ];
    person.asks(&fake, &email).await.done();
    assert_eq!(
        fake.sent(),
        json!({"email": "ben@example.com", "role": "viewer"})
    );
    let name = [
        "organisation",
        "member",
        "add",
        "Acme",
        "Ben",
        "--role",
        "member",
    ];
    person.asks(&fake, &name).await.done();
    assert_eq!(fake.sent(), json!({"role": "member"}));
    let unknown = [
        "project",
        "member",
        "add",
        "Hall 3",
        "nobody@example.com",
        "--role",
        "admin",
    ];
    let error = person.asks(&fake, &unknown).await.failed(1);
    assert!(
        error.contains("there is no user with this address"),
        "{error}"
    );

    let remove = [
        "organisation",
        "member",
        "remove",
        "Acme",
        "BEN@example.com",
    ];
    let error = person.asks(&fake, &remove).await.failed(2);
    assert!(
        error.contains("Remove ben@example.com, who is viewer there, from organisation Acme and all its projects?"),
        "{error}"
    );
    person
        .asks(&fake, &[&remove[..], &["--yes"]].concat())
        .await
        .done();
    assert_eq!(
        fake.seen().last().unwrap(),
        &format!("DELETE /api/v1/organisations/{ACME}/members/{BEN}")
    );
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let (fake, person) = (fake::start().await, Person::new());
    let remove = ["organisation", "member", "remove", "Acme", ANN, "--yes"];
    let error = person.asks(&fake, &remove).await.failed(1);
    assert_eq!(
        error,
        "error: this is the last administrator\nhint: read the manual\n"
    );
}

#[tokio::test]
async fn a_role_that_a_project_does_not_have_is_not_sent() {
    let (fake, person) = (fake::start().await, Person::new());
    let arguments = [
        "project",
        "member",
        "add",
        "Hall 3",
        "ben@example.com",
        "--role",
        "member",
    ];
    let error = person.asks(&fake, &arguments).await.failed(2);
    assert!(error.contains("viewer, admin"), "{error}");
    let nobody = ["project", "member", "remove", "Hall 3", "zoe", "--yes"];
    let error = person.asks(&fake, &nobody).await.failed(1);
    assert!(error.contains("there is no member \"zoe\""), "{error}");
}
