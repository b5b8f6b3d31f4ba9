//! A real nats-server, as the one on a device for local programs: loopback only, users with passwords.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tempfile::TempDir;

use crate::process::{Process, ProcessError, Program};

/// How long it may take to start.
const START_LIMIT: Duration = Duration::from_secs(15);

/// What it says when it listens, before its address.
const LISTENING: &str = "Listening for client connections on ";

/// A running nats-server; gone when dropped.
pub struct NatsServer {
    process: Process,
    folder: TempDir,
    port: u16,
}

impl NatsServer {
    /// Starts one that lets these users in, each with its password, on a port of its own choice.
    ///
    /// # Errors
    /// It is not installed, or does not start.
    pub async fn start(users: &[(&str, &str)]) -> Result<Self, ProcessError> {
        let folder = tempfile::tempdir().map_err(preparing)?;
        let users: Vec<_> = users
            .iter()
            .map(|(user, password)| serde_json::json!({"user": user, "password": password}))
            .collect();
        // Its configuration reads JSON too.
        let configuration = serde_json::json!({"authorization": {"users": users}});
        std::fs::write(folder.path().join("nats.conf"), configuration.to_string())
            .map_err(preparing)?;
        let (process, port) = run(&folder, None).await?;
        Ok(Self {
            process,
            folder,
            port,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// The same as a URL, without user and password.
    pub fn url(&self) -> String {
        format!("nats://{}", self.address())
    }

    /// Its process, to freeze or kill it.
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// Ends it at once and starts it again on the same port.
    ///
    /// # Errors
    /// It does not start again.
    pub async fn restart(&mut self) -> Result<(), ProcessError> {
        self.process.kill();
        (self.process, _) = run(&self.folder, Some(self.port)).await?;
        Ok(())
    }
}

async fn run(folder: &TempDir, port: Option<u16>) -> Result<(Process, u16), ProcessError> {
    let log = folder.path().join("log");
    std::fs::write(&log, "").map_err(preparing)?;
    // -1: a port that is free.
    let wanted = port.map_or_else(|| "-1".to_owned(), |port| port.to_string());
    let program = Program::debian("nats-server", "nats-server")
        .args(["--addr", "127.0.0.1", "--port", &wanted, "--config"])
        .arg(folder.path().join("nats.conf"));
    let process = program.start(log)?;
    let line = process.wait_for_line(LISTENING, START_LIMIT).await?;
    process
        .wait_for_line("Server is ready", START_LIMIT)
        .await?;
    let port = line
        .rsplit(':')
        .next()
        .and_then(|port| port.trim().parse().ok())
        .ok_or_else(|| preparing(io::Error::other(format!("no port in \"{line}\""))))?;
    Ok((process, port))
}

fn preparing(source: io::Error) -> ProcessError {
    ProcessError::Prepare {
        what: "a nats-server".to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncBufReadExt as _, BufReader};
    use tokio::net::TcpStream;

    use super::*;

    #[tokio::test]
    async fn it_greets_whoever_connects_also_after_a_restart() {
        let mut server = NatsServer::start(&[("snapd", "x")]).await.unwrap();
        for _ in 0..2 {
            let stream = TcpStream::connect(server.address()).await.unwrap();
            let mut greeting = String::new();
            BufReader::new(stream)
                .read_line(&mut greeting)
                .await
                .unwrap();
            assert!(greeting.starts_with("INFO {"), "{greeting}");
            assert!(greeting.contains("\"auth_required\":true"), "{greeting}");
            server.restart().await.unwrap();
        }
    }
}
