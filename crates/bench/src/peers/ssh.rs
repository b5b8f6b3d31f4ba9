//! OpenSSH's remote forwarding (`ssh -R`), with a server of its own beside whatever the machine has.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use anyhow::{Context as _, Result};
use edgeward_testkit::process::Program;

use super::Tunnel;
use crate::ports::on_free_ports;
use crate::stand::START_TIMEOUT;

/// The folder that a server started by root insists on; Debian makes it when its own service starts.
const PRIVILEGE_SEPARATION: &str = "/run/sshd";

/// What the client prints once the server listens for it.
const LISTENS: &str = "Allocated port ";

/// Starts server and client in front of a service.
pub async fn start(service: SocketAddr) -> Result<Tunnel> {
    if rustix::process::geteuid().is_root() {
        std::fs::create_dir_all(PRIVILEGE_SEPARATION)
            .with_context(|| format!("sshd needs {PRIVILEGE_SEPARATION}"))?;
    }
    on_free_ports(async |port, _| {
        let folder = tempfile::tempdir()?;
        for name in ["host", "user"] {
            make_key(&folder.path().join(name))?;
        }
        let path = |name: &str| folder.path().join(name).display().to_string();
        let configuration = format!(
            "ListenAddress 127.0.0.1:{port}\nHostKey {host}\nAuthorizedKeysFile {user}.pub\nPidFile none\nUsePAM no\n\
             StrictModes no\nPasswordAuthentication no\nPermitRootLogin prohibit-password\nAllowTcpForwarding yes\n",
            host = path("host"),
            user = path("user"),
        );
        std::fs::write(path("sshd_config"), configuration)?;
        let server = Program::debian("sshd", "openssh-server")
            .args(["-D", "-e", "-f", &path("sshd_config")])
            .start(path("server.log"))?;
        server
            .wait_for_line("Server listening on", START_TIMEOUT)
            .await?;
        let client = Program::debian("ssh", "openssh-client")
            .args(["-N", "-T", "-F", "none", "-i", &path("user")])
            .args(["-p", &port.to_string(), "-R", &format!("127.0.0.1:0:{service}")])
            .args(["-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes"])
            .args(["-o", "StrictHostKeyChecking=no", "-o", "ExitOnForwardFailure=yes"])
            .args(["-o", "UserKnownHostsFile=/dev/null", "127.0.0.1"])
            .start(path("client.log"))?;
        let line = client.wait_for_line(LISTENS, START_TIMEOUT).await?;
        let allocated = line
            .split_once(LISTENS)
            .and_then(|(_, rest)| rest.split_whitespace().next()?.parse::<u16>().ok())
            .with_context(|| format!("ssh names no port in \"{line}\""))?;
        Ok(Tunnel {
            name: "ssh -R",
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, allocated)),
            // The client first: the server's session, which leaves its process group, ends with the connection.
            processes: vec![("client", client), ("server", server)],
            _folder: folder,
        })
    })
    .await
}

fn make_key(file: &Path) -> Result<()> {
    Program::debian("ssh-keygen", "openssh-client")
        .args(["-q", "-t", "ed25519", "-N", "", "-f"])
        .arg(file)
        .output()?;
    Ok(())
}
