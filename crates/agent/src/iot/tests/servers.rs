//! An identity service and a device twin as Canonical's are, around a real mosquitto.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use edgeward_mqtt::{Client, Lane, Options, Protocol, Publish, QoS};
use edgeward_pki::Authority;
use edgeward_testkit::eventually;
use edgeward_testkit::mosquitto::{Mosquitto, MosquittoOptions};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Their ids have 27 characters, and no dashes.
pub(super) const DEVICE: &str = "3MNtz7p7q11eZZi7mhGk3Z34FDI";
pub(super) const ORGANISATION: &str = "abc";
pub(super) const SERIAL: &str = "BB/0001";

/// How long anything may take.
pub(super) const LIMIT: Duration = Duration::from_secs(30);

const TWIN: &str = "devicetwin";

/// All that was published: topic and payload.
type Heard = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

pub(super) struct Servers {
    pub(super) ca_pem: String,
    pub(super) broker: Mosquitto,
    identity: SocketAddr,
    /// Enrolment requests: path, content type and body.
    pub(super) enrolments: Arc<Mutex<Vec<(String, String, String)>>>,
    /// What the identity service says instead of enrolling.
    pub(super) refusal: Arc<Mutex<Option<Value>>>,
    heard: Heard,
    twin: Client,
    tasks: Vec<JoinHandle<()>>,
}

impl Servers {
    pub(super) async fn start() -> Self {
        let now = SystemTime::now();
        let day = Duration::from_secs(24 * 3600);
        let authority = Authority::generate("mqtt", now).unwrap();
        let server = authority
            .issue_server(&["127.0.0.1".to_owned()], day, now)
            .unwrap();
        let device = authority
            .issue_device_with_key(DEVICE, "Example Inc", day, now)
            .unwrap();
        let broker = Mosquitto::start(MosquittoOptions {
            client_ca_pem: authority.certificate_pem().to_owned(),
            certificate_pem: server.certificate_pem,
            key_pem: server.key_pem,
            control_plane_user: TWIN.to_owned(),
            control_plane_password: "x".to_owned(),
            address: Ipv4Addr::LOCALHOST,
        })
        .await
        .unwrap();
        let enrollment = json!({
            "id": DEVICE,
            "device": {"brand": "acme", "model": "press", "serial": SERIAL},
            "credentials": {
                "privateKey": STANDARD.encode(&device.key_pem),
                "certificate": STANDARD.encode(&device.certificate.pem),
                "mqttUrl": "127.0.0.1",
                "mqttPort": broker.tls_address().port().to_string(),
            },
            // The key named "-" is what those servers leak.
            "organization": {
                "id": ORGANISATION, "name": "Example Inc",
                "rootcert": STANDARD.encode(authority.certificate_pem()), "-": STANDARD.encode("leaked"),
            },
            "status": 2,
            "deviceData": STANDARD.encode("hello"),
        });
        let enrolments = Arc::default();
        let refusal = Arc::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let identity = listener.local_addr().unwrap();
        let answering = identity_service(
            listener,
            enrollment,
            Arc::clone(&enrolments),
            Arc::clone(&refusal),
        );
        let heard = Heard::default();
        let (twin, listening) = twin(&broker, Arc::clone(&heard)).await;
        Self {
            ca_pem: authority.certificate_pem().to_owned(),
            broker,
            identity,
            enrolments,
            refusal,
            heard,
            twin,
            tasks: vec![tokio::spawn(answering), listening],
        }
    }

    /// With a path, as behind a proxy.
    pub(super) fn identity_url(&self) -> String {
        format!("http://{}/base/", self.identity)
    }

    /// Sends a request, again and again while nobody takes it, and gives the answer.
    pub(super) async fn ask(&self, id: &str, action: &str, snap: &str, data: &str) -> Value {
        let request = json!({"id": id, "action": action, "snap": snap, "data": data});
        self.say(&format!("devices/sub/{DEVICE}"), request).await;
        eventually(&format!("the answer to {action}"), LIMIT, async || {
            self.answers(id).into_iter().next().ok_or("no answer")
        })
        .await
        .unwrap()
    }

