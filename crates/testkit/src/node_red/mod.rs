//! A real Node-RED inside a network namespace: an editor in the browser that needs WebSocket.
//!
//! `cargo xtask test` installs it beside the build's output; here it is only started.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use crate::netns::Namespace;
use crate::process::{Process, ProcessError, Program};

/// Where it is installed, below the build's target folder.
pub const INSTALLED_AT: &str = "peers/node-red";

/// How long it may take to start on a busy machine.
const START_LIMIT: Duration = Duration::from_secs(120);

/// What it says when it is ready.
const READY: &str = "Server now running at";

/// Its usual port; nobody else is in the namespace.
const PORT: u16 = 1880;

/// A running Node-RED; it is gone when dropped, with its flows.
#[derive(Debug)]
pub struct NodeRed {
    _process: Process,
    _folder: TempDir,
}

impl NodeRed {
    /// Starts one with no flows, on its usual port of 127.0.0.1 inside the namespace.
    ///
    /// # Errors
    /// It is not installed, or does not start.
    pub async fn start(namespace: &Namespace) -> Result<Self, ProcessError> {
        let folder = tempfile::tempdir().map_err(preparing)?;
        let settings = folder.path().join("settings.js");
        std::fs::write(&settings, SETTINGS).map_err(preparing)?;
        let process = Program::debian("node", "nodejs")
            .arg(program().map_err(preparing)?)
            .arg("--userDir")
            .arg(folder.path())
            .arg("--settings")
            .arg(settings)
            .env("HOME", folder.path())
            .inside(namespace)
            .start(folder.path().join("log"))?;
        process.wait_for_line(READY, START_LIMIT).await?;
        Ok(Self {
            _process: process,
            _folder: folder,
        })
    }

    /// Where it listens, inside.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, PORT))
    }
}

/// No questions, no news, nothing from outside.
const SETTINGS: &str = r#"module.exports = {
  flowFile: "flows.json",
  credentialSecret: false,
  uiHost: "127.0.0.1",
  uiPort: 1880,
  telemetry: { enabled: false, updateNotification: false },
  editorTheme: { tours: false, palette: { catalogues: [] } },
  externalModules: { palette: { allowInstall: false } },
  logging: { console: { level: "info", metrics: false, audit: false } },
};
"#;

/// Node-RED's program, in the target folder that this test was built in.
fn program() -> io::Result<PathBuf> {
    let test = std::env::current_exe()?;
    let target = test.ancestors().nth(3).unwrap_or(Path::new("target"));
    let program = target
        .join(INSTALLED_AT)
        .join("node_modules/node-red/red.js");
    if program.exists() {
        return Ok(program);
    }
    Err(io::Error::new(
        io::ErrorKind::NotFound,
        format!(
            "{} is missing; run the tests with \"cargo xtask test\", which installs it",
            program.display()
        ),
    ))
}

fn preparing(source: io::Error) -> ProcessError {
    ProcessError::Prepare {
        what: "a Node-RED".to_owned(),
        source,
    }
}
