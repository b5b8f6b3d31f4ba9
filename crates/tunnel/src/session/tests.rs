//! Rules one by one here; any interleaving in `properties`; behaviour on slow links, with a virtual clock, in `delay`.

mod delay;
mod properties;

use edgeward_wire::frame::{HEADER_BYTES, MAX_DATA_BYTES, MIN_CHARGE_BYTES, WINDOW_BYTES};

use super::*;

const ID: u64 = 7;
const NOW: Duration = Duration::ZERO;

fn session() -> Session {
    Session::new(ID, Limits::default())
}

fn decoded(number: u64, body: Body) -> Result<Frame, FrameError> {
    let session = ID;
    Ok(Frame {
        session,
        number,
        body,
    })
}

fn data(bytes: &[u8]) -> Body {
    let bytes = Bytes::copy_from_slice(bytes);
    Body::Data { bytes, ask: false }
}

fn sent(session: &mut Session) -> Option<Frame> {
    session
        .next_frame(NOW)
        .map(|frame| Frame::decode(frame.seal()).unwrap())
}

fn violation(session: &mut Session, number: u64, body: Body) -> Violation {
    match session.receive(decoded(number, body), NOW) {
        Err(CloseReason::Violation(violation)) => violation,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_written_at_once_is_one_frame() {
    let mut session = session();
    for piece in ["one ", "two ", "three"] {
        assert_eq!(session.write(piece.as_bytes()), Written::Taken(piece.len()));
    }
    assert_eq!(sent(&mut session).unwrap().body, data(b"one two three"));
    assert!(sent(&mut session).is_none());
}

#[test]
fn a_gap_ends_the_session_and_the_other_end_is_told() {
    let mut session = session();
    session.receive(decoded(0, data(b"a")), NOW).unwrap();
    let gap = Violation::Gap {
        expected: 1,
        got: 2,
    };
    assert_eq!(violation(&mut session, 2, data(b"c")), gap);
    assert_eq!(session.read(), Read::Ended(CloseReason::Violation(gap)));
    let Some(Body::Close { code, text }) = sent(&mut session).map(|frame| frame.body) else {
        panic!("no close frame");
    };
    assert_eq!(code, CloseCode::Violation);
    assert_eq!(text, "frame 1 is missing, frame 2 came instead");
    assert!(sent(&mut session).is_none());
    assert!(matches!(session.write(b"x"), Written::Ended(_)));
}

#[test]
fn a_repeat_ends_the_session() {
    let mut session = session();
    session.receive(decoded(0, data(b"a")), NOW).unwrap();
    let repeat = Violation::Repeat {
        expected: 1,
        got: 0,
    };
    assert_eq!(violation(&mut session, 0, data(b"a")), repeat);
}

#[test]
fn an_unreadable_frame_ends_the_session() {
    let mut session = session();
    let error = FrameError::Checksum;
    assert_eq!(
        session.receive(Err(error), NOW),
        Err(CloseReason::Violation(Violation::Malformed(error)))
    );
}

#[test]
fn a_frame_of_another_session_is_ignored() {
    let mut session = session();
    let (number, body) = (5, data(b"x"));
    let foreign = Frame {
        session: ID + 1,
        number,
        body,
    };
    assert_eq!(session.receive(Ok(foreign), NOW), Ok(()));
    assert_eq!(session.read(), Read::Pending);
}

#[test]
fn the_window_is_exact() {
    let full = [0; MAX_DATA_BYTES];
    let mut session = session();
    let frames = WINDOW_BYTES / MAX_DATA_BYTES as u64;
    for number in 0..frames {
        session.receive(decoded(number, data(&full)), NOW).unwrap();
    }
    assert_eq!(
        violation(&mut session, frames, data(b"x")),
        Violation::OverCredit {
            outstanding: WINDOW_BYTES + MIN_CHARGE_BYTES,
            window: WINDOW_BYTES
        }
    );
}

#[test]
fn a_flood_of_tiny_frames_is_bounded() {
    let mut session = session();
    let frames = WINDOW_BYTES / MIN_CHARGE_BYTES;
    for number in 0..frames {
        session.receive(decoded(number, data(b"x")), NOW).unwrap();
    }
    assert!(matches!(
        violation(&mut session, frames, data(b"x")),
        Violation::OverCredit { .. }
    ));
}

#[test]
fn credit_comes_unasked_only_after_half_the_window() {
    let full = [0; MAX_DATA_BYTES];
    let mut session = session();
    let half = WINDOW_BYTES / 2;
    for number in 0..half / MAX_DATA_BYTES as u64 {
        assert!(sent(&mut session).is_none());
        session.receive(decoded(number, data(&full)), NOW).unwrap();
        assert!(matches!(session.read(), Read::Bytes(_)));
    }
    assert_eq!(sent(&mut session).unwrap().body, Body::Credit(half));
}

#[test]
fn credit_that_is_asked_for_comes_once_the_bytes_are_read() {
    let mut session = session();
    let bytes = Bytes::from_static(&[1; 1000]);
    let body = Body::Data { bytes, ask: true };
    session.receive(decoded(0, body), NOW).unwrap();
    assert!(sent(&mut session).is_none());
    session.read();
    assert_eq!(sent(&mut session).unwrap().body, Body::Credit(1000));
    assert!(sent(&mut session).is_none());
}

#[test]
fn credit_must_grow_and_be_for_what_was_sent() {
    for got in [0, 1001] {
        let mut session = session();
        session.write(&[0; 1000]);
        sent(&mut session);
        assert!(matches!(
            violation(&mut session, 0, Body::Credit(got)),
            Violation::BadCredit { sent: 1000, .. }
        ));
    }
}

#[test]
fn nothing_follows_a_finish() {
    for late in [data(b"x"), Body::Finish] {
        let mut session = session();
        session.receive(decoded(0, Body::Finish), NOW).unwrap();
        assert_eq!(violation(&mut session, 1, late), Violation::AfterFinish);
    }
}

#[test]
fn half_close_leaves_the_other_direction_open() {
    let mut session = session();
    session.receive(decoded(0, data(b"question")), NOW).unwrap();
    session.receive(decoded(1, Body::Finish), NOW).unwrap();
    assert_eq!(session.read(), Read::Bytes("question".into()));
    assert_eq!(session.read(), Read::Finished);

    session.write(b"answer");
    session.finish();
    assert!(!session.is_flushed());
    assert_eq!(sent(&mut session).unwrap().body, data(b"answer"));
    assert_eq!(sent(&mut session).unwrap().body, Body::Finish);
    assert!(session.is_flushed());
    assert_eq!(session.reason(), Some(&CloseReason::Finished));
    assert!(sent(&mut session).is_none());
}

#[test]
fn what_came_before_the_others_close_can_still_be_read() {
    let mut session = session();
    session
        .receive(decoded(0, data(b"last words")), NOW)
        .unwrap();
    let (code, text) = (CloseCode::ShuttingDown, "bye".to_owned());
    let close = Body::Close {
        code,
        text: text.clone(),
    };
    let reason = CloseReason::Peer { code, text };
    assert_eq!(session.receive(decoded(1, close), NOW), Err(reason.clone()));
    assert_eq!(session.read(), Read::Bytes("last words".into()));
    assert_eq!(session.read(), Read::Ended(reason));
    assert!(sent(&mut session).is_none());
}

#[test]
fn the_first_reason_stays() {
    let mut session = session();
    session.end(CloseReason::WayLost);
    session.end(CloseReason::Dropped);
    assert_eq!(session.reason(), Some(&CloseReason::WayLost));
    assert!(!session.has_frame());
}

#[test]
fn frames_have_at_most_the_named_size() {
    let mut session = session();
    let much = vec![0; 4 * MAX_DATA_BYTES];
    while let Written::Taken(_) = session.write(&much) {}
    let frame = session.next_frame(NOW).unwrap().seal();
    assert!(frame.len() <= HEADER_BYTES + MAX_DATA_BYTES);
}
