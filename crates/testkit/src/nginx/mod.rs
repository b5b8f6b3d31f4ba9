//! A real nginx that serves a folder and takes uploads of any size with `PUT /upload/<name>`.
//!
//! Plain HTTP. Big files are sparse: they cost no disk and read as zeros.

use std::fs::File;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use crate::netns::Namespace;
use crate::process::{PORT_TAKEN, Process, ProcessError, Program, likely_free_port};

/// How long it may take to start.
const START_LIMIT: Duration = Duration::from_secs(15);

/// How many times another port is tried when one is taken.
const TRIES: usize = 20;

/// What nginx says, at this log level, when it is ready.
const READY: &str = "start worker process ";

/// A running nginx; it is gone when dropped, with its files.
#[derive(Debug)]
pub struct Nginx {
    process: Process,
    address: SocketAddr,
    folder: TempDir,
}

impl Nginx {
    /// Starts one on a port of 127.0.0.1, here or in a namespace.
    ///
    /// # Errors
    /// It is missing, or does not start.
    pub async fn start(inside: Option<&Namespace>) -> Result<Self, ProcessError> {
        let folder = tempfile::tempdir().map_err(preparing)?;
        for name in ["root/upload", "temp"] {
            std::fs::create_dir_all(folder.path().join(name)).map_err(preparing)?;
        }
        let index = folder.path().join("root/index.html");
        std::fs::write(index, "<!doctype html><title>nginx</title>\n").map_err(preparing)?;
        let mut last = None;
        for _ in 0..TRIES {
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, likely_free_port()));
            match run(folder.path(), address, inside).await {
                Ok(process) => {
                    return Ok(Self {
                        process,
                        address,
                        folder,
                    });
                }
                Err(error) if error.is_port_taken() => last = Some(error),
                Err(error) => return Err(error),
            }
        }
        Err(last.unwrap_or_else(|| preparing(io::ErrorKind::AddrInUse.into())))
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Adds a file of so many zero bytes at `/<name>`, which costs no disk.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn add_sparse_file(&self, name: &str, bytes: u64) -> io::Result<()> {
        File::create(self.root().join(name))?.set_len(bytes)
    }

    /// Adds a file at `/<name>`.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn add_file(&self, name: &str, content: &[u8]) -> io::Result<()> {
        std::fs::write(self.root().join(name), content)
    }

    /// Where an upload to `/upload/<name>` ends up once it is whole.
    pub fn uploaded(&self, name: &str) -> PathBuf {
        self.root().join("upload").join(name)
    }

    /// Its process (the master).
    pub fn process(&self) -> &Process {
        &self.process
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }
}

async fn run(
    folder: &Path,
    address: SocketAddr,
    inside: Option<&Namespace>,
) -> Result<Process, ProcessError> {
    let shown = folder.display();
    let configuration = format!(
        "daemon off; user root; worker_processes 1; pid {shown}/pid; error_log stderr notice;
events {{ worker_connections 4096; }}
http {{
  access_log off; sendfile on; tcp_nopush on; tcp_nodelay on;
  keepalive_requests 100000000; keepalive_timeout 1h; send_timeout 1h; client_body_timeout 1h;
  client_body_temp_path {shown}/temp/body; proxy_temp_path {shown}/temp/proxy;
  fastcgi_temp_path {shown}/temp/fastcgi; uwsgi_temp_path {shown}/temp/uwsgi; scgi_temp_path {shown}/temp/scgi;
  client_max_body_size 0; default_type application/octet-stream;
  types {{ text/html html; }}
  server {{
    listen {address};
    root {shown}/root;
    location /upload/ {{ dav_methods PUT DELETE; create_full_put_path on; dav_access user:rw; }}
  }}
}}
"
    );
    let file = folder.join("nginx.conf");
    std::fs::write(&file, configuration).map_err(preparing)?;
    let log = folder.join("log");
    std::fs::write(&log, "").map_err(preparing)?;
    let mut program = Program::debian("nginx", "nginx-light")
        .arg("-p")
        .arg(folder)
        .arg("-c")
        .arg(file)
        .args(["-e", "stderr"]);
    if let Some(namespace) = inside {
        program = program.inside(namespace);
    }
    let process = program.start(log)?;
    tokio::select! {
        ready = process.wait_for_line(READY, START_LIMIT) => ready.map(drop)?,
        // nginx itself tries five times, half a second apart; there is no use in waiting for that.
        Ok(line) = process.wait_for_line(PORT_TAKEN, START_LIMIT) => {
            return Err(preparing(io::Error::new(io::ErrorKind::AddrInUse, line)));
        }
    }
    Ok(process)
}

fn preparing(source: io::Error) -> ProcessError {
    ProcessError::Prepare {
        what: "an nginx".to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests;
