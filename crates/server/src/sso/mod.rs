//! Single sign-on by OpenID Connect: the authorisation code flow with PKCE, state and nonce.
//!
//! A browser is sent to the provider with a state that only it holds, in a sealed cookie; it comes back with a code, which is
//! exchanged here for an identity that the provider has signed. Rules make memberships of what the provider says; the store
//! finds, links or makes the user. Whatever goes wrong ends at the sign-in page with one of the words of [`Refusal`].

mod claims;
mod fetch;
pub mod http;
mod provider;
mod refusal;
mod return_to;
mod state;

pub use provider::ProviderError;
pub use refusal::Refusal;

use std::sync::Arc;

use edgeward_pki::SecretBox;

use self::provider::Providers;
use self::state::States;

/// Signs people in with providers.
pub struct Sso {
    providers: Providers,
    states: States,
}

impl Sso {
    /// Seals states with this key.
    pub fn new(secrets: Arc<SecretBox>) -> Self {
        Self {
            providers: Providers::default(),
            states: States::new(secrets),
        }
    }

    /// Whether there is a provider at this issuer that can be used.
    ///
    /// # Errors
    /// What is in the way.
    pub async fn test(&self, issuer: &str) -> Result<(), ProviderError> {
        self.providers.test(issuer).await
    }
}

/// Where a provider is to send people back to.
pub fn redirect_url(console_url: &str, provider: &str) -> String {
    format!("{console_url}/api/v1/sso/{provider}/callback")
}

#[cfg(test)]
mod tests;
