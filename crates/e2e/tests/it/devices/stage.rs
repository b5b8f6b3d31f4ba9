//! A brand with its key, an organisation that believes it, and devices of it.

use std::net::SocketAddr;

use edgeward_assertion::Assertion;
use edgeward_assertion::sign::{Brand, SigningKey};
use edgeward_pki::Fingerprint;
use edgeward_pki::tls::{Connector, Trust};
use edgeward_testkit::eventually;
use edgeward_testkit::iot::{IotAgent, Kind, Refused, Settings, enrol};
use edgeward_wire::enrol::ALPN;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::people::cast::{Api, id_of};
use crate::system::{Broker, Database, EMBEDDED, LIMIT, Parts, System};

/// The embedded broker, which is the one that shuts devices out, with either database.
pub const EMBEDDED_WITH_POSTGRES: Parts = Parts {
    database: Database::Postgres,
    broker: Broker::Embedded,
};

/// Where existing agents enrol.
pub const ENROL: &str = "/v1/device/enroll";

/// The model of all devices here.
pub const MODEL: &str = "gateway";

/// Makes a test of each story for each database, with the embedded broker.
macro_rules! with_both_databases {
    ($($story:ident,)+) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $story() {
                    super::$story(crate::system::EMBEDDED).await;
                }
            )+
        }
        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $story() {
                    super::$story(crate::devices::stage::EMBEDDED_WITH_POSTGRES).await;
                }
            )+
        }
    };
}
pub(crate) use with_both_databases;

/// A control plane, a brand, and the operator.
pub struct Stage {
    pub system: System,
    pub operator: Api,
    pub brand: Brand,
    pub organisation: String,
    pub project: String,
}

/// The agent port, as devices see it that have no certificate yet.
pub struct Door {
    connector: Connector,
    address: SocketAddr,
}

impl Door {
    /// Posts this over a connection of its own: the status and the body of the answer.
    pub async fn post(&self, path: &str, body: &Value) -> (u16, Vec<u8>) {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let mut stream = self.connector.connect("127.0.0.1", stream).await.unwrap();
        let body = body.to_string();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: edgeward\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(body.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let end = answer
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .unwrap();
        let status = std::str::from_utf8(&answer[9..12])
            .unwrap()
            .parse()
            .unwrap();
        (status, answer[end + 4..].to_vec())
    }
}

impl Stage {
    /// Nobody believes the brand yet.
    pub async fn empty(parts: Parts) -> Self {
        let system = System::start(parts).await;
        let operator = Api::new(&system, Some(system.operator_token.clone()));
        let first = operator.get("/organisations").await["items"][0].clone();
        Self {
            operator,
            brand: Brand::new("acme").unwrap(),
            organisation: id_of(&first),
            project: id_of(&first["projects"][0]),
            system,
        }
    }

    /// The first organisation believes the brand's key.
    pub async fn set(parts: Parts) -> Self {
        let stage = Self::empty(parts).await;
        stage.believe(&stage.brand).await;
        stage
    }

    /// The first organisation believes this brand's key.
    pub async fn believe(&self, brand: &Brand) {
        let assertion = brand.account_key(brand).unwrap().encoded();
        let request = json!({"assertion": String::from_utf8(assertion).unwrap()});
        let path = format!("/organisations/{}/enrolment/keys", self.organisation);
        self.operator.post(&path, request).await;
    }

    /// Where devices of ours enrol.
    pub async fn door(&self) -> Door {
        let ca = self.operator.get("/agent-service").await["ca_fingerprint"].clone();
        let fingerprint: Fingerprint = ca.as_str().unwrap().parse().unwrap();
        Door {
            connector: Connector::new(Trust::Pinned(fingerprint), None, &[ALPN]).unwrap(),
            address: self.system.agent_port,
        }
    }

    /// Devices of the brand are registered when they enrol.
    pub async fn register_by_themselves(&self) {
        let path = format!("/organisations/{}/enrolment", self.organisation);
        let wish = json!({"allow_unverified": false, "automatic_project_id": self.project});
        self.operator.put(&path, wish).await;
    }

