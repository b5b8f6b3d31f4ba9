//! What people do with a service that is there: follow its figures, send it single calls, and speak WebSocket with it.

use std::collections::BTreeMap;

use edgeward_api::service::{
    CallRequest, MAX_CALL_BODY_BYTES, ServiceAuthentication, ServiceFigures, ServiceKind,
    ServiceRequest,
};
use edgeward_client::ClientError;
use edgeward_ids::ServiceId;
use edgeward_simulated::neuron::{Neuron, NeuronOptions, Site};
use edgeward_testkit::eventually;
use edgeward_testkit::services::{Seen, Service};
use futures::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use super::{KEY_FILE, near};
use crate::system::{EMBEDDED, LIMIT, Parts, System, with_both_parts, within};

with_both_parts! {
    figures_come_with_the_looks,
    another_protocol_is_spoken_with_a_direct_service,
}

async fn figures_come_with_the_looks(parts: Parts) {
    let system = near(parts).await;
    let keys = tempfile::tempdir().unwrap();
    system.put_key(keys.path(), KEY_FILE).await;
    let options = NeuronOptions::new(Site::PressShop, keys.path());
    let neuron = Neuron::start(options).await.unwrap();
    let request = system
        .request("Presses", ServiceKind::Neuron, neuron.address())
        .await;
    let added = system.client.add_service(&request).await.unwrap();

    let figures = eventually("figures", LIMIT, async || {
        let figures = system.client.service_figures(added.id).await.unwrap();
        match figures.series.is_empty() {
            true => Err("none"),
            false => Ok(figures),
        }
    });
    let figures = figures.await.unwrap();
    assert!(figures.every_s > 0);
    // Neuron counts its drivers itself.
    let said = system
        .get(added.id, "/api/v2/metrics?category=global")
        .await;
    let said = String::from_utf8(said.unwrap().bytes().await.unwrap().to_vec()).unwrap();
    let nodes = said
        .lines()
        .find_map(|line| line.strip_prefix("south_nodes_total "))
        .unwrap_or_else(|| panic!("{said}"));
    assert_eq!(last(&figures, "drivers"), nodes.parse().ok());

    let other = Service::start().await.unwrap();
    let plain = plain(&system, "Plain", other.address()).await;
    let none = system.client.service_figures(plain).await.unwrap();
    assert!(none.series.is_empty(), "a kind that says nothing of itself");
}

fn last(figures: &ServiceFigures, name: &str) -> Option<i64> {
    let series = figures.series.iter().find(|series| series.name == name)?;
    series.points.last().map(|[_, value]| *value)
}

/// A service that is no known product and wants to see nothing.
async fn plain(system: &System, name: &str, address: std::net::SocketAddr) -> ServiceId {
    let request = ServiceRequest {
        authentication: ServiceAuthentication::None,
        unproven: true,
        ..system.request(name, ServiceKind::Http, address).await
    };
    system.client.add_service(&request).await.unwrap().id
}

fn call(method: &str, path: &str) -> CallRequest {
    CallRequest {
        method: method.into(),
        path: path.into(),
        headers: BTreeMap::new(),
        body: None,
        meant: false,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_call_is_answered_with_what_the_service_said_and_no_more() {
    let service = Service::start().await.unwrap();
    let system = near(EMBEDDED).await;
    let direct = plain(&system, "Web", service.address()).await;
    let (_joined, ids) = system.managed("press", &[("web", service.address())]).await;
    for id in [direct, ids[0]] {
        let ask = async |wanted: CallRequest| system.client.call_service(id, &wanted).await;
        let mut post = call("POST", "/inspect?a=1");
        post.headers.insert("X-Plant".into(), "7".into());
        post.body = Some("{}".into());
        let answer = ask(post).await.unwrap();
        let seen: Seen = serde_json::from_str(answer.body.as_deref().unwrap()).unwrap();
        assert_eq!((answer.status, seen.method.as_str()), (200, "POST"));
        assert_eq!((seen.path.as_str(), seen.body_bytes), ("/inspect?a=1", 2));
        assert_eq!(seen.header("x-plant"), Some("7"));
        assert!(
            seen.header("authorization").is_none() && seen.header("cookie").is_none(),
            "what is shown to the control plane is not for the service: {:?}",
            seen.headers
        );
        let typed = ["content-type".to_owned(), "application/json".to_owned()];
        assert!(answer.headers.contains(&typed), "{:?}", answer.headers);

        let refused = ask(call("GET", "/status/418")).await.unwrap();
        assert_eq!(refused.status, 418, "an answer like another");
        let endless = ask(call("GET", "/endless")).await.unwrap();
        assert!(endless.is_cut && endless.body.is_none(), "it is not text");
        assert_eq!(endless.bytes, MAX_CALL_BODY_BYTES as u64);

        let mut host = call("GET", "/");
        host.headers.insert("Host".into(), "console".into());
        assert!(problem(ask(host).await).contains("headers.host"));
        assert!(problem(ask(call("GET", "inspect")).await).contains("begin with a slash"));
    }
}

fn problem<T: std::fmt::Debug>(answer: Result<T, ClientError>) -> String {
    let ClientError::Refused { detail, .. } = answer.unwrap_err() else {
        panic!("it was not refused");
    };
    assert_eq!(detail.code, "invalid_request");
    detail.message
}

async fn another_protocol_is_spoken_with_a_direct_service(parts: Parts) {
    let service = Service::start().await.unwrap();
    let system = near(parts).await;
    let id = plain(&system, "Web", service.address()).await;
    let url = format!("ws://{}/api/v1/services/{id}/proxy/ws", system.console);
    let mut request = url.into_client_request().unwrap();
    let bearer = format!("Bearer {}", system.operator_token);
    request
        .headers_mut()
        .insert("authorization", bearer.parse().unwrap());
    let stream = TcpStream::connect(system.console).await.unwrap();
    let (mut socket, _) = tokio_tungstenite::client_async(request, stream)
        .await
        .unwrap();
    for text in ["first", "second"] {
        socket.send(Message::text(text)).await.unwrap();
        let back = within("an echo", LIMIT, socket.next()).await;
        assert_eq!(back.unwrap().unwrap(), Message::text(text));
    }
}
