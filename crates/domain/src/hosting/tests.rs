use std::collections::HashSet;

use edgeward_ids::{Name, OfferName};

use super::*;

const NOW: Moment = Moment::from_micros(7);
const LATER: Moment = Moment::from_micros(8);

fn new() -> Hosted {
    Hosted::new("one".into(), NOW)
}

fn said(generation: u64, step: Step, running: bool) -> Reported {
    Reported {
        generation,
        step,
        running,
        present: "neuron:1".into(),
        message: String::new(),
    }
}

fn upgrade(spec: &str) -> Change {
    Change::Upgrade {
        spec: spec.into(),
        to: "neuron:2".into(),
    }
}

fn changed(heard: Heard) -> Hosted {
    match heard {
        Heard::Changed(hosted) => *hosted,
        other => panic!("{other:?}"),
    }
}

fn settled() -> Hosted {
    changed(new().heard(Some(said(1, Step::Settled, true)), NOW))
}

#[test]
fn a_name_becomes_an_offers_name_that_is_free() {
    let name = |text: &str| text.parse::<Name>().unwrap();
    for (given, taken, expected) in [
        ("Neuron", &[][..], "neuron"),
        ("Hall 3 _ Neuron", &[], "hall-3-neuron"),
        ("Neuron-", &[], "neuron"),
        ("泵站", &[], "service"),
        ("泵站", &["service"], "service-2"),
        ("Neuron", &["neuron", "neuron-2"], "neuron-3"),
        (
            "a very long name of a service in a hall",
            &[],
            "a-very-long-name-of-a-se",
        ),
        (
            "a very long name of a service in a hall",
            &["a-very-long-name-of-a-se"],
            "a-very-long-name-of-a-2",
        ),
    ] {
        let taken: HashSet<OfferName> = taken.iter().map(|t| t.parse().unwrap()).collect();
        let offer = offer_name(&name(given), &taken).unwrap();
        assert_eq!(offer.as_str(), expected);
        assert!(offer.as_str().len() <= MAX_OFFER_CHARS);
    }
}

#[test]
fn the_state_is_what_the_agent_says_of_the_newest_wish() {
    for (running, step, runs, expected) in [
        (true, Step::UnderWay, true, State::UnderWay),
        (true, Step::Settled, true, State::Running),
        (true, Step::Settled, false, State::Down),
        (false, Step::Settled, false, State::Stopped),
        (false, Step::Settled, true, State::Running),
        (true, Step::Failed, false, State::Failed),
        (true, Step::Refused, false, State::Failed),
        (true, Step::Returned, true, State::Returned),
    ] {
        let mut course = new().course;
        course.running = running;
        assert_eq!(course.state(), State::Waiting);
        course.reported = Some(said(1, step, runs));
        assert_eq!(course.state(), expected);
        course.generation = 2;
        assert_eq!(course.state(), State::Waiting);
        assert!(course.is_open());
    }
}

#[test]
fn each_order_counts_up_and_changes_what_it_names() {
    let start = settled();
    for (change, running, restarts, wish, spec) in [
        (Change::Start, true, 0, Wish::Present, "one"),
        (Change::Stop, false, 0, Wish::Present, "one"),
        (Change::Restart, true, 1, Wish::Present, "one"),
        (upgrade("two"), true, 0, Wish::Present, "two"),
        (Change::Destroy, true, 0, Wish::Destroyed, "one"),
        (Change::Release, true, 0, Wish::Released, "one"),
    ] {
        let after = start.ordered(change, LATER).unwrap();
        let course = &after.course;
        assert_eq!((course.generation, course.ordered_at), (2, LATER));
        assert_eq!((course.running, course.restarts), (running, restarts));
        assert_eq!((course.wish, after.spec.as_str()), (wish, spec));
        assert_eq!(after.spec_before.as_deref(), Some("one"));
        assert_eq!((course.state(), course.changed_at), (State::Waiting, LATER));
    }
    let going = start.ordered(Change::Destroy, LATER).unwrap();
    let again = going.ordered(Change::Start, LATER);
    assert_eq!(again, Err(OrderRefusal::Going));
}

