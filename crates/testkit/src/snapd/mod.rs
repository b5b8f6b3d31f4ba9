//! A simulated snapd on a real unix socket: snaps with services and configuration, and changes that take time, fail, hang, and
//! survive a restart of snapd.
//!
//! What it answers, and with which words and error kinds it refuses, is what snapd's daemon answers. [`Control`] decides how each
//! operation goes, and tells how often each was carried out. [`SimulatedSnapd::stop`] closes the socket and every connection;
//! [`SimulatedSnapd::start_again`] listens anew with the same state, as after a restart.
//!
//! It has no store protocol, no confinement, no hooks, and it believes every assertion.

mod answers;
mod changes;
mod control;
pub mod machine;
mod routes;
mod state;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use tempfile::TempDir;
use tokio::net::UnixListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use changes::{Behaviour, ChangeView};
pub use control::Control;
use routes::Shared;
use state::State;
pub use state::{Device, LogEntry, SimSnap};

/// A simulated snapd; gone when dropped.
pub struct SimulatedSnapd {
    shared: Arc<Shared>,
    socket: PathBuf,
    running: Option<Running>,
    _dir: Option<TempDir>,
}

struct Running {
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl SimulatedSnapd {
    /// Starts with a socket in a directory of its own, within a tokio runtime.
    ///
    /// # Errors
    /// The socket cannot be made.
    pub fn start(device: Device) -> io::Result<Self> {
        let dir = tempfile::tempdir()?;
        let mut snapd = Self::start_at(dir.path().join("snapd.socket"), device)?;
        snapd._dir = Some(dir);
        Ok(snapd)
    }

    /// Starts with this socket.
    ///
    /// # Errors
    /// The socket cannot be made.
    pub fn start_at(socket: impl Into<PathBuf>, device: Device) -> io::Result<Self> {
        let mut snapd = Self {
            shared: Arc::new(Shared {
                state: Mutex::new(State::new(device)),
                gate: tokio::sync::Notify::new(),
            }),
            socket: socket.into(),
            running: None,
            _dir: None,
        };
        snapd.start_again()?;
        Ok(snapd)
    }

    /// Where it listens.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Decides how things go, and tells what happened.
    pub fn control(&self) -> Control {
        Control::new(Arc::clone(&self.shared))
    }

    /// Closes the socket and every connection, as a restart of snapd does. What was begun goes on.
    pub async fn stop(&mut self) {
        let Some(running) = self.running.take() else {
            return;
        };
        running.stop.cancel();
        running.tasks.close();
        running.tasks.wait().await;
        let _may_be_gone = std::fs::remove_file(&self.socket);
    }

    /// Listens again. Does nothing while it runs.
    ///
    /// # Errors
    /// The socket cannot be made.
    pub fn start_again(&mut self) -> io::Result<()> {
        if self.running.is_some() {
            return Ok(());
        }
        let listener = UnixListener::bind(&self.socket)?;
        let running = Running {
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        };
        let (stop, tasks, shared) = (
            running.stop.clone(),
            running.tasks.clone(),
            Arc::clone(&self.shared),
        );
        running.tasks.spawn(async move {
            loop {
                let stream = tokio::select! {
                    accepted = listener.accept() => match accepted {
                        Ok((stream, _)) => stream,
                        Err(_) => continue,
                    },
                    () = stop.cancelled() => return,
                };
                let (stop, shared) = (stop.clone(), Arc::clone(&shared));
                tasks.spawn(async move {
                    let answer = service_fn(|request| routes::answer(Arc::clone(&shared), request));
                    let connection =
                        http1::Builder::new().serve_connection(TokioIo::new(stream), answer);
                    tokio::select! {
                        _closed = connection => {}
                        () = stop.cancelled() => {}
                    }
                });
            }
        });
        self.running = Some(running);
        Ok(())
    }
}

impl Drop for SimulatedSnapd {
    fn drop(&mut self) {
        if let Some(running) = &self.running {
            running.stop.cancel();
        }
    }
}
