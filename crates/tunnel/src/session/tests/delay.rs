//! How much is in flight on links of different speed, with a virtual clock.

use std::collections::VecDeque;

use super::*;

/// A one-way link that carries so many bytes per second after a fixed delay. Credit comes back after the same delay.
struct Link {
    bytes_per_s: u64,
    delay: Duration,
    /// When the last byte that was put in will have left.
    busy_until: Duration,
    under_way: VecDeque<(Duration, Bytes)>,
    credits: VecDeque<(Duration, Bytes)>,
    sender: Session,
    receiver: Session,
    delivered: u64,
}

impl Link {
    fn new(bytes_per_s: u64, delay: Duration) -> Self {
        Self {
            bytes_per_s,
            delay,
            busy_until: Duration::ZERO,
            under_way: VecDeque::new(),
            credits: VecDeque::new(),
            sender: Session::new(ID, Limits::default()),
            receiver: Session::new(ID, Limits::default()),
            delivered: 0,
        }
    }

    /// Sends as much as it can from `from` until `to`, in steps of 100 µs.
    fn run(&mut self, from: Duration, to: Duration) {
        let much = [0; MAX_DATA_BYTES];
        let mut now = from;
        while now < to {
            while let Written::Taken(_) = self.sender.write(&much) {
                self.send(now);
            }
            self.send(now);
            self.arrive(now);
            now += Duration::from_micros(100);
        }
    }

    fn send(&mut self, now: Duration) {
        while let Some(frame) = self.sender.next_frame(now) {
            let frame = frame.seal();
            let takes = Duration::from_nanos(frame.len() as u64 * 1_000_000_000 / self.bytes_per_s);
            self.busy_until = self.busy_until.max(now) + takes;
            self.under_way
                .push_back((self.busy_until + self.delay, frame));
        }
    }

    fn arrive(&mut self, now: Duration) {
        while self.under_way.front().is_some_and(|(at, _)| *at <= now) {
            let (_, frame) = self.under_way.pop_front().unwrap();
            self.receiver.receive(Frame::decode(frame), now).unwrap();
            while let Read::Bytes(bytes) = self.receiver.read() {
                self.delivered += bytes.len() as u64;
            }
            while let Some(credit) = self.receiver.next_frame(now) {
                self.credits.push_back((now + self.delay, credit.seal()));
            }
        }
        while self.credits.front().is_some_and(|(at, _)| *at <= now) {
            let (_, frame) = self.credits.pop_front().unwrap();
            self.sender.receive(Frame::decode(frame), now).unwrap();
        }
    }

    /// How long a byte that is put in now waits before it leaves.
    fn queue(&self, now: Duration) -> Duration {
        self.busy_until.saturating_sub(now)
    }

    /// The longest queue and the share of the link's capacity that was used, over `seconds` after a start-up of 3 s.
    fn observe(&mut self, seconds: u64) -> (Duration, f64) {
        let start = Duration::from_secs(3);
        self.run(Duration::ZERO, start);
        let before = self.delivered;
        let mut longest = Duration::ZERO;
        for tick in 0..seconds * 100 {
            let end = start + Duration::from_millis(10 * (tick + 1));
            self.run(end - Duration::from_millis(10), end);
            longest = longest.max(self.queue(end));
        }
        let share = (self.delivered - before) as f64 / (self.bytes_per_s * seconds) as f64;
        (longest, share)
    }
}

#[test]
fn a_fast_link_gets_the_whole_window() {
    let mut link = Link::new(200_000_000, Duration::from_millis(1));
    let (longest, share) = link.observe(1);
    assert_eq!(link.sender.sending.in_flight_limit(), WINDOW_BYTES);
    assert!(share > 0.9, "{share}");
    assert!(longest < Duration::from_millis(10), "{longest:?}");
}

#[test]
fn a_slow_link_is_kept_busy_and_its_queue_short() {
    for (bytes_per_s, delay_ms) in [
        (1_000_000, 5),
        (1_000_000, 50),
        (2_500_000, 20),
        (500_000, 1),
    ] {
        let mut link = Link::new(bytes_per_s, Duration::from_millis(delay_ms));
        let (longest, share) = link.observe(10);
        let case = format!("{bytes_per_s} B/s, {delay_ms} ms: {longest:?}, {share}");
        assert!(share > 0.95, "{case}");
        assert!(longest < Duration::from_millis(260), "{case}");
    }
}

#[test]
fn a_long_way_is_not_taken_for_a_queue() {
    let mut link = Link::new(1_000_000, Duration::from_millis(300));
    let (longest, share) = link.observe(20);
    assert!(share > 0.9, "{share} {longest:?}");
    assert!(longest < Duration::from_millis(650), "{longest:?}");
}

#[test]
fn a_very_slow_link_has_the_minimum_in_flight() {
    let mut link = Link::new(20_000, Duration::from_millis(20));
    link.observe(20);
    let minimum = Limits::default().min_in_flight_bytes;
    assert_eq!(link.sender.sending.in_flight_limit(), minimum);
}

#[test]
fn a_link_that_becomes_slow_gets_less_and_then_more_again() {
    let mut link = Link::new(100_000_000, Duration::from_millis(2));
    link.run(Duration::ZERO, Duration::from_secs(1));
    assert_eq!(link.sender.sending.in_flight_limit(), WINDOW_BYTES);
    link.bytes_per_s = 1_000_000;
    link.run(Duration::from_secs(1), Duration::from_secs(6));
    let queue = link.queue(Duration::from_secs(6));
    assert!(queue < Duration::from_millis(260), "{queue:?}");
    link.bytes_per_s = 100_000_000;
    link.run(Duration::from_secs(6), Duration::from_secs(8));
    assert_eq!(link.sender.sending.in_flight_limit(), WINDOW_BYTES);
}
