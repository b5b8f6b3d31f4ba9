//! Use cases of access.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use edgeward_domain::Moment;
use edgeward_domain::access::{Email, PasswordFault, Session, SessionKind, User, UserState};
use edgeward_domain::audit::{Author, AuthorKind, By, Note};
use edgeward_ids::{SessionId, UserId};
use edgeward_store::{
    AuditStore, Failure, InstallationStore, NewSession, NewUser, SessionRefusal, SessionStore,
    SetupRefusal, StoreError, UserStore,
};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use parking_lot::Mutex;

use super::password::{self, PasswordError};
use super::{Bearer, LiveRules, checked_name};
use crate::api::request_id;
use crate::now;

/// How long a session is believed without asking the database again; also how long a sign-out may take to reach everywhere.
pub const SESSION_CACHE_LIFETIME: Duration = Duration::from_secs(5);

/// How often the use of a session is written down at most.
const USE_WRITTEN_EVERY: Duration = Duration::from_secs(60);

/// The most sessions kept in memory.
const MAX_CACHED_SESSIONS: usize = 10_000;

/// Sign-in attempts for one account: at once, and then each minute.
const ATTEMPTS_PER_ACCOUNT: NonZeroU32 = NonZeroU32::new(10).unwrap();

/// Sign-in attempts from one address, behind which there may be a whole office: at once, and then each minute.
const ATTEMPTS_PER_ADDRESS: NonZeroU32 = NonZeroU32::new(100).unwrap();

/// The key of the one-time link; shown once, only its hash is kept.
pub struct SetupKey(pub String);

/// When a session was read, and what was found.
type Cached = (Instant, Option<Bearer>);

/// Where somebody signs in from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The address, as the control plane sees it.
    pub address: String,
    /// The browser or program, as it calls itself.
    pub program: String,
}

