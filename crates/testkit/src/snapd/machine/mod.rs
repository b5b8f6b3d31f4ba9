//! The real snapd under the real systemd: a machine that boots in a second or two, in a container with a network of its own.
//!
//! What is in the machine speaks to snapd as on a device; from outside snapd cannot be asked, because it looks at who asks. A
//! machine that is told to restart does so; [`Machine::boots`] counts. Its disk is in memory, over a root that is made once
//! ([`Root`]), and is gone when it is dropped.
//!
//! Needs root, and the Debian packages `debootstrap`, `systemd-container`, `squashfs-tools` and `busybox-static`; the first use of
//! a folder fetches Debian's packages. There is no store: snaps come from files ([`CORE`], [`PRESS_1`], [`PRESS_2`]).

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::netns::Namespace;
use crate::process::{Process, ProcessError, Program};
use crate::{TimedOut, eventually};

/// How long booting may take, until snapd answers.
const BOOT_LIMIT: Duration = Duration::from_secs(90);

/// The same for the first boot, and how often that is tried.
const FIRST_BOOT_LIMIT: Duration = Duration::from_secs(25);
const BOOT_TRIES: usize = 4;

/// How often a machine may restart.
const MAX_BOOTS: usize = 10;

/// With this `systemd-nspawn` ends when the machine is to restart.
const RESTART: i32 = 133;

/// A snap may not install at the first try while snapd is busy with itself.
const INSTALL_TRIES: usize = 8;

/// How often and how long apart an empty control group is tried to be removed.
const REMOVE_TRIES: usize = 40;
const REMOVE_PAUSE: Duration = Duration::from_millis(50);

/// How many machines there are at a time, in all test programs together: each takes its share of what the kernel gives one user,
/// such as inotify instances.
const AT_A_TIME: usize = 2;

/// How long a machine waits for its turn, and how often it looks.
const TURN_LIMIT: Duration = Duration::from_secs(15 * 60);
const TURN_PAUSE: Duration = Duration::from_millis(200);

/// What [`Machine::install`] needs first: the base of the other snaps.
pub const CORE: &str = "/snaps/core.snap";

/// A snap `press` with a service `daemon` and a configure hook: it takes `delay` seconds, and fails if `fail` is true.
pub const PRESS_1: &str = "/snaps/press-1.0.snap";

/// The same in version 2.0.
pub const PRESS_2: &str = "/snaps/press-2.0.snap";

/// Why there is no machine.
#[derive(Debug, thiserror::Error)]
pub enum MachineError {
    /// A file.
    #[error("cannot prepare the machine")]
    Prepare(#[from] io::Error),
    /// A program.
    #[error(transparent)]
    Program(#[from] ProcessError),
    /// It did not get there.
    #[error("{what}; the end of its console:\n{console}")]
    Boot {
        /// What was waited for.
        what: TimedOut,
        /// What it said.
        console: String,
    },
    /// A snap is not installed.
    #[error("cannot install {snap}: {source}")]
    Install {
        /// Which.
        snap: String,
        /// What snapd says.
        source: Box<ProcessError>,
    },
}

/// The root of machines, and their snaps. Made once in a folder, and kept there.
#[derive(Clone, Debug)]
pub struct Root {
    folder: PathBuf,
}

impl Root {
    /// The one in this folder; it is made if it is not there, which takes some minutes.
    ///
    /// # Errors
    /// A program is missing, or Debian's packages cannot be fetched.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Result<Self, MachineError> {
        let folder = folder.into();
        fs::create_dir_all(&folder)?;
        let lock = File::create(folder.join("lock"))?;
        lock.lock()?;
        be_there("systemd-nspawn", "systemd-container")?;
        if !folder.join("ready").exists() {
            be_there("debootstrap", "debootstrap")?;
            be_there("mksquashfs", "squashfs-tools")?;
            be_there("busybox", "busybox-static")?;
            Program::debian("sh", "dash")
                .arg("-c")
                .arg(include_str!("root.sh"))
                .arg("root.sh")
                .arg(&folder)
                .output()?;
        }
        Ok(Self { folder })
    }
}

impl Root {
    /// Waits until there may be one machine more; it counts until this is dropped.
    fn turn(&self) -> io::Result<File> {
        let give_up = std::time::Instant::now() + TURN_LIMIT;
        loop {
            for number in 0..AT_A_TIME {
                let turn = File::create(self.folder.join(format!("machine-{number}")))?;
                if turn.try_lock().is_ok() {
                    return Ok(turn);
                }
            }
            if std::time::Instant::now() >= give_up {
                return Err(io::ErrorKind::TimedOut.into());
            }
            std::thread::sleep(TURN_PAUSE);
        }
    }
}

/// Names the Debian package of a program that is missing.
fn be_there(program: &str, package: &'static str) -> Result<(), ProcessError> {
    match Program::debian(program, package).arg("--help").output() {
        Err(error @ ProcessError::Missing { .. }) => Err(error),
        _ => Ok(()),
    }
}

/// A machine.
pub struct Machine {
    shared: Arc<Shared>,
    mounts: Vec<PathBuf>,
    stop: CancellationToken,
    _turn: File,
}

struct Shared {
    folder: TempDir,
    namespace: Namespace,
    binds: Mutex<Vec<String>>,
    process: Mutex<Option<Process>>,
    boots: AtomicUsize,
}

impl Machine {
    /// One that is not booted yet, with this network. It waits until there are not too many, also of other test programs.
    ///
    /// # Errors
    /// This is not root, or the kernel refuses.
    pub fn new(root: &Root, namespace: Namespace) -> Result<Self, MachineError> {
        let turn = root.turn()?;
        let folder = tempfile::tempdir()?;
        let base = folder.path().to_owned();
        let mut machine = Self {
            shared: Arc::new(Shared {
                folder,
                namespace,
                binds: Mutex::new(vec![
                    "--bind=/dev/fuse".to_owned(),
                    format!("--bind-ro={}:/snaps", root.folder.join("snaps").display()),
                ]),
                process: Mutex::new(None),
                boots: AtomicUsize::new(0),
            }),
            mounts: Vec::new(),
            stop: CancellationToken::new(),
            _turn: turn,
        };
        // On tmpfs: an overlay cannot be the upper part of another.
        machine.mount(&["-t", "tmpfs", "tmpfs"], base.clone())?;
        for name in ["upper", "work", "merged"] {
            fs::create_dir(base.join(name))?;
        }
        let layers = format!(
            "lowerdir={},upperdir={},workdir={}",
            root.folder.join("root").display(),
            base.join("upper").display(),
            base.join("work").display(),
        );
        machine.mount(
            &["-t", "overlay", "overlay", "-o", &layers],
            base.join("merged"),
        )?;
        // Without this a second boot finds something that it may not remove.
        let shared = Path::new("/run/systemd/nspawn");
        fs::create_dir_all(shared)?;
        let is_mount = Program::debian("mountpoint", "util-linux")
            .arg(shared)
            .output();
        if is_mount.is_err() {
            mount(&["-t", "tmpfs", "tmpfs"], shared)?;
        }
        Ok(machine)
    }

