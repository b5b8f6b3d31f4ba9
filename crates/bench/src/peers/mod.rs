//! The peers, each as its own users would set it up for this: everything on loopback, files in a temporary folder.

pub mod mosquitto;
pub mod rathole;
pub mod ssh;

use std::net::SocketAddr;

use edgeward_testkit::process::Process;
use tempfile::TempDir;

use crate::way::{Station, Target, Way};

/// Another tunnel to the service; it ends when dropped.
pub struct Tunnel {
    name: &'static str,
    address: SocketAddr,
    /// Ended in this order.
    processes: Vec<(&'static str, Process)>,
    _folder: TempDir,
}

impl Tunnel {
    /// The way through it.
    pub fn way(&self, service: Station) -> Way {
        let station = |(name, process): &(&'static str, Process)| Station {
            name,
            pid: process.pid(),
        };
        Way {
            name: self.name,
            target: Target {
                base: format!("http://{}", self.address),
                header: None,
            },
            stations: self.processes.iter().map(station).collect(),
            service,
        }
    }
}
