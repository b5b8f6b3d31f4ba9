//! The agent as a service of this device: of a snap, or of systemd.

use std::env;
use std::io;
use std::process::{Command, Stdio};

/// The unit, and the snap's app, that run the agent.
const UNIT: &str = "edgeward-agent.service";
const APP: &str = "agent";

/// What runs the agent, and can stop and start it.
#[derive(Debug)]
pub(crate) struct Service {
    program: &'static str,
    name: String,
}

impl Service {
    /// The service, if it runs: within a snap the snap's own, otherwise systemd's.
    pub(crate) fn running() -> Option<Self> {
        let snap = env::var("SNAP_INSTANCE_NAME").or_else(|_| env::var("SNAP_NAME"));
        if let Ok(snap) = snap
            && !snap.is_empty()
        {
            let name = format!("{snap}.{APP}");
            let listed = Command::new("snapctl")
                .args(["services", &name])
                .stdin(Stdio::null())
                .output()
                .ok()?;
            let text = String::from_utf8_lossy(&listed.stdout).into_owned();
            let active = text
                .lines()
                .filter_map(|line| line.strip_prefix(&name))
                .any(|rest| rest.split_whitespace().nth(1) == Some("active"));
            return active.then_some(Self {
                program: "snapctl",
                name,
            });
        }
        let asked = Command::new("systemctl")
            .args(["is-active", "--quiet", UNIT])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .status();
        asked.is_ok_and(|status| status.success()).then(|| Self {
            program: "systemctl",
            name: UNIT.to_owned(),
        })
    }

    /// What it is called.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn stop(&self) -> io::Result<()> {
        self.ask("stop")
    }

    pub(crate) fn start(&self) -> io::Result<()> {
        self.ask("start")
    }

    fn ask(&self, what: &str) -> io::Result<()> {
        let status = Command::new(self.program)
            .args([what, &self.name])
            .stdin(Stdio::null())
            .status()?;
        if status.success() {
            Ok(())
        } else {
            Err(io::Error::other(format!(
                "\"{} {what} {}\" has ended with {status}",
                self.program, self.name
            )))
        }
    }
}
