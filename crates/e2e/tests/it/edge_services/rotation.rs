//! The key pair is exchanged while services are in use: nothing stops working, whoever is left behind is named, and a restart forgets nothing.

use std::net::SocketAddr;
use std::path::Path;

use edgeward_api::audit::EntryFilter;
use edgeward_api::key::{Key, KeyState, PlaceRequest, Placed, RetireRequest};
use edgeward_api::service::{
    Service, ServiceAuthentication, ServiceChange, ServiceFilter, ServiceKind,
};
use edgeward_client::ClientError;
use edgeward_ids::ServiceId;
use edgeward_server::config::{AgentServices, DirectServices};
use edgeward_simulated::ekuiper::{EKuiper, EKuiperOptions};
use edgeward_simulated::nanomq::{NanoMq, NanoMqOptions};
use edgeward_simulated::neuron::{Neuron, NeuronOptions, Site};
use edgeward_testkit::eventually;
use http::StatusCode;

use super::KEY_FILE;
use crate::system::{EMBEDDED, Joined, LIMIT, Parts, Plan, System, agent_config, with_both_parts};

with_both_parts! {
    a_key_pair_is_exchanged_without_a_pause,
}

/// The public key's file name after the first rotation.
const NEXT_FILE: &str = "edgeward-2.pub";

