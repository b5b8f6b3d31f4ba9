//! Which device it is, by its assertions. They are believed here: whoever is told verifies them.

use edgeward_assertion::{Assertion, decode_stream};
use edgeward_snapd::{Snapd, SnapdError};
use serde::Serialize;

/// Which device it is; what is not known is empty.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub(crate) struct Device {
    pub(crate) brand: String,
    pub(crate) model: String,
    pub(crate) serial: String,
    pub(crate) store: String,
    /// The public key of its serial assertion, as text.
    pub(crate) device_key: String,
}

impl Device {
    /// Asks snapd. A device that has no serial (yet) is one with an empty serial.
    pub(crate) async fn read(snapd: &Snapd) -> Result<Self, SnapdError> {
        let model = first(unless_missing(snapd.model().await)?.as_deref());
        let serial = first(unless_missing(snapd.serial().await)?.as_deref());
        let text = |assertion: &Option<Assertion>, header: &str| {
            let found = assertion.as_ref().and_then(|one| one.header(header));
            found.unwrap_or_default().to_owned()
        };
        Ok(Self {
            brand: text(&model, "brand-id"),
            model: text(&model, "model"),
            store: text(&model, "store"),
            serial: text(&serial, "serial"),
            device_key: text(&serial, "device-key"),
        })
    }
}

fn unless_missing(found: Result<String, SnapdError>) -> Result<Option<String>, SnapdError> {
    match found {
        Ok(text) => Ok(Some(text)),
        Err(SnapdError::Refused { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

fn first(text: Option<&str>) -> Option<Assertion> {
    match decode_stream(text?.as_bytes()) {
        Ok(assertions) => assertions.into_iter().next(),
        Err(error) => {
            tracing::debug!(%error, "an assertion of snapd's is not understood");
            None
        }
    }
}