    /// Registers a device of the brand; its id.
    pub async fn register(&self, serial: &str) -> String {
        let request = json!({
            "project_id": self.project, "brand": "acme", "model": MODEL, "serial": serial, "device_data": "aGVsbG8=",
        });
        id_of(&self.operator.post("/registrations", request).await)
    }

    /// What a device of the brand sends to enrol.
    pub fn stream(&self, serial: &str) -> Vec<u8> {
        let device = SigningKey::generate().unwrap();
        let serial = self.brand.serial(MODEL, serial, device.public()).unwrap();
        join(&[&self.model(), &serial])
    }

    pub fn model(&self) -> Assertion {
        self.brand.model(MODEL, Some("shop")).unwrap()
    }

    /// Enrols as an existing agent does.
    pub async fn enrol(&self, serial: &str) -> Result<Value, Refused> {
        self.send(&self.stream(serial)).await
    }

    /// Sends this to be enrolled.
    pub async fn send(&self, stream: &[u8]) -> Result<Value, Refused> {
        enrol(self.system.console, ENROL, stream).await
    }

    /// A registered device with an existing agent on it, which is online.
    pub async fn device(&self, serial: &str, settings: Settings) -> IotAgent {
        self.register(serial).await;
        let enrollment = self.enrol(serial).await.unwrap();
        let agent = IotAgent::start(enrollment, settings).await.unwrap();
        self.presence(&agent.id(), "online").await;
        agent
    }

    /// The same with nothing special.
    pub async fn any(&self, serial: &str) -> IotAgent {
        self.device(serial, Settings::new(Kind::Everactive)).await
    }

    /// Waits until the agent of a device is shown so.
    pub async fn presence(&self, id: &str, presence: &str) -> Value {
        let path = format!("/agents/{id}");
        let what = format!("agent {presence}");
        self.wait(&what, &path, |agent| agent["presence"] == presence)
            .await
    }

    /// Waits until what is at this path is so.
    pub async fn wait(&self, what: &str, path: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        eventually(what, LIMIT, async || {
            let found = self.operator.get(path).await;
            if is_so(&found) {
                Ok(found)
            } else {
                Err(found.to_string())
            }
        })
        .await
        .unwrap()
    }

    /// The metrics as text.
    pub async fn metrics(&self) -> String {
        let url = format!("http://{}/metrics", self.system.console);
        reqwest::get(url).await.unwrap().text().await.unwrap()
    }

    /// How often this was counted.
    pub async fn counted(&self, name: &str, reason: &str) -> f64 {
        let begin = format!("{name}{{reason=\"{reason}\"}} ");
        let text = self.metrics().await;
        let lines = text.lines();
        lines
            .filter_map(|line| line.strip_prefix(&begin)?.parse::<f64>().ok())
            .sum()
    }

    /// Waits until this was counted more often than so.
    pub async fn counts_more(&self, name: &str, reason: &str, than: f64) {
        let what = format!("more than {than} {name} {reason}");
        eventually(&what, LIMIT, async || {
            match self.counted(name, reason).await {
                now if now > than => Ok(()),
                now => Err(now.to_string()),
            }
        })
        .await
        .unwrap();
    }

    /// A call of the registry's own interface, outside of `/api/v1`: status and body.
    pub async fn registry(
        &self,
        method: Method,
        path: &str,
        body: Value,
        token: Option<&str>,
    ) -> (u16, Value) {
        let url = format!("http://{}{path}", self.system.console);
        let mut request = reqwest::Client::new().request(method, url);
        if !body.is_null() {
            request = request.body(body.to_string());
        }
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap())
    }
}

/// As agents send them: one after another, with an empty line between.
pub fn join(assertions: &[&Assertion]) -> Vec<u8> {
    let encoded: Vec<Vec<u8>> = assertions.iter().map(|one| one.encoded()).collect();
    encoded.join(&b'\n')
}

/// The embedded parts alone, where the database makes no difference.
pub const ALONE: Parts = EMBEDDED;
