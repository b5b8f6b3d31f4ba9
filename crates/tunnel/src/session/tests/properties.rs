//! Whatever order things happen in: exactly the written bytes arrive, or the session ends with a reason.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::*;

/// Small, so that every limit is reached often.
fn tight() -> Limits {
    Limits {
        window_bytes: 4096,
        min_in_flight_bytes: 1024,
        ..Limits::default()
    }
}

/// One thing that happens; ends are 0 and 1.
#[derive(Clone, Debug)]
enum Step {
    Write(usize, usize),
    Send(usize),
    Deliver(usize),
    Read(usize),
    Finish(usize),
}

/// What goes wrong on the way to end 1.
#[derive(Clone, Copy, Debug)]
enum Harm {
    Lose,
    Repeat,
    Swap,
    Damage(usize),
    Truncate(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let end = 0..2usize;
    prop_oneof![
        4 => (end.clone(), 1..3000usize).prop_map(|(end, bytes)| Step::Write(end, bytes)),
        6 => end.clone().prop_map(Step::Send),
        6 => end.clone().prop_map(Step::Deliver),
        5 => end.clone().prop_map(Step::Read),
        1 => end.prop_map(Step::Finish),
    ]
}

fn harm() -> impl Strategy<Value = Harm> {
    prop_oneof![
        Just(Harm::Lose),
        Just(Harm::Repeat),
        Just(Harm::Swap),
        (0..5000usize).prop_map(Harm::Damage),
        (0..5000usize).prop_map(Harm::Truncate),
    ]
}

struct Pair {
    ends: [Session; 2],
    /// Frames under way to each end.
    way: [VecDeque<Bytes>; 2],
    written: [Vec<u8>; 2],
    read: [Vec<u8>; 2],
    finished: [bool; 2],
    saw_end: [bool; 2],
    clock: Duration,
}

impl Pair {
    fn new() -> Self {
        Self {
            ends: [Session::new(ID, tight()), Session::new(ID, tight())],
            way: Default::default(),
            written: Default::default(),
            read: Default::default(),
            finished: [false; 2],
            saw_end: [false; 2],
            clock: Duration::ZERO,
        }
    }

    /// Does one step; says whether anything happened.
    fn step(&mut self, step: &Step) -> bool {
        self.clock += Duration::from_millis(1);
        match *step {
            Step::Write(end, length) => {
                let start = self.written[end].len();
                let bytes: Vec<u8> = (start..start + length).map(|at| (at % 251) as u8).collect();
                match self.ends[end].write(&bytes) {
                    Written::Taken(taken) => {
                        self.written[end].extend_from_slice(&bytes[..taken]);
                        true
                    }
                    Written::Full | Written::Ended(_) => false,
                }
            }
            Step::Send(end) => match self.ends[end].next_frame(self.clock) {
                Some(frame) => {
                    self.way[1 - end].push_back(frame.seal());
                    true
                }
                None => false,
            },
            Step::Deliver(end) => match self.way[end].pop_front() {
                Some(frame) => {
                    let _ = self.ends[end].receive(Frame::decode(frame), self.clock);
                    true
                }
                None => false,
            },
            Step::Read(end) => match self.ends[end].read() {
                Read::Bytes(bytes) => {
                    self.read[end].extend_from_slice(&bytes);
                    true
                }
                Read::Finished => {
                    self.saw_end[end] = true;
                    false
                }
                Read::Pending | Read::Ended(_) => false,
            },
            Step::Finish(end) => {
                self.ends[end].finish();
                self.finished[end] = true;
                false
            }
        }
    }

    /// Everything that can happen without new writes, until nothing more does.
    fn drain(&mut self) {
        loop {
            let mut busy = false;
            for end in 0..2 {
                for step in [Step::Send(end), Step::Deliver(end), Step::Read(end)] {
                    while self.step(&step) {
                        busy = true;
                    }
                }
            }
            if !busy {
                return;
            }
        }
    }

    fn read_is_a_prefix(&self) -> bool {
        (0..2).all(|end| self.written[1 - end].starts_with(&self.read[end]))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_interleaving_delivers_exactly_what_was_written(steps in prop::collection::vec(step(), 0..300)) {
        let mut pair = Pair::new();
        for step in &steps {
            pair.step(step);
            prop_assert!(pair.read_is_a_prefix());
        }
        pair.drain();
        for end in 0..2 {
            prop_assert_eq!(&pair.read[end], &pair.written[1 - end]);
            prop_assert_eq!(pair.saw_end[end], pair.finished[1 - end]);
            let over = pair.finished[0] && pair.finished[1];
            prop_assert_eq!(pair.ends[end].reason(), over.then_some(&CloseReason::Finished));
        }
    }

    #[test]
    fn any_harm_on_the_way_ends_the_session_and_never_gives_wrong_bytes(
        before in prop::collection::vec(step(), 0..120),
        harm in harm(),
        after in prop::collection::vec(step(), 0..60),
    ) {
        let mut pair = Pair::new();
        // both ends stay open, so that there is something left to break
        let open = |step: &&Step| !matches!(step, Step::Finish(_));
        for step in before.iter().filter(open) {
            pair.step(step);
        }
        // at least two frames under way to end 1, both with something in them
        while pair.way[1].len() < 2 {
            pair.step(&Step::Write(0, 100));
            if !pair.step(&Step::Send(0)) {
                for step in [Step::Send(1), Step::Deliver(1), Step::Read(1), Step::Send(1), Step::Deliver(0)] {
                    while pair.step(&step) {}
                }
            }
        }
        let way = &mut pair.way[1];
        match harm {
            Harm::Lose => drop(way.pop_front()),
            Harm::Repeat => way.push_front(way[0].clone()),
            Harm::Swap => way.swap(0, 1),
            Harm::Damage(at) => {
                let mut bad = way[0].to_vec();
                let at = at % bad.len();
                bad[at] ^= 0x10;
                way[0] = bad.into();
            }
            Harm::Truncate(length) => {
                let length = length % way[0].len();
                way[0].truncate(length);
            }
        }
        for step in after.iter().filter(open) {
            pair.step(step);
            prop_assert!(pair.read_is_a_prefix());
        }
        pair.drain();
        prop_assert!(pair.read_is_a_prefix());
        prop_assert!(matches!(pair.ends[1].reason(), Some(CloseReason::Violation(_))));
        let told = matches!(pair.ends[0].reason(), Some(CloseReason::Peer { code: CloseCode::Violation, .. }));
        prop_assert!(told);
    }

    #[test]
    fn no_frame_makes_a_session_panic_or_hold_more_than_the_window(
        frames in prop::collection::vec((any::<u8>(), 0..40u64, prop::collection::vec(any::<u8>(), 0..1500)), 0..100),
    ) {
        let mut session = Session::new(ID, tight());
        session.write(b"something");
        session.next_frame(NOW);
        let mut held = 0;
        for (number, (kind, credit, bytes)) in frames.into_iter().enumerate() {
            let length = bytes.len() as u64;
            let body = match kind % 8 {
                0 => Body::Credit(credit),
                1 => Body::Finish,
                _ => Body::Data { bytes: bytes.into(), ask: kind.is_multiple_of(2) },
            };
            let is_data = matches!(body, Body::Data { .. });
            if session.receive(decoded(number as u64, body), NOW).is_ok() && is_data {
                held += length;
            }
            prop_assert!(session.reason().is_some() || held <= tight().window_bytes);
        }
    }
}
