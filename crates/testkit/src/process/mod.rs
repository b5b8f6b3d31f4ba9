//! Real programs as child processes: started with a log, waited for, and gone when the value is dropped.
//!
//! A program gets a process group of its own, so that what it starts dies with it. It deliberately does not restart anything.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::net::SocketAddr;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use parking_lot::Mutex;
use rustix::process::{Pid, Signal};

use crate::netns::Namespace;
use crate::{TimedOut, eventually};

/// How much of a log's end goes into an error, in bytes.
const LOG_TAIL_BYTES: usize = 4096;

/// What programs say when a port is taken.
pub(crate) const PORT_TAKEN: &str = "Address already in use";

/// Where Debian keeps programs that an ordinary user's search path lacks.
const MORE_FOLDERS: [&str; 3] = ["/usr/sbin", "/sbin", "/usr/local/sbin"];

/// A program, how it is to be started.
#[derive(Debug)]
pub struct Program {
    path: OsString,
    package: Option<&'static str>,
    args: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    folder: Option<PathBuf>,
    namespace: Option<String>,
}

/// A program that runs, or has run.
#[derive(Debug)]
pub struct Process {
    name: String,
    pid: u32,
    group: Pid,
    child: Mutex<Child>,
    log: PathBuf,
}

/// Why a program does not run as it should.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// It is not on this machine.
    #[error("cannot start {program}: there is no such program on this machine{}", package_hint(*.package))]
    Missing {
        /// What was to be started.
        program: String,
        /// The Debian package that has it.
        package: Option<&'static str>,
    },
    /// The kernel refused.
    #[error("cannot start {program}")]
    Start {
        /// What was to be started.
        program: String,
        /// Why not.
        source: io::Error,
    },
    /// It ended before it was ready.
    #[error(
        "{program} ended with {status} while waiting for {awaited}; its log ends with:\n{log_tail}"
    )]
    Ended {
        /// What was started.
        program: String,
        /// How it ended.
        status: ExitStatus,
        /// What was waited for.
        awaited: String,
        /// The end of its log.
        log_tail: String,
    },
    /// It runs, and what was waited for did not happen.
    #[error("{program}: {timed_out}; its log ends with:\n{log_tail}")]
    NotReady {
        /// What was started.
        program: String,
        /// What was waited for, and what was seen last.
        timed_out: TimedOut,
        /// The end of its log.
        log_tail: String,
    },
    /// Something that it needs could not be prepared.
    #[error("cannot prepare {what}")]
    Prepare {
        /// What was to be prepared.
        what: String,
        /// Why not.
        source: io::Error,
    },
}

impl ProcessError {
    /// Whether the program wanted a port that someone else has; another port may help.
    pub fn is_port_taken(&self) -> bool {
        match self {
            Self::Ended { log_tail, .. } | Self::NotReady { log_tail, .. } => {
                log_tail.contains(PORT_TAKEN)
            }
            Self::Prepare { source, .. } => source.kind() == io::ErrorKind::AddrInUse,
            Self::Missing { .. } | Self::Start { .. } => false,
        }
    }
}

fn package_hint(package: Option<&'static str>) -> String {
    package.map_or_else(String::new, |package| {
        format!("; install the Debian package \"{package}\" (apt-get install {package})")
    })
}

impl Program {
    /// A program of this machine, by name or path; `package` is the Debian package that has it.
    pub fn debian(name: impl Into<OsString>, package: &'static str) -> Self {
        Self::new(name.into(), Some(package))
    }

    /// A program of our own, by path.
    pub fn at(path: impl Into<OsString>) -> Self {
        Self::new(path.into(), None)
    }

    fn new(path: OsString, package: Option<&'static str>) -> Self {
        Self {
            path,
            package,
            args: Vec::new(),
            environment: Vec::new(),
            folder: None,
            namespace: None,
        }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<A: Into<OsString>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Sets an environment variable; the others are inherited.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Sets the working folder.
    #[must_use]
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Runs it inside a network namespace.
    #[must_use]
    pub fn inside(mut self, namespace: &Namespace) -> Self {
        self.namespace = Some(namespace.name().to_owned());
        self
    }

    /// Starts it; what it writes to standard output and error is appended to `log`.
    ///
    /// # Errors
    /// It is missing, or could not be started.
    pub fn start(self, log: impl Into<PathBuf>) -> Result<Process, ProcessError> {
        let log = log.into();
        let name = self.name();
        let start = |source| ProcessError::Start {
            program: name.clone(),
            source,
        };
        let output = File::options().create(true).append(true).open(&log);
        let output = output.map_err(start)?;
        let errors = output.try_clone().map_err(start)?;
        let mut command = self.command()?;
        command
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .process_group(0);
        let child = command.spawn().map_err(start)?;
        let pid = child.id();
        let group = i32::try_from(pid).ok().and_then(Pid::from_raw);
        let group = group.ok_or_else(|| start(io::Error::other("its process id is 0")))?;
        Ok(Process {
            name,
            pid,
            group,
            child: Mutex::new(child),
            log,
        })
    }

    /// Runs it to its end and gives its standard output.
    ///
    /// # Errors
    /// It is missing, could not be started, or did not succeed.
    pub fn output(self) -> Result<String, ProcessError> {
        let name = self.name();
        let output = self.command()?.stdin(Stdio::null()).output();
        let output = output.map_err(|source| ProcessError::Start {
            program: name.clone(),
            source,
        })?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            Err(ProcessError::Ended {
                program: name,
                status: output.status,
                awaited: "its success".to_owned(),
                log_tail: String::from_utf8_lossy(&output.stderr).into_owned(),
            })
        }
    }

