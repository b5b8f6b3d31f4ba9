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
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::stand::ControlPlane;

/// How many enrol at a time.
const AT_ONCE: usize = 16;

/// Who a light agent is.
pub struct Identity {
    /// Its id.
    pub agent: AgentId,
    /// Its certificate and key.
    pub client: ClientIdentity,
}

/// Enrols so many with one token, and gives the CA's certificate with them.
pub async fn enrol(control_plane: &ControlPlane, count: usize) -> Result<(String, Vec<Identity>)> {
    let uses = u32::try_from(count)?;
    let token: JoinToken = control_plane.join_token(uses).await?.parse()?;
    let trust = Trust::Pinned(token.ca_fingerprint.parse()?);
    let connector = Connector::new(trust, None, &[ALPN])?;
    let answers: Vec<(EnrolAnswer, DeviceKey)> = stream::iter(0..count)
        .map(|number| enrol_one(&token, &connector, number))
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
    Ok((authority_pem, identities.collect()))
}

async fn enrol_one(
    token: &JoinToken,
    connector: &Connector,
    number: usize,
) -> Result<(EnrolAnswer, DeviceKey)> {
    let key = DeviceKey::generate()?;
    let question = EnrolRequest {
        secret: Some(token.secret.clone()),
        csr: key.signing_request("light agent")?,
        facts: facts(number),
    };
    let address = token
        .addresses
        .first()
        .context("the token has no address")?;
    let (host, _) = address
        .rsplit_once(':')
        .context("the address has no port")?;
    let stream = connector
        .connect(host, TcpStream::connect(address).await?)
        .await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request = hyper::Request::post("/enrol")
        .header("host", address)
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(serde_json::to_vec(&question)?)))?;
    let (head, body) = sender.send_request(request).await?.into_parts();
    let body = body.collect().await?.to_bytes();
    if head.status != hyper::StatusCode::CREATED {
        bail!(
            "enrolment {number} was answered {}: {}",
            head.status,
            String::from_utf8_lossy(&body)
        );
    }
    Ok((serde_json::from_slice(&body)?, key))
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
