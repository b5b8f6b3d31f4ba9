//! Reports that wait to be sent: of each thing the newest, until the broker has acknowledged it.
//!
//! Nothing here is on the disk. What has to be told for certain is in somebody's journal, who puts it here again after a restart.

use std::sync::{Mutex, MutexGuard, PoisonError};

use edgeward_ids::ActionId;
use edgeward_wire::report::Report;
use tokio::sync::watch;

/// What a report is about: a newer one takes the place of one that waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum About {
    /// How far an action is.
    Action(ActionId),
    /// A section of the twin.
    Section(&'static str),
    /// What is hosted.
    Hosting,
}

/// A report on its way.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Waiting {
    number: u64,
    pub(crate) about: About,
    pub(crate) report: Report,
}

/// The reports that wait. There are at most as many as there are things to report about, and those have limits of their own.
pub(crate) struct Reports {
    inner: Mutex<Inner>,
    /// Counts what is put.
    put: watch::Sender<u64>,
    /// Counts what was delivered.
    delivered: watch::Sender<u64>,
}

#[derive(Default)]
struct Inner {
    next_number: u64,
    waiting: Vec<Waiting>,
    delivered: Vec<ActionId>,
}

impl Reports {
    pub(crate) fn new() -> Self {
        Self {
            inner: Mutex::default(),
            put: watch::Sender::new(0),
            delivered: watch::Sender::new(0),
        }
    }

    /// Has this sent, in place of what waits about the same.
    pub(crate) fn put(&self, about: About, report: Report) {
        {
            let mut inner = self.inner();
            let number = inner.next_number;
            inner.next_number += 1;
            let new = Waiting {
                number,
                about,
                report,
            };
            match inner.waiting.iter_mut().find(|old| old.about == about) {
                Some(old) => *old = new,
                None => inner.waiting.push(new),
            }
        }
        self.put.send_modify(|count| *count += 1);
    }

    /// The one that waits longest, as soon as there is one. It stays until [`Reports::deliver`].
    pub(crate) async fn next(&self) -> Waiting {
        let mut put = self.put.subscribe();
        loop {
            put.borrow_and_update();
            if let Some(first) = self.inner().waiting.first() {
                return first.clone();
            }
            // The sender lives as long as this.
            let _never_closed = put.changed().await;
        }
    }

    /// The broker has it. If something newer about the same waits meanwhile, that one goes on waiting.
    pub(crate) fn deliver(&self, sent: &Waiting) {
        {
            let mut inner = self.inner();
            inner.waiting.retain(|one| one.number != sent.number);
            let replaced = inner.waiting.iter().any(|one| one.about == sent.about);
            if let (About::Action(action), false) = (sent.about, replaced) {
                inner.delivered.push(action);
            }
        }
        self.delivered.send_modify(|count| *count += 1);
    }

    /// The actions whose newest report was delivered since this was last called; waits for one.
    pub(crate) async fn delivered(&self) -> Vec<ActionId> {
        let mut delivered = self.delivered.subscribe();
        loop {
            delivered.borrow_and_update();
            let actions = std::mem::take(&mut self.inner().delivered);
            if !actions.is_empty() {
                return actions;
            }
            let _never_closed = delivered.changed().await;
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::*;

    fn report(name: &str) -> Report {
        Report::Twin {
            sections: Map::from_iter([(name.to_owned(), 1.into())]),
        }
    }

    #[tokio::test]
    async fn the_newest_about_each_thing_is_sent_until_it_is_acknowledged() {
        let reports = Reports::new();
        let action = ActionId::generate();
        reports.put(About::Action(action), report("a"));
        reports.put(About::Section("os"), report("b"));
        let first = reports.next().await;
        assert_eq!(first.report, report("a"));
        reports.put(About::Action(action), report("c"));
        // what was on its way is older than what waits now
        reports.deliver(&first);
        let second = reports.next().await;
        assert_eq!(second.report, report("c"));
        reports.deliver(&second);
        assert_eq!(reports.delivered().await, [action]);
        let third = reports.next().await;
        assert_eq!(third.about, About::Section("os"));
        assert_eq!(reports.next().await, third);
    }
}
