use super::*;

const HEARD_AT: Moment = Moment::from_micros(1_000_000_000);

fn online(run: u64) -> Presence {
    Presence::Online {
        run,
        heard_at: HEARD_AT,
    }
}

#[test]
fn every_event_in_every_state() {
    let edge = HEARD_AT + PRESENCE_TIMEOUT;
    let over = edge + Duration::from_micros(1);
    let heard = |run, heard_at| Presence::Online { run, heard_at };
    for (before, event, now, expected) in [
        (
            Presence::Offline,
            Event::Heard { run: 1 },
            edge,
            heard(1, edge),
        ),
        (
            Presence::Offline,
            Event::Goodbye { run: 1 },
            edge,
            Presence::Offline,
        ),
        (Presence::Offline, Event::Tick, over, Presence::Offline),
        (online(1), Event::Heard { run: 1 }, over, heard(1, over)),
        (online(1), Event::Heard { run: 2 }, edge, heard(2, edge)),
        (
            online(2),
            Event::Goodbye { run: 2 },
            HEARD_AT,
            Presence::Offline,
        ),
        (online(2), Event::Goodbye { run: 1 }, HEARD_AT, online(2)),
        (
            online(2),
            Event::Goodbye { run: 1 },
            over,
            Presence::Offline,
        ),
        (online(1), Event::Tick, edge, online(1)),
        (online(1), Event::Tick, over, Presence::Offline),
        (online(1), Event::Tick, Moment::from_micros(0), online(1)),
    ] {
        let found = after(before, event, now);
        assert_eq!(found, expected, "{before:?} {event:?} at {now:?}");
    }
}

#[test]
fn nobody_is_there_until_heard() {
    assert!(!Presence::default().is_online());
}
