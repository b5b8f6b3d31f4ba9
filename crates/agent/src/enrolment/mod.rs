//! How a device gets its identity, and keeps it.
//!
//! [`join`] uses a join token, which pins the CA; [`enrol_by_itself`] has none and needs another reason to believe the
//! server. The key is made here and stays here. Either everything is written, in one file, or nothing is.

mod client;
mod error;
mod registered;
pub(crate) mod renewal;

use std::path::PathBuf;

use edgeward_ids::AgentId;
use edgeward_pki::tls::{ClientIdentity, Connector, Trust};
use edgeward_pki::{CommandVerifier, DeviceKey, Fingerprint, certificate_info, fingerprint_of_pem};
use edgeward_wire::enrol::{ALPN, DeviceEnrolRequest, EnrolAnswer, EnrolRequest};
use edgeward_wire::token::JoinToken;

use crate::config::Config;
use crate::dial::Address;
use crate::facts;
use crate::services::Services;
use crate::state::{Identity, ServerTrust, StateDir};

pub(crate) use client::{Caller, diagnosis, time};
pub use error::{CallError, EnrolError};
pub(crate) use registered::DEVICE_DATA;
pub use registered::{Standing, enrol_by_itself, until_enrolled};

/// Where the identity goes, and what the device says of itself when it asks for one.
#[derive(Clone, Debug)]
pub struct Target {
    /// The state directory; made if it is not there.
    pub state_dir: PathBuf,
    /// What the device offers and says of itself.
    pub config: Config,
    /// Whether an identity that is there already is given up for the new one.
    pub replace: bool,
}

/// A new identity, written down.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Joined {
    /// The agent's id.
    pub agent: AgentId,
    /// Where it will connect to.
    pub mqtt: Vec<String>,
}

/// The common name that a request asks for; the control plane puts the agent's id in its place.
const REQUESTED_NAME: &str = "edgeward agent";

/// Joins with a token.
///
/// # Errors
/// See [`EnrolError`]. The state directory is then as it was.
pub async fn join(token: &JoinToken, target: &Target) -> Result<Joined, EnrolError> {
    let fingerprint: Fingerprint = token
        .ca_fingerprint
        .parse()
        .map_err(|_| EnrolError::Answer("the token's fingerprint is none"))?;
    let trust = Trust::Pinned(fingerprint);
    let secret = Secret::Token(token.secret.clone());
    enrol(&token.addresses, trust, secret, target).await
}

/// Enrols without a token: the agent is then listed, and may be present and nothing else until it is adopted.
///
/// # Errors
/// See [`EnrolError`]. The state directory is then as it was.
pub async fn enrol_unmanaged(
    addresses: &[String],
    trust: Trust,
    target: &Target,
) -> Result<Joined, EnrolError> {
    enrol(addresses, trust, Secret::None, target).await
}

/// Why the control plane should let the device in.
enum Secret {
    /// A join token's secret.
    Token(String),
    /// The device's model and serial, as an assertion stream.
    Assertions(String),
    /// Nothing: somebody has to adopt it.
    None,
}

async fn enrol(
    addresses: &[String],
    trust: Trust,
    secret: Secret,
    target: &Target,
) -> Result<Joined, EnrolError> {
    let claim = StateDir::new(&target.state_dir).claim()?;
    let result = async {
        if let Some(old) = claim.dir().read_identity()?
            && !target.replace
        {
            return Err(EnrolError::AlreadyJoined(old.agent));
        }
        // A token must not be used up for an identity that cannot be kept.
        claim.probe()?;
        let (identity, device_data) = ask(addresses, trust, secret, &target.config).await?;
        claim.write_identity(&identity)?;
        if let Some(data) = device_data {
            registered::keep_device_data(&data, target);
        }
        Ok(Joined {
            agent: identity.agent,
            mqtt: identity.mqtt,
        })
    }
    .await;
    if result.is_err() {
        claim.abandon();
    }
    result
}

async fn ask(
    addresses: &[String],
    trust: Trust,
    secret: Secret,
    config: &Config,
) -> Result<(Identity, Option<String>), EnrolError> {
    let parsed: Vec<Address> = addresses
        .iter()
        .map(|text| text.parse())
        .collect::<Result<_, _>>()?;
    let key = DeviceKey::generate()?;
    let services = Services::new(config);
    let csr = key.signing_request(REQUESTED_NAME)?;
    let facts = facts::gather(
        config.host_name.as_deref(),
        &config.description,
        &services.reports(),
        String::new(),
    );
    let caller = Caller::new(parsed, trust.clone(), None)?;
    let answer: EnrolAnswer = match secret {
        Secret::Assertions(assertions) => {
            let request = DeviceEnrolRequest {
                assertions,
                proof: None,
                csr,
                facts,
            };
            caller.post("/enrol-device", &request).await?
        }
        Secret::Token(secret) => {
            let secret = Some(secret);
            let request = EnrolRequest { secret, csr, facts };
            caller.post("/enrol", &request).await?
        }
        Secret::None => {
            let secret = None;
            let request = EnrolRequest { secret, csr, facts };
            caller.post("/enrol", &request).await?
        }
    };
    let trust = check(&answer, &key, trust)?;
    let identity = Identity {
        agent: answer.agent,
        certificate: answer.certificate,
        key: key.to_pem(),
        trust,
        mqtt: answer.mqtt,
        enrolment: addresses.to_vec(),
        command_key: answer.command_key,
    };
    Ok((identity, answer.device_data))
}

/// Whether an agent could live with this answer.
fn check(answer: &EnrolAnswer, key: &DeviceKey, trust: Trust) -> Result<ServerTrust, EnrolError> {
    let fits = certificate_info(&answer.certificate)
        .is_ok_and(|info| info.common_name == answer.agent.to_string());
    let identity = ClientIdentity {
        certificate_pem: answer.certificate.clone(),
        key_pem: key.to_pem(),
    };
    if !fits || Connector::new(Trust::PublicRoots, Some(&identity), &[ALPN]).is_err() {
        return Err(EnrolError::Answer(
            "its certificate is not for this device's key and id",
        ));
    }
    if answer.mqtt.is_empty()
        || answer
            .mqtt
            .iter()
            .any(|text| text.parse::<Address>().is_err())
    {
        return Err(EnrolError::Answer("it names no address to connect to"));
    }
    if CommandVerifier::from_base64(&answer.command_key).is_err() {
        return Err(EnrolError::Answer("its command key is none"));
    }
    match trust {
        Trust::Pinned(pinned) | Trust::PinnedIgnoringTime(pinned) => {
            if fingerprint_of_pem(&answer.ca).ok() != Some(pinned) {
                return Err(EnrolError::Answer(
                    "it names another certificate authority than the pinned one",
                ));
            }
            Ok(ServerTrust::Authority(answer.ca.clone()))
        }
        Trust::Authority(pem) => Ok(ServerTrust::Authority(pem)),
        Trust::PublicRoots => Ok(ServerTrust::PublicRoots),
        Trust::Certificate(_) | Trust::Unverified => Err(EnrolError::Answer(
            "a server that no authority vouches for cannot give an identity",
        )),
    }
}

#[cfg(test)]
mod tests;
