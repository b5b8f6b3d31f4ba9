//! A real PostgreSQL server for tests, and a fresh database in it for each.
//!
//! [`fresh_database`] starts one server per test process on first use. It listens on a Unix socket in a folder of its own
//! and on no TCP port, so that any number run side by side. A small shell process looks after it and ends when its standard
//! input does, that is with this process, however this ends; it then stops the server by its process id and removes the folder.
//! Data is not synced to disk; [`Server::start_syncing`] has a server that does.
//!
//! PostgreSQL must be installed; where it is not, tests fail and say which package is missing. They are never skipped.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// Where Debian's package `postgresql-15` puts the programs.
const PROGRAMS: &str = "/usr/lib/postgresql/15/bin";

/// Names another folder with PostgreSQL's programs.
const PROGRAMS_VARIABLE: &str = "EDGEWARD_TEST_POSTGRES_BIN";

/// What is committed is with the operating system, not on the disk.
const WITHOUT_SYNCING: &[&str] = &[
    "-c",
    "fsync=off",
    "-c",
    "synchronous_commit=off",
    "-c",
    "full_page_writes=off",
];

/// Looks after the server.
const SERVE: &str = include_str!("serve.sh");

/// Why there is no database.
#[derive(Debug, Clone, thiserror::Error)]
pub enum FixtureError {
    /// PostgreSQL is not installed.
    #[error(
        "there is no {program} in {folder}: install Debian's package postgresql-15, or name another folder in {PROGRAMS_VARIABLE}"
    )]
    NotInstalled {
        /// The program that was looked for.
        program: &'static str,
        /// Where.
        folder: PathBuf,
    },
    /// A program could not be started.
    #[error("cannot run {program}")]
    Run {
        /// The program.
        program: &'static str,
        /// Why.
        #[source]
        source: Arc<std::io::Error>,
    },
    /// A program failed.
    #[error("{program} failed: {said}")]
    Failed {
        /// The program.
        program: &'static str,
        /// What it wrote.
        said: String,
    },
}

/// A running server; stopped and removed when dropped, or when this process ends.
#[derive(Debug)]
pub struct Server {
    programs: PathBuf,
    folder: String,
    keeper: Child,
    lifeline: Option<ChildStdin>,
    databases: AtomicU64,
}

/// The address of a new, empty database in this process's server: `postgres:///…?host=<folder>&user=edgeward`.
///
/// Blocks for some tens of milliseconds, on first use for about two seconds.
pub fn fresh_database() -> Result<String, FixtureError> {
    static SHARED: OnceLock<Result<Server, FixtureError>> = OnceLock::new();
    match SHARED.get_or_init(Server::start) {
        Ok(server) => server.fresh_database(),
        Err(error) => Err(error.clone()),
    }
}

impl Server {
    /// Starts a server of the caller's own, and waits until it answers (at most 30 seconds).
    pub fn start() -> Result<Self, FixtureError> {
        Self::start_with(WITHOUT_SYNCING)
    }

    /// The same, and what is committed is on the disk.
    pub fn start_syncing() -> Result<Self, FixtureError> {
        Self::start_with(&[])
    }

    fn start_with(options: &[&str]) -> Result<Self, FixtureError> {
        let programs =
            std::env::var_os(PROGRAMS_VARIABLE).map_or_else(|| PathBuf::from(PROGRAMS), Into::into);
        for program in ["initdb", "postgres", "pg_isready", "createdb"] {
            if !programs.join(program).exists() {
                return Err(FixtureError::NotInstalled {
                    program,
                    folder: programs,
                });
            }
        }
        let mut keeper = keeper(&programs, options)
            .spawn()
            .map_err(|error| FixtureError::Run {
                program: "the server's keeper",
                source: Arc::new(error),
            })?;
        let lifeline = keeper.stdin.take();
        let mut folder = String::new();
        if let Some(stdout) = keeper.stdout.take() {
            // An error here is an end without a line, which is what is looked at.
            BufReader::new(stdout).read_line(&mut folder).ok();
        }
        let folder = folder.trim().to_owned();
        if folder.is_empty() {
            let mut said = String::new();
            if let Some(mut stderr) = keeper.stderr.take() {
                stderr.read_to_string(&mut said).ok();
            }
            keeper.wait().ok();
            return Err(FixtureError::Failed {
                program: "initdb or postgres",
                said,
            });
        }
        Ok(Self {
            programs,
            folder,
            keeper,
            lifeline,
            databases: AtomicU64::new(0),
        })
    }

    /// The address of a new, empty database in this server.
    pub fn fresh_database(&self) -> Result<String, FixtureError> {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let made = Command::new(self.programs.join("createdb"))
            .args(["-h", &self.folder, "-U", "edgeward", &name])
            .stdin(Stdio::null())
            .output()
            .map_err(|error| FixtureError::Run {
                program: "createdb",
                source: Arc::new(error),
            })?;
        if made.status.success() {
            Ok(format!(
                "postgres:///{name}?host={}&user=edgeward",
                self.folder
            ))
        } else {
            Err(FixtureError::Failed {
                program: "createdb",
                said: String::from_utf8_lossy(&made.stderr).into_owned(),
            })
        }
    }

    /// The folder of the server's socket and data.
    pub fn folder(&self) -> &Path {
        Path::new(&self.folder)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        self.keeper.wait().ok();
    }
}

/// The shell that looks after the server: as the user `postgres` where this is root, whom PostgreSQL refuses.
fn keeper(programs: &Path, options: &[&str]) -> Command {
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0);
    let mut command = if is_root {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--", "sh"]);
        command
    } else {
        Command::new("sh")
    };
    command
        .args(["-c", SERVE, "edgeward-postgres"])
        .arg(programs)
        .args(options)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // An interrupt from the keyboard is for the test, not for its server.
        .process_group(0);
    command
}

#[cfg(test)]
mod tests;