    fn mount(&mut self, args: &[&str], at: PathBuf) -> Result<(), MachineError> {
        mount(args, &at)?;
        self.mounts.push(at);
        Ok(())
    }

    /// Puts a file into it, at this absolute path.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn put(&self, path: &str, bytes: &[u8], mode: u32) -> Result<(), MachineError> {
        let file = self.path(path);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&file, bytes)?;
        fs::set_permissions(&file, fs::Permissions::from_mode(mode))?;
        Ok(())
    }

    /// Where a path of the machine is, seen from outside.
    pub fn path(&self, path: &str) -> PathBuf {
        let merged = self.shared.folder.path().join("merged");
        merged.join(path.trim_start_matches('/'))
    }

    /// Shows it a file of this machine at this path, from the next boot on.
    pub fn bind(&self, outside: &Path, inside: &str) {
        let bind = format!("--bind-ro={}:{inside}", outside.display());
        self.shared.binds.lock().push(bind);
    }

    /// Starts it, and waits until snapd is ready. It restarts by itself when it is told to, inside.
    ///
    /// # Errors
    /// It does not get there.
    pub async fn boot(&self) -> Result<(), MachineError> {
        for attempt in 1.. {
            boot(&self.shared)?;
            match self.ready_within(FIRST_BOOT_LIMIT).await {
                Ok(()) => break,
                // Now and then the first boot of one machine stands still while another one ends.
                Err(_) if attempt < BOOT_TRIES => self.shared.kill(),
                Err(error) => return Err(error),
            }
        }
        self.shared.boots.store(1, Ordering::Relaxed);
        let (shared, stop) = (Arc::clone(&self.shared), self.stop.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = keep(&shared) => {}
            }
        });
        Ok(())
    }

    /// Waits until snapd is ready.
    ///
    /// # Errors
    /// It does not get there.
    pub async fn ready(&self) -> Result<(), MachineError> {
        self.ready_within(BOOT_LIMIT).await
    }

    async fn ready_within(&self, limit: Duration) -> Result<(), MachineError> {
        let seeded = eventually("snapd in the machine", limit, async || {
            self.run(&["snap", "wait", "system", "seed.loaded"])
        });
        seeded.await.map(drop).map_err(|what| MachineError::Boot {
            what,
            console: self.console(),
        })
    }

    /// How often it was started.
    pub fn boots(&self) -> usize {
        self.shared.boots.load(Ordering::Relaxed)
    }

    /// Runs a command inside to its end and gives its standard output.
    ///
    /// # Errors
    /// The machine does not run, or the command did not succeed.
    pub fn run(&self, command: &[&str]) -> Result<String, ProcessError> {
        let leader = self.leader().unwrap_or_else(|| "0".to_owned());
        Program::debian("nsenter", "util-linux")
            .args(["-t", &leader, "-a"])
            .args(command)
            .output()
    }

    /// Installs a snap from a file, without confinement.
    ///
    /// # Errors
    /// snapd does not.
    pub fn install(&self, file: &str) -> Result<(), MachineError> {
        let mut tries = 0;
        loop {
            tries += 1;
            let flag = if file == CORE {
                "--dangerous"
            } else {
                "--devmode"
            };
            match self.run(&["snap", "install", "--dangerous", flag, file]) {
                Ok(_) => return Ok(()),
                Err(_) if tries < INSTALL_TRIES => {}
                Err(source) => {
                    let snap = file.to_owned();
                    let source = Box::new(source);
                    return Err(MachineError::Install { snap, source });
                }
            }
        }
    }

    /// What it says while it boots.
    pub fn console(&self) -> String {
        let process = self.shared.process.lock();
        process.as_ref().map(Process::log).unwrap_or_default()
    }

    /// The process that is number 1 inside.
    fn leader(&self) -> Option<String> {
        let pid = self.shared.process.lock().as_ref()?.pid();
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).ok()?;
        let mut children = children.split_whitespace();
        children.find(|child| is_first(child)).map(str::to_owned)
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.stop.cancel();
        self.shared.kill();
        for at in self.mounts.iter().rev() {
            let _busy = Program::debian("umount", "mount")
                .arg("--lazy")
                .arg(at)
                .output();
        }
    }
}

