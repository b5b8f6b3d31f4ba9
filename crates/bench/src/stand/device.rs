//! A device with the real agent.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use edgeward_testkit::nginx::Nginx;
use edgeward_testkit::process::{Process, Program};

use crate::way::Station;

/// A device; its agent ends when it is dropped.
pub struct Device {
    program: PathBuf,
    folder: PathBuf,
    agent: Option<Process>,
}

impl Device {
    /// A device with its files in this folder, which offers this service or none.
    pub fn new(program: &Path, folder: PathBuf, offers: Option<&Nginx>) -> Result<Self> {
        std::fs::create_dir_all(&folder)?;
        let offers = offers.map_or_else(String::new, |nginx| {
            let address = nginx.address();
            format!("services:\n  - name: web\n    url: http://{address}\n")
        });
        let device = Self {
            program: program.to_owned(),
            folder,
            agent: None,
        };
        device.configure(&offers)?;
        Ok(device)
    }

    /// Has this in its agent's file, and nothing else.
    pub fn configure(&self, text: &str) -> Result<()> {
        Ok(std::fs::write(self.folder.join("agent.yaml"), text)?)
    }

    /// Joins with a token.
    pub fn join(&self, token: &str) -> Result<()> {
        self.agent_program("join").arg(token).output()?;
        Ok(())
    }

    /// Starts the agent; one that runs already is killed.
    pub fn run(&mut self) -> Result<()> {
        self.kill();
        let log = self.folder.join("log");
        self.agent = Some(self.agent_program("run").start(log)?);
        Ok(())
    }

    /// Kills the agent.
    pub fn kill(&mut self) {
        drop(self.agent.take());
    }

    /// The agent's process; process 0 if none runs.
    pub fn station(&self) -> Station {
        Station {
            name: "agent",
            pid: self.agent.as_ref().map_or(0, Process::pid),
        }
    }

    /// The size of the agent's program, in bytes.
    pub fn program_size(&self) -> Result<u64> {
        let about = std::fs::metadata(&self.program);
        Ok(about.context("there is no agent program")?.len())
    }

    fn agent_program(&self, word: &str) -> Program {
        Program::at(&self.program)
            .arg(word)
            .arg("--state-dir")
            .arg(self.folder.join("state"))
            .arg("--config")
            .arg(self.folder.join("agent.yaml"))
    }
}
