//! rathole, as its manual sets it up: a service token, and either nothing around it or its Noise transport.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use anyhow::{Context as _, Result};
use edgeward_testkit::process::{Process, Program};

use super::Tunnel;
use crate::ports::on_free_ports;
use crate::stand::START_TIMEOUT;

const HOW_TO_GET_IT: &str = "cannot run rathole; get it with \"cargo install rathole --no-default-features \
     --features server,client,noise\" and say where it is with --rathole, or leave it out with --without rathole";

/// What its own connections travel in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// Nothing: neither secret nor safe.
    Tcp,
    /// Noise, with the server's key pinned.
    Noise,
}

/// Whether it can be run at all; asked before anything is measured.
///
/// # Errors
/// It cannot; the error says how to get it.
pub fn check(program: &Path) -> Result<()> {
    Keys::make(program).map(drop)
}

/// Starts server and client in front of a service.
pub async fn start(program: &Path, transport: Transport, service: SocketAddr) -> Result<Tunnel> {
    let keys = Keys::make(program)?;
    on_free_ports(async |control, visitors| {
        let folder = tempfile::tempdir()?;
        let control = SocketAddr::from((Ipv4Addr::LOCALHOST, control));
        let visitors = SocketAddr::from((Ipv4Addr::LOCALHOST, visitors));
        let run = |role: &str, text: String| -> Result<Process> {
            let file = folder.path().join(format!("{role}.toml"));
            std::fs::write(&file, text)?;
            let program = Program::at(program).arg(format!("--{role}")).arg(file);
            let log = folder.path().join(format!("{role}.log"));
            Ok(program.env("RUST_LOG", "warn").start(log)?)
        };
        let server = run("server", server(control, visitors, transport, &keys))?;
        server.wait_for_port(control, START_TIMEOUT).await?;
        let client = run("client", client(control, service, transport, &keys))?;
        server.wait_for_port(visitors, START_TIMEOUT).await?;
        Ok(Tunnel {
            name: match transport {
                Transport::Tcp => "rathole, TCP",
                Transport::Noise => "rathole, Noise",
            },
            address: visitors,
            processes: vec![("client", client), ("server", server)],
            _folder: folder,
        })
    })
    .await
}

struct Keys {
    private: String,
    public: String,
}

impl Keys {
    fn make(program: &Path) -> Result<Self> {
        let said = Program::at(program).arg("--genkey").output();
        Self::read(&said.context(HOW_TO_GET_IT)?)
    }

    /// From what `--genkey` prints: each key on the line after its name.
    fn read(text: &str) -> Result<Self> {
        let after = |name: &str| {
            let mut lines = text.lines().skip_while(|line| !line.contains(name));
            let key = lines.nth(1).map(|line| line.trim().to_owned());
            key.with_context(|| format!("rathole --genkey printed no {name}:\n{text}"))
        };
        Ok(Self {
            private: after("Private Key")?,
            public: after("Public Key")?,
        })
    }
}

fn server(control: SocketAddr, visitors: SocketAddr, transport: Transport, keys: &Keys) -> String {
    let mut text = format!(
        "[server]\nbind_addr = \"{control}\"\ndefault_token = \"bench\"\n\
         [server.services.web]\nbind_addr = \"{visitors}\"\n"
    );
    if transport == Transport::Noise {
        text.push_str(&format!(
            "[server.transport]\ntype = \"noise\"\n[server.transport.noise]\nlocal_private_key = \"{}\"\n",
            keys.private
        ));
    }
    text
}

fn client(control: SocketAddr, service: SocketAddr, transport: Transport, keys: &Keys) -> String {
    let mut text = format!(
        "[client]\nremote_addr = \"{control}\"\ndefault_token = \"bench\"\n\
         [client.services.web]\nlocal_addr = \"{service}\"\n"
    );
    if transport == Transport::Noise {
        text.push_str(&format!(
            "[client.transport]\ntype = \"noise\"\n[client.transport.noise]\nremote_public_key = \"{}\"\n",
            keys.public
        ));
    }
    text
}
