//! Snaps that every device of a model has to have.

use edgeward_ids::OrganisationId;

/// The most snaps that one model of one organisation needs.
pub const MAX_REQUIRED_SNAPS: usize = 50;

/// A snap that devices of a model have to have.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RequiredSnap {
    /// Whose devices.
    pub organisation: OrganisationId,
    /// Of which brand; none for every brand.
    pub brand: Option<String>,
    /// Of which model.
    pub model: String,
    /// The snap's name.
    pub snap: String,
    /// From which channel; none for whatever is usual.
    pub channel: Option<String>,
}

impl RequiredSnap {
    /// Whether a device of this brand and model has to have it.
    pub fn concerns(&self, brand: &str, model: &str) -> bool {
        self.model == model && self.brand.as_deref().is_none_or(|own| own == brand)
    }
}
