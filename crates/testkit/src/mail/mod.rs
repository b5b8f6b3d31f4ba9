//! A real mail server (aiosmtpd) on loopback that keeps what it is sent: plain, with STARTTLS, and with TLS from the first byte.
//!
//! The two with TLS want a user name and a password. Nobody whose address begins with `nobody@` is there.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde::Deserialize;
use tempfile::TempDir;

use crate::process::{Process, ProcessError, Program};
use crate::{TimedOut, eventually};

/// How long it may take to start.
const START_LIMIT: Duration = Duration::from_secs(30);

/// What it says when it listens.
const READY: &str = "ready: ";

/// What a mail server is to be.
#[derive(Clone, Debug)]
pub struct MailOptions {
    /// Its certificate, with its chain, PEM.
    pub certificate_pem: String,
    /// The key of it, PEM.
    pub key_pem: String,
    /// The user name that it knows.
    pub username: String,
    /// The password of that.
    pub password: String,
}

/// A running mail server; it is gone when dropped, with what it was sent.
#[derive(Debug)]
pub struct MailServer {
    _process: Process,
    ports: [u16; 3],
    folder: TempDir,
}

/// A letter that it was sent.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Taken {
    /// Whether the connection was protected.
    pub over_tls: bool,
    /// Who had signed in.
    pub user: Option<String>,
    /// How the sender had introduced itself.
    pub hello: String,
    /// The envelope's sender.
    pub from: String,
    /// The envelope's recipients.
    pub to: Vec<String>,
    /// Headers, decoded, by their name in lower case.
    pub headers: HashMap<String, String>,
    /// The text, decoded.
    pub text: String,
}

impl MailServer {
    /// Starts one and waits until it listens.
    ///
    /// # Errors
    /// It is missing, or does not start with this certificate.
    pub async fn start(options: MailOptions) -> Result<Self, ProcessError> {
        let folder = tempfile::tempdir().map_err(preparing)?;
        let known = serde_json::json!({"username": options.username, "password": options.password});
        for (name, text) in [
            ("server.py", include_str!("server.py")),
            ("options.json", &known.to_string()),
            ("certificate.pem", &options.certificate_pem),
            ("key.pem", &options.key_pem),
        ] {
            std::fs::write(folder.path().join(name), text).map_err(preparing)?;
        }
        // Debian's own Python: another one on the path has not Debian's packages.
        let process = Program::debian("/usr/bin/python3", "python3-aiosmtpd")
            .arg(folder.path().join("server.py"))
            .arg(folder.path())
            .start(folder.path().join("log"))?;
        let line = process.wait_for_line(READY, START_LIMIT).await?;
        let ports = ports(&line).ok_or_else(|| preparing(io::ErrorKind::InvalidData.into()))?;
        Ok(Self {
            _process: process,
            ports,
            folder,
        })
    }

    /// Where it takes letters from anybody.
    pub fn plain(&self) -> SocketAddr {
        self.at(0)
    }

    /// Where it wants STARTTLS, and then a user name.
    pub fn starttls(&self) -> SocketAddr {
        self.at(1)
    }

    /// Where it speaks TLS from the first byte, and wants a user name.
    pub fn tls(&self) -> SocketAddr {
        self.at(2)
    }

    fn at(&self, which: usize) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.ports[which]))
    }

    /// What it was sent so far, the oldest first.
    pub fn taken(&self) -> Vec<Taken> {
        let text = std::fs::read_to_string(self.folder.path().join("taken.jsonl"));
        let text = text.unwrap_or_default();
        // The last line may still be growing.
        let letters = text.lines().map(serde_json::from_str);
        letters.filter_map(Result::ok).collect()
    }

    /// Waits for a letter to this recipient, the newest if there are several.
    ///
    /// # Errors
    /// None came in time.
    pub async fn letter_to(&self, to: &str, limit: Duration) -> Result<Taken, TimedOut> {
        eventually(&format!("a letter to {to}"), limit, async || {
            let taken = self.taken();
            let found = taken.iter().rev().find(|t| t.to.iter().any(|a| a == to));
            found
                .cloned()
                .ok_or_else(|| format!("{} letters to others", taken.len()))
        })
        .await
    }
}

fn ports(line: &str) -> Option<[u16; 3]> {
    let ports: Vec<u16> = line
        .strip_prefix(READY)?
        .split_whitespace()
        .map(str::parse)
        .collect::<Result<_, _>>()
        .ok()?;
    ports.try_into().ok()
}

fn preparing(source: io::Error) -> ProcessError {
    ProcessError::Prepare {
        what: "a mail server".to_owned(),
        source,
    }
}
