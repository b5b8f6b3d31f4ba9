//! Carrying a cure out.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use edgeward_runtime::Chain;
use edgeward_snapd::Snapd;
use tokio::process::Command;
use tokio::time::{sleep, timeout};

use crate::config::WatchdogConfig;

/// How long a command, or snapd's answer, may take.
const LIMIT: Duration = Duration::from_secs(60);

/// A cure was not carried out.
#[derive(Debug, thiserror::Error)]
pub(super) enum RemedyError {
    #[error("cannot run \"{program}\"")]
    Start { program: String, source: io::Error },
    #[error("\"{program}\" has ended with {status}")]
    Ended { program: String, status: ExitStatus },
    #[error("\"{program}\" did not end within {} s", LIMIT.as_secs())]
    TooLong { program: String },
    #[error("no command is configured")]
    None,
}

/// Through snapd, which knows how; where it does not, or where the device is still there after that time, by the command. A snapd
/// that has agreed waits for hooks that run, and so, in the end, for the very change that hangs.
pub(super) async fn restart_device(
    snapd: &Snapd,
    config: &WatchdogConfig,
    going_down: Duration,
) -> Result<(), RemedyError> {
    match timeout(LIMIT, snapd.reboot()).await {
        Ok(Ok(())) => {
            sleep(going_down).await;
            tracing::warn!("snapd was to restart the device, and the device is still there");
        }
        Ok(Err(error)) => {
            tracing::warn!(error = %Chain(&error), "snapd does not restart the device");
        }
        Err(_) => tracing::warn!("snapd does not answer whether it restarts the device"),
    }
    command(&config.restart_command).await
}

/// Runs a command to its end, which must be a good one.
pub(super) async fn command(words: &[String]) -> Result<(), RemedyError> {
    let (program, arguments) = words.split_first().ok_or(RemedyError::None)?;
    let program = program.clone();
    let mut command = Command::new(&program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    match timeout(LIMIT, command.status()).await {
        Err(_) => Err(RemedyError::TooLong { program }),
        Ok(Err(source)) => Err(RemedyError::Start { program, source }),
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(RemedyError::Ended { program, status }),
    }
}
