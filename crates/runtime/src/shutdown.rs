//! Stopping in order: one token that everything listens to, and named tasks that are waited for.
//!
//! Tasks are spawned only here. A task that panics is logged by name; so is a standing task that ends before it was asked to.
//! What a task does on the token is its own business.

use std::any::Any;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

/// The program's stop signal and its tasks. Cheap to clone; clones are the same one.
#[derive(Clone, Default)]
pub struct Shutdown {
    token: CancellationToken,
    tracker: TaskTracker,
    running: Arc<Mutex<Running>>,
}

#[derive(Default)]
struct Running {
    next_number: u64,
    tasks: BTreeMap<u64, Entry>,
}

struct Entry {
    name: Cow<'static, str>,
    abort: Option<AbortHandle>,
}

/// Whether a task is meant to run as long as the program.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Standing,
    Job,
}

impl Shutdown {
    /// A program that is not stopping, without tasks.
    pub fn new() -> Self {
        Self::default()
    }

    /// Cancelled when the program is to stop. Child tokens may be made of it.
    pub fn token(&self) -> CancellationToken {
        self.token.clone()
    }

    /// Asks everything to stop. Repeating it does nothing.
    pub fn trigger(&self) {
        self.token.cancel();
    }

    /// Whether the program is to stop.
    pub fn is_triggered(&self) -> bool {
        self.token.is_cancelled()
    }

    /// Waits until the program is to stop.
    pub async fn triggered(&self) {
        self.token.cancelled().await;
    }

    /// Spawns a standing task: one that runs until the token is cancelled. Its early end is logged as an error.
    pub fn spawn<F>(&self, name: impl Into<Cow<'static, str>>, task: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.start(name.into(), Kind::Standing, task);
    }

    /// Spawns a job: a task that ends by itself, such as one connection. It is waited for when draining.
    pub fn spawn_job<F>(&self, name: impl Into<Cow<'static, str>>, task: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.start(name.into(), Kind::Job, task);
    }

    /// Asks everything to stop and waits at most `grace` for the tasks. Those that are late are ended, and their names returned.
    pub async fn drain(&self, grace: Duration) -> Vec<String> {
        self.trigger();
        self.tracker.close();
        if tokio::time::timeout(grace, self.tracker.wait())
            .await
            .is_ok()
        {
            return Vec::new();
        }
        let late = std::mem::take(&mut self.running().tasks);
        late.into_values()
            .map(|entry| {
                if let Some(abort) = entry.abort {
                    abort.abort();
                }
                entry.name.into_owned()
            })
            .collect()
    }

    fn start<F>(&self, name: Cow<'static, str>, kind: Kind, task: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let number = self.register(name.clone());
        let span = tracing::info_span!("task", name = %name);
        let watched = Watched {
            task: Box::pin(task),
        };
        let shutdown = self.clone();
        let supervised = async move {
            // Also forgets the task when it is aborted.
            let entry = Registered { shutdown, number };
            match watched.await {
                Err(panic) => tracing::error!(task = %name, "task panicked: {}", text_of(&panic)),
                Ok(()) if kind == Kind::Standing && !entry.shutdown.is_triggered() => {
                    tracing::error!(task = %name, "task ended before it was asked to");
                }
                Ok(()) => {}
            }
        };
        let handle = self.tracker.spawn(supervised.instrument(span));
        if let Some(entry) = self.running().tasks.get_mut(&number) {
            entry.abort = Some(handle.abort_handle());
        }
    }

    fn register(&self, name: Cow<'static, str>) -> u64 {
        let mut running = self.running();
        let number = running.next_number;
        running.next_number += 1;
        running.tasks.insert(number, Entry { name, abort: None });
        number
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Registered {
    shutdown: Shutdown,
    number: u64,
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.shutdown.running().tasks.remove(&self.number);
    }
}

/// A future whose panic is its result.
struct Watched {
    task: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Future for Watched {
    type Output = Result<(), Box<dyn Any + Send>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match catch_unwind(AssertUnwindSafe(|| self.task.as_mut().poll(context))) {
            Ok(poll) => poll.map(Ok),
            Err(panic) => Poll::Ready(Err(panic)),
        }
    }
}

fn text_of(panic: &Box<dyn Any + Send>) -> &str {
    if let Some(text) = panic.downcast_ref::<&str>() {
        text
    } else if let Some(text) = panic.downcast_ref::<String>() {
        text
    } else {
        "no message"
    }
}
