//! What is known to harm a product: looked at before a call is sent, or before an answer is shown. The knowledge is in the products' files.

use bytes::Bytes;

use crate::call::plain;
use crate::hocon::HoconError;
use crate::{Call, Kind, product};

/// What stands instead of a secret.
pub const MASKED: &str = "***";

/// Why a call should not be sent as it is.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Hazard {
    /// The broker dies of a configuration that it cannot read.
    #[error("NanoMQ stops for good when it is given a configuration that it cannot read")]
    BrokenConfiguration(#[source] HoconError),
    /// What is there would be deleted first.
    #[error(
        "this import deletes all streams, tables, rules and plugins before it begins; add ?partial=1 to keep what is there"
    )]
    DeletesFirst,
    /// A secret that was masked when shown would be replaced by the mask.
    #[error(
        "the configuration contains *** where a secret was hidden; put the secret there, or leave the line out"
    )]
    MaskedSecret,
}

impl Hazard {
    /// Stable, snake_case.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BrokenConfiguration(_) => "broken_configuration",
            Self::DeletesFirst => "deletes_first",
            Self::MaskedSecret => "masked_secret",
        }
    }

    /// Whether it may be sent all the same by somebody who was told.
    pub fn may_be_meant(&self) -> bool {
        matches!(self, Self::DeletesFirst)
    }
}

/// The body of an answer without what nobody should see or keep; what cannot be read and may contain such is [`MASKED`] as a whole.
pub fn mask(kind: Kind, path: &str, body: Bytes) -> Bytes {
    product(kind).mask(&plain(path), body)
}

/// Whether a call may be sent.
///
/// # Errors
/// What it would do.
pub fn validate(kind: Kind, call: &Call) -> Result<(), Hazard> {
    product(kind).validate(call)
}

/// Whether calls of this path must wait for each other, for each service, over one kept connection where possible.
pub fn serialised(kind: Kind, path: &str) -> bool {
    product(kind).serialised(&plain(path))
}
