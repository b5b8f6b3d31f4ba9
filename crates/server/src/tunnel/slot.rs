//! One agent's place for a tunnel: none, opening, or live.

use bytes::Bytes;
use edgeward_tunnel::client::Connection;
use edgeward_tunnel::{CloseCode, Inlet};
use parking_lot::Mutex;
use tokio::sync::watch;

/// A tunnel that requests can use.
pub(super) struct Live {
    pub(super) connection: Connection,
}

/// What there is of a session.
struct Session {
    number: u64,
    /// Which arrival of the agent's it belongs to.
    arrival: u64,
    inlet: Inlet,
    /// Set when the agent's first frame has come.
    answered: watch::Sender<bool>,
    live: Option<Live>,
}

/// One agent's place for a tunnel.
#[derive(Default)]
pub(super) struct Slot {
    /// Held by whoever opens, so that a burst of requests opens one tunnel.
    pub(super) opening: tokio::sync::Mutex<()>,
    session: Mutex<Option<Session>>,
    /// The last command that the agent refused, and why.
    refusal: watch::Sender<Option<(u64, String)>>,
}

impl Slot {
    /// The live connection, if there is one of this arrival that still works.
    pub(super) fn connection(&self, arrival: u64) -> Option<Connection> {
        let session = self.session.lock();
        let session = session.as_ref().filter(|s| s.arrival == arrival)?;
        let live = session.live.as_ref()?;
        live.usable().then(|| live.connection.clone())
    }

    /// A session begins; an older one ends.
    pub(super) fn begin(
        &self,
        number: u64,
        arrival: u64,
        inlet: Inlet,
        answered: watch::Sender<bool>,
    ) {
        let old = self.session.lock().replace(Session {
            number,
            arrival,
            inlet,
            answered,
            live: None,
        });
        if let Some(old) = old {
            old.inlet.abort(CloseCode::Done, "replaced by a new tunnel");
        }
    }

    /// The agent has refused this command.
    pub(super) fn refused(&self, command: u64, reason: &str) {
        self.refusal
            .send_replace(Some((command, reason.to_owned())));
    }

    /// Waits until the agent refuses this command, and says why it does.
    pub(super) async fn refusal_of(&self, command: u64) -> String {
        let mut refusals = self.refusal.subscribe();
        loop {
            if let Some((number, reason)) = &*refusals.borrow_and_update()
                && *number == command
            {
                return reason.clone();
            }
            if refusals.changed().await.is_err() {
                // The sender is this slot's own.
                return std::future::pending().await;
            }
        }
    }

    /// The session can be used.
    pub(super) fn live(&self, number: u64, connection: Connection) {
        if let Some(session) = self.session.lock().as_mut().filter(|s| s.number == number) {
            session.live = Some(Live { connection });
        }
    }

    /// Forgets the session, if it is still this one.
    pub(super) fn end(&self, number: u64) {
        let mut session = self.session.lock();
        if session.as_ref().is_some_and(|s| s.number == number) {
            *session = None;
        }
    }

    /// Ends whatever session there is.
    pub(super) fn abort(&self, reason: &str) {
        if let Some(session) = self.session.lock().take() {
            session.inlet.abort(CloseCode::Done, reason);
        }
    }

    /// Ends the session, unless it belongs to this arrival. News of an agent come late: what was begun since is not theirs to end.
    pub(super) fn abort_unless(&self, arrival: Option<u64>, reason: &str) {
        let mut session = self.session.lock();
        if session.as_ref().is_some_and(|s| Some(s.arrival) != arrival)
            && let Some(old) = session.take()
        {
            old.inlet.abort(CloseCode::Done, reason);
        }
    }

    /// Hands a frame to the session; false when there is none that it belongs to.
    pub(super) fn deliver(&self, frame: Bytes) -> bool {
        let session = self.session.lock();
        let Some(session) = session.as_ref() else {
            return false;
        };
        if edgeward_wire::frame::session_of(&frame).ok() != Some(session.number) {
            return false;
        }
        session
            .answered
            .send_if_modified(|seen| !std::mem::replace(seen, true));
        // A frame that does not fit ends the session; whoever holds the connection is told.
        let _ = session.inlet.deliver(frame);
        true
    }
}

#[cfg(test)]
mod tests {
    use edgeward_tunnel::{Limits, Outlet, OutletClosed};

    use super::*;

    struct Nowhere;

    impl Outlet for Nowhere {
        async fn send(&mut self, _: Bytes) -> Result<(), OutletClosed> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn late_news_of_an_agent_end_only_what_was_begun_before() {
        let slot = Slot::default();
        let there = || slot.session.lock().is_some();
        for (arrival, left) in [(Some(2), true), (Some(3), false), (None, false)] {
            let (inlet, _stream, _closed) = edgeward_tunnel::open(7, Limits::default(), Nowhere);
            slot.begin(7, 2, inlet, watch::Sender::new(false));
            slot.abort_unless(arrival, "the agent connected anew");
            assert_eq!(there(), left, "{arrival:?}");
        }
    }
}
