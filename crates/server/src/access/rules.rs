//! The rules that the settings give: what passwords must be like, and how long sessions and links last.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use edgeward_domain::access::{PasswordRules, SessionKind};

/// The rules in force; the settings exchange them.
pub type LiveRules = Arc<ArcSwap<Rules>>;

/// What the settings say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rules {
    /// What passwords must be like.
    pub passwords: PasswordRules,
    /// How long a session lasts without use that ends with the browser.
    pub idle: Duration,
    /// How long a session lasts without use that is remembered; a program's as well.
    pub remembered: Duration,
    /// How long an invitation's link lasts.
    pub invitation: Duration,
    /// How long a link to reset a password lasts.
    pub reset: Duration,
}

const HOUR: Duration = Duration::from_secs(3600);

impl Default for Rules {
    fn default() -> Self {
        Self {
            passwords: PasswordRules::default(),
            idle: HOUR * 12,
            remembered: HOUR * 24 * 14,
            invitation: HOUR * 72,
            reset: HOUR * 2,
        }
    }
}

impl Rules {
    /// How long a session of this kind lasts without use.
    pub fn session_lifetime(&self, kind: SessionKind, remembered: bool) -> Duration {
        match kind {
            SessionKind::Browser if !remembered => self.idle,
            SessionKind::Browser | SessionKind::Bearer => self.remembered,
        }
    }
}
