use std::time::Duration;

use edgeward_ids::{Name, OrganisationId, RolloutId};

use super::*;

const START: Moment = Moment::from_micros(1_000_000_000);

fn plan(waves: &[&str]) -> Plan {
    Plan {
        waves: waves.iter().map(|size| size.parse().unwrap()).collect(),
        failure_limit: Size::NONE,
        watch: Duration::ZERO,
        wait_for_away: false,
        include_later: false,
        lifetime: Duration::from_secs(3600),
    }
}

fn rollout(plan: Plan) -> Rollout {
    Rollout {
        id: RolloutId::generate(),
        name: "update".parse::<Name>().unwrap(),
        organisation: OrganisationId::generate(),
        project: None,
        plan,
        state: State::Running,
        reason: String::new(),
        begun: 0,
        forgiven: 0,
        created_at: START,
        created_by: "anna".to_owned(),
        changed_at: START,
    }
}

fn counts(waiting: u64, queued: u64, under_way: u64, done: u64, failed: u64) -> Counts {
    Counts {
        waiting,
        queued,
        under_way,
        done,
        failed,
        ..Counts::default()
    }
}

fn standing(waves: &[Counts]) -> Standing {
    Standing {
        waves: waves.to_vec(),
        last_end: None,
        undo: Counts::default(),
    }
}

#[test]
fn sizes_are_numbers_and_shares() {
    for (text, size) in [
        ("5", Size::Number(5)),
        ("0", Size::Number(0)),
        ("10%", Size::PerCent(10)),
        ("100%", Size::PerCent(100)),
    ] {
        assert_eq!(text.parse(), Ok(size));
        assert_eq!(size.to_string(), text);
    }
    for bad in [
        "",
        "%",
        "-1",
        "+1",
        "101%",
        "1.5",
        "a",
        "5 %",
        "99999999999",
    ] {
        assert!(bad.parse::<Size>().is_err(), "{bad}");
    }
    assert_eq!(Size::PerCent(10).at_least_one(25), 3);
    assert_eq!(Size::PerCent(1).at_least_one(25), 1);
    assert_eq!(Size::PerCent(10).at_most(25), 2);
    assert_eq!(Size::PerCent(10).at_most(9), 0);
}

#[test]
fn the_rest_is_a_wave_of_its_own() {
    assert_eq!(plan(&["1", "10%", "50%"]).sizes(100), [1, 10, 50, 39]);
    assert_eq!(plan(&[]).sizes(7), [7]);
    assert_eq!(plan(&["5", "5"]).sizes(7), [5, 2]);
    assert_eq!(plan(&["5", "5", "5"]).sizes(5), [5]);
    assert_eq!(plan(&["0"]).sizes(2), [1, 1]);
    assert_eq!(plan(&["5"]).sizes(0), [0; 0]);
    let places: Vec<u32> = plan(&["1", "2"]).places(5).collect();
    assert_eq!(places, [1, 2, 2, 3, 3]);
}

#[test]
fn a_wave_begins_when_the_one_before_is_through() {
    let mut rollout = rollout(plan(&["2"]));
    let before = standing(&[counts(2, 0, 0, 0, 0), counts(3, 0, 0, 0, 0)]);
    assert_eq!(rollout.next(&before, START), Next::Begin);
    rollout = rollout.after(&Change::BeginWave, &before, START).unwrap();
    assert_eq!(rollout.begun, 1);
    let rest = counts(3, 0, 0, 0, 0);
    let wait = [
        counts(1, 0, 0, 1, 0),
        counts(0, 0, 1, 1, 0),
        counts(0, 2, 0, 0, 0),
    ];
    for first in wait {
        let next = rollout.next(&standing(&[first, rest]), START);
        assert_eq!(next, Next::Wait, "{first:?}");
    }
    // One that is away holds up nobody.
    for first in [counts(0, 0, 0, 2, 0), counts(0, 1, 0, 1, 0)] {
        let next = rollout.next(&standing(&[first, rest]), START);
        assert_eq!(next, Next::Begin, "{first:?}");
    }
    rollout.plan.wait_for_away = true;
    let away = standing(&[counts(0, 1, 0, 1, 0), rest]);
    assert_eq!(rollout.next(&away, START), Next::Wait);
}

#[test]
fn a_wave_is_watched() {
    let mut rollout = rollout(plan(&["1"]));
    rollout.plan.watch = Duration::from_secs(60);
    rollout.begun = 1;
    let end = START + Duration::from_secs(100);
    let through = Standing {
        last_end: Some(end),
        ..standing(&[counts(0, 0, 0, 1, 0), counts(1, 0, 0, 0, 0)])
    };
    let almost = end + Duration::from_secs(59);
    assert_eq!(rollout.next(&through, almost), Next::Wait);
    let then = end + Duration::from_secs(60);
    assert_eq!(rollout.next(&through, then), Next::Begin);
}

