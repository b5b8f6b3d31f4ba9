//! What waits for the broker's acknowledgement, by packet id.

use std::num::NonZeroU16;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::message::SubscribeOutcome;
use crate::packet::PacketId;

/// What the broker answered.
pub(crate) enum Answer {
    /// To a publish: taken, or why not.
    Published(Result<(), String>),
    /// To a subscription.
    Subscribed(Vec<SubscribeOutcome>),
}

struct Waiting {
    answer: oneshot::Sender<Answer>,
    /// Kept until the answer, even when nobody waits for it any more: the broker still counts the packet.
    _turn: OwnedSemaphorePermit,
}

/// Packet ids in use; id `n` lives at index `n - 1`. Never more than the broker's receive maximum.
pub(crate) struct InFlight {
    turns: Arc<Semaphore>,
    waiting: Mutex<Vec<Option<Waiting>>>,
}

impl InFlight {
    pub(crate) fn new(limit: u16) -> Self {
        Self {
            turns: Arc::new(Semaphore::new(usize::from(limit))),
            waiting: Mutex::new(Vec::new()),
        }
    }

    /// Waits until one more packet may be unacknowledged; `None` when the connection has ended.
    pub(crate) async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.turns).acquire_owned().await.ok()
    }

    /// Takes a free packet id; `None` when the connection has ended.
    pub(crate) fn begin(
        &self,
        turn: OwnedSemaphorePermit,
    ) -> Option<(PacketId, oneshot::Receiver<Answer>)> {
        let (answer, receiver) = oneshot::channel();
        let entry = Some(Waiting {
            answer,
            _turn: turn,
        });
        let mut waiting = self.lock();
        if self.turns.is_closed() {
            return None;
        }
        let index = match waiting.iter().position(Option::is_none) {
            Some(free) => {
                waiting[free] = entry;
                free
            }
            None => {
                waiting.push(entry);
                waiting.len() - 1
            }
        };
        let id = u16::try_from(index + 1).ok().and_then(NonZeroU16::new)?;
        Some((id, receiver))
    }

    /// Hands an answer to whoever waits for it. An answer nobody waits for is ignored.
    pub(crate) fn answer(&self, id: PacketId, answer: Answer) {
        let waiting = self
            .lock()
            .get_mut(usize::from(id.get()) - 1)
            .and_then(Option::take);
        if let Some(waiting) = waiting {
            // The caller may have stopped waiting.
            let _ = waiting.answer.send(answer);
        }
    }

    /// The connection has ended: nobody waits any longer.
    pub(crate) fn close(&self) {
        self.turns.close();
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Option<Waiting>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
