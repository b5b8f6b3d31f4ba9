//! Identities for light agents, by the real enrolment over the agent port.

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use edgeward_ids::AgentId;
use edgeward_pki::DeviceKey;
use edgeward_pki::tls::{ClientIdentity, Connector, Trust};
use edgeward_wire::enrol::{ALPN, EnrolAnswer, EnrolRequest};
use edgeward_wire::report::Facts;
use edgeward_wire::token::JoinToken;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use http_body_util::{BodyExt as _, Full};
use hyper::{Method, StatusCode};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use tokio::net::TcpStream;

use crate::stand::ControlPlane;

/// How many enrol at a time.
const AT_ONCE: usize = 64;

/// Who a light agent is.
pub struct Identity {
    /// Its id.
    pub agent: AgentId,
    /// Its certificate and key.
    pub client: ClientIdentity,
}

/// Many who have enrolled.
pub struct Enrolled {
    /// The CA's certificate, PEM.
    pub authority_pem: String,
    /// All of them.
    pub identities: Vec<Identity>,
}

/// The agent port, as those see it who have no certificate yet.
pub struct Door {
    address: String,
    connector: Connector,
    token: JoinToken,
}

impl Door {
    /// The agent port of this control plane, with a token for so many devices.
    pub async fn of(control_plane: &ControlPlane, devices: usize) -> Result<Self> {
        let token: JoinToken = control_plane
            .join_token(u32::try_from(devices)?)
            .await?
            .parse()?;
        let trust = Trust::Pinned(token.ca_fingerprint.parse()?);
        let address = token.addresses.first();
        Ok(Self {
            address: address.context("the token has no address")?.clone(),
            connector: Connector::new(trust, None, &[ALPN])?,
            token,
        })
    }

    /// Enrols so many with the token; they wait to be adopted.
    pub async fn enrol_with_token(&self, count: usize) -> Result<Enrolled> {
        self.enrol(count, "/enrol", |number, csr| EnrolRequest {
            secret: Some(self.token.secret.clone()),
            csr,
            facts: facts(number),
        })
        .await
    }

    /// Enrols so many; `question` makes what each sends to this path out of its number and its signing request.
    pub async fn enrol<Q: Serialize>(
        &self,
        count: usize,
        path: &str,
        question: impl Fn(usize, String) -> Q,
    ) -> Result<Enrolled> {
        let enrol_one = async |number: usize| {
            let key = DeviceKey::generate()?;
            let question = question(number, key.signing_request("light agent")?);
            let body = serde_json::to_vec(&question)?;
            let (status, body) = self.ask(Method::POST, path, body).await?;
            if status != StatusCode::CREATED {
                let words = String::from_utf8_lossy(&body);
                bail!("enrolment {number} was answered {status}: {words}");
            }
            let answer: EnrolAnswer = serde_json::from_slice(&body)?;
            anyhow::Ok((answer, key))
        };
        let answers: Vec<(EnrolAnswer, DeviceKey)> = stream::iter(0..count)
            .map(enrol_one)
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        let authority_pem = answers.first().context("there are no agents")?.0.ca.clone();
        let identities = answers.into_iter().map(|(answer, key)| Identity {
            agent: answer.agent,
            client: ClientIdentity {
                certificate_pem: answer.certificate,
                key_pem: key.to_pem(),
            },
        });
        Ok(Enrolled {
            authority_pem,
            identities: identities.collect(),
        })
    }

    /// So many ask only what time it is: the same connections, and nothing behind them.
    pub async fn ask_the_time(&self, count: usize) -> Result<()> {
        stream::iter((0..count).map(Ok))
            .try_for_each_concurrent(AT_ONCE, async |_| {
                let (status, _) = self.ask(Method::GET, "/time", Vec::new()).await?;
                anyhow::ensure!(status == StatusCode::OK, "no time, but {status}");
                Ok(())
            })
            .await
    }

    /// One question over a connection of its own.
    async fn ask(&self, method: Method, path: &str, body: Vec<u8>) -> Result<(StatusCode, Bytes)> {
        let (host, _) = self
            .address
            .rsplit_once(':')
            .context("the address has no port")?;
        let stream = TcpStream::connect(&self.address).await?;
        let stream = self.connector.connect(host, stream).await?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        let request = hyper::Request::builder()
            .method(method)
            .uri(path)
            .header("host", &self.address)
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from(body)))?;
        let (head, body) = sender.send_request(request).await?.into_parts();
        Ok((head.status, body.collect().await?.to_bytes()))
    }
}

/// What a light agent says of itself.
pub fn facts(number: usize) -> Facts {
    Facts {
        hostname: format!("light-{number}"),
        description: "light agent of a measurement".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        os: "Debian GNU/Linux 12".to_owned(),
        arch: "x86_64".to_owned(),
        local_address: "127.0.0.1".to_owned(),
        offers: Vec::new(),
    }
}
