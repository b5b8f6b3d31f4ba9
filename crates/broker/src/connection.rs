//! One served connection: who it is, how far it has come, and that it is announced and taken back exactly once.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use edgeward_bus::{Doorkeeper, Peer};
use rmqtt::types::Id;
use tokio::sync::{Mutex, Notify, watch};

/// How far a connection has come. Later stages compare greater.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Stage {
    /// The broker has not accepted it yet.
    New,
    /// The broker has accepted it.
    Connected,
    /// The broker is done with it; its last will, if due, has been handed over.
    SessionOver,
    /// Nothing of it is left.
    Gone,
}

/// What the doorkeeper was told.
enum Told {
    Nothing,
    Connected,
    Everything,
}

/// One served connection.
pub(crate) struct Connection {
    pub(crate) peer: Peer,
    /// Set when it was admitted: the broker's name for it.
    pub(crate) id: OnceLock<Id>,
    /// Nothing it still does counts: it was replaced and could not be ended in time.
    disowned: AtomicBool,
    stage: watch::Sender<Stage>,
    stop: Notify,
    told: Mutex<Told>,
}

impl Connection {
    pub(crate) fn new(peer: Peer) -> Self {
        Self {
            peer,
            id: OnceLock::new(),
            disowned: AtomicBool::new(false),
            stage: watch::Sender::new(Stage::New),
            stop: Notify::new(),
            told: Mutex::new(Told::Nothing),
        }
    }

    /// Asks its serving to end now.
    pub(crate) fn stop(&self) {
        self.stop.notify_one();
    }

    /// Waits until it is to end. For its serving only.
    pub(crate) async fn stopped(&self) {
        self.stop.notified().await;
    }

    pub(crate) fn disown(&self) {
        self.disowned.store(true, SeqCst);
    }

    pub(crate) fn is_disowned(&self) -> bool {
        self.disowned.load(SeqCst)
    }

    pub(crate) fn stage(&self) -> Stage {
        *self.stage.borrow()
    }

    /// Moves on to a stage; never back.
    pub(crate) fn advance(&self, to: Stage) {
        self.stage.send_if_modified(|stage| {
            let later = *stage < to;
            if later {
                *stage = to;
            }
            later
        });
    }

    /// Waits until it has come this far.
    pub(crate) async fn reached(&self, stage: Stage) {
        // The sender lives in `self`.
        let _ = self.stage.subscribe().wait_for(|now| *now >= stage).await;
    }

    /// Tells the doorkeeper that it is connected, unless it has ended meanwhile.
    pub(crate) async fn tell_connected(&self, doorkeeper: &dyn Doorkeeper) {
        let mut told = self.told.lock().await;
        if let Told::Nothing = *told {
            doorkeeper.connected(&self.peer).await;
            *told = Told::Connected;
        }
        self.advance(Stage::Connected);
    }

    /// Tells the doorkeeper that it is disconnected, if it was told that it is connected.
    pub(crate) async fn tell_disconnected(&self, doorkeeper: &dyn Doorkeeper) {
        let mut told = self.told.lock().await;
        if let Told::Connected = *told {
            doorkeeper.disconnected(&self.peer).await;
        }
        *told = Told::Everything;
    }
}
