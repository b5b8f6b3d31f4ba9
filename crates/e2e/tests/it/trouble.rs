//! Answers when something is wrong: a status and a code for programs, who is at fault for people.

use std::time::Duration;

use edgeward_agent::config::ServiceLimits;
use edgeward_api::agent::Presence;
use edgeward_api::error::Fault;
use edgeward_client::ClientError;
use edgeward_ids::ServiceId;
use edgeward_testkit::services::{Refusing, Service};
use http::StatusCode;
use serde_json::Value;

use crate::host::Visitor;
use crate::system::{LIMIT, Parts, System, agent_config, start_agent, with_both_parts, within};

with_both_parts! {
    a_service_that_refuses_hangs_or_breaks_off_is_said_to_be_at_fault,
    half_an_answer_is_not_taken_for_a_whole_one,
    an_agent_that_is_away_or_offers_less_is_said_to_be_at_fault,
    an_unknown_service_is_not_found,
}

/// Status, code and fault of a refused request.
async fn refusal(system: &System, service: ServiceId, path: &str) -> (StatusCode, String, Fault) {
    let answer = within("an answer", LIMIT, system.get(service, path)).await;
    match answer.map(|answer| answer.status) {
        Err(ClientError::Refused { status, detail }) => {
            assert!(detail.hint.is_some(), "{detail:?}");
            (status, detail.code, detail.fault)
        }
        other => panic!("{other:?}"),
    }
}

fn said(status: StatusCode, code: &str, fault: Fault) -> (StatusCode, String, Fault) {
    (status, code.to_owned(), fault)
}

async fn a_service_that_refuses_hangs_or_breaks_off_is_said_to_be_at_fault(parts: Parts) {
    let service = Service::start().await.unwrap();
    let closed = Refusing::bind().unwrap();
    let system = System::start(parts).await;
    let mut config = agent_config(&[("web", service.address()), ("closed", closed.address())]);
    config.limits = ServiceLimits {
        response_timeout: Duration::from_millis(300),
        ..ServiceLimits::default()
    };
    let joined = system.join_with(config).await;
    system.adopt(joined.id, "press").await;
    let web = system.online_service(joined.id, "web").await.id;
    let closed = system.online_service(joined.id, "closed").await.id;

    assert_eq!(
        refusal(&system, closed, "/").await,
        said(StatusCode::BAD_GATEWAY, "service_refused", Fault::Service)
    );
    assert_eq!(
        refusal(&system, web, "/hang").await,
        said(
            StatusCode::GATEWAY_TIMEOUT,
            "service_timed_out",
            Fault::Service
        )
    );
    assert_eq!(
        refusal(&system, web, "/reset").await,
        said(
            StatusCode::BAD_GATEWAY,
            "service_bad_answer",
            Fault::Service
        )
    );
    let own = system.get(web, "/status/503").await.unwrap();
    assert_eq!(own.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(
        own.headers.get("retry-after"),
        None,
        "the service's own answer"
    );
}

async fn half_an_answer_is_not_taken_for_a_whole_one(parts: Parts) {
    let service = Service::start().await.unwrap();
    let system = System::start(parts).await;
    let (_joined, ids) = system.managed("press", &[("web", service.address())]).await;
    let answer = system.get(ids[0], "/half").await.unwrap();
    let body = within("the end", LIMIT, answer.bytes()).await;
    assert!(matches!(body, Err(ClientError::Broken { .. })), "{body:?}");
}

async fn an_agent_that_is_away_or_offers_less_is_said_to_be_at_fault(parts: Parts) {
    let service = Service::start().await.unwrap();
    let system = System::start(parts).await;
    let (joined, ids) = system.managed("press", &[("web", service.address())]).await;
    let web = ids[0];
    let visitor = Visitor::enter(&system, &system.client, web).await;

    joined.handle.stop().await;
    system.wait_presence(joined.id, Presence::Offline).await;
    assert_eq!(
        refusal(&system, web, "/").await,
        said(
            StatusCode::SERVICE_UNAVAILABLE,
            "agent_offline",
            Fault::Agent
        )
    );
    let operator = system.folder.path().join("server/operator.json");
    let operator: Value = serde_json::from_slice(&std::fs::read(operator).unwrap()).unwrap();
    let program = Visitor::stranger(system.console, system.console.to_string())
        .get(&format!("/api/v1/services/{web}/proxy/inspect"))
        .bearer_auth(operator["token"].as_str().unwrap());
    let answer = program.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.headers()["retry-after"], "5", "for programs too");
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["error"]["code"], "agent_offline");

    let page = visitor.get("/").header("accept", "text/html").send().await;
    let page = page.unwrap();
    assert_eq!(page.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.headers().contains_key("retry-after"));
    let kind = page.headers()["content-type"].to_str().unwrap().to_owned();
    assert!(kind.starts_with("text/html"), "{kind}");
    let text = page.text().await.unwrap();
    assert!(text.contains("The device cannot be reached"), "{text}");
    assert!(text.contains("agent_offline"), "{text}");

    let fewer = start_agent(&joined.state_dir, &agent_config(&[]));
    system.wait_presence(joined.id, Presence::Online).await;
    assert_eq!(
        refusal(&system, web, "/").await,
        said(StatusCode::FORBIDDEN, "service_not_offered", Fault::Agent)
    );
    let page = visitor.get("/").header("accept", "text/html").send().await;
    let text = page.unwrap().text().await.unwrap();
    assert!(
        text.contains("The device did not pass the request on"),
        "{text}"
    );
    fewer.stop().await;
}

async fn an_unknown_service_is_not_found(parts: Parts) {
    let system = System::start(parts).await;
    let answer = system.get(ServiceId::generate(), "/").await;
    let error = answer.map(|a| a.status).unwrap_err();
    assert_eq!(error.status(), Some(StatusCode::NOT_FOUND), "{error}");
}
