//! The same tests run with either provider.

mod authority;
mod keys;
#[cfg(feature = "server")]
mod rsa;
#[cfg(feature = "server")]
mod secrets;
mod tls;

use std::time::{Duration, SystemTime};

use crate::{Authority, DeviceKey, Issued, ServerIdentity};

pub(crate) const DAY: Duration = Duration::from_secs(24 * 3600);

pub(crate) fn ca(name: &str) -> Authority {
    Authority::generate(name, SystemTime::now()).unwrap()
}

pub(crate) fn server(ca: &Authority, now: SystemTime) -> ServerIdentity {
    ca.issue_server(&["localhost".into(), "127.0.0.1".into()], DAY, now)
        .unwrap()
}

pub(crate) fn device(ca: &Authority, name: &str, now: SystemTime) -> (DeviceKey, Issued) {
    let key = DeviceKey::generate().unwrap();
    let request = key.signing_request("whatever").unwrap();
    let issued = ca.issue_device(&request, name, DAY, now).unwrap();
    (key, issued)
}
