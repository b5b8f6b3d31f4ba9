use std::time::Duration;

use edgeward_domain::Moment;
use edgeward_ids::ServiceId;

use super::HandOver;
use super::hand_over::{COOKIE_LIFETIME, TICKET_LIFETIME};
use super::host::session_hash;

const SESSION: [u8; 32] = [7; 32];

fn start() -> (HandOver, ServiceId, Moment) {
    (
        HandOver::new(b"key".to_vec()),
        ServiceId::generate(),
        Moment::from_micros(1_000_000),
    )
}

#[test]
fn a_ticket_becomes_a_cookie_once() {
    let (hand_over, service, now) = start();
    let (ticket, _) = hand_over.ticket(service, SESSION, now);
    let (cookie, session) = hand_over.redeem(&ticket, service, now).unwrap();
    assert_eq!(session, SESSION);
    assert_eq!(hand_over.check(&cookie, service, now), Some(SESSION));
    assert_eq!(hand_over.redeem(&ticket, service, now), None);
}

#[test]
fn tickets_and_cookies_are_good_for_one_service_one_purpose_and_a_while() {
    let (hand_over, service, now) = start();
    let (ticket, _) = hand_over.ticket(service, SESSION, now);
    assert_eq!(hand_over.check(&ticket, service, now), None);
    assert_eq!(hand_over.redeem(&ticket, ServiceId::generate(), now), None);
    assert_eq!(
        hand_over.redeem(
            &ticket,
            service,
            now + TICKET_LIFETIME + Duration::from_secs(1)
        ),
        None
    );
    let (cookie, _) = hand_over.redeem(&ticket, service, now).unwrap();
    assert_eq!(hand_over.check(&cookie, ServiceId::generate(), now), None);
    assert_eq!(
        hand_over.check(
            &cookie,
            service,
            now + COOKIE_LIFETIME + Duration::from_secs(1)
        ),
        None
    );
}

#[test]
fn a_forged_or_foreign_cookie_is_refused() {
    let (hand_over, service, now) = start();
    let (ticket, _) = HandOver::new(b"other".to_vec()).ticket(service, SESSION, now);
    assert_eq!(hand_over.redeem(&ticket, service, now), None);
    let (ticket, _) = hand_over.ticket(service, SESSION, now);
    let (cookie, _) = hand_over.redeem(&ticket, service, now).unwrap();
    for at in 0..cookie.len() {
        let mut forged = cookie.clone().into_bytes();
        forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
        let forged = String::from_utf8(forged).unwrap();
        assert!(
            hand_over
                .check(&forged, service, now)
                .is_none_or(|_| forged == cookie),
            "{at}"
        );
    }
    assert_eq!(hand_over.check("", service, now), None);
}

#[test]
fn a_session_hash_is_64_hexadecimal_digits() {
    assert_eq!(session_hash(&"07".repeat(32)), Some(SESSION));
    assert_eq!(session_hash("07"), None);
    assert_eq!(session_hash(&"zz".repeat(32)), None);
}
