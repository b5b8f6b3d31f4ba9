//! The audit log: everything that is changed, and everything that is refused; and that a change of the log itself shows.

use http::StatusCode;
use reqwest::Method;
use serde_json::{Value, json};

use super::cast::Cast;
use crate::system::{Parts, with_both_parts};

with_both_parts! {
    every_change_is_recorded_with_who_and_what,
    whoever_reads_sees_their_own_places,
    an_export_holds_the_whole_chain,
}

async fn entry(cast: &Cast, query: &str) -> Value {
    let page = cast.operator.get(&format!("/audit?limit=1&{query}")).await;
    let entry = page["items"][0].clone();
    assert!(entry.is_object(), "nothing for {query}");
    entry
}

async fn every_change_is_recorded_with_who_and_what(parts: Parts) {
    let cast = Cast::start(parts).await;
    let (admin, id) = cast
        .person("admin@example.com", cast.in_organisation("admin"))
        .await;
    let project = format!("/projects/{}", cast.project);
    admin.patch(&project, json!({"name": "Renamed"})).await;

    let renamed = entry(&cast, &format!("action=project.update&author={id}")).await;
    assert_eq!(renamed["author_kind"], "user");
    assert_eq!(renamed["author_name"], "admin@example.com");
    assert_eq!(renamed["address"], "127.0.0.1");
    assert_eq!(renamed["object_id"], cast.project);
    assert_eq!(renamed["organisation_id"], cast.organisation);
    assert_eq!(renamed["project_id"], cast.project);
    assert_eq!(renamed["before"]["name"], "Default");
    assert_eq!(renamed["after"]["name"], "Renamed");
    assert_eq!(renamed["outcome"], "done");

    // What agents do, and what the machine's operator did.
    let enrolled = entry(
        &cast,
        &format!("action=agent.enrol&object={}", cast.agent.id),
    )
    .await;
    assert_eq!(enrolled["author_kind"], "agent");
    let adopted = entry(
        &cast,
        &format!("action=agent.adopt&object={}", cast.agent.id),
    )
    .await;
    assert_eq!(adopted["author_kind"], "machine");
    entry(
        &cast,
        &format!("action=agent.confirm&object={}", cast.agent.id),
    )
    .await;
    let invited = entry(&cast, &format!("action=user.&object={id}")).await;
    assert!(!invited.to_string().contains("argon2"), "{invited}");

    // What is refused.
    let missing = format!("/projects/{}", cast.other_project);
    admin.call(Method::DELETE, &missing, None).await;
    let refused = entry(&cast, &format!("action=request.refused&author={id}")).await;
    assert_eq!(refused["outcome"], "refused");
    assert_eq!(refused["object_name"], "DELETE /projects/{id}");
    let answer = cast.operator.sign_in("admin@example.com", "wrong").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let refused = entry(&cast, "action=session.refuse").await;
    assert_eq!(refused["author_kind"], "anonymous");
    assert_eq!(refused["object_name"], "admin@example.com");

    // Reads of secrets.
    admin.get("/keys/edge-services").await;
    entry(&cast, &format!("action=key.download&author={id}")).await;
    admin.get("/ca").await;
    entry(&cast, &format!("action=certificate.export&author={id}")).await;
}

async fn whoever_reads_sees_their_own_places(parts: Parts) {
    let cast = Cast::start(parts).await;
    let (admin, _) = cast
        .person("admin@example.com", cast.in_project("admin"))
        .await;
    let other = json!([{"organisation_id": cast.other_organisation, "role": "admin"}]);
    let (stranger, _) = cast.person("stranger@example.com", other).await;
    let seen = admin.get("/audit?limit=1000").await;
    let items = seen["items"].as_array().unwrap();
    assert!(!items.is_empty());
    assert!(
        items
            .iter()
            .all(|entry| entry["project_id"] == cast.project),
        "{seen}"
    );
    let seen = stranger.get("/audit?limit=1000").await;
    let items = seen["items"].as_array().unwrap();
    assert!(!items.is_empty());
    let own = |entry: &Value| entry["organisation_id"] == cast.other_organisation;
    assert!(items.iter().all(own), "{seen}");
}

async fn an_export_holds_the_whole_chain(parts: Parts) {
    let cast = Cast::start(parts).await;
    cast.user("=cmd@example.com", cast.in_project("viewer"))
        .await;
    let lines = cast.operator.get("/audit/export?format=jsonl").await;
    let lines = lines.as_str().unwrap().to_owned();
    let mut previous = "0".repeat(64);
    let mut number = 0;
    for line in lines.lines() {
        let entry: Value = serde_json::from_str(line).unwrap();
        number += 1;
        assert_eq!(entry["number"], number);
        assert_eq!(entry["previous"], previous.as_str());
        previous = entry["hash"].as_str().unwrap().to_owned();
    }
    assert!(number > 10, "{lines}");
    let csv = cast.operator.get("/audit/export?format=csv").await;
    let csv = csv.as_str().unwrap();
    assert!(csv.lines().next().unwrap().starts_with("number,"), "{csv}");
    assert!(csv.lines().count() > number);
    // A spreadsheet that opens it computes nothing.
    assert!(!csv.contains(",=cmd") && !csv.contains(",\"=cmd"), "{csv}");
    assert!(csv.contains(",'=cmd"), "{csv}");

    let checked = cast.operator.get("/audit/verification").await;
    assert_eq!(checked["complete"], true, "{checked}");
    assert_eq!(checked["broken"], Value::Null);
    assert_eq!(checked["verified_to"], checked["total"]);
}
