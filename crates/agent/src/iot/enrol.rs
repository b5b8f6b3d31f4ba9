//! Enrolment with an identity service, and where its answer is kept.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use edgeward_pki::PkiError;
use edgeward_pki::tls::Trust;
use edgeward_snapd::{Snapd, SnapdError};
use edgeward_wire::iot::enrol::{Answer, Enrollment};

use super::http::{HttpError, post_assertions};
use crate::dial::DialError;
use crate::enrolment::DEVICE_DATA;
use crate::params::{Params, ParamsError};
use crate::sqlite::DatabaseError;
use crate::state::replace_file;

/// The largest file of credentials that is read, in bytes.
const MAX_SECRET_BYTES: u64 = 1024 * 1024;

/// Why the agent is not connected.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IotError {
    #[error("enrolment needs snapd, and this agent does not speak to it")]
    NoSnapd,
    #[error("cannot ask snapd for the device's assertions")]
    Snapd(#[from] SnapdError),
    #[error("snapd has no {0} assertion for this device (yet)")]
    NoAssertion(&'static str),
    #[error("cannot enrol with {url}")]
    Http { url: String, source: HttpError },
    #[error("{url} does not enrol this device: {message} ({code})")]
    Refused {
        url: String,
        code: String,
        message: String,
    },
    #[error("the answer of {url} is none that an identity service gives: {reason}")]
    Answer { url: String, reason: String },
    #[error("cannot {attempt} {}", path.display())]
    File {
        attempt: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    #[error("{} is damaged; remove it to enrol again", path.display())]
    Damaged {
        path: PathBuf,
        source: serde_json::Error,
    },
    #[error(transparent)]
    Params(#[from] ParamsError),
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error("the credentials cannot be used; remove .secret to enrol again")]
    Credentials(#[from] PkiError),
    #[error("the credentials name no usable broker: \"{0}\"")]
    Broker(String),
    #[error("cannot reach the broker{}", tls_advice(.0))]
    Dial(#[from] DialError),
    #[error("no MQTT connection to {address}")]
    Mqtt {
        address: String,
        source: edgeward_mqtt::ConnectError,
    },
    #[error("cannot subscribe")]
    Subscribe(#[from] edgeward_mqtt::SubscribeError),
    #[error("the broker does not allow to subscribe to {filter}: {reason}")]
    Subscription { filter: String, reason: String },
    #[error("cannot publish")]
    Publish(#[from] edgeward_mqtt::PublishError),
    #[error("the connection was lost")]
    Lost(#[from] edgeward_mqtt::Lost),
}

fn tls_advice(error: &DialError) -> &'static str {
    match error {
        DialError::Tls { .. } => {
            "; if it has a certificate of an authority of its own, name that with control_plane.broker_ca_file, or set control_plane.verify_broker: false"
        }
        _ => "",
    }
}

/// The credentials, if the device has enrolled.
pub(super) fn read(params: &Params) -> Result<Option<Enrollment>, IotError> {
    let path = &params.path;
    let failed = |source| IotError::File {
        attempt: "read",
        path: path.clone(),
        source,
    };
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
        Ok(metadata) if metadata.len() > MAX_SECRET_BYTES => {
            return Err(failed(io::ErrorKind::FileTooLarge.into()));
        }
        Ok(_) => {}
    }
    let bytes = fs::read(path).map_err(failed)?;
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(|source| IotError::Damaged {
            path: path.clone(),
            source,
        })
}

/// Asks the identity service: the model assertion, an empty line, the serial assertion.
pub(super) async fn enrol(
    params: &Params,
    trust: Trust,
    snapd: &Snapd,
) -> Result<Enrollment, IotError> {
    let (model, serial) = (
        assertion("model", snapd.model().await)?,
        assertion("serial", snapd.serial().await)?,
    );
    let body = format!("{model}\n\n{serial}\n");
    let url = || params.url.clone();
    let answer = post_assertions(&params.url, trust, body)
        .await
        .map_err(|source| IotError::Http { url: url(), source })?;
    let answer: Answer = serde_json::from_slice(&answer).map_err(|error| IotError::Answer {
        url: url(),
        reason: error.to_string(),
    })?;
    // Whatever the HTTP status.
    if !answer.code.is_empty() {
        return Err(IotError::Refused {
            url: url(),
            code: answer.code,
            message: answer.message,
        });
    }
    let incomplete = |reason: &str| IotError::Answer {
        url: url(),
        reason: reason.to_owned(),
    };
    let enrollment = answer
        .enrollment
        .ok_or_else(|| incomplete("it has no enrolment"))?;
    let credentials = &enrollment.credentials;
    let complete = !enrollment.id.is_empty()
        && !enrollment.organization.id.is_empty()
        && !credentials.certificate.is_empty()
        && !credentials.private_key.is_empty()
        && !credentials.mqtt_url.is_empty();
    if complete {
        Ok(*enrollment)
    } else {
        Err(incomplete(
            "id, organisation, key, certificate or broker is missing",
        ))
    }
}

/// Keeps the credentials, and what the operator hands to the device, if anything.
pub(super) fn keep(
    params: &Params,
    enrollment: &Enrollment,
    common: &Path,
) -> Result<(), IotError> {
    let write = |path: &Path, bytes: &[u8]| {
        replace_file(path, bytes).map_err(|source| IotError::File {
            attempt: "write",
            path: path.to_owned(),
            source,
        })
    };
    if !enrollment.device_data.is_empty() {
        let data = STANDARD
            .decode(&enrollment.device_data)
            .map_err(|error| IotError::Answer {
                url: params.url.clone(),
                reason: format!("its device data is no base64: {error}"),
            })?;
        write(&common.join(DEVICE_DATA), &data)?;
    }
    // Texts always fit JSON.
    let secret = serde_json::to_vec(enrollment).unwrap_or_default();
    write(&params.path, &secret)
}

/// Without the line end after the signature, which is put where it belongs.
fn assertion(kind: &'static str, found: Result<String, SnapdError>) -> Result<String, IotError> {
    match found {
        Ok(text) if text.trim().is_empty() => Err(IotError::NoAssertion(kind)),
        Ok(text) => Ok(text.trim_end_matches('\n').to_owned()),
        Err(error) if error.is_missing() => Err(IotError::NoAssertion(kind)),
        Err(error) => Err(error.into()),
    }
}
