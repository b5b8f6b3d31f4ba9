//! Enrolment without a token: with what snapd knows of the device, as a registered device, or else to wait for adoption.
//!
//! A device with a model and a serial assertion shows them. Only where the control plane answers that it is not registered does it
//! enrol as any other, so that somebody can adopt it; a device that is disabled or has enrolled before gets no second way in.
//! That the device holds the key of its serial assertion is not proven here: snapd signs nothing for applications.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use edgeward_pki::tls::Trust;
use edgeward_runtime::{Backoff, Chain};
use edgeward_snapd::Snapd;

use super::{EnrolError, Joined, Secret, Target};
use crate::config::Config;
use crate::state::{StateDir, replace_file};

/// The waits between attempts.
const MIN_WAIT: Duration = Duration::from_secs(5);
const MAX_WAIT: Duration = Duration::from_secs(5 * 60);

/// How long a new device is given to get its serial assertion from its store, before it enrols without.
const SERIAL_PATIENCE: Duration = Duration::from_secs(10 * 60);

/// How long snapd may be away.
const SNAPD_PATIENCE: Duration = Duration::from_secs(10);

/// What an operator hands to a device, as the iot-agent names it.
pub(crate) const DEVICE_DATA: &str = "device-data.bin";

/// The word of the control plane for a device that nobody has registered.
const UNKNOWN: &str = "device_unknown";

/// What a device is for the control plane once it has enrolled without a token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Standing {
    /// A registered device, in its project.
    Registered,
    /// One that waits to be adopted; and why.
    Waits(String),
}

/// Enrols without a token.
///
/// # Errors
/// See [`EnrolError`]. The state directory is then as it was.
pub async fn enrol_by_itself(
    addresses: &[String],
    trust: Trust,
    target: &Target,
) -> Result<(Joined, Standing), EnrolError> {
    let shown = assertions(&target.config).await;
    enrol_showing(addresses, trust, target, shown).await
}

/// Enrols without a token, however long it takes: somebody may have to register the device, or the network to come.
///
/// # Errors
/// The device has an identity, or none could be kept.
pub async fn until_enrolled(
    addresses: &[String],
    trust: Trust,
    target: &Target,
) -> Result<(Joined, Standing), EnrolError> {
    let mut backoff = Backoff::new(MIN_WAIT, MAX_WAIT);
    let began = Instant::now();
    loop {
        match assertions(&target.config).await {
            Shown::NotYet(reason) if began.elapsed() < SERIAL_PATIENCE => {
                tracing::info!(reason, "waiting for snapd to know this device");
            }
            shown => match enrol_showing(addresses, trust.clone(), target, shown).await {
                Err(error @ (EnrolError::AlreadyJoined(_) | EnrolError::State(_))) => {
                    return Err(error);
                }
                Err(error) => tracing::warn!(error = %Chain(&error), "not enrolled yet"),
                done => return done,
            },
        }
        backoff.wait().await;
    }
}

/// What there is to show.
enum Shown {
    /// Model and serial, as an assertion stream.
    Both(String),
    /// snapd knows no serial of this device, or is away; why.
    NotYet(String),
    /// There is no snapd.
    Nothing,
}

async fn assertions(config: &Config) -> Shown {
    let Some(socket) = config.snapd() else {
        return Shown::Nothing;
    };
    let snapd = Snapd::new(socket).with_patience(SNAPD_PATIENCE);
    if !snapd.is_installed() {
        return Shown::Nothing;
    }
    let (model, serial) = (snapd.model().await, snapd.serial().await);
    match (model, serial) {
        (Ok(model), Ok(serial)) if !model.trim().is_empty() && !serial.trim().is_empty() => {
            // Whatever stands behind the signatures, one empty line is between the two.
            let (model, serial) = (model.trim_end_matches('\n'), serial.trim_end_matches('\n'));
            Shown::Both(format!("{model}\n\n{serial}\n"))
        }
        (Ok(_), Ok(_)) => Shown::NotYet("snapd has no serial assertion".to_owned()),
        (Err(error), _) | (_, Err(error)) => Shown::NotYet(if error.is_missing() {
            "snapd has no model or no serial assertion for this device (yet)".to_owned()
        } else {
            Chain(&error).to_string()
        }),
    }
}

async fn enrol_showing(
    addresses: &[String],
    trust: Trust,
    target: &Target,
    shown: Shown,
) -> Result<(Joined, Standing), EnrolError> {
    let because = match shown {
        Shown::Both(assertions) => {
            let secret = Secret::Assertions(assertions);
            match super::enrol(addresses, trust.clone(), secret, target).await {
                Ok(joined) => return Ok((joined, Standing::Registered)),
                Err(EnrolError::Refused(refusal)) if refusal.code == UNKNOWN => refusal.message,
                Err(error) => return Err(error),
            }
        }
        Shown::NotYet(reason) => reason,
        Shown::Nothing => "this device has no snapd that could tell which device it is".to_owned(),
    };
    let joined = super::enrol(addresses, trust, Secret::None, target).await?;
    Ok((joined, Standing::Waits(because)))
}

/// Keeps what an operator hands to the device. The device has enrolled, whatever becomes of this.
pub(super) fn keep_device_data(base64: &str, target: &Target) {
    let dir = StateDir::new(&target.state_dir);
    let path: PathBuf = target
        .config
        .places
        .common_dir(dir.path())
        .join(DEVICE_DATA);
    let written = match STANDARD.decode(base64) {
        Ok(data) => replace_file(&path, &data).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    if let Err(error) = written {
        tracing::error!(path = %path.display(), error, "what this device was handed could not be kept");
    }
}
