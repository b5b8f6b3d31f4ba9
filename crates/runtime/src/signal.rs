//! Interrupts: the first asks the program to stop, the second ends it at once.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::exit::{ExitCode, end_process};
use crate::shutdown::Shutdown;

/// Listens for SIGINT and SIGTERM from now on: the first triggers `shutdown`, a second one ends the process with code 1.
///
/// # Errors
/// When the system does not allow to listen.
pub fn watch(shutdown: &Shutdown) -> io::Result<()> {
    let mut interrupts = Interrupts {
        interrupt: signal(SignalKind::interrupt())?,
        terminate: signal(SignalKind::terminate())?,
    };
    let shutdown = shutdown.clone();
    // Not one of the shutdown's tasks: it must outlive the draining.
    tokio::spawn(async move {
        let name = interrupts.next().await;
        tracing::info!(signal = name, "stopping; interrupt again to end at once");
        shutdown.trigger();
        let name = interrupts.next().await;
        tracing::warn!(signal = name, "ending without draining");
        end_process(ExitCode::Failed)
    });
    Ok(())
}

struct Interrupts {
    interrupt: Signal,
    terminate: Signal,
}

impl Interrupts {
    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
        }
    }
}
