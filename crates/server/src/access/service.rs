//! Use cases of access.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use edgeward_domain::Moment;
use edgeward_domain::access::{Email, Session, SessionKind, User};
use edgeward_ids::{SessionId, UserId};
use edgeward_store::{
    Failure, InstallationStore, NewSession, NewUser, SetupRefusal, StoreError, UserStore,
};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use parking_lot::Mutex;

use super::password::{self, PasswordError};
use crate::now;

/// How long a session lasts without use.
pub const SESSION_LIFETIME: Duration = Duration::from_secs(14 * 24 * 3600);

/// How long a session is believed without asking the database again; also how long a sign-out may take to reach everywhere.
pub const SESSION_CACHE_LIFETIME: Duration = Duration::from_secs(5);

/// The most sessions kept in memory.
const MAX_CACHED_SESSIONS: usize = 10_000;

/// Sign-in attempts for one account, and from one address: at once, and then each minute.
const ATTEMPTS: NonZeroU32 = NonZeroU32::new(10).unwrap();

/// The longest display name, in characters.
const MAX_DISPLAY_NAME_CHARS: usize = 100;

/// The key of the one-time link; shown once, only its hash is kept.
pub struct SetupKey(pub String);

/// When a session was read, and what was found.
type Cached = (Instant, Option<Arc<Session>>);

