//! A mosquitto of the test's own, on a Unix socket or on a TCP port. Also used by the tests of the crates above.

#![allow(dead_code)] // each user needs another part of it

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::UnixStream;
use tokio::process::{Child, Command};
use tokio::sync::watch;

const START_TIMEOUT: Duration = Duration::from_secs(20);

/// Ports that are tried before the test gives up.
const PORT_ATTEMPTS: usize = 50;

pub(crate) struct Mosquitto {
    child: Child,
    folder: TempDir,
    log: watch::Receiver<String>,
    /// 0 when it listens on a Unix socket.
    pub(crate) port: u16,
}

/// Where mosquitto is, which the tests cannot do without.
fn program() -> PathBuf {
    ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto", "/usr/bin/mosquitto", "/opt/homebrew/sbin/mosquitto"]
        .into_iter()
        .map(PathBuf::from)
        .find(|path| path.exists())
        .expect("these tests need the MQTT broker mosquitto, version 2: install the Debian package \"mosquitto\"")
}

impl Mosquitto {
    /// Listens on a Unix socket. `settings` are lines of mosquitto's configuration; `{folder}` in them is its folder.
    pub(crate) async fn on_socket(settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = format!("listener 0 {}", folder.path().join("sock").display());
        match Self::start(folder, &listener, settings, 0).await {
            Ok(mosquitto) => mosquitto,
            Err(log) => panic!("mosquitto does not start:\n{log}"),
        }
    }

    /// Listens on a TCP port of 127.0.0.1. mosquitto cannot be asked which port it got, so that ports are tried until it
    /// gets one.
    pub(crate) async fn on_port(settings: &str) -> Self {
        for _ in 0..PORT_ATTEMPTS {
            let port = likely_free_port();
            match Self::on_this_port(port, settings).await {
                Ok(mosquitto) => return mosquitto,
                Err(log) if log.contains("Address already in use") => {}
                Err(log) => panic!("mosquitto does not start:\n{log}"),
            }
        }
        panic!("no free port for mosquitto");
    }

    /// Listens on this TCP port, or gives the log that says why not.
    pub(crate) async fn on_this_port(port: u16, settings: &str) -> Result<Self, String> {
        let folder = tempfile::tempdir().unwrap();
        let listener = format!("listener {port} 127.0.0.1");
        Self::start(folder, &listener, settings, port).await
    }

    async fn start(
        folder: TempDir,
        listener: &str,
        settings: &str,
        port: u16,
    ) -> Result<Self, String> {
        let settings = settings.replace("{folder}", &folder.path().display().to_string());
        // As root it would otherwise become another user, who cannot read this folder.
        let text = format!("user root\nlog_dest stderr\nlog_type all\n{listener}\n{settings}\n");
        let file = folder.path().join("mosquitto.conf");
        std::fs::write(&file, text).unwrap();
        let mut child = Command::new(program())
            .arg("-c")
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (sender, log) = watch::channel(String::new());
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                sender.send_modify(|log| {
                    log.push_str(&line);
                    log.push('\n');
                });
            }
        });
        let mut mosquitto = Self {
            child,
            folder,
            log,
            port,
        };
        if mosquitto.logged(" running").await {
            Ok(mosquitto)
        } else {
            Err(mosquitto.log.borrow().clone())
        }
    }

    /// Waits until its log contains this; false when it ends without.
    pub(crate) async fn logged(&mut self, text: &str) -> bool {
        let found = self.log.wait_for(|log| log.contains(text));
        tokio::time::timeout(START_TIMEOUT, found)
            .await
            .is_ok_and(|found| found.is_ok())
    }

    /// A new connection to it, over its Unix socket.
    pub(crate) async fn dial(&self) -> UnixStream {
        UnixStream::connect(self.folder.path().join("sock"))
            .await
            .unwrap()
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }
}

fn likely_free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .unwrap()
        .port()
}

/// A password file with one user, made by mosquitto's own tool.
pub(crate) async fn password_file(path: &Path, user: &str, password: &str) {
    let status = Command::new("mosquitto_passwd")
        .args(["-c", "-b"])
        .arg(path)
        .args([user, password])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .await
        .expect("these tests need mosquitto_passwd: install the Debian package \"mosquitto\"");
    assert!(status.success());
}
