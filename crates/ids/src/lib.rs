//! Typed ids and names: the words every other crate shares.
//!
//! Ids are UUIDs (version 7, so that they sort by the time they were made) in a newtype each; a
//! name is checked when it is parsed and never again. This crate knows nothing of what the ids stand for.

mod id;
mod name;

pub use id::{
    ActionId, AgentId, ApiTokenId, JoinTokenId, OrganisationId, ParseIdError, ProjectId, RolloutId,
    ServiceId, SessionId, TemplateId, UserId,
};
pub use name::{Name, NameError, OfferName, OfferNameError};

#[cfg(test)]
mod tests;