    fn name(&self) -> String {
        let path = Path::new(&self.path);
        let name = path.file_name().unwrap_or(&self.path);
        name.to_string_lossy().into_owned()
    }

    fn command(&self) -> Result<Command, ProcessError> {
        let path = find(&self.path).ok_or_else(|| ProcessError::Missing {
            program: self.path.to_string_lossy().into_owned(),
            package: self.package,
        })?;
        let mut command = match &self.namespace {
            // nsenter replaces itself by the program, so that the process id is the program's own.
            Some(namespace) => {
                let mut command = Command::new("nsenter");
                command.arg(format!("--net=/run/netns/{namespace}"));
                command.arg("--").arg(path);
                command
            }
            None => Command::new(path),
        };
        command.args(&self.args).envs(self.environment.clone());
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        Ok(command)
    }
}

/// A port below the kernel's own range. It may be taken: the program that wants it finds out, and another is drawn.
pub(crate) fn likely_free_port() -> u16 {
    let draw = uuid::Uuid::new_v4().into_bytes();
    20_000 + u16::from_be_bytes([draw[0], draw[1]]) % 12_000
}

fn find(program: &OsStr) -> Option<PathBuf> {
    if Path::new(program).components().count() > 1 {
        return Path::new(program).exists().then(|| program.into());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(MORE_FOLDERS.iter().map(PathBuf::from))
        .map(|folder| folder.join(program))
        .find(|candidate| candidate.is_file())
}

impl Process {
    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// All that it has written so far.
    pub fn log(&self) -> String {
        let bytes = std::fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// How it ended, if it has.
    pub fn ended(&self) -> Option<ExitStatus> {
        self.child.lock().try_wait().ok().flatten()
    }

    /// Waits for a line that contains `part`, from the beginning of the log, and gives that line.
    ///
    /// # Errors
    /// The program ended, or the limit passed.
    pub async fn wait_for_line(&self, part: &str, limit: Duration) -> Result<String, ProcessError> {
        self.wait_until(&format!("a line with {part:?}"), limit, async || {
            let log = self.log();
            // Only whole lines: the last one may still be growing.
            let whole = log.rfind('\n').map_or("", |end| &log[..end]);
            whole
                .lines()
                .find(|line| line.contains(part))
                .map(ToOwned::to_owned)
                .ok_or_else(|| log.lines().last().unwrap_or("an empty log").to_owned())
        })
        .await
    }

    /// Waits until something accepts connections at `address`.
    ///
    /// # Errors
    /// The program ended, or the limit passed.
    pub async fn wait_for_port(
        &self,
        address: SocketAddr,
        limit: Duration,
    ) -> Result<(), ProcessError> {
        let what = format!("a listener at {address}");
        let connect = async || tokio::net::TcpStream::connect(address).await.map(drop);
        self.wait_until(&what, limit, connect).await
    }

    /// Waits until it has ended.
    ///
    /// # Errors
    /// It still runs when the limit has passed.
    pub async fn wait_for_end(&self, limit: Duration) -> Result<ExitStatus, ProcessError> {
        let look = async || self.ended().ok_or("it still runs");
        let ended = eventually("its end", limit, look).await;
        ended.map_err(|timed_out| self.not_ready(timed_out))
    }

    /// `kill -9`: ends it, and whatever it has started, at once, and waits for that.
    pub fn kill(&self) {
        let _gone_already = rustix::process::kill_process_group(self.group, Signal::KILL);
        let _status = self.child.lock().wait();
    }

    /// Asks it to end, as Ctrl-C or a service manager would (SIGTERM, to the program alone).
    pub fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Sends Ctrl-C (SIGINT, to the program alone).
    pub fn interrupt(&self) {
        self.signal(Signal::INT);
    }

    /// Freezes it (SIGSTOP) until [`Process::resume`].
    pub fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets it go on after [`Process::freeze`].
    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        if self.ended().is_none() {
            let _gone_already = rustix::process::kill_process(self.group, signal);
        }
    }

    async fn wait_until<T, E: std::fmt::Display>(
        &self,
        what: &str,
        limit: Duration,
        mut look: impl AsyncFnMut() -> Result<T, E>,
    ) -> Result<T, ProcessError> {
        let look = async || {
            // Asked first: what a program said before it ended counts.
            let ended = self.ended();
            match (look().await, ended) {
                (Ok(found), _) => Ok(Ok(found)),
                (Err(_), Some(status)) => Ok(Err(status)),
                (Err(seen), None) => Err(seen.to_string()),
            }
        };
        match eventually(what, limit, look).await {
            Ok(Ok(found)) => Ok(found),
            Ok(Err(status)) => Err(ProcessError::Ended {
                program: self.name.clone(),
                status,
                awaited: what.to_owned(),
                log_tail: self.log_tail(),
            }),
            Err(timed_out) => Err(self.not_ready(timed_out)),
        }
    }

    fn not_ready(&self, timed_out: TimedOut) -> ProcessError {
        ProcessError::NotReady {
            program: self.name.clone(),
            timed_out,
            log_tail: self.log_tail(),
        }
    }

    fn log_tail(&self) -> String {
        let log = self.log();
        let mut start = log.len().saturating_sub(LOG_TAIL_BYTES);
        while !log.is_char_boundary(start) {
            start += 1;
        }
        log[start..].to_owned()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

#[cfg(test)]
mod tests;
