//! What may be done, and what follows: organisations apart, viewers that only look, transfers, and nothing without an admin.

use http::StatusCode;
use reqwest::Method;
use serde_json::{Value, json};

use super::cast::{Api, Cast, id_of};
use crate::host::Visitor;
use crate::system::{LIMIT, Parts, with_both_parts};

with_both_parts! {
    organisations_do_not_see_one_another,
    a_viewer_looks_at_a_service_and_changes_nothing,
    an_agent_moves_to_another_project_with_its_services,
    what_is_in_use_is_not_deleted,
    what_has_an_admin_keeps_one,
}

/// The names in a list.
fn names(list: &Value) -> Vec<String> {
    let items = list["items"].as_array().unwrap().iter();
    items
        .map(|item| item["name"].as_str().unwrap_or_default().to_owned())
        .collect()
}

async fn organisations_do_not_see_one_another(parts: Parts) {
    let cast = Cast::start(parts).await;
    let other = json!([{"organisation_id": cast.other_organisation, "role": "admin"}]);
    let (stranger, _) = cast.person("stranger@example.com", other).await;
    let (viewer, _) = cast
        .person("viewer@example.com", cast.in_project("viewer"))
        .await;
    let (admin, _) = cast
        .person("admin@example.com", cast.in_organisation("admin"))
        .await;

    assert_eq!(names(&stranger.get("/organisations").await), ["other"]);
    let seen = viewer.get("/organisations").await;
    assert_eq!(
        names(&json!({"items": seen["items"][0]["projects"]})),
        ["Default"]
    );
    for (who, agents, services) in [(&stranger, 0, 0), (&viewer, 1, 1), (&admin, 2, 1)] {
        assert_eq!(who.get("/agents").await["total"], agents);
        assert_eq!(who.get("/services").await["total"], services);
        let overview = who.get("/overview").await;
        let counts = overview["agents"].as_object().unwrap().values();
        let counted: u64 = counts.map(|count| count.as_u64().unwrap()).sum();
        assert_eq!(counted, agents);
        // Asking for a place that one may not see is no way around it.
        let by_place = format!("/services?organisation={}", cast.organisation);
        assert_eq!(who.get(&by_place).await["total"], services);
    }
    assert_eq!(stranger.get("/users").await["total"], 1);
    let permissions = &viewer.get("/session").await["permissions"];
    assert_eq!(permissions["system_admin"], false);
    assert_eq!(
        permissions["organisations"][0]["projects"][0]["role"],
        "viewer"
    );
    assert_eq!(permissions["organisations"].as_array().unwrap().len(), 1);

    // Whoever waits nowhere in particular is the system administrator's.
    let unassigned = cast.system.join(&[]).await;
    assert_eq!(admin.get("/agents").await["total"], 2);
    let path = format!("/agents/{}", unassigned.id);
    let answer = admin.call(Method::GET, &path, None).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    cast.operator.get(&path).await;
}

async fn a_viewer_looks_at_a_service_and_changes_nothing(parts: Parts) {
    let cast = Cast::start(parts).await;
    let (viewer, _) = cast
        .person("viewer@example.com", cast.in_project("viewer"))
        .await;
    let (admin, _) = cast
        .person("admin@example.com", cast.in_project("admin"))
        .await;
    let proxied = format!("/services/{}/proxy", cast.service);
    let body = json!({"a": 1});
    for (who, post) in [(&viewer, StatusCode::FORBIDDEN), (&admin, StatusCode::OK)] {
        who.get(&format!("{proxied}/inspect")).await;
        let inspect = format!("{proxied}/inspect");
        let answer = who.call(Method::POST, &inspect, Some(&body)).await;
        assert_eq!(answer.status, post, "{answer:?}");
        if post == StatusCode::FORBIDDEN {
            assert_eq!(answer.code(), "read_only");
        }
    }
    let client = cast.system.client.with_token(viewer.token());
    let service = cast.service.parse().unwrap();
    let page = Visitor::enter(&cast.system, &client, service).await;
    assert_eq!(
        page.get("/inspect").send().await.unwrap().status(),
        StatusCode::OK
    );
    let post = page.request(Method::POST, "/inspect").send().await.unwrap();
    assert_eq!(post.status(), StatusCode::FORBIDDEN);
    let switch = page
        .get("/ws")
        .header("connection", "upgrade")
        .header("upgrade", "websocket");
    assert_eq!(switch.send().await.unwrap().status(), StatusCode::FORBIDDEN);
}