/// Access.
pub struct Access {
    users: Arc<dyn UserStore>,
    sessions: Arc<dyn SessionStore>,
    installation: Arc<dyn InstallationStore>,
    audit: Arc<dyn AuditStore>,
    rules: LiveRules,
    accounts: DefaultKeyedRateLimiter<String>,
    addresses: DefaultKeyedRateLimiter<String>,
    /// By the hash of the token: when it was read, and what was found.
    cache: Mutex<HashMap<String, Cached>>,
}

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// Address or password is wrong; which of them is not said.
    #[error("the e-mail address or the password is wrong")]
    WrongCredentials,
    /// The password is right, and the account was disabled.
    #[error("this account was disabled")]
    Disabled,
    /// Too many attempts.
    #[error("too many attempts; wait a minute")]
    TooMany,
    /// Set-up is over, or the key is wrong.
    #[error(transparent)]
    Setup(SetupRefusal),
    /// The password does not keep the rules.
    #[error(transparent)]
    PasswordRules(#[from] PasswordFault),
    /// What was entered cannot be used.
    #[error("{0}")]
    Invalid(String),
    /// Passwords cannot be worked on.
    #[error("cannot work on a password")]
    Password(#[from] PasswordError),
    /// The database failed.
    #[error("cannot read or write users and sessions")]
    Store(#[from] StoreError),
}

impl Access {
    /// Over these stores, with these rules.
    pub fn new(store: &edgeward_store::Store, rules: LiveRules) -> Self {
        Self {
            users: store.users(),
            sessions: store.sessions(),
            installation: store.installation(),
            audit: store.audit(),
            rules,
            accounts: RateLimiter::keyed(Quota::per_minute(ATTEMPTS_PER_ACCOUNT)),
            addresses: RateLimiter::keyed(Quota::per_minute(ATTEMPTS_PER_ADDRESS)),
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
        origin: &Origin,
    ) -> Result<User, AccessError> {
        let email = checked_email(email)?;
        let display_name = checked_name(display_name)?;
        if !self.installation.setup_needed().await? {
            return Err(AccessError::Setup(SetupRefusal::AlreadyDone));
        }
        let password_hash = Some(self.new_password(password).await?);
        let by = By::anonymous(email.as_str(), &origin.address);
        let user = NewUser {
            password_hash,
            system_admin: true,
            ..NewUser::new(email, display_name)
        };
        let hash = edgeward_pki::sha256_hex(key.as_bytes());
        let made = self
            .installation
            .complete_setup(&hash, user, &by, now())
            .await;
        made.map_err(|failure| match failure {
            Failure::Refused(refusal) => AccessError::Setup(refusal),
            Failure::Store(error) => error.into(),
        })
    }

    /// The hash of a new password, if it keeps the rules.
    pub async fn new_password(&self, password: String) -> Result<String, AccessError> {
        self.rules.load().passwords.check(&password)?;
        Ok(password::hash(password).await?)
    }

    /// Counts an attempt to get in for this account and from this address.
    pub fn attempt(&self, account: &str, address: &str) -> Result<(), AccessError> {
        let account = account.trim().to_lowercase();
        let (account, address) = (
            self.accounts.check_key(&account),
            self.addresses.check_key(&address.to_owned()),
        );
        account.and(address).map_err(|_| AccessError::TooMany)?;
        Ok(())
    }

    /// Signs in; the token is shown this once.
    pub async fn sign_in(
        &self,
        email: &str,
        password: String,
        kind: SessionKind,
        remember: bool,
        origin: &Origin,
    ) -> Result<(Arc<Session>, String), AccessError> {
        self.attempt(email, &origin.address)?;
        let credentials = match email.parse::<Email>() {
            Ok(email) => self.users.credentials(&email).await?,
            Err(_) => None,
        };
        let hash = credentials.as_ref().and_then(|c| c.password_hash.clone());
        let right = password::verify(password, hash).await;
        let refusal = match credentials {
            Some(found) if right && !found.user.sso_only => match found.user.state {
                UserState::Active => {
                    return self.begin(&found.user, kind, remember, origin).await;
                }
                UserState::Disabled => AccessError::Disabled,
                UserState::Invited => AccessError::WrongCredentials,
            },
            _ => AccessError::WrongCredentials,
        };
        self.refused(email, &refusal, origin).await?;
        Err(refusal)
    }

    /// Records that somebody was not let in.
    pub async fn refused(
        &self,
        account: &str,
        reason: &AccessError,
        origin: &Origin,
    ) -> Result<(), AccessError> {
        let account: String = account.chars().take(Email::MAX_CHARS).collect();
        let by = By {
            request_id: Some(request_id::current()),
            ..By::anonymous(&account, &origin.address)
        };
        let note = Note::new("session.refuse", None, account).refused(reason.to_string());
        Ok(self.audit.append(note, &by, now()).await?)
    }

    /// Begins a person's session; the token is shown this once.
    pub async fn begin(
        &self,
        user: &User,
        kind: SessionKind,
        remembered: bool,
        origin: &Origin,
    ) -> Result<(Arc<Session>, String), AccessError> {
        let by = By {
            author: Author {
                kind: AuthorKind::User,
                id: Some(user.id.as_uuid()),
                name: user.email.to_string(),
            },
            address: Some(origin.address.clone()),
            request_id: Some(request_id::current()),
        };
        let lifetime = self.rules.load().session_lifetime(kind, remembered);
        self.begin_for(Some(user.id), kind, remembered, lifetime, origin, &by)
            .await
    }

    /// Begins the session of the machine's own operator.
    pub async fn begin_for_machine(&self, lifetime: Duration) -> Result<String, AccessError> {
        let origin = Origin {
            address: String::new(),
            program: "operator.json".into(),
        };
        let by = By::system("start");
        let begun = self
            .begin_for(None, SessionKind::Bearer, true, lifetime, &origin, &by)
            .await?;
        Ok(begun.1)
    }

    async fn begin_for(
        &self,
        user: Option<UserId>,
        kind: SessionKind,
        remembered: bool,
        lifetime: Duration,
        origin: &Origin,
        by: &By,
    ) -> Result<(Arc<Session>, String), AccessError> {
        let token = edgeward_pki::random_text();
        let session = NewSession {
            id: SessionId::generate(),
            token_hash: edgeward_pki::sha256_hex(token.as_bytes()),
            user,
            kind,
            remembered,
            address: origin.address.clone(),
            program: origin.program.clone(),
            expires_at: now() + lifetime,
        };
        let made = self.sessions.create_session(session, by, now()).await;
        let session = made.map_err(|failure| match failure {
            Failure::Refused(SessionRefusal::UnknownUser | SessionRefusal::NotActive) => {
                AccessError::Disabled
            }
            Failure::Store(error) => error.into(),
        })?;
        Ok((Arc::new(session), token))
    }

    /// Who is behind the session token with this hash.
    pub async fn bearer(&self, hash: &str) -> Result<Option<Bearer>, StoreError> {
        if let Some((at, found)) = self.cache.lock().get(hash)
            && at.elapsed() < SESSION_CACHE_LIFETIME
        {
            return Ok(found.clone());
        }
        let now = now();
        let found = self
            .sessions
            .session(hash, now)
            .await?
            .map(|session| Bearer {
                identity: Arc::new(session.identity.clone()),
                session: Some(Arc::new(session)),
            });
        if let Some(session) = found.as_ref().and_then(|found| found.session.as_ref()) {
            self.used(session, now).await?;
        }
        let mut cache = self.cache.lock();
        if cache.len() >= MAX_CACHED_SESSIONS {
            cache.clear();
        }
        cache.insert(hash.to_owned(), (Instant::now(), found.clone()));
        Ok(found)
    }

    /// A session that is used ends later; written at most once a minute. The machine's own keeps its end.
    async fn used(&self, session: &Session, now: Moment) -> Result<(), StoreError> {
        if now.since(session.last_used_at) < USE_WRITTEN_EVERY {
            return Ok(());
        }
        let expires_at = match &session.identity.actor {
            edgeward_domain::access::Actor::Machine => session.expires_at,
            _ => {
                let rules = self.rules.load();
                now + rules.session_lifetime(session.kind, session.remembered)
            }
        };
        self.sessions
            .session_used(session.id, now, expires_at)
            .await
            .map(|_| ())
    }

    /// Ends a session everywhere.
    pub async fn end(&self, session: SessionId, by: &By) -> Result<bool, StoreError> {
        let ended = self.sessions.end_session(session, by, now()).await?;
        self.forget_cached();
        Ok(ended)
    }

    /// Ends the session of a token, if it is one: whoever signs in anew leaves it.
    pub async fn leave(&self, token: &str) -> Result<(), StoreError> {
        let hash = edgeward_pki::sha256_hex(token.as_bytes());
        if let Some(session) = self.sessions.session(&hash, now()).await? {
            let by = By {
                author: session.identity.actor.author(),
                address: None,
                request_id: Some(request_id::current()),
            };
            self.end(session.id, &by).await?;
        }
        Ok(())
    }

    /// Reads every session again: somebody's rights or sessions have changed.
    pub fn forget_cached(&self) {
        self.cache.lock().clear();
    }

    /// The rules in force.
    pub fn rules(&self) -> arc_swap::Guard<Arc<super::Rules>> {
        self.rules.load()
    }

    /// Forgets what has ended. Safe to repeat.
    pub async fn tidy(&self) -> Result<(), StoreError> {
        self.accounts.retain_recent();
        self.addresses.retain_recent();
        self.cache
            .lock()
            .retain(|_, (at, _)| at.elapsed() < SESSION_CACHE_LIFETIME);
        self.sessions.forget_ended_sessions(now()).await.map(|_| ())
    }
}

/// An e-mail address, or what is wrong with it.
pub(crate) fn checked_email(text: &str) -> Result<Email, AccessError> {
    text.parse()
        .map_err(|e: edgeward_domain::access::EmailError| AccessError::Invalid(e.to_string()))
}
