//! A device in a network of its own, whose only way out is a link that goes silent, loses packets, is thin, or is long.

use std::time::Duration;

use edgeward_api::agent::Presence;
use edgeward_client::ProxyRequest;
use edgeward_ids::{AgentId, ServiceId};
use edgeward_testkit::faults::{FaultProxy, Faults};
use edgeward_testkit::netns::{Link, Namespace};
use edgeward_testkit::process::Process;
use edgeward_testkit::services::{Service, Sunk, pattern};
use futures::future::join_all;
use futures::{StreamExt as _, stream};
use http::{HeaderMap, Method, StatusCode};

use crate::system::{Device, LIMIT, Parts, System, adopted, with_both_parts, within};
use crate::transfers::{Transfers, works_again};

with_both_parts! {
    a_silent_link,
    a_lossy_link,
    a_thin_link,
    a_long_link,
}

/// How soon a way on which nothing comes any more is given up: one and a half times MQTT's keep-alive, and a margin.
const SILENCE_LIMIT: Duration = Duration::from_secs(40);

/// Packets lost of a hundred, each way.
const LOSS_PERCENT: u8 = 5;

/// A cellular modem on a bad day.
const THIN_KBIT_PER_S: u32 = 2_000;

/// How long a small request may take beside a download that fills a thin link.
const BESIDE_LIMIT: Duration = Duration::from_secs(5);

/// One way over a satellite.
const LONG_DELAY: Duration = Duration::from_millis(300);

const TRANSFER_BYTES: usize = 2 * 1024 * 1024;
const SMALL_REQUESTS: usize = 20;

/// A device that nobody can dial into.
struct Site {
    system: System,
    agent: AgentId,
    web: ServiceId,
    namespace: Namespace,
    link: Link,
    _process: Process,
    _service: Service,
}

impl Site {
    async fn start(parts: Parts) -> Self {
        let namespace = Namespace::create("site").unwrap();
        let link = Link::to_host(&namespace).unwrap();
        let service = Service::start_inside(&namespace).unwrap();
        let system = System::plan(parts).at(link.near_address()).start().await;
        let device = Device::join(&system, service.address(), Some(&namespace)).await;
        let process = device.run();
        let (agent, web) = adopted(&system).await;
        Self {
            system,
            agent,
            web,
            namespace,
            link,
            _process: process,
            _service: service,
        }
    }
}

async fn a_silent_link(parts: Parts) {
    let site = Site::start(parts).await;
    let transfers = Transfers::start(&site.system, site.web).await;
    site.namespace.drop_everything().unwrap();
    transfers.are_broken(SILENCE_LIMIT).await;
    site.namespace.allow_everything().unwrap();
    works_again(&site.system, site.web).await;
}

async fn a_lossy_link(parts: Parts) {
    let site = Site::start(parts).await;
    site.namespace.lose_percent(LOSS_PERCENT).unwrap();
    carries_both_ways(&site.system, site.web).await;
    for _ in 0..SMALL_REQUESTS {
        small_request(&site.system, site.web, LIMIT).await;
    }
}

async fn a_thin_link(parts: Parts) {
    let site = Site::start(parts).await;
    site.link.limit_rate(THIN_KBIT_PER_S).unwrap();
    let _transfers = Transfers::start(&site.system, site.web).await;
    for _ in 0..SMALL_REQUESTS {
        small_request(&site.system, site.web, BESIDE_LIMIT).await;
        let agent = site.system.client.agent(site.agent).await.unwrap();
        assert_eq!(agent.presence, Presence::Online);
    }
}

async fn a_long_link(parts: Parts) {
    let service = Service::start().await.unwrap();
    let link = FaultProxy::start(service.address()).await.unwrap();
    let system = System::plan(parts).start_behind(&link).await;
    let (_joined, ids) = system.managed("ship", &[("web", service.address())]).await;
    link.set(Faults::delay(LONG_DELAY));
    carries_both_ways(&system, ids[0]).await;
    let many = (0..SMALL_REQUESTS).map(|_| small_request(&system, ids[0], BESIDE_LIMIT));
    join_all(many).await;
}

async fn small_request(system: &System, service: ServiceId, limit: Duration) {
    let answer = within("a small request", limit, system.get(service, "/")).await;
    assert_eq!(answer.unwrap().status, StatusCode::OK);
}

/// A download and an upload, each of which must be byte for byte what was sent.
async fn carries_both_ways(system: &System, service: ServiceId) {
    let down = async {
        let path = format!("/file/{TRANSFER_BYTES}");
        let answer = system.get(service, &path).await.unwrap();
        answer.bytes().await.unwrap()
    };
    let bytes = within("a download", LIMIT, down).await;
    assert!(bytes == pattern(0, TRANSFER_BYTES), "{} bytes", bytes.len());

    let whole = stream::iter([Ok(pattern(0, TRANSFER_BYTES).into())]).boxed();
    let request = ProxyRequest {
        method: Method::POST,
        path: "/sink".to_owned(),
        headers: HeaderMap::new(),
        body: Some((whole, Some(TRANSFER_BYTES as u64))),
    };
    let answer = within("an upload", LIMIT, system.client.proxy(service, request)).await;
    let sunk: Sunk = serde_json::from_slice(&answer.unwrap().bytes().await.unwrap()).unwrap();
    assert_eq!((sunk.bytes, sunk.wrong), (TRANSFER_BYTES as u64, 0));
}
