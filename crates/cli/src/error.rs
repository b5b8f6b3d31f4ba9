//! What a command failed with, as it is told to a person: one line, a hint where there is one, and an exit code.

use std::error::Error;
use std::io::Write;

use edgeward_client::ClientError;
use edgeward_runtime::{Chain, ExitCode};
use http::StatusCode;

/// Why a command did not do what was asked.
#[derive(Debug)]
pub(crate) struct CliError {
    message: String,
    hint: Option<String>,
    code: ExitCode,
}

impl CliError {
    /// The command line or what it names is wrong; nothing was tried.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
            code: ExitCode::Usage,
        }
    }

    /// It was tried and failed.
    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self {
            code: ExitCode::Failed,
            ..Self::usage(message)
        }
    }

    /// Something was attempted and failed with a cause.
    pub(crate) fn failed(attempt: impl std::fmt::Display, cause: impl Error) -> Self {
        Self::refused(format!("{attempt}: {}", Chain(&cause)))
    }

    /// Says about which of several things it is.
    pub(crate) fn about(mut self, what: &str) -> Self {
        self.message = format!("{what}: {}", self.message);
        self
    }

    /// Says what to do.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Prints it and says how to exit.
    pub(crate) fn report(&self) -> ExitCode {
        let mut stderr = std::io::stderr().lock();
        // Nothing can be told when standard error is closed.
        let _ = writeln!(stderr, "error: {}", self.message);
        if let Some(hint) = &self.hint {
            let _ = writeln!(stderr, "hint: {hint}");
        }
        self.code
    }
}

impl From<ClientError> for CliError {
    fn from(error: ClientError) -> Self {
        let message = Chain(&error).to_string();
        match &error {
            ClientError::Unreachable { .. } => Self {
                message,
                hint: Some("check the address and the network; on this machine, start it with: edgeward up".into()),
                code: ExitCode::Unreachable,
            },
            ClientError::Address(_) | ClientError::Trust(_) | ClientError::Path(_) => Self::usage(message),
            ClientError::Foreign { .. } => Self::refused(message).hint("check that the address is that of the control plane"),
            ClientError::Refused { status: StatusCode::UNAUTHORIZED, detail } if detail.code != "wrong_credentials" => {
                Self::refused("nobody is signed in, or the sign-in has ended").hint("sign in with: edgeward sign-in --server <address>; an API token in EDGEWARD_TOKEN must be one that has not expired or been deleted")
            }
            ClientError::Refused { status, detail } => {
                let message = if status.is_server_error() {
                    format!("{message} (request {})", detail.request_id)
                } else {
                    message
                };
                let error = Self::refused(crate::output::plain(&message));
                match &detail.hint {
                    Some(hint) => error.hint(crate::output::plain(hint)),
                    None => error,
                }
            }
            _ => Self::refused(message),
        }
    }
}
