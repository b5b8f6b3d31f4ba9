//! A mosquitto that takes devices as the embedded broker does: TLS with client certificates, names from them, permissions; and a
//! control plane, in plain and without a name.
//!
//! Not the test kit's, which writes down everything that happens.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::SystemTime;

use anyhow::Result;
use edgeward_pki::Authority;
use edgeward_testkit::process::{Process, Program};
use tempfile::TempDir;

use crate::ports::on_free_ports;
use crate::stand::START_TIMEOUT;
use crate::way::Station;

/// How long its certificate is good for.
const LIFETIME: std::time::Duration = std::time::Duration::from_secs(24 * 3600);

/// What a device may do.
const PERMISSIONS: &str = "pattern write edgeward/v1/agents/%u/up/#\n\
                           pattern read edgeward/v1/agents/%u/down/#\n\
                           pattern read edgeward/v1/hail\n";

/// A running broker; it ends when dropped.
pub struct Mosquitto {
    process: Process,
    /// Where it listens for devices.
    pub address: SocketAddr,
    /// Where it listens for a control plane.
    pub plain_address: SocketAddr,
    /// Who vouches for its certificate, PEM.
    pub authority_pem: String,
    _folder: TempDir,
}

impl Mosquitto {
    /// Starts one that takes clients with a certificate of this CA.
    pub async fn start(client_ca_pem: &str) -> Result<Self> {
        let now = SystemTime::now();
        let authority = Authority::generate("bench", now)?;
        let identity = authority.issue_server(&["127.0.0.1".to_owned()], LIFETIME, now)?;
        on_free_ports(async |port, plain| {
            let folder = tempfile::tempdir()?;
            let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text);
            write("ca.pem", client_ca_pem)?;
            write("server.pem", &identity.certificate_pem)?;
            write("server.key", &identity.key_pem)?;
            write("acl", PERMISSIONS)?;
            write("conf", &configuration(folder.path(), port, plain))?;
            let process = Program::debian("mosquitto", "mosquitto")
                .arg("-c")
                .arg(folder.path().join("conf"))
                .start(folder.path().join("log"))?;
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
            process.wait_for_port(address, START_TIMEOUT).await?;
            Ok(Self {
                process,
                address,
                plain_address: SocketAddr::from((Ipv4Addr::LOCALHOST, plain)),
                authority_pem: authority.certificate_pem().to_owned(),
                _folder: folder,
            })
        })
        .await
    }

    /// Its process.
    pub fn station(&self) -> Station {
        Station {
            name: "mosquitto",
            pid: self.process.pid(),
        }
    }
}

/// All that waits for the control plane is kept: a thousand messages, which is what mosquitto keeps unless told otherwise, are
/// soon there when ten thousand devices speak at once, and what is more it drops.
fn configuration(folder: &Path, port: u16, plain: u16) -> String {
    let path = |name: &str| folder.join(name).display().to_string();
    format!(
        "user root\nper_listener_settings true\nset_tcp_nodelay true\nmax_queued_messages 100000\nlog_dest stderr\nlog_type error\n\
         log_type warning\nlistener {port} 127.0.0.1\ncafile {}\ncertfile {}\nkeyfile {}\nrequire_certificate true\n\
         use_identity_as_username true\nallow_anonymous false\nacl_file {}\nlistener {plain} 127.0.0.1\nallow_anonymous true\n",
        path("ca.pem"),
        path("server.pem"),
        path("server.key"),
        path("acl"),
    )
}
