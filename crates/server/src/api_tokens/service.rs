//! Who is behind an API token.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use edgeward_domain::access::Identity;
use edgeward_store::{ApiTokenStore, StoreError};
use parking_lot::Mutex;

use crate::now;

/// What the text of every token begins with.
const PREFIX: &str = "edw_";

/// How long a token is believed without asking the database again.
const CACHE_LIFETIME: Duration = Duration::from_secs(5);

/// How often the use of a token is written down at most.
const USE_WRITTEN_EVERY: Duration = Duration::from_secs(60);

/// The most tokens kept in memory.
const MAX_CACHED: usize = 10_000;

type Cached = (Instant, Option<Arc<Identity>>);

/// API tokens.
pub struct ApiTokens {
    store: Arc<dyn ApiTokenStore>,
    /// By the hash of the text.
    cache: Mutex<HashMap<String, Cached>>,
}

/// Whether a bearer's text is an API token, and not a session's.
pub fn is_one(text: &str) -> bool {
    text.starts_with(PREFIX)
}

/// The text of a new token: 256 random bits.
pub(super) fn draw() -> String {
    format!("{PREFIX}{}", edgeward_pki::random_text())
}

impl ApiTokens {
    /// Over this store.
    pub fn new(store: Arc<dyn ApiTokenStore>) -> Self {
        Self {
            store,
            cache: Mutex::default(),
        }
    }

    /// Who acts with the token whose text has this hash; nobody when it is refused.
    pub async fn identity(&self, hash: &str) -> Result<Option<Arc<Identity>>, StoreError> {
        if let Some((at, found)) = self.cache.lock().get(hash)
            && at.elapsed() < CACHE_LIFETIME
        {
            return Ok(found.clone());
        }
        let now = now();
        let found = match self.store.presented_api_token(hash).await? {
            Some(presented) => {
                let last = presented.token.last_used_at;
                let id = presented.token.id;
                let identity = presented.identity(now).ok().map(Arc::new);
                let unwritten = last.is_none_or(|last| now.since(last) >= USE_WRITTEN_EVERY);
                if identity.is_some() && unwritten {
                    self.store.api_token_used(id, now).await?;
                }
                identity
            }
            None => None,
        };
        let mut cache = self.cache.lock();
        if cache.len() >= MAX_CACHED {
            cache.clear();
        }
        cache.insert(hash.to_owned(), (Instant::now(), found.clone()));
        Ok(found)
    }

    /// Reads every token again: somebody's rights have changed, or a token is gone.
    pub fn forget_cached(&self) {
        self.cache.lock().clear();
    }
}
