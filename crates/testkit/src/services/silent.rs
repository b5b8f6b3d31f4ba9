//! Ports that refuse, or that take connections and say nothing.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::{TcpListener, TcpSocket};

/// A port of 127.0.0.1 where every connection is refused. The port is held, so that nobody else can come to listen there.
#[derive(Debug)]
pub struct Refusing {
    address: SocketAddr,
    _bound_and_not_listening: TcpSocket,
}

impl Refusing {
    /// Takes a free port.
    ///
    /// # Errors
    /// No port could be bound.
    pub fn bind() -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        Ok(Self {
            address: socket.local_addr()?,
            _bound_and_not_listening: socket,
        })
    }

    /// The address that refuses.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

/// A port of 127.0.0.1 where connections are made and nothing is ever said.
#[derive(Debug)]
pub struct Silent {
    address: SocketAddr,
    /// Connections complete in the kernel; nobody ever takes them from it.
    _listening: TcpListener,
}

impl Silent {
    /// Takes a free port.
    ///
    /// # Errors
    /// No port could be bound.
    pub async fn bind() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        Ok(Self {
            address: listener.local_addr()?,
            _listening: listener,
        })
    }

    /// The address that is silent.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}
