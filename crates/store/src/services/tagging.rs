//! What giving tags to services asks for, and why it is refused.

use std::collections::BTreeSet;

use edgeward_domain::selection::Tag;
use edgeward_domain::service::{TagLimits, TagRefusal};

/// The tags that a service is to have, and how many there may be.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Tagging {
    /// The tags.
    pub tags: BTreeSet<Tag>,
    /// How many there may be.
    pub limits: TagLimits,
}

/// What to change of the tags of services.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Retagging {
    /// Each is to have these.
    pub add: BTreeSet<Tag>,
    /// None is to have these, unless they are among the others.
    pub remove: BTreeSet<Tag>,
    /// How many there may be.
    pub limits: TagLimits,
}

/// Why one of many services does not get its tags.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RetagRefusal {
    /// There is no such service.
    #[error("there is no such service")]
    Unknown,
    /// There would be too many.
    #[error(transparent)]
    Tags(#[from] TagRefusal),
}
