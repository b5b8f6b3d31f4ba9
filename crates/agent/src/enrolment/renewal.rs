//! Renewing the certificate by itself, long before its end.
//!
//! At two thirds of its lifetime, and at the start when that is past, with a new key each time. The old identity stays in
//! use until the new one is on the disk.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use edgeward_pki::tls::{ClientIdentity, Connector, Trust};
use edgeward_pki::{CertificateInfo, DeviceKey, certificate_info};
use edgeward_runtime::{Backoff, Chain};
use edgeward_wire::enrol::{ALPN, RenewAnswer, RenewRequest};
use tokio::sync::watch;
use tokio::time::sleep;

use super::REQUESTED_NAME;
use super::client::Caller;
use super::error::EnrolError;
use crate::clock::utc;
use crate::dial::Address;
use crate::state::{Claim, Identity};

/// The longest sleep: the system's clock may be set meanwhile.
const MAX_SLEEP: Duration = Duration::from_secs(3600);

/// The waits between failed attempts, for certificates that live for days or longer.
const MIN_RETRY: Duration = Duration::from_secs(60);
const MAX_RETRY: Duration = Duration::from_secs(3600);

/// Keeps the identity renewed. Runs for ever.
pub(crate) async fn keep(claim: Arc<Claim>, identity: watch::Sender<Arc<Identity>>) {
    loop {
        let current = Arc::clone(&identity.borrow());
        let info = match current.certificate_info() {
            Ok(info) => info,
            Err(error) => {
                tracing::error!(error = %Chain(&error), "this device's certificate cannot be read; join again with --replace");
                return std::future::pending().await;
            }
        };
        until(due(&info)).await;
        let mut backoff = backoff(&info);
        loop {
            match renew(&current, &claim).await {
                Ok(renewed) => {
                    tracing::info!("the device certificate was renewed");
                    identity.send_replace(Arc::new(renewed));
                    // By a clock that is weeks ahead the new one is due at once.
                    sleep(fiftieth(&info)).await;
                    break;
                }
                Err(error) => tracing::warn!(
                    error = %Chain(&error),
                    valid_until = %utc(info.not_after),
                    "the device certificate could not be renewed yet"
                ),
            }
            backoff.wait().await;
        }
    }
}

/// When two thirds of the lifetime are over.
pub(crate) fn due(info: &CertificateInfo) -> SystemTime {
    info.not_before + lifetime(info) * 2 / 3
}

fn lifetime(info: &CertificateInfo) -> Duration {
    info.not_after
        .duration_since(info.not_before)
        .unwrap_or_default()
}

/// The shortest time between two renewals.
fn fiftieth(info: &CertificateInfo) -> Duration {
    (lifetime(info) / 50).max(Duration::from_secs(1))
}

/// A certificate that lives for minutes is asked for more often.
fn backoff(info: &CertificateInfo) -> Backoff {
    let fiftieth = fiftieth(info);
    Backoff::new(fiftieth.min(MIN_RETRY), (fiftieth * 8).min(MAX_RETRY))
}

async fn until(time: SystemTime) {
    while let Ok(rest) = time.duration_since(SystemTime::now()) {
        if rest.is_zero() {
            break;
        }
        sleep(rest.min(MAX_SLEEP)).await;
    }
}

/// Asks for a new certificate for a new key, and writes both down.
pub(crate) async fn renew(current: &Identity, claim: &Claim) -> Result<Identity, EnrolError> {
    let addresses: Vec<Address> = current
        .enrolment
        .iter()
        .map(|text| text.parse())
        .collect::<Result<_, _>>()?;
    let caller = Caller::new(addresses, current.server_trust(), Some(&current.client()))?;
    let key = DeviceKey::generate()?;
    let request = RenewRequest {
        csr: key.signing_request(REQUESTED_NAME)?,
    };
    let RenewAnswer { certificate } = caller.post("/renew", &request).await?;

    let fits = certificate_info(&certificate)
        .is_ok_and(|info| info.common_name == current.agent.to_string());
    let client = ClientIdentity {
        certificate_pem: certificate.clone(),
        key_pem: key.to_pem(),
    };
    if !fits || Connector::new(Trust::PublicRoots, Some(&client), &[ALPN]).is_err() {
        return Err(EnrolError::Answer(
            "its certificate is not for this device's key and id",
        ));
    }
    let renewed = Identity {
        certificate,
        key: key.to_pem(),
        ..current.clone()
    };
    claim.write_identity(&renewed)?;
    Ok(renewed)
}
