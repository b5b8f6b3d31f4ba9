//! Runs HTTP/2's tasks on tokio, and tells after each of their steps that something may have changed.
//!
//! The HTTP library does not say when the other end's settings have arrived, which decide whether upgrades are possible;
//! its connection can only be asked.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper::rt::Executor;
use tokio::sync::Notify;

#[derive(Clone, Default, Debug)]
pub(super) struct Watched {
    stepped: Arc<Notify>,
}

impl Watched {
    /// Waits until `condition` holds; it is asked after every step of a task.
    pub(super) async fn until(&self, condition: impl Fn() -> bool) {
        loop {
            let mut stepped = pin!(self.stepped.notified());
            stepped.as_mut().enable();
            if condition() {
                return;
            }
            stepped.await;
        }
    }
}

impl<F> Executor<F> for Watched
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, task: F) {
        tokio::spawn(Stepping {
            task: Box::pin(task),
            stepped: Arc::clone(&self.stepped),
        });
    }
}

struct Stepping<F> {
    task: Pin<Box<F>>,
    stepped: Arc<Notify>,
}

impl<F: Future<Output = ()>> Future for Stepping<F> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let polled = self.task.as_mut().poll(cx);
        self.stepped.notify_waiters();
        polled
    }
}