/// Whether this process is the first one of a namespace of its own: `systemd-nspawn` has other children as well, for a while or
/// for long, which are not in the machine.
fn is_first(pid: &str) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let ids = status.lines().find_map(|line| line.strip_prefix("NSpid:"));
    let mut ids = ids.unwrap_or_default().split_whitespace();
    ids.next_back() == Some("1") && ids.next_back().is_some()
}

/// Enters the control groups that are named before `--`, then becomes the machine.
const ENTER: &str = r#"while [ "$1" != -- ]; do mkdir -p "$1" && echo $$ >"$1/cgroup.procs"; shift; done; shift; exec systemd-nspawn "$@""#;

impl Shared {
    /// Ends everything in it at once.
    fn kill(&self) {
        // What runs inside outlives `systemd-nspawn`; so it goes first.
        let groups = self.groups().unwrap_or_default();
        for group in &groups {
            let _only_in_version_2 = fs::write(group.join("cgroup.kill"), "1");
        }
        drop(self.process.lock().take());
        for group in &groups {
            remove_group(group);
        }
    }

    /// Control groups of its own: snapd finds the processes of snaps by their groups, and must not find another machine's.
    fn groups(&self) -> io::Result<Vec<PathBuf>> {
        let mounts = fs::read_to_string("/proc/self/mounts")?;
        let hierarchies = mounts.lines().filter_map(|line| {
            let mut fields = line.split(' ').skip(1);
            let (at, kind, options) = (fields.next()?, fields.next()?, fields.next()?);
            (kind == "cgroup2" || kind == "cgroup" && options.contains("name=systemd"))
                .then_some(at)
        });
        let name = format!("edgeward-{}", self.namespace.name());
        Ok(hierarchies.map(|at| Path::new(at).join(&name)).collect())
    }
}

/// Boots again whenever the machine wants to restart.
async fn keep(shared: &Shared) {
    loop {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let ended = shared.process.lock().as_ref().and_then(Process::ended);
        let Some(status) = ended else { continue };
        let again =
            status.code() == Some(RESTART) && shared.boots.load(Ordering::Relaxed) < MAX_BOOTS;
        if !again || boot(shared).is_err() {
            return;
        }
    }
}

fn boot(shared: &Shared) -> Result<(), MachineError> {
    let boots = shared.boots.fetch_add(1, Ordering::Relaxed) + 1;
    let base = shared.folder.path();
    let groups = shared.groups()?;
    let process = Program::debian("sh", "dash")
        .args(["-c", ENTER, "sh"])
        .args(groups)
        .arg("--")
        // Without it no hook runs: snapd finds no place for its groups of processes.
        .env("SYSTEMD_NSPAWN_UNIFIED_HIERARCHY", "1")
        .args(["--keep-unit", "--register=no", "--boot", "--capability=all"])
        .args(["--resolv-conf=off", "--console=read-only"])
        .arg(format!("--machine={}", shared.namespace.name()))
        .arg(format!(
            "--network-namespace-path=/run/netns/{}",
            shared.namespace.name()
        ))
        .arg("-D")
        .arg(base.join("merged"))
        .args(shared.binds.lock().clone())
        .start(base.join(format!("console-{boots}")))?;
    *shared.process.lock() = Some(process);
    Ok(())
}

/// Groups go from the inside out, and only when nobody is in them: the last processes may take a moment.
fn remove_group(group: &Path) {
    for _ in 0..REMOVE_TRIES {
        let inner = fs::read_dir(group).into_iter().flatten().flatten();
        for entry in inner {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                remove_group(&entry.path());
            }
        }
        match fs::remove_dir(group) {
            Err(error) if error.kind() == io::ErrorKind::ResourceBusy => {
                std::thread::sleep(REMOVE_PAUSE);
            }
            _ => return,
        }
    }
}

fn mount(args: &[&str], at: &Path) -> Result<(), ProcessError> {
    Program::debian("mount", "mount")
        .args(args.iter().copied())
        .arg(at)
        .output()
        .map(drop)
}
