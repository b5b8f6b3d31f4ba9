//! The id newtypes and the one macro that makes them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The text is not a UUID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not {what} id; an id looks like 0192f0c1-7f4e-7c3a-9b1e-2d5f6a7b8c9d")]
pub struct ParseIdError {
    what: &'static str,
    text: String,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident, $what:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id, later in order than the ones made before it.
            pub fn generate() -> Self {
                Self(Uuid::now_v7())
            }

            /// The id with this value, as read from where it was stored.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The bare value, for storage.
            pub const fn as_uuid(&self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self).map_err(|_| ParseIdError {
                    what: $what,
                    text: text.chars().take(64).collect(),
                })
            }
        }
    )+};
}

ids! {
    /// An organisation, which holds projects.
    OrganisationId, "an organisation";
    /// A project, which holds edge services.
    ProjectId, "a project";
    /// A person who signs in.
    UserId, "a user";
    /// A signed-in browser or an operator's command-line token.
    SessionId, "a session";
    /// A device agent; also its MQTT client id and its certificate's common name.
    AgentId, "an agent";
    /// An edge service; also the first label of its page's host name.
    ServiceId, "a service";
    /// An action on one device; drawn once, whatever happens on the way.
    ActionId, "an action";
    /// A rollout: one change to many devices.
    RolloutId, "a rollout";
    /// A template, of which versions are delivered to edge services.
    TemplateId, "a template";
    /// A join token as listed; its secret is something else.
    JoinTokenId, "a join token";
    /// A program's token as listed; its secret is something else.
    ApiTokenId, "an API token";
}
