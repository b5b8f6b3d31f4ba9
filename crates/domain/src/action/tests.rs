use std::time::Duration;

use super::*;

fn progress(done: u64) -> Progress {
    Progress {
        done,
        total: 10,
        ..Progress::default()
    }
}

fn all() -> [State; 7] {
    [
        State::Queued,
        State::Sent,
        State::Running(progress(1)),
        State::Done("1".to_owned()),
        State::Failed("no".to_owned()),
        State::Expired,
        State::Cancelled,
    ]
}

#[test]
fn a_device_takes_an_action_to_its_end() {
    let sent = State::Sent;
    let running = sent.after(Heard::Running(progress(1))).unwrap();
    assert_eq!(running.after(Heard::Running(progress(1))), None);
    let further = running.after(Heard::Running(progress(2))).unwrap();
    assert_eq!(
        further.after(Heard::Done("7".to_owned())),
        Some(State::Done("7".to_owned()))
    );
}

#[test]
fn what_has_ended_stays() {
    for ended in [
        State::Done(String::new()),
        State::Failed(String::new()),
        State::Cancelled,
    ] {
        assert!(ended.has_ended());
        for heard in [
            Heard::Running(progress(1)),
            Heard::Done("x".to_owned()),
            Heard::Failed("x".to_owned()),
            Heard::Cancelled,
        ] {
            assert_eq!(ended.after(heard), None);
        }
        assert!(ended.cancel().is_err());
    }
}

#[test]
fn what_was_given_up_unheard_is_corrected_by_the_device() {
    assert_eq!(
        State::Expired.after(Heard::Done(String::new())),
        Some(State::Done(String::new()))
    );
    assert_eq!(State::Expired.after(Heard::Running(progress(1))), None);
}

#[test]
fn calling_off_is_remembered_until_the_device_answers() {
    assert_eq!(
        State::Queued.cancel(),
        Ok(Cancelling::Ended(State::Cancelled))
    );
    let Ok(Cancelling::Ask(asked)) = State::Running(progress(3)).cancel() else {
        panic!("a running action is ended by its device");
    };
    let State::Running(now) = asked.after(Heard::Running(progress(4))).unwrap() else {
        panic!("it still runs");
    };
    assert!(now.cancelling);
    assert_eq!(asked.after(Heard::Cancelled), Some(State::Cancelled));
}

#[test]
fn every_action_ends_by_waiting() {
    let begin = Moment::from_micros(0);
    let not_after = begin + Duration::from_secs(60);
    let late = begin + SILENCE_LIMIT + Duration::from_secs(60);
    for state in all() {
        let ended = state.overdue(not_after, begin, late);
        assert_eq!(ended.is_none(), state.has_ended(), "{state:?}");
        assert!(ended.is_none_or(|ended| ended.has_ended()));
        assert_eq!(state.overdue(not_after, begin, begin), None);
    }
}

#[test]
fn long_messages_are_cut_between_characters() {
    let Some(State::Failed(message)) = State::Sent.after(Heard::Failed("ü".repeat(5000))) else {
        panic!("it failed");
    };
    assert_eq!(message.chars().count(), MAX_MESSAGE_CHARS);
}
