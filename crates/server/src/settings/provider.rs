//! A provider of single sign-on as signing in needs it.

use std::fmt;

use edgeward_api::settings::ClaimRule;

use super::stored::StoredProvider;

/// A provider, with its secret.
#[derive(Clone)]
pub struct SsoProvider {
    /// In addresses.
    pub id: String,
    /// The issuer, as the provider spells it.
    pub issuer: String,
    /// What the provider calls this installation.
    pub client_id: String,
    /// The secret, if the provider wants one.
    pub client_secret: Option<String>,
    /// Whether somebody who signs in for the first time gets an account.
    pub create_users: bool,
    /// What a claim gives.
    pub rules: Vec<ClaimRule>,
}

impl SsoProvider {
    pub(super) fn new(stored: &StoredProvider, client_secret: Option<String>) -> Self {
        Self {
            id: stored.id.clone(),
            issuer: stored.issuer.clone(),
            client_id: stored.client_id.clone(),
            client_secret,
            create_users: stored.create_users,
            rules: stored.rules.clone(),
        }
    }
}

impl fmt::Debug for SsoProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SsoProvider")
            .field("id", &self.id)
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}
