//! Anything that speaks HTTP: there is no call that proves anything, and no answer that tells what it is.

use crate::product::{Health, KeyPlace, Product, Reading, Tactics};
use crate::{Answer, Call, Claims, Kind};

/// Any HTTP service.
pub(crate) struct Anything;

impl Product for Anything {
    fn kind(&self) -> Kind {
        Kind::Http
    }

    fn title(&self) -> &'static str {
        "HTTP service"
    }

    fn default_port(&self) -> Option<u16> {
        None
    }

    fn audience(&self) -> Option<&'static str> {
        None
    }

    fn takes_basic(&self) -> bool {
        true
    }

    fn key_place(&self) -> Option<KeyPlace> {
        None
    }

    fn switch_on(&self) -> &'static str {
        "see the service's own documentation"
    }

    fn proof(&self) -> Call {
        Call::get("/")
    }

    fn read(&self, answer: &Answer) -> Reading {
        match answer.status.as_u16() {
            500.. => Reading::Failing,
            401 => Reading::Refused,
            403 => Reading::OtherRefusal,
            _ => Reading::Accepted,
        }
    }

    fn tactics(&self) -> Tactics {
        Tactics::default()
    }

    fn version(&self, _answer: &Answer) -> Option<String> {
        None
    }

    fn health_calls(&self) -> Vec<Call> {
        Vec::new()
    }

    fn health(&self, _answers: &[Option<Answer>]) -> Health {
        Health::default()
    }

    fn claims(&self, issuer: &str, now_s: i64, life_s: i64) -> Claims {
        Claims {
            issuer: issuer.to_owned(),
            audience: None,
            issued_at: now_s,
            expires_at: now_s.saturating_add(life_s),
            body_encode: false,
        }
    }
}