async fn a_key_pair_is_exchanged_without_a_pause(parts: Parts) {
    let mut system = plan(parts).start_program().await;
    let folders = tempfile::tempdir().unwrap();
    let folder = |name: &str| {
        let folder = folders.path().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        folder
    };
    let (certs, broker, rules) = (folder("certs"), folder("broker"), folder("rules"));
    for folder in [&certs, &broker, &rules] {
        system.put_key(folder, KEY_FILE).await;
    }

    let neuron = Neuron::start(NeuronOptions::new(Site::PaintLine, &certs)).await;
    let neuron = neuron.unwrap();
    let at = neuron.address();
    let (paint, _agent) = system.behind_agent("paint", at, Some(&certs)).await;
    let nanomq = NanoMq::start(NanoMqOptions::token(broker.join(KEY_FILE))).await;
    let nanomq = nanomq.unwrap();
    let at = nanomq.address();
    let topics = system.direct("Topics", ServiceKind::NanoMq, at).await;
    let ekuiper = EKuiper::start(EKuiperOptions::new(&rules)).await.unwrap();
    let at_rules = ekuiper.address();
    let stream = system
        .direct("Stream", ServiceKind::EKuiper, at_rules)
        .await;
    let calls = [
        (paint, "/api/v2/version"),
        (topics, "/api/v4/brokers"),
        (stream, "/rules"),
    ];
    let first = system.keys(|keys| keys[0].proven == 3).await.remove(0);
    assert_eq!((first.number, first.state), (1, KeyState::Current));
    assert_eq!((first.file_name.as_str(), first.behind), (KEY_FILE, 0));
    system.answers(&calls).await;

    let next = system.client.rotate_keys().await.unwrap();
    assert_eq!((next.number, next.state), (2, KeyState::Next));
    assert_eq!((next.file_name.as_str(), next.behind), (NEXT_FILE, 3));
    assert_ne!(next.fingerprint, first.fingerprint);
    let again = system.client.rotate_keys().await.unwrap_err();
    assert_eq!(code(&again), (StatusCode::CONFLICT, "rotation_begun"));
    system.answers(&calls).await;
    let key = system.client.key(2).await.unwrap();
    assert_eq!(key, system.client.edge_services_key().await.unwrap());

    // The agent puts it where its own configuration says; the others are somebody's work.
    let all = PlaceRequest::default();
    let placed = system.client.place_key(2, &all).await.unwrap();
    let there = Placed {
        service_id: paint,
        placed: true,
        reason: None,
    };
    assert_eq!(placed, [there]);
    let written = std::fs::read_to_string(certs.join(NEXT_FILE)).unwrap();
    assert_eq!(written, key.pem);
    system.accepts(paint, &[1, 2]).await;
    system.answers(&calls).await;

    system.plane.restart().await;
    let kept = system.keys(|keys| keys.len() == 2).await;
    assert_eq!(kept[1].fingerprint, next.fingerprint);
    assert_eq!((kept[1].proven, kept[1].behind), (1, 2));
    system.online_again(paint).await;
    system.answers(&calls).await;

    // A NanoMQ has one key: from one moment to the next it accepts the other.
    std::fs::write(broker.join(NEXT_FILE), &key.pem).unwrap();
    nanomq.stop().await;
    let mut options = NanoMqOptions::token(broker.join(NEXT_FILE));
    options.address = at;
    let nanomq = NanoMq::start(options).await.unwrap();
    system.answers(&calls).await;
    system.accepts(topics, &[2]).await;
    system.answers(&calls).await;

    let behind = ServiceFilter {
        key_behind: Some(2),
        ..ServiceFilter::default()
    };
    let behind = system.client.services(&behind).await.unwrap();
    let ids: Vec<ServiceId> = behind.items.iter().map(|service| service.id).collect();
    assert_eq!(ids, [stream]);
    let gently = RetireRequest::default();
    let refused = system.client.retire_key(1, gently).await.unwrap_err();
    assert_eq!(code(&refused), (StatusCode::CONFLICT, "services_left"));
    assert!(refused.to_string().contains("Stream"), "{refused}");
    let newest = RetireRequest { force: true };
    let newest = system.client.retire_key(2, newest).await.unwrap_err();
    assert_eq!(code(&newest), (StatusCode::CONFLICT, "newest_key"));
    system.answers(&calls).await;

    let by_force = RetireRequest { force: true };
    system.client.retire_key(1, by_force).await.unwrap();
    let filter = EntryFilter {
        action: Some("key.retire".into()),
        ..EntryFilter::default()
    };
    let entries = system.client.audit(&filter).await.unwrap();
    let entry = serde_json::to_string(&entries.items[0]).unwrap();
    assert!(entry.contains("Stream"), "{entry}");
    assert!(!entry.contains("Topics"), "{entry}");
    let left = system.keys(|keys| keys.len() == 1).await;
    assert_eq!((left[0].number, left[0].state), (2, KeyState::Current));
    assert_eq!((left[0].proven, left[0].behind), (2, 1));
    assert!(
        !system
            .folder
            .path()
            .join("server/edge-services.key")
            .exists()
    );
    system.answers(&calls[..2]).await;
    let lost = system.get(stream, "/rules").await.unwrap();
    assert_eq!(lost.status, StatusCode::UNAUTHORIZED);
    system.plane.restart().await;
    let kept = system.keys(|keys| keys.len() == 1).await;
    assert_eq!(kept[0].fingerprint, next.fingerprint);
    std::fs::write(rules.join(NEXT_FILE), &key.pem).unwrap();
    system.accepts(stream, &[2]).await;
    system.online_again(paint).await;
    system.answers(&calls).await;
    nanomq.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_a_key_from_being_placed_is_said_for_each_service() {
    let system = plan(EMBEDDED).start().await;
    let certs = tempfile::tempdir().unwrap();
    system.put_key(certs.path(), KEY_FILE).await;
    let options = NeuronOptions::new(Site::PressShop, certs.path());
    let neuron = Neuron::start(options).await.unwrap();
    let at = neuron.address();
    let missing = certs.path().join("missing");
    let (nowhere, _one) = system.behind_agent("nowhere", at, None).await;
    let (wrong, _two) = system.behind_agent("wrong", at, Some(&missing)).await;
    let direct = system.direct("Direct", ServiceKind::Neuron, at).await;
    let mut config = agent_config(&[("neuron", at)]);
    config.services[0].kind = "neuron".to_owned();
    let joined = system.join_with(config).await;
    system.adopt(joined.id, "bare").await;
    let bare = system.online_service(joined.id, "neuron").await.id;
    let unknown = ServiceId::generate();
    let named = [nowhere, wrong, direct, bare, unknown];
    let request = PlaceRequest {
        services: Some(named.to_vec()),
    };
    let placed = system.client.place_key(1, &request).await.unwrap();
    let reasons = [
        "names no key_folder for the service \"neuron\"",
        "missing of the service is not there",
        "reached directly",
        "does not want tokens",
        "no such service",
    ];
    assert_eq!(placed.len(), named.len());
    for ((one, id), said) in placed.iter().zip(named).zip(reasons) {
        assert_eq!((one.service_id, one.placed), (id, false));
        let reason = one.reason.as_deref().unwrap();
        assert!(reason.contains(said), "{reason}");
    }
    let unknown = system.client.place_key(7, &request).await.unwrap_err();
    assert_eq!(unknown.status(), Some(StatusCode::NOT_FOUND));
}

/// A control plane that may dial this machine, and looks at all services all the time.
fn plan(parts: Parts) -> Plan {
    System::plan(parts).with(|config| {
        config.direct_services = DirectServices {
            refused_networks: Vec::new(),
            look_every_s: 1,
        };
        config.agent_services = AgentServices { look_every_s: 1 };
    })
}

fn code(error: &ClientError) -> (StatusCode, &str) {
    match error {
        ClientError::Refused { status, detail, .. } => (*status, &detail.code),
        other => panic!("{other:?}"),
    }
}

impl System {
    /// A Neuron behind a new agent of this name, which accepts our tokens.
    async fn behind_agent(
        &self,
        name: &str,
        at: SocketAddr,
        keys: Option<&Path>,
    ) -> (ServiceId, Joined) {
        let mut config = agent_config(&[("neuron", at)]);
        config.services[0].kind = "neuron".to_owned();
        config.services[0].key_folder = keys.map(Path::to_owned);
        let joined = self.join_with(config).await;
        self.adopt(joined.id, name).await;
        let service = self.online_service(joined.id, "neuron").await.id;
        let change = ServiceChange {
            authentication: Some(ServiceAuthentication::Token),
            ..ServiceChange::default()
        };
        self.client.change_service(service, &change).await.unwrap();
        (service, joined)
    }

    async fn direct(&self, name: &str, kind: ServiceKind, at: SocketAddr) -> ServiceId {
        let request = self.request(name, kind, at).await;
        self.client.add_service(&request).await.unwrap().id
    }

    /// A call through the control plane is accepted by each.
    async fn answers(&self, calls: &[(ServiceId, &str)]) {
        for (service, path) in calls {
            let answer = self.get(*service, path).await.unwrap();
            assert_eq!(answer.status, StatusCode::OK, "{path}");
        }
    }

    /// Waits until the key pairs are so.
    async fn keys(&self, so: impl Fn(&[Key]) -> bool) -> Vec<Key> {
        eventually("the keys", LIMIT, async || {
            let keys = self.client.keys().await.map_err(|e| e.to_string())?.items;
            if so(&keys) {
                Ok(keys)
            } else {
                Err(format!("{keys:?}"))
            }
        })
        .await
        .unwrap()
    }

    /// Waits until a service is known to accept exactly these key pairs.
    async fn accepts(&self, service: ServiceId, keys: &[u32]) -> Service {
        eventually(&format!("that it accepts {keys:?}"), LIMIT, async || {
            let service = self.client.service(service).await;
            let service = service.map_err(|error| error.to_string())?;
            if service.keys.as_deref() == Some(keys) {
                Ok(service)
            } else {
                Err(format!("{:?} {:?}", service.keys, service.check))
            }
        })
        .await
        .unwrap()
    }

    /// Waits until a service's agent is back.
    async fn online_again(&self, service: ServiceId) {
        let service = self.client.service(service).await.unwrap();
        let (agent, offer) = (service.agent_id.unwrap(), service.offer.unwrap());
        self.online_service(agent, offer.as_str()).await;
    }
}
