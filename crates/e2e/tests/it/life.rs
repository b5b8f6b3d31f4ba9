//! The life of an agent: join, adopt, use, release, delete.

use edgeward_agent::LinkState;
use edgeward_agent::state::StateDir;
use edgeward_api::agent::{Management, Presence};
use edgeward_api::service::ServiceFilter;
use edgeward_client::ProxyRequest;
use edgeward_testkit::eventually;
use edgeward_testkit::services::{Seen, Service};
use futures::StreamExt as _;
use http::{HeaderMap, Method, StatusCode};

use crate::system::{Broker, LIMIT, Parts, System, start_agent, with_both_parts, within};

with_both_parts! {
    an_agents_life,
}

async fn an_agents_life(parts: Parts) {
    let service = Service::start().await.unwrap();
    let system = System::start(parts).await;
    let client = &system.client;

    let joined = system.join(&[("web", service.address())]).await;
    let seen = client.agent(joined.id).await.unwrap();
    assert_eq!(seen.management, Management::Unmanaged);
    assert_eq!(seen.membership, None);
    let none = client.services(&ServiceFilter::default()).await.unwrap();
    assert!(none.items.is_empty(), "an unmanaged agent has no services");

    let adopted = system.adopt(joined.id, "press").await;
    assert_eq!(adopted.management, Management::Managed);
    let ledger = || {
        StateDir::new(&joined.state_dir)
            .read_ledger(joined.id)
            .unwrap()
    };
    let membership = ledger()
        .membership
        .expect("the device knows where it belongs");
    assert_eq!(membership.name.as_str(), "press");

    let edge = system.online_service(joined.id, "web").await;
    let body = b"twelve bytes".to_vec();
    let piece = futures::stream::iter([Ok(body.clone().into())]).boxed();
    let request = ProxyRequest {
        method: Method::POST,
        path: "/inspect?a=b%20c".to_owned(),
        headers: HeaderMap::from_iter([("x-own".parse().unwrap(), "kept".parse().unwrap())]),
        body: Some((piece, Some(body.len() as u64))),
    };
    let answer = client.proxy(edge.id, request).await.unwrap();
    assert_eq!(answer.status, StatusCode::OK);
    let seen: Seen = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    assert_eq!(
        (seen.method.as_str(), seen.path.as_str(), seen.body_bytes),
        ("POST", "/inspect?a=b%20c", 12)
    );
    assert_eq!(seen.header("x-own"), Some("kept"));
    assert_eq!(
        seen.header("authorization"),
        None,
        "the operator's token stays here"
    );

    let refused = client.delete_agent(joined.id).await.unwrap_err();
    assert_eq!(refused.status(), Some(StatusCode::CONFLICT), "{refused}");

    client.release(joined.id).await.unwrap();
    let gone = client.service(edge.id).await.unwrap_err();
    assert_eq!(gone.status(), Some(StatusCode::NOT_FOUND), "{gone}");
    let gone = system
        .get(edge.id, "/")
        .await
        .map(|a| a.status)
        .unwrap_err();
    assert_eq!(gone.status(), Some(StatusCode::NOT_FOUND), "{gone}");
    eventually("a device that belongs nowhere", LIMIT, async || {
        ledger()
            .membership
            .map_or(Ok(()), |m| Err(format!("{m:?}")))
    })
    .await
    .unwrap();
    let released = system.wait_presence(joined.id, Presence::Online).await;
    assert_eq!(released.management, Management::Unmanaged);

    client.delete_agent(joined.id).await.unwrap();
    let gone = client.agent(joined.id).await.unwrap_err();
    assert_eq!(gone.status(), Some(StatusCode::NOT_FOUND), "{gone}");
    // An operator's own broker does not let anyone be cut off; there the deleted agent is not listened to.
    if parts.broker == Broker::Embedded {
        let mut status = joined.handle.status();
        let cut = status.wait_for(|status| matches!(status.link, LinkState::Offline { .. }));
        within("the cut", LIMIT, cut).await.unwrap();
    }
    joined.handle.stop().await;

    let handle = start_agent(&joined.state_dir, &joined.config);
    let mut status = handle.status();
    let tried = status.wait_for(|status| !matches!(status.link, LinkState::Connecting));
    let link = within("a try", LIMIT, tried).await.unwrap().link.clone();
    if parts.broker == Broker::Embedded {
        assert!(matches!(link, LinkState::Offline { .. }), "{link:?}");
    }
    let gone = client.agent(joined.id).await.unwrap_err();
    assert_eq!(gone.status(), Some(StatusCode::NOT_FOUND), "{gone}");
    handle.stop().await;
    assert_eq!(system.plane.stop().await, Vec::<String>::new());
}
