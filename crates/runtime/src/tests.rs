use std::fmt;
use std::future::pending;
use std::time::Duration;

use crate::logging::Filter;
use crate::{Backoff, Chain, ExitCode, Shutdown};

const GRACE: Duration = Duration::from_secs(5);

#[test]
fn backoff_stays_between_its_ends_and_grows() {
    let (min, max) = (Duration::from_millis(100), Duration::from_secs(10));
    let mut backoff = Backoff::new(min, max);
    let waits: Vec<_> = (0..200).map(|_| backoff.next_wait()).collect();
    assert!(waits.iter().all(|wait| (min..=max).contains(wait)));
    assert!(waits[0] <= min * 2);
    assert!(waits[10..].iter().any(|wait| *wait > max / 2));
    let distinct: std::collections::HashSet<_> = waits[10..].iter().collect();
    assert!(distinct.len() > 100, "the waits are not spread");
    backoff.reset();
    assert!(backoff.next_wait() <= min * 2);
}

#[derive(Debug)]
struct Layer(&'static str, Option<Box<Layer>>);

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Layer {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.1.as_deref().map(|inner| inner as _)
    }
}

#[test]
fn a_chain_says_each_cause_once() {
    let innermost = Layer("permission denied", None);
    let middle = Layer(
        "cannot open key: permission denied",
        Some(Box::new(innermost)),
    );
    let outer = Layer("cannot start", Some(Box::new(middle)));
    assert_eq!(
        Chain(&outer).to_string(),
        "cannot start: cannot open key: permission denied"
    );
}

#[test]
fn a_log_filter_refuses_what_is_no_level() {
    assert!("info,edgeward_broker=debug".parse::<Filter>().is_ok());
    for bad in ["inf", "info,broker=loud", "edgeward_broker"] {
        assert!(bad.parse::<Filter>().is_err(), "{bad}");
    }
}

#[test]
fn exit_codes_are_the_documented_numbers() {
    let codes = [
        ExitCode::Done,
        ExitCode::Failed,
        ExitCode::Usage,
        ExitCode::Unreachable,
    ];
    assert_eq!(codes.map(ExitCode::number), [0, 1, 2, 3]);
}

#[tokio::test]
async fn draining_waits_for_tasks_that_listen() {
    let shutdown = Shutdown::new();
    let (done, finished) = tokio::sync::oneshot::channel();
    let token = shutdown.token();
    shutdown.spawn("listener", async move {
        token.cancelled().await;
        tokio::task::yield_now().await;
        done.send(()).unwrap();
    });
    assert_eq!(shutdown.drain(GRACE).await, Vec::<String>::new());
    assert_eq!(finished.await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn draining_names_and_ends_the_late_ones() {
    let shutdown = Shutdown::new();
    let (held, dropped) = tokio::sync::oneshot::channel::<()>();
    shutdown.spawn("deaf", async move {
        let _held = held;
        pending::<()>().await;
    });
    shutdown.spawn_job("quick", async {});
    assert_eq!(shutdown.drain(GRACE).await, ["deaf"]);
    assert!(dropped.await.is_err(), "the late task was not ended");
}

#[tokio::test]
async fn a_panicking_task_harms_nobody_else_and_is_forgotten() {
    let shutdown = Shutdown::new();
    shutdown.spawn("doomed", async { panic!("as planned") });
    assert_eq!(shutdown.drain(GRACE).await, Vec::<String>::new());
}
