use edgeward_domain::Moment;
use edgeward_ids::AgentId;
use edgeward_wire::report::{Facts, Offer, State, Status};

use super::view::facts_from_wire;
use super::{Change, Presence};

fn at(seconds: i64) -> Moment {
    Moment::from_micros(seconds * 1_000_000)
}

fn says(state: State, run: u64) -> Status {
    Status {
        state,
        run,
        heartbeat_s: 20,
    }
}

#[test]
fn presence_follows_what_is_heard() {
    let (presence, agent) = (Presence::default(), AgentId::generate());
    assert_eq!(
        presence.status(agent, &says(State::Online, 1), at(0)),
        Change::Arrived
    );
    assert_eq!(
        presence.status(agent, &says(State::Online, 1), at(20)),
        Change::None
    );
    assert!(presence.is_online(agent));
    assert_eq!(presence.expire(at(40)), []);
    assert_eq!(presence.expire(at(120)), [agent]);
    assert!(!presence.is_online(agent));
    assert_eq!(presence.last(agent).0, Some(at(20)));
}

#[test]
fn the_late_will_of_an_old_connection_changes_nothing() {
    let (presence, agent) = (Presence::default(), AgentId::generate());
    presence.status(agent, &says(State::Online, 1), at(0));
    assert_eq!(
        presence.status(agent, &says(State::Online, 2), at(1)),
        Change::Arrived
    );
    assert_eq!(
        presence.status(agent, &says(State::Offline, 1), at(2)),
        Change::None
    );
    assert!(presence.is_online(agent));
    assert_eq!(
        presence.status(agent, &says(State::Offline, 2), at(3)),
        Change::Left
    );
}

#[test]
fn the_end_of_a_connection_that_was_taken_over_changes_nothing() {
    let (presence, agent) = (Presence::default(), AgentId::generate());
    let (old, new) = (([127, 0, 0, 1], 1).into(), ([127, 0, 0, 1], 2).into());
    presence.connected(agent, old);
    presence.status(agent, &says(State::Online, 1), at(0));
    presence.connected(agent, new);
    assert_eq!(presence.disconnected(agent, old, at(1)), Change::None);
    assert!(presence.is_online(agent));
    assert_eq!(presence.disconnected(agent, new, at(2)), Change::Left);
}

#[test]
fn an_existing_agent_may_be_silent_for_longer() {
    let (presence, agent) = (Presence::default(), AgentId::generate());
    assert_eq!(presence.iot_heard(agent, at(0)), Change::Arrived);
    assert_eq!(presence.iot_heard(agent, at(60)), Change::None);
    assert_eq!(presence.expire(at(60 + 149)), []);
    assert_eq!(presence.expire(at(60 + 151)), [agent]);
}

#[test]
fn facts_are_cut_to_their_limits() {
    let offer = Offer {
        name: "web".parse().unwrap(),
        kind: "k".repeat(600),
        description: "a\u{7}b".into(),
    };
    let facts = Facts {
        hostname: "h".repeat(1000),
        offers: vec![offer; 100],
        ..Facts::default()
    };
    let taken = facts_from_wire(&facts);
    assert_eq!(
        (
            taken.hostname.len(),
            taken.offers.len(),
            taken.offers[0].kind.len()
        ),
        (500, 64, 500)
    );
    assert_eq!(taken.offers[0].description, "ab");
}
