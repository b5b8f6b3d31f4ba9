//! The hand-over: how a signed-in person gets from the console to a service's own host name.
//!
//! The console's cookie never reaches a service's host. Instead the console gives a ticket (60 s, once) in a link to that host, which
//! becomes a cookie of that host alone. Both are signed with the installation's hand-over key and name the service and the console session; the
//! session is looked up again on use, so that signing out ends the pages as well.

use std::collections::HashMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use edgeward_domain::Moment;
use edgeward_ids::ServiceId;
use hmac::{Hmac, Mac as _};
use parking_lot::Mutex;
use sha2::Sha256;
use uuid::Uuid;

/// How long a ticket can be used.
pub const TICKET_LIFETIME: Duration = Duration::from_secs(60);

/// How long a service's cookie lasts; opening the service again makes a new one.
pub const COOKIE_LIFETIME: Duration = Duration::from_secs(8 * 3600);

/// The cookie of a service's host.
pub const COOKIE: &str = "edgeward_service";

const SIGNATURE_BYTES: usize = 32;

/// SHA-256 of a console session's token.
pub type SessionHash = [u8; 32];

/// What a signed text is good for.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Purpose {
    Ticket = 1,
    Cookie = 2,
}

/// A claim that was signed: this session may see this service until then.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Claim {
    /// The service.
    pub service: ServiceId,
    /// The console session: the hash of its token, which is of no use as a token.
    pub session: SessionHash,
    /// The end.
    pub expires_at: Moment,
}

/// Makes and checks tickets and cookies.
pub struct HandOver {
    key: Vec<u8>,
    /// Tickets that were used, until they would have ended anyway.
    used: Mutex<HashMap<[u8; SIGNATURE_BYTES], Moment>>,
}

impl HandOver {
    /// Signs with this key.
    pub fn new(key: Vec<u8>) -> Self {
        Self {
            key,
            used: Mutex::default(),
        }
    }

    /// A ticket for a link.
    pub fn ticket(
        &self,
        service: ServiceId,
        session: SessionHash,
        now: Moment,
    ) -> (String, Moment) {
        let expires_at = now + TICKET_LIFETIME;
        (
            self.seal(
                Purpose::Ticket,
                Claim {
                    service,
                    session,
                    expires_at,
                },
            ),
            expires_at,
        )
    }

    /// Turns a ticket into a cookie, once. `None` when it is forged, late, used, or for another service.
    pub fn redeem(
        &self,
        ticket: &str,
        service: ServiceId,
        now: Moment,
    ) -> Option<(String, SessionHash)> {
        let (claim, signature) = self.open(Purpose::Ticket, ticket, service, now)?;
        let mut used = self.used.lock();
        used.retain(|_, end| *end > now);
        if used.insert(signature, claim.expires_at).is_some() {
            return None;
        }
        let cookie = Claim {
            expires_at: now + COOKIE_LIFETIME,
            ..claim
        };
        Some((self.seal(Purpose::Cookie, cookie), claim.session))
    }

    /// The session that a cookie speaks for. `None` when it is forged, late, or for another service.
    pub fn check(&self, cookie: &str, service: ServiceId, now: Moment) -> Option<SessionHash> {
        self.open(Purpose::Cookie, cookie, service, now)
            .map(|(claim, _)| claim.session)
    }

    fn seal(&self, purpose: Purpose, claim: Claim) -> String {
        let mut bytes = Vec::with_capacity(1 + 16 + 32 + 8 + 8 + SIGNATURE_BYTES);
        bytes.push(purpose as u8);
        bytes.extend_from_slice(claim.service.as_uuid().as_bytes());
        bytes.extend_from_slice(&claim.session);
        bytes.extend_from_slice(&claim.expires_at.as_micros().to_be_bytes());
        bytes.extend_from_slice(&edgeward_pki::random_bytes::<8>());
        if let Some(mac) = self.mac(&bytes) {
            bytes.extend_from_slice(&mac.finalize().into_bytes());
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn open(
        &self,
        purpose: Purpose,
        text: &str,
        service: ServiceId,
        now: Moment,
    ) -> Option<(Claim, [u8; SIGNATURE_BYTES])> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (body, signature) =
            bytes.split_at_checked(bytes.len().checked_sub(SIGNATURE_BYTES)?)?;
        self.mac(body)?.verify_slice(signature).ok()?;
        let (kind, rest) = body.split_first()?;
        let claim = Claim {
            service: ServiceId::from_uuid(Uuid::from_slice(rest.get(..16)?).ok()?),
            session: rest.get(16..48)?.try_into().ok()?,
            expires_at: Moment::from_micros(i64::from_be_bytes(rest.get(48..56)?.try_into().ok()?)),
        };
        let good = *kind == purpose as u8 && claim.service == service && claim.expires_at > now;
        good.then_some((claim, signature.try_into().ok()?))
    }

    fn mac(&self, bytes: &[u8]) -> Option<Hmac<Sha256>> {
        Hmac::<Sha256>::new_from_slice(&self.key)
            .ok()
            .map(|mac| mac.chain_update(bytes))
    }
}
