//! The tunnel state machine: whatever arrives in whatever order, it never panics, holds no more than the window, and
//! says nothing more once it has ended.
#![no_main]

use std::time::Duration;

use bytes::Bytes;
use edgeward_tunnel::session::{Read, Session};
use edgeward_tunnel::{CloseCode, Limits};
use edgeward_wire::frame::{Body, Frame, charge};
use libfuzzer_sys::fuzz_target;

const LIMITS: Limits = Limits {
    window_bytes: 4096,
    min_in_flight_bytes: 1024,
    queue_target: Duration::from_millis(200),
    close_timeout: Duration::from_secs(1),
};

fuzz_target!(|steps: &[u8]| {
    let mut session = Session::new(1, LIMITS);
    let mut number = 0u64;
    let mut unread = 0u64;
    let mut now = Duration::ZERO;
    for step in steps.chunks_exact(3) {
        now += Duration::from_millis(u64::from(step[2]));
        let size = usize::from(step[1]) * 8;
        let body = match step[0] % 12 {
            0 | 1 => {
                session.write(&vec![0; size]);
                continue;
            }
            2 | 3 => {
                session.next_frame(now).map(|frame| frame.seal());
                continue;
            }
            4 | 5 => {
                if let Read::Bytes(bytes) = session.read() {
                    unread -= charge(bytes.len());
                }
                continue;
            }
            6 => {
                session.finish();
                continue;
            }
            7 => Body::Credit(size as u64 * 4),
            8 => Body::Finish,
            9 => Body::Close {
                code: CloseCode::Done,
                text: String::new(),
            },
            _ => Body::Data {
                bytes: Bytes::from(vec![0; size.max(1)]),
                ask: step[2].is_multiple_of(2),
            },
        };
        let charged = match &body {
            Body::Data { bytes, .. } => charge(bytes.len()),
            _ => 0,
        };
        let skipped = u64::from(step[2] == 255);
        let frame = Frame {
            session: 1,
            number: number + skipped,
            body,
        };
        let was_over = session.reason().is_some();
        match session.receive(Ok(frame), now) {
            Ok(()) => unread += charged,
            Err(reason) => {
                assert_eq!(session.reason(), Some(&reason));
                assert!(
                    was_over
                        || skipped == 0
                        || matches!(reason, edgeward_tunnel::CloseReason::Violation(_))
                );
            }
        }
        assert!(unread <= LIMITS.window_bytes);
        number += 1;
    }
});
