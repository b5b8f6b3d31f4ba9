//! What a browser takes along to the provider and back, so that nobody else can come back in its place.
//!
//! The cookie holds everything, sealed: any control plane of the installation can finish what another has begun. A state that
//! was used is remembered here until it is too old anyway; another control plane would be stopped by the provider, which takes
//! a code once.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use edgeward_domain::Moment;
use edgeward_pki::{PkiError, SecretBox, random_text, sha256_hex};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

/// The cookie.
pub const COOKIE: &str = "edgeward_sso";

/// How long somebody may take at the provider.
pub const LIFETIME: Duration = Duration::from_secs(600);

/// The most used states that are remembered. Each has cost whoever made it a whole round to the provider.
const MAX_USED: usize = 10_000;

/// For what it is sealed.
const PURPOSE: &str = "single sign-on: state";

/// A sign-in that was begun.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Begun {
    /// With which provider.
    pub provider: String,
    /// What the provider sends back as it is.
    pub state: String,
    /// What the provider puts into what it signs.
    pub nonce: String,
    /// What shows the provider that the code was meant for us (PKCE).
    pub verifier: String,
    /// A path of the console.
    pub return_to: String,
    /// Microseconds since 1970.
    pub expires_at_us: i64,
}

/// Seals, opens, and takes each once.
pub struct States {
    secrets: Arc<SecretBox>,
    /// SHA-256 of states that were used, and when they end.
    used: Mutex<HashMap<String, Moment>>,
}

impl States {
    /// Seals with this key.
    pub fn new(secrets: Arc<SecretBox>) -> Self {
        Self {
            secrets,
            used: Mutex::default(),
        }
    }

    /// A new sign-in.
    pub fn begin(&self, provider: &str, verifier: &str, return_to: String, now: Moment) -> Begun {
        Begun {
            provider: provider.to_owned(),
            state: random_text(),
            nonce: random_text(),
            verifier: verifier.to_owned(),
            return_to,
            expires_at_us: (now + LIFETIME).as_micros(),
        }
    }

    /// The cookie's value.
    pub fn seal(&self, begun: &Begun) -> Result<String, PkiError> {
        let text = serde_json::to_string(begun).unwrap_or_default();
        self.secrets.seal(PURPOSE, &text)
    }

    /// The sign-in of this cookie, if it is one with this provider, in this state, not too old, and for the first time.
    pub fn take(&self, cookie: &str, provider: &str, state: &str, now: Moment) -> Option<Begun> {
        let text = self.secrets.open(PURPOSE, cookie).ok()?;
        let begun: Begun = serde_json::from_str(&text).ok()?;
        let expires_at = Moment::from_micros(begun.expires_at_us);
        // Hashes, so that the time that a comparison takes tells nothing.
        let hash = sha256_hex(&begun.state);
        let ours = begun.provider == provider && hash == sha256_hex(state);
        (ours && now < expires_at && self.first_use(hash, expires_at, now)).then_some(begun)
    }

    fn first_use(&self, hash: String, expires_at: Moment, now: Moment) -> bool {
        let mut used = self.used.lock();
        used.retain(|_, expires_at| now < *expires_at);
        used.len() < MAX_USED && used.insert(hash, expires_at).is_none()
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    fn states() -> States {
        States::new(Arc::new(
            SecretBox::new(&edgeward_pki::random_bytes()).unwrap(),
        ))
    }

    fn now() -> Moment {
        Moment::from(SystemTime::now())
    }

    #[test]
    fn a_browser_comes_back_once_with_its_own_state() {
        let states = states();
        let begun = states.begin("one", "verifier", "/agents".into(), now());
        let cookie = states.seal(&begun).unwrap();
        assert!(!cookie.contains("verifier"));
        let foreign = states.begin("one", "verifier", "/".into(), now());
        assert_eq!(states.take(&cookie, "one", &foreign.state, now()), None);
        assert_eq!(states.take(&cookie, "two", &begun.state, now()), None);
        assert_eq!(states.take(&cookie, "one", "", now()), None);
        assert_eq!(states.take("", "one", &begun.state, now()), None);
        let taken = states.take(&cookie, "one", &begun.state, now());
        assert_eq!(taken, Some(begun.clone()));
        assert_eq!(
            states.take(&cookie, "one", &begun.state, now()),
            None,
            "a replay"
        );
    }

    #[test]
    fn a_state_ends_and_is_forgotten() {
        let (states, began) = (states(), now());
        let begun = states.begin("one", "verifier", "/".into(), began);
        let cookie = states.seal(&begun).unwrap();
        let late = began + LIFETIME;
        assert_eq!(states.take(&cookie, "one", &begun.state, late), None);
        let other = states.begin("one", "verifier", "/".into(), began);
        let other_cookie = states.seal(&other).unwrap();
        states
            .take(&other_cookie, "one", &other.state, began)
            .unwrap();
        assert_eq!(states.used.lock().len(), 1);
        let next = states.begin("one", "verifier", "/".into(), late);
        let next_cookie = states.seal(&next).unwrap();
        states.take(&next_cookie, "one", &next.state, late).unwrap();
        assert_eq!(states.used.lock().len(), 1, "the old one is forgotten");
    }

    #[test]
    fn another_installations_cookie_says_nothing_here() {
        let (own, other) = (states(), states());
        let begun = other.begin("one", "verifier", "/".into(), now());
        let cookie = other.seal(&begun).unwrap();
        assert_eq!(own.take(&cookie, "one", &begun.state, now()), None);
    }
}
