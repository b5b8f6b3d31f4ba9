//! What comes one by one and is written many at a time: while one transaction runs, the next one's work gathers.

use std::sync::Arc;
use std::time::Duration;

use edgeward_runtime::{Chain, Shutdown};
use edgeward_store::StoreError;
use parking_lot::Mutex;
use tokio::sync::mpsc;

/// How many may wait; then whoever brings more waits too.
const WAITING: usize = 512;

/// How many go into one transaction at most.
const MAX_BATCH: usize = 256;

/// How often a batch is tried while the database does not take it; then it is dropped, with a word in the log.
const TRIES: u32 = 5;

/// How long to wait before trying again the first time; twice as long each further time.
const FIRST_WAIT: Duration = Duration::from_millis(250);

/// A queue with one writer behind it.
pub struct Batches<T> {
    sender: mpsc::Sender<T>,
    receiver: Mutex<Option<mpsc::Receiver<T>>>,
}

impl<T> Default for Batches<T> {
    fn default() -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        Self {
            sender,
            receiver: Mutex::new(Some(receiver)),
        }
    }
}

impl<T: Send + Sync> Batches<T> {
    /// Hands something over; waits while too much waits already. After the end it is dropped.
    pub async fn add(&self, item: T) {
        let _only_at_the_end = self.sender.send(item).await;
    }

    /// Writes until the control plane stops. Called once.
    pub async fn write<F>(
        &self,
        what: &'static str,
        shutdown: Shutdown,
        mut write: impl FnMut(Arc<[T]>) -> F + Send,
    ) where
        F: Future<Output = Result<(), StoreError>> + Send,
    {
        let Some(mut receiver) = self.receiver.lock().take() else {
            return;
        };
        let mut batch = Vec::with_capacity(MAX_BATCH);
        loop {
            tokio::select! {
                biased;
                received = receiver.recv_many(&mut batch, MAX_BATCH) => if received == 0 { return },
                () = shutdown.triggered() => return,
            }
            metrics::histogram!("edgeward_batch_items", "what" => what).record(batch.len() as f64);
            let items: Arc<[T]> = batch.drain(..).collect();
            let mut wait = FIRST_WAIT;
            for left in (0..TRIES).rev() {
                let Err(error) = write(Arc::clone(&items)).await else {
                    break;
                };
                if left == 0 {
                    tracing::error!(what, items = items.len(), error = %Chain(&error), "gave up writing what was reported");
                    break;
                }
                tracing::warn!(what, error = %Chain(&error), "cannot write what was reported yet");
                tokio::select! {
                    () = shutdown.triggered() => return,
                    () = tokio::time::sleep(wait) => wait *= 2,
                }
            }
        }
    }
}