/// Access.
pub struct Access {
    users: Arc<dyn UserStore>,
    installation: Arc<dyn InstallationStore>,
    attempts: DefaultKeyedRateLimiter<String>,
    /// By the hash of the token: when it was read, and what was found.
    cache: Mutex<HashMap<String, Cached>>,
}

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// Address or password is wrong; which of them is not said.
    #[error("the e-mail address or the password is wrong")]
    WrongCredentials,
    /// Too many attempts.
    #[error("too many attempts; wait a minute")]
    TooMany,
    /// Set-up is over, or the key is wrong.
    #[error(transparent)]
    Setup(SetupRefusal),
    /// What was entered cannot be used.
    #[error("{0}")]
    Invalid(String),
    /// Passwords cannot be worked on.
    #[error("cannot work on a password")]
    Password(#[source] PasswordError),
    /// The database failed.
    #[error("cannot read or write users and sessions")]
    Store(#[from] StoreError),
}

impl Access {
    /// Over these stores.
    pub fn new(users: Arc<dyn UserStore>, installation: Arc<dyn InstallationStore>) -> Self {
        Self {
            users,
            installation,
            attempts: RateLimiter::keyed(Quota::per_minute(ATTEMPTS)),
            cache: Mutex::default(),
        }
    }

    /// Whether an administrator is still to be made.
    pub async fn setup_needed(&self) -> Result<bool, AccessError> {
        Ok(self.installation.setup_needed().await?)
    }

    /// A new one-time key, which replaces an earlier one; nothing when there is an administrator already.
    pub async fn new_setup_key(&self) -> Result<Option<SetupKey>, AccessError> {
        if !self.installation.setup_needed().await? {
            return Ok(None);
        }
        let key = edgeward_pki::random_text();
        match self
            .installation
            .set_setup_key(&edgeward_pki::sha256_hex(key.as_bytes()), now())
            .await
        {
            Ok(()) => Ok(Some(SetupKey(key))),
            Err(Failure::Refused(_)) => Ok(None),
            Err(Failure::Store(error)) => Err(error.into()),
        }
    }

    /// Makes the first administrator.
    pub async fn set_up(
        &self,
        key: &str,
        email: &str,
        display_name: &str,
        password: String,
    ) -> Result<User, AccessError> {
        let email: Email = email
            .parse()
            .map_err(|e: edgeward_domain::access::EmailError| {
                AccessError::Invalid(e.to_string())
            })?;
        let display_name = display_name.trim();
        if display_name.is_empty() || display_name.chars().count() > MAX_DISPLAY_NAME_CHARS {
            return Err(AccessError::Invalid(format!(
                "the display name must have 1 to {MAX_DISPLAY_NAME_CHARS} characters"
            )));
        }
        if !self.installation.setup_needed().await? {
            return Err(AccessError::Setup(SetupRefusal::AlreadyDone));
        }
        let password_hash = password::hash(password)
            .await
            .map_err(|error| match error {
                PasswordError::Length => AccessError::Invalid(error.to_string()),
                PasswordError::Hash(_) => AccessError::Password(error),
            })?;
        let user = NewUser {
            id: UserId::generate(),
            email,
            display_name: display_name.into(),
            password_hash,
        };
        let hash = edgeward_pki::sha256_hex(key.as_bytes());
        self.installation
            .complete_setup(&hash, user, now())
            .await
            .map_err(|failure| match failure {
                Failure::Refused(refusal) => AccessError::Setup(refusal),
                Failure::Store(error) => error.into(),
            })
    }

    /// Signs in; the token is shown this once.
    pub async fn sign_in(
        &self,
        email: &str,
        password: String,
        from: &str,
        kind: SessionKind,
    ) -> Result<(Session, String), AccessError> {
        for key in [
            format!("account {}", email.trim().to_lowercase()),
            format!("address {from}"),
        ] {
            self.attempts
                .check_key(&key)
                .map_err(|_| AccessError::TooMany)?;
        }
        let credentials = match email.parse::<Email>() {
            Ok(email) => self.users.credentials(&email).await?,
            Err(_) => None,
        };
        let hash = credentials.as_ref().map(|c| c.password_hash.clone());
        let right = password::verify(password, hash).await;
        match credentials {
            Some(credentials) if right => {
                self.begin(Some(credentials.user.id), kind, SESSION_LIFETIME)
                    .await
            }
            _ => Err(AccessError::WrongCredentials),
        }
    }

    /// Begins a session; without a user it is the machine's own operator's.
    pub async fn begin(
        &self,
        user: Option<UserId>,
        kind: SessionKind,
        lifetime: Duration,
    ) -> Result<(Session, String), AccessError> {
        let token = edgeward_pki::random_text();
        let session = NewSession {
            id: SessionId::generate(),
            token_hash: edgeward_pki::sha256_hex(token.as_bytes()),
            user,
            kind,
            expires_at: now() + lifetime,
        };
        Ok((self.users.create_session(session, now()).await?, token))
    }

    /// The session of a token.
    pub async fn session(&self, token: &str) -> Result<Option<Arc<Session>>, StoreError> {
        self.session_by_hash(&edgeward_pki::sha256_hex(token.as_bytes()))
            .await
    }

    /// The session whose token has this hash.
    pub async fn session_by_hash(&self, hash: &str) -> Result<Option<Arc<Session>>, StoreError> {
        if let Some((at, session)) = self.cache.lock().get(hash)
            && at.elapsed() < SESSION_CACHE_LIFETIME
        {
            return Ok(session.clone());
        }
        let now = now();
        let session = self.users.session(hash, now).await?.map(Arc::new);
        if let Some(session) = &session {
            self.extend(session, now).await?;
        }
        let mut cache = self.cache.lock();
        if cache.len() >= MAX_CACHED_SESSIONS {
            cache.clear();
        }
        cache.insert(hash.to_owned(), (Instant::now(), session.clone()));
        Ok(session)
    }

    /// A person's session that is used ends later; written at most once a day.
    async fn extend(&self, session: &Session, now: Moment) -> Result<(), StoreError> {
        let used = session.kind == SessionKind::Browser
            && session.expires_at.since(now) + Duration::from_secs(24 * 3600) < SESSION_LIFETIME;
        if used {
            self.users
                .extend_session(session.id, now + SESSION_LIFETIME)
                .await?;
        }
        Ok(())
    }

    /// Ends a session everywhere.
    pub async fn end(&self, session: SessionId) -> Result<(), AccessError> {
        self.users.end_session(session).await?;
        self.cache
            .lock()
            .retain(|_, (_, cached)| cached.as_ref().is_none_or(|cached| cached.id != session));
        Ok(())
    }

    /// Forgets what has ended. Safe to repeat.
    pub async fn tidy(&self) -> Result<(), StoreError> {
        self.attempts.retain_recent();
        self.cache
            .lock()
            .retain(|_, (at, _)| at.elapsed() < SESSION_CACHE_LIFETIME);
        self.users.forget_ended_sessions(now()).await.map(|_| ())
    }
}