    pub(super) async fn say(&self, topic: &str, message: Value) {
        let publish = Publish {
            topic: topic.into(),
            payload: message.to_string().into(),
            qos: QoS::AtLeastOnce,
            retain: false,
        };
        self.twin.publish(publish, Lane::Control).await.unwrap();
    }

    /// All answers to the request with this id.
    pub(super) fn answers(&self, id: &str) -> Vec<Value> {
        let answers = self.published(&format!("devices/pub/{DEVICE}"));
        let answers = answers.iter().map(|payload| {
            serde_json::from_slice(payload).unwrap_or_else(|_| panic!("no answer: {payload:?}"))
        });
        answers
            .filter(|answer: &Value| answer["id"] == id)
            .collect()
    }

    pub(super) fn published(&self, topic: &str) -> Vec<Vec<u8>> {
        let heard = self.heard.lock().unwrap();
        let here = heard.iter().filter(|(on, _)| on == topic);
        here.map(|(_, payload)| payload.clone()).collect()
    }

    /// Waits until the device has said that it is there, once more than this.
    pub(super) async fn healthy(&self, more_than: usize) -> usize {
        eventually("health", LIMIT, async || {
            let count = self.published(&format!("devices/health/{DEVICE}")).len();
            if count > more_than {
                Ok(count)
            } else {
                Err(count)
            }
        })
        .await
        .unwrap()
    }

    /// The broker forgets everything, and the twin comes back to it.
    pub(super) async fn restart_broker(&mut self) {
        self.broker.restart().await.unwrap();
        let (twin, listening) = twin(&self.broker, Arc::clone(&self.heard)).await;
        self.twin = twin;
        self.tasks.push(listening);
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

async fn twin(broker: &Mosquitto, heard: Heard) -> (Client, JoinHandle<()>) {
    let stream = TcpStream::connect(broker.plain_address()).await.unwrap();
    let options = Options {
        protocol: Protocol::V3_1_1,
        client_id: TWIN.to_owned(),
        username: Some(TWIN.to_owned()),
        password: Some("x".to_owned()),
        keep_alive_s: 30,
        clean_session: true,
        will: None,
        max_packet_bytes: 1024 * 1024,
        connect_timeout: LIMIT,
    };
    let (client, mut incoming) = edgeward_mqtt::connect(stream, options).await.unwrap();
    let listening = tokio::spawn(async move {
        while let Ok(received) = incoming.next().await {
            let message = (received.topic.to_string(), received.payload.to_vec());
            heard.lock().unwrap().push(message);
        }
    });
    let filters = ["devices/pub/+", "devices/health/+", "metrics/+"];
    let filters = filters.map(|filter| (filter, QoS::AtLeastOnce));
    client.subscribe(&filters).await.unwrap();
    (client, listening)
}

async fn identity_service(
    listener: TcpListener,
    enrollment: Value,
    enrolments: Arc<Mutex<Vec<(String, String, String)>>>,
    refusal: Arc<Mutex<Option<Value>>>,
) {
    while let Ok((stream, _)) = listener.accept().await {
        let enrollment = enrollment.clone();
        let (enrolments, refusal) = (Arc::clone(&enrolments), Arc::clone(&refusal));
        let service = service_fn(move |request: Request<Incoming>| {
            let enrollment = enrollment.clone();
            let (enrolments, refusal) = (Arc::clone(&enrolments), Arc::clone(&refusal));
            async move {
                let path = request.uri().path().to_owned();
                let kind = request.headers()["content-type"]
                    .to_str()
                    .unwrap()
                    .to_owned();
                let body = request.into_body().collect().await.unwrap().to_bytes();
                let body = String::from_utf8(body.to_vec()).unwrap();
                enrolments.lock().unwrap().push((path, kind, body));
                let refused = refusal.lock().unwrap().clone();
                let (status, answer) = match refused {
                    Some(answer) => (StatusCode::BAD_REQUEST, answer),
                    None => (
                        StatusCode::OK,
                        json!({"code": "", "message": "", "enrollment": enrollment}),
                    ),
                };
                let response = Response::builder().status(status);
                let body = Full::new(Bytes::from(answer.to_string()));
                Ok::<_, Infallible>(response.body(body).unwrap())
            }
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}
