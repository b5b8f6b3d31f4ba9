//! A real mosquitto as an operator would set it up for Edgeward: client certificates, names from them, topic permissions.
//!
//! Two listeners: one with TLS that takes only clients with a certificate of the given CA (user name and client id = common name), and a
//! plain one on loopback for user name and password. A device may write its own `up` topics, read its own `down` topics
//! and the hail; the control plane may do everything under `edgeward/`.

use std::fmt::Write as _;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use crate::process::{Process, ProcessError, Program, likely_free_port};

/// How long it may take to start.
const START_LIMIT: Duration = Duration::from_secs(15);

/// How many times other ports are tried when one is taken.
const TRIES: usize = 20;

/// What a broker is to be.
#[derive(Clone, Debug)]
pub struct MosquittoOptions {
    /// The CA that client certificates must come from, PEM.
    pub client_ca_pem: String,
    /// The broker's own certificate, with its chain, PEM.
    pub certificate_pem: String,
    /// The key of it, PEM.
    pub key_pem: String,
    /// The control plane's user: the common name of its certificate, and its name on the plain listener.
    pub control_plane_user: String,
    /// Its password on the plain listener.
    pub control_plane_password: String,
    /// Where the TLS listener is.
    pub address: Ipv4Addr,
}

/// A running broker; it is gone when dropped.
#[derive(Debug)]
pub struct Mosquitto {
    process: Process,
    options: MosquittoOptions,
    ports: (u16, u16),
    folder: TempDir,
}

impl Mosquitto {
    /// Starts one and waits until it listens.
    ///
    /// # Errors
    /// It is missing, or does not start with these options.
    pub async fn start(options: MosquittoOptions) -> Result<Self, ProcessError> {
        let folder = tempfile::tempdir().map_err(preparing)?;
        write_files(folder.path(), &options).map_err(preparing)?;
        let mut last = None;
        for _ in 0..TRIES {
            let ports = (likely_free_port(), likely_free_port());
            match run(folder.path(), &options, ports).await {
                Ok(process) => {
                    return Ok(Self {
                        process,
                        options,
                        ports,
                        folder,
                    });
                }
                Err(error) if error.is_port_taken() => last = Some(error),
                Err(error) => return Err(error),
            }
        }
        Err(last.unwrap_or_else(|| preparing(io::ErrorKind::AddrInUse.into())))
    }

    /// Where clients with a certificate connect.
    pub fn tls_address(&self) -> SocketAddr {
        SocketAddr::from((self.options.address, self.ports.0))
    }

    /// Where clients with a password connect, in plain; loopback only.
    pub fn plain_address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.ports.1))
    }

    /// Its process, to freeze or kill it.
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// Ends it at once and starts it again on the same ports.
    ///
    /// # Errors
    /// It does not start again.
    pub async fn restart(&mut self) -> Result<(), ProcessError> {
        self.process.kill();
        self.process = run(self.folder.path(), &self.options, self.ports).await?;
        Ok(())
    }

    /// Where its configuration, log and files are.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

fn write_files(folder: &Path, options: &MosquittoOptions) -> io::Result<()> {
    std::fs::write(folder.join("ca.pem"), &options.client_ca_pem)?;
    std::fs::write(folder.join("server.pem"), &options.certificate_pem)?;
    std::fs::write(folder.join("server.key"), &options.key_pem)?;
    let user = &options.control_plane_user;
    let acl = format!(
        "user {user}\ntopic readwrite edgeward/#\ntopic readwrite devices/#\ntopic read metrics/+\n\n\
         pattern write edgeward/v1/agents/%u/up/#\n\
         pattern read edgeward/v1/agents/%u/down/#\n\
         pattern read edgeward/v1/hail\n\
         pattern write devices/pub/%u\n\
         pattern write devices/health/%u\n\
         pattern write metrics/+\n\
         pattern read devices/sub/%u\n\
         pattern read devices/actions/+/required-install\n"
    );
    std::fs::write(folder.join("acl"), acl)?;
    let password = &options.control_plane_password;
    std::fs::write(folder.join("passwords"), format!("{user}:{password}\n"))
}

async fn run(
    folder: &Path,
    options: &MosquittoOptions,
    (tls, plain): (u16, u16),
) -> Result<Process, ProcessError> {
    let path = |name: &str| folder.join(name).display().to_string();
    // Passwords are stored hashed; mosquitto refuses a file with clear text only when asked for a wrong one.
    let hash = Program::debian("mosquitto_passwd", "mosquitto").args(["-U", &path("passwords")]);
    if !std::fs::read_to_string(folder.join("passwords")).is_ok_and(|text| text.contains(":$")) {
        hash.output()?;
    }
    let mut text = String::from(
        "per_listener_settings true\nuser root\nset_tcp_nodelay true\nmax_queued_messages 100000\n",
    );
    let _infallible = write!(
        text,
        "log_type all\nlog_dest stderr\n\
         listener {tls} {address}\ncafile {ca}\ncertfile {certificate}\nkeyfile {key}\n\
         require_certificate true\nuse_identity_as_username true\nuse_username_as_clientid true\nallow_anonymous false\nacl_file {acl}\n\
         listener {plain} 127.0.0.1\nallow_anonymous false\npassword_file {passwords}\nacl_file {acl}\n",
        address = options.address,
        ca = path("ca.pem"),
        certificate = path("server.pem"),
        key = path("server.key"),
        acl = path("acl"),
        passwords = path("passwords"),
    );
    let configuration: PathBuf = folder.join("mosquitto.conf");
    std::fs::write(&configuration, text).map_err(preparing)?;
    let log = folder.join("log");
    std::fs::write(&log, "").map_err(preparing)?;
    let program = Program::debian("mosquitto", "mosquitto")
        .arg("-c")
        .arg(configuration);
    let process = program.start(log)?;
    process.wait_for_line(" running", START_LIMIT).await?;
    Ok(process)
}

fn preparing(source: io::Error) -> ProcessError {
    ProcessError::Prepare {
        what: "a mosquitto".to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests;