async fn an_agent_moves_to_another_project_with_its_services(parts: Parts) {
    let cast = Cast::start(parts).await;
    let (viewer, _) = cast
        .person("viewer@example.com", cast.in_project("viewer"))
        .await;
    let (admin, _) = cast
        .person("admin@example.com", cast.in_organisation("admin"))
        .await;
    let agent = cast.agent.id.to_string();
    let transfer = json!({"agent_ids": [agent], "project_id": cast.sibling});
    let moved = admin.post("/agents/transfer", transfer).await;
    assert_eq!(moved["items"][0]["membership"]["project_name"], "sibling");
    let service = admin.get(&format!("/services/{}", cast.service)).await;
    assert_eq!(service["project_name"], "sibling");
    // The device is told, and says so.
    let path = format!("/agents/{agent}");
    edgeward_testkit::eventually("a confirmed transfer", LIMIT, async || {
        let membership = admin.get(&path).await["membership"].clone();
        let told = membership["confirmed"] == true;
        told.then_some(()).ok_or(membership.to_string())
    })
    .await
    .unwrap();
    let service = format!("/services/{}", cast.service);
    let answer = viewer.call(Method::GET, &service, None).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    admin.get(&format!("{service}/proxy/inspect")).await;

    // All of them or none, and only managed ones.
    let both =
        json!({"agent_ids": [agent, cast.waiting.id.to_string()], "project_id": cast.project});
    let answer = admin
        .call(Method::POST, "/agents/transfer", Some(&both))
        .await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::CONFLICT, "not_managed")
    );
    assert_eq!(
        admin.get(&path).await["membership"]["project_name"],
        "sibling"
    );
}

async fn what_is_in_use_is_not_deleted(parts: Parts) {
    let cast = Cast::start(parts).await;
    let organisation = format!("/organisations/{}", cast.organisation);
    let project = format!("/projects/{}", cast.project);
    for path in [&organisation, &project] {
        let answer = cast.operator.call(Method::DELETE, path, None).await;
        assert_eq!(
            (answer.status, answer.code()),
            (StatusCode::CONFLICT, "not_empty")
        );
    }
    let release = format!("/agents/{}/release", cast.agent.id);
    cast.operator.call(Method::POST, &release, None).await.ok();
    let answer = cast.operator.call(Method::DELETE, &project, None).await;
    assert_eq!(answer.code(), "not_empty");
    let registration = format!("/registrations/{}", cast.registered);
    cast.operator.delete(&registration).await;
    cast.operator.delete(&project).await;
    cast.operator
        .delete(&format!("/projects/{}", cast.sibling))
        .await;
    cast.operator.delete(&organisation).await;
    // Agents that waited there are not lost.
    let agent = cast
        .operator
        .get(&format!("/agents/{}", cast.waiting.id))
        .await;
    assert_eq!(agent["waits_in"], Value::Null);
    let again = json!({"name": "other"});
    let answer = cast
        .operator
        .call(Method::POST, "/organisations", Some(&again))
        .await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::CONFLICT, "name_taken")
    );
}

async fn what_has_an_admin_keeps_one(parts: Parts) {
    let cast = Cast::start(parts).await;
    let refused = async |who: &Api, method: Method, path: &str, body: Option<Value>| {
        let answer = who.call(method, path, body.as_ref()).await;
        assert_eq!(
            (answer.status, answer.code()),
            (StatusCode::CONFLICT, "last_admin"),
            "{path}"
        );
    };
    let first = cast
        .user("first@example.com", cast.in_organisation("admin"))
        .await;
    let member = format!("/organisations/{}/members/{first}", cast.organisation);
    let demote = || Some(json!({"role": "viewer"}));
    let operator = &cast.operator;
    refused(operator, Method::PUT, &member, demote()).await;
    refused(operator, Method::DELETE, &member, None).await;
    refused(
        operator,
        Method::POST,
        &format!("/users/{first}/disable"),
        None,
    )
    .await;
    refused(operator, Method::DELETE, &format!("/users/{first}"), None).await;
    let second = cast
        .user("second@example.com", cast.in_organisation("admin"))
        .await;
    operator
        .call(Method::PUT, &member, demote().as_ref())
        .await
        .ok();
    refused(operator, Method::DELETE, &format!("/users/{second}"), None).await;

    let root = json!({"emails": ["root@example.com"], "password": super::cast::PASSWORD, "system_admin": true});
    let root = operator.post("/users", root).await;
    let root = format!("/users/{}", id_of(&root["results"][0]["user"]));
    let less = Some(json!({"system_admin": false}));
    refused(operator, Method::PATCH, &root, less).await;
    refused(operator, Method::POST, &format!("{root}/disable"), None).await;
    refused(operator, Method::DELETE, &root, None).await;
}
