//! Accounts and their ways in: links, passwords, sessions, throttling.

use http::StatusCode;
use reqwest::Method;
use serde_json::{Value, json};

use super::cast::{Cast, PASSWORD, id_of};
use crate::system::{EMBEDDED, LIMIT, Parts, with_both_parts};

with_both_parts! {
    an_invited_user_sets_a_password_once,
    whoever_is_disabled_is_out_at_once,
    people_end_their_own_sessions,
    of_many_addresses_each_has_its_own_result,
}

/// The token in a link.
fn token_of(link: &Value) -> String {
    let url = link["url"].as_str().unwrap();
    url.split_once('#').unwrap().1.to_owned()
}

async fn an_invited_user_sets_a_password_once(parts: Parts) {
    let cast = Cast::start(parts).await;
    let request = json!({"emails": ["new@example.com"], "memberships": cast.in_project("viewer")});
    let made = cast.operator.post("/users", request).await["results"][0].clone();
    assert_eq!(made["user"]["state"], "invited");
    assert_eq!(made["link"]["mailed"], false);
    let first = token_of(&made["link"]);
    let invite = format!("/users/{}/invite", id_of(&made["user"]));
    let again = cast.operator.call(Method::POST, &invite, None).await.ok();
    let token = token_of(&again);
    let lookup = json!({"token": first});
    let answer = cast
        .nobody
        .call(Method::POST, "/invitations/lookup", Some(&lookup))
        .await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::NOT_FOUND, "link_not_valid")
    );
    let found = cast
        .nobody
        .post("/invitations/lookup", json!({"token": token}))
        .await;
    assert_eq!(found["email"], "new@example.com");

    let weak = json!({"token": token, "password": "short"});
    let answer = cast
        .nobody
        .call(Method::POST, "/invitations/accept", Some(&weak))
        .await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let accept = json!({"token": token, "password": PASSWORD, "display_name": "Ada"});
    let session = cast
        .nobody
        .post("/invitations/accept", accept.clone())
        .await;
    assert_eq!(session["user"]["display_name"], "Ada");
    let answer = cast
        .nobody
        .call(Method::POST, "/invitations/accept", Some(&accept))
        .await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    cast.operator
        .person("new@example.com")
        .await
        .get("/services")
        .await;
}

async fn whoever_is_disabled_is_out_at_once(parts: Parts) {
    let cast = Cast::start(parts).await;
    let (person, id) = cast
        .person("ada@example.com", cast.in_project("viewer"))
        .await;
    person.get("/session").await;
    let mut events = person.request(Method::GET, "/events").send().await.unwrap();
    let disable = format!("/users/{id}/disable");
    cast.operator.call(Method::POST, &disable, None).await.ok();
    let answer = person.call(Method::GET, "/session", None).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    // What was open ends as well.
    let ended = async { while events.chunk().await.unwrap().is_some() {} };
    crate::system::within("the end of the events", LIMIT, ended).await;
    let enable = format!("/users/{id}/enable");
    cast.operator.call(Method::POST, &enable, None).await.ok();
    let answer = person.call(Method::GET, "/session", None).await;
    assert_eq!(
        answer.status,
        StatusCode::UNAUTHORIZED,
        "the session is over for good"
    );
    cast.operator
        .person("ada@example.com")
        .await
        .get("/session")
        .await;
}

async fn people_end_their_own_sessions(parts: Parts) {
    let cast = Cast::start(parts).await;
    let (first, _) = cast
        .person("ada@example.com", cast.in_project("viewer"))
        .await;
    let second = cast.operator.person("ada@example.com").await;
    let third = cast.operator.person("ada@example.com").await;
    let sessions = first.get("/sessions").await;
    assert_eq!(sessions["total"], 3);
    let own: Vec<_> = sessions["items"].as_array().unwrap().iter().collect();
    assert_eq!(
        own.iter()
            .filter(|session| session["current"] == true)
            .count(),
        1
    );
    let theirs = second.get("/session").await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    first.delete(&format!("/sessions/{theirs}")).await;
    let gone = |api: &super::cast::Api| {
        let api = api.clone();
        async move { api.call(Method::GET, "/session", None).await.status }
    };
    assert_eq!(gone(&second).await, StatusCode::UNAUTHORIZED);
    // A change of the password ends all others.
    let wrong = json!({"current_password": "wrong", "new_password": "another horse 2"});
    let answer = first
        .call(Method::POST, "/profile/password", Some(&wrong))
        .await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::FORBIDDEN, "wrong_password")
    );
    let change = json!({"current_password": PASSWORD, "new_password": "another horse 2"});
    first.post("/profile/password", change).await;
    assert_eq!(gone(&third).await, StatusCode::UNAUTHORIZED);
    assert_eq!(gone(&first).await, StatusCode::OK);
    first.patch("/profile", json!({"language": "zh"})).await;
    assert_eq!(first.get("/session").await["user"]["language"], "zh");
}

async fn of_many_addresses_each_has_its_own_result(parts: Parts) {
    let cast = Cast::start(parts).await;
    cast.user("known@example.com", cast.in_project("viewer"))
        .await;
    let request = json!({
        "emails": ["one@example.com", "no address", "KNOWN@example.com", "two@example.com"],
        "memberships": cast.in_project("viewer"),
    });
    let made = cast.operator.post("/users", request).await;
    let results: Vec<_> = made["results"].as_array().unwrap().iter().collect();
    let errors: Vec<_> = results
        .iter()
        .map(|result| result["error"]["code"].as_str())
        .collect();
    assert_eq!(
        errors,
        [None, Some("invalid_request"), Some("email_taken"), None]
    );
    assert!(results[3]["link"]["url"].is_string());
    assert_eq!(
        results[3]["user"]["memberships"].as_array().unwrap().len(),
        2
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_is_slowed_down_for_the_account_and_the_address() {
    let cast = Cast::start(EMBEDDED).await;
    cast.user("ada@example.com", cast.in_project("viewer"))
        .await;
    let mut refused = None;
    for _ in 0..30 {
        let answer = cast.operator.sign_in("ada@example.com", "wrong").await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            refused = Some(answer);
            break;
        }
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(refused.unwrap().code(), "too_many_attempts");
    // The right password does not get in either, for now.
    let answer = cast.operator.sign_in("ada@example.com", PASSWORD).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    let page = cast
        .operator
        .get("/audit?action=session.refuse&limit=1000")
        .await;
    let recorded = page["items"].as_array().unwrap().len();
    assert!((1..=10).contains(&recorded), "{recorded}");
    // Whoever is in stays in.
    cast.operator.get("/session").await;
}