#[test]
fn an_upgrade_that_returned_is_not_asked_for_again() {
    let upgraded = settled().ordered(upgrade("two"), LATER).unwrap();
    let mut report = said(2, Step::Returned, true);
    report.message = "two did not answer".into();
    let returned = changed(upgraded.heard(Some(report), LATER));
    assert_eq!(returned.spec, "one");
    assert_eq!(returned.course.state(), State::Returned);
    assert_eq!(returned.course.message(), Some("two did not answer"));
    let restarted = returned.ordered(Change::Restart, LATER).unwrap();
    assert_eq!(restarted.spec, "one");
    let settled = changed(upgraded.heard(Some(said(2, Step::Settled, true)), LATER));
    assert_eq!(settled.spec_before.as_deref(), Some("two"));
    // One that was never heard to be settled has what it was first made of to go back to.
    let unheard = new().ordered(upgrade("two"), LATER).unwrap();
    let returned = changed(unheard.heard(Some(said(2, Step::Returned, true)), LATER));
    assert_eq!(returned.spec, "one");
}

#[test]
fn what_is_heard_again_changes_nothing_and_since_is_when_it_became_so() {
    let settled = settled();
    let same = settled.heard(Some(said(1, Step::Settled, true)), LATER);
    assert_eq!(same, Heard::Nothing);
    let down = changed(settled.heard(Some(said(1, Step::Settled, false)), LATER));
    assert_eq!(
        (down.course.state(), down.course.changed_at),
        (State::Down, LATER)
    );
    let mut other = said(1, Step::Settled, true);
    other.present = "x".repeat(MAX_PRESENT_CHARS + 1);
    let other = changed(settled.heard(Some(other), LATER));
    assert_eq!(other.course.changed_at, NOW, "its state is the same");
    let present = other.course.present().unwrap();
    assert_eq!(present.len(), MAX_PRESENT_CHARS);
}

#[test]
fn an_agent_that_knows_more_gets_a_wish_that_is_newer_still() {
    let ahead = changed(settled().heard(Some(said(9, Step::Settled, true)), LATER));
    assert_eq!(ahead.course.generation, 10);
    assert!(ahead.course.is_open());
    assert_eq!(ahead.spec, "one");
}

#[test]
fn a_refused_order_failed_until_the_next_one_whatever_is_reported_of_the_older() {
    let stopped = settled().ordered(Change::Stop, LATER).unwrap();
    assert_eq!(stopped.refused(1, "no", LATER), Heard::Nothing);
    let refused = changed(stopped.refused(2, "no", LATER));
    assert_eq!(refused.course.state(), State::Failed);
    assert_eq!(refused.course.message(), Some("no"));
    assert!(!refused.course.is_open());
    let older = refused.heard(Some(said(1, Step::Settled, true)), LATER);
    assert_eq!(older, Heard::Nothing);
    let down = changed(refused.heard(Some(said(1, Step::Settled, false)), LATER));
    assert_eq!(down.course.state(), State::Failed);
    assert!(!down.course.reported.unwrap().running);

    let upgraded = settled().ordered(upgrade("two"), LATER).unwrap();
    assert_eq!(changed(upgraded.refused(2, "no", LATER)).spec, "one");
    let first = changed(new().refused(1, "this agent hosts nothing", LATER));
    assert_eq!(first.heard(None, LATER), Heard::Nothing);
}

#[test]
fn what_is_to_go_is_forgotten_once_the_agent_has_taken_that_and_does_not_have_it() {
    let going = settled().ordered(Change::Destroy, LATER).unwrap();
    // Told before, it may still be about to make it.
    let missed = changed(going.heard(None, LATER));
    assert!(missed.course.is_open());
    assert_eq!(missed.taken(1), Heard::Nothing);
    assert_eq!(missed.taken(2), Heard::Gone);
    let taken = changed(going.taken(2));
    let at_work = changed(taken.heard(Some(said(2, Step::UnderWay, true)), LATER));
    assert_eq!(at_work.heard(None, LATER), Heard::Gone);
    let refused = changed(going.refused(2, "no", LATER));
    assert_eq!(refused.heard(None, LATER), Heard::Gone);
}

#[test]
fn what_an_agent_lost_is_wished_again() {
    let lost = changed(settled().heard(None, LATER));
    assert_eq!(
        (lost.course.state(), lost.is_open()),
        (State::Waiting, true)
    );
    assert_eq!(new().heard(None, LATER), Heard::Nothing);
}

impl Hosted {
    fn is_open(&self) -> bool {
        self.course.is_open()
    }
}
