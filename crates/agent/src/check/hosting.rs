//! Whether what is to run hosted services is there.

use std::time::Duration;

use tokio::time::timeout;

use super::{Finding, Verdict};
use crate::config::Config;
use crate::hosting::engine_at;

/// How long the engine may take to say what it is.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) async fn check(config: &Config, note: &mut impl FnMut(Finding)) {
    let Some(hosting) = &config.hosting else {
        return;
    };
    if let Some(socket) = &hosting.engine {
        let step = format!("engine {}", socket.display());
        note(match timeout(ANSWER_TIMEOUT, engine_at(socket)).await {
            Ok(Ok(engine)) => Finding::ok(step, format!("{} {} answers", engine.name, engine.version)),
            Ok(Err(reason)) => Finding::failed(step, reason).advise(
                "start Docker or Podman (systemctl enable --now docker.socket, or podman.socket), correct hosting.engine in the configuration, and run the agent as a user that may use the socket",
            ),
            Err(_) => Finding::new(
                step,
                Verdict::Warning,
                format!("it did not answer within {ANSWER_TIMEOUT:?}"),
            )
            .advise("it may be starting or overloaded"),
        });
    }
}
