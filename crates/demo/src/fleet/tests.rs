use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use edgeward_pki::tls::Acceptor;
use edgeward_pki::{Authority, CommandSigner, install_provider};
use edgeward_testkit::mosquitto::{Mosquitto, MosquittoOptions};
use edgeward_wire::enrol::{ALPN, EnrolAnswer, EnrolRequest};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use tokio::net::TcpListener;

use super::*;

const LIMIT: Duration = Duration::from_secs(30);
const DAY: Duration = Duration::from_secs(86_400);

/// A control plane that only enrols, with a real mosquitto for MQTT.
struct ControlPlane {
    shared: Arc<Enrolling>,
    address: SocketAddr,
    broker: Mosquitto,
}

struct Enrolling {
    authority: Authority,
    command_key: String,
    mqtt: String,
    seen: Mutex<Vec<EnrolRequest>>,
}

impl ControlPlane {
    async fn start() -> Self {
        install_provider();
        let now = SystemTime::now();
        let authority = Authority::generate("test", now).unwrap();
        let identity = authority
            .issue_server(&["127.0.0.1".to_owned()], DAY, now)
            .unwrap();
        let broker = Mosquitto::start(MosquittoOptions {
            client_ca_pem: authority.certificate_pem().to_owned(),
            certificate_pem: identity.certificate_pem.clone(),
            key_pem: identity.key_pem.clone(),
            control_plane_user: "control-plane".to_owned(),
            control_plane_password: "secret".to_owned(),
            address: Ipv4Addr::LOCALHOST,
        });
        let broker = broker.await.unwrap();
        let acceptor = Acceptor::agent_port(&identity, authority.certificate_pem(), &[ALPN]);
        let acceptor = acceptor.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Enrolling {
            command_key: CommandSigner::generate().unwrap().public_key_base64(),
            mqtt: broker.tls_address().to_string(),
            authority,
            seen: Mutex::default(),
        });
        let enrolling = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let stream = acceptor.accept(stream).await.unwrap();
                let enrolling = Arc::clone(&enrolling);
                let answer = service_fn(move |request| answer(Arc::clone(&enrolling), request));
                let http = hyper::server::conn::http1::Builder::new();
                tokio::spawn(http.serve_connection(TokioIo::new(stream), answer));
            }
        });
        Self {
            shared,
            address,
            broker,
        }
    }

    fn token(&self, secret: &str) -> String {
        JoinToken {
            addresses: vec![self.address.to_string()],
            ca_fingerprint: self.shared.authority.fingerprint().to_string(),
            secret: secret.to_owned(),
        }
        .to_string()
    }

    /// The fleet in this folder, with tokens for all.
    async fn fleet(&self, folder: &Path) -> Result<Fleet, FleetError> {
        let join = async |site: Site| Ok::<_, Infallible>(self.token(site.slug()));
        Fleet::start(FleetOptions {
            data_dir: folder.to_owned(),
            join,
        })
        .await
    }
}

async fn answer(
    here: Arc<Enrolling>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (status, body) = if request.uri().path() == "/enrol" {
        let body = request.into_body().collect().await.unwrap().to_bytes();
        let asked: EnrolRequest = serde_json::from_slice(&body).unwrap();
        let agent = AgentId::generate();
        let now = SystemTime::now();
        let issued = here
            .authority
            .issue_device(&asked.csr, &agent.to_string(), DAY, now);
        here.seen.lock().push(asked);
        let answer = EnrolAnswer {
            device_data: None,
            agent,
            certificate: issued.unwrap().pem,
            ca: here.authority.certificate_pem().to_owned(),
            mqtt: vec![here.mqtt.clone()],
            command_key: here.command_key.clone(),
        };
        (StatusCode::CREATED, serde_json::to_vec(&answer).unwrap())
    } else {
        (StatusCode::NOT_FOUND, Vec::new())
    };
    Ok(Response::builder()
        .status(status)
        .body(Full::from(body))
        .unwrap())
}

#[tokio::test]
async fn three_devices_join_come_online_and_are_found_again() {
    let control_plane = ControlPlane::start().await;
    let folder = tempfile::tempdir().unwrap();
    let fleet = control_plane.fleet(folder.path()).await.unwrap();
    fleet.wait_online(LIMIT).await.unwrap();
    let first: Vec<_> = fleet.devices().iter().map(Device::agent).collect();
    assert!(fleet.devices().iter().all(Device::joined_now));
    let names: Vec<_> = fleet.devices().iter().map(Device::name).collect();
    assert_eq!(
        names,
        [
            "press-shop-gateway",
            "paint-line-gateway",
            "cooling-plant-gateway"
        ]
    );
    {
        let seen = control_plane.shared.seen.lock();
        assert_eq!(seen.len(), 3);
        for (request, site) in seen.iter().zip(Site::ALL) {
            let secret = request.secret.as_deref().unwrap();
            let same = Site::ALL
                .into_iter()
                .find(|site| site.slug() == secret)
                .unwrap();
            assert_eq!(request.facts.hostname, device_name(same));
            assert_eq!(request.facts.description, same.description());
            assert_eq!(request.facts.offers[0].kind, "neuron");
            assert!(
                request.facts.offers[0].description.contains("Simulated"),
                "{site:?}"
            );
        }
    }
    // Each connection is the device's own: its certificate's name, as mosquitto has it.
    let log = control_plane.broker.process().log();
    assert!(
        first
            .iter()
            .all(|agent| log.contains(&format!("u'{agent}'"))),
        "{log}"
    );
    fleet.stop().await;

    let refusing = async |_: Site| Err::<String, _>("nobody should have asked");
    let fleet = Fleet::start(FleetOptions {
        data_dir: folder.path().to_owned(),
        join: refusing,
    })
    .await
    .unwrap();
    fleet.wait_online(LIMIT).await.unwrap();
    let second: Vec<_> = fleet.devices().iter().map(Device::agent).collect();
    assert_eq!(second, first);
    assert!(!fleet.devices().iter().any(Device::joined_now));
    fleet.stop().await;
}

#[tokio::test]
async fn a_device_that_cannot_join_is_named_and_nothing_is_left_running() {
    let control_plane = ControlPlane::start().await;
    let folder = tempfile::tempdir().unwrap();
    let join = async |site: Site| match site {
        Site::PaintLine => Err("no more tokens today"),
        _ => Ok(control_plane.token("x")),
    };
    let started = Fleet::start(FleetOptions {
        data_dir: folder.path().to_owned(),
        join,
    });
    let error = started.await.err().unwrap();
    assert_eq!(
        error.to_string(),
        "cannot start the demonstration's paint-line-gateway"
    );
    assert!(
        matches!(error.problem, DeviceError::Invitation(_)),
        "{error:?}"
    );
    // The state directories are free again, and what has joined need not join again.
    let fleet = control_plane.fleet(folder.path()).await.unwrap();
    let joined: Vec<_> = fleet.devices().iter().map(Device::joined_now).collect();
    assert_eq!(joined, [false, true, false]);
    fleet.stop().await;
}

#[tokio::test]
async fn devices_that_are_not_online_say_what_they_do_instead() {
    let control_plane = ControlPlane::start().await;
    control_plane.broker.process().kill();
    let folder = tempfile::tempdir().unwrap();
    let fleet = control_plane.fleet(folder.path()).await.unwrap();
    let error = fleet
        .wait_online(Duration::from_millis(500))
        .await
        .unwrap_err();
    assert_eq!(error.devices.len(), 3);
    assert!(
        error.devices[0].starts_with("press-shop-gateway ("),
        "{error}"
    );
    fleet.stop().await;
}