#[test]
fn too_many_failures_pause_it_until_somebody_has_looked() {
    let mut rollout = rollout(plan(&["5"]));
    rollout.plan.failure_limit = Size::PerCent(10);
    rollout.begun = 1;
    let rest = counts(15, 0, 0, 0, 0);
    let two = standing(&[counts(0, 0, 1, 2, 2), rest]);
    assert_eq!(rollout.next(&two, START), Next::Wait);
    let three = standing(&[counts(0, 0, 1, 1, 3), rest]);
    let Next::Pause(reason) = rollout.next(&three, START) else {
        panic!("it goes on");
    };
    assert_eq!(reason, "3 failed; the limit is 2");
    let paused = rollout
        .after(&Change::Pause(reason.clone()), &three, START)
        .unwrap();
    assert_eq!(
        (paused.state, paused.reason.as_str()),
        (State::Paused, reason.as_str())
    );
    assert_eq!(paused.next(&three, START), Next::Wait);
    let resumed = paused.after(&Change::Resume, &three, START).unwrap();
    assert_eq!((resumed.forgiven, resumed.reason.as_str()), (3, ""));
    assert_eq!(resumed.next(&three, START), Next::Wait);
    let six = standing(&[counts(0, 0, 0, 0, 6), rest]);
    assert!(matches!(resumed.next(&six, START), Next::Pause(_)));
}

#[test]
fn it_is_over_when_every_device_has_its_end() {
    let mut rollout = rollout(plan(&[]));
    assert_eq!(rollout.next(&standing(&[]), START), Next::Finish);
    rollout.begun = 1;
    let goes_on = standing(&[counts(0, 1, 0, 1, 0)]);
    assert_eq!(rollout.next(&goes_on, START), Next::Wait);
    // Also when more have failed than may: nothing is left to hold back.
    for last in [counts(0, 0, 0, 2, 0), counts(0, 0, 0, 1, 1)] {
        let over = standing(&[last]);
        assert_eq!(rollout.next(&over, START), Next::Finish);
    }
    let over = standing(&[counts(0, 0, 0, 2, 0)]);
    rollout.plan.include_later = true;
    assert_eq!(rollout.next(&over, START), Next::Wait);
    // Ended by somebody, it has done all that it could.
    let ended = rollout.after(&Change::Abort, &over, START).unwrap();
    assert_eq!(ended.state, State::Done);
    let aborted = rollout.after(&Change::Abort, &goes_on, START).unwrap();
    assert_eq!(aborted.state, State::Aborted);
}

#[test]
fn undoing_ends_when_every_device_has_answered() {
    let mut rollout = rollout(plan(&[]));
    rollout.begun = 1;
    let all = counts(0, 0, 0, 3, 1);
    let undoing = rollout
        .after(&Change::Undo, &standing(&[all]), START)
        .unwrap();
    assert_eq!(undoing.state, State::Undoing);
    for undo in [
        counts(1, 0, 0, 1, 0),
        counts(0, 1, 0, 1, 0),
        counts(0, 0, 1, 1, 0),
    ] {
        let standing = Standing {
            undo,
            ..standing(&[all])
        };
        assert_eq!(undoing.next(&standing, START), Next::Wait, "{undo:?}");
    }
    let over = Standing {
        undo: counts(0, 0, 0, 1, 1),
        ..standing(&[all])
    };
    assert_eq!(undoing.next(&over, START), Next::Finish);
    let undone = undoing.after(&Change::Finish, &over, START).unwrap();
    assert_eq!(undone.state, State::Undone);
    assert_eq!(
        undone.reason,
        "undone on 1 of 3; on 1 the undoing did not succeed; on 1 there was no way back"
    );
}

#[test]
fn not_everything_can_become_of_everything() {
    let empty = standing(&[]);
    let allowed = |state: State| -> Vec<&'static str> {
        let mut rollout = rollout(plan(&[]));
        rollout.state = state;
        [
            Change::BeginWave,
            Change::Pause(String::new()),
            Change::Resume,
            Change::Abort,
            Change::Undo,
            Change::Finish,
        ]
        .iter()
        .filter(|change| rollout.after(change, &empty, START).is_ok())
        .map(Change::as_str)
        .map(|word| word.trim_start_matches("rollout."))
        .collect()
    };
    assert_eq!(
        allowed(State::Running),
        ["begin_wave", "pause", "abort", "undo", "finish"]
    );
    assert_eq!(allowed(State::Paused), ["resume", "abort", "undo"]);
    assert_eq!(allowed(State::Aborted), ["undo"]);
    assert_eq!(allowed(State::Done), ["undo"]);
    assert_eq!(allowed(State::Undoing), ["abort", "finish"]);
    assert_eq!(allowed(State::Undone), [""; 0]);
}
