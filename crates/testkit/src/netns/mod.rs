//! Networks made for one test: namespaces, links between them, packet filters, thin links. Gone when dropped.
//!
//! Needs root and the kernel's `veth`; without root it is an error. Delay is not here (it would need `netem`, which few test
//! kernels have): put a [`crate::faults::FaultProxy`] in between.

mod link;

use std::fs::File;
use std::io;
use std::marker::PhantomData;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::fd::AsFd as _;

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use uuid::Uuid;

use crate::process::{ProcessError, Program};
pub use link::Link;

/// The packet filter's table of ours, in each namespace.
const TABLE: &str = "inet edgeward_test";

/// Why a test network could not be made or changed.
#[derive(Debug, thiserror::Error)]
pub enum NetError {
    /// Networks belong to root.
    #[error("network namespaces need root; run this test as root")]
    NeedsRoot,
    /// A command of iproute2 or nftables did not succeed.
    #[error("cannot {what}: {source}")]
    Command {
        /// What was attempted.
        what: String,
        /// What the command said.
        source: Box<ProcessError>,
    },
    /// No free addresses.
    #[error(
        "no free addresses for a test link in {0}; are there hundreds of links left over (ip addr)?"
    )]
    NoAddresses(&'static str),
}

/// A network namespace, with its loopback up and nothing else in it.
#[derive(Debug)]
pub struct Namespace {
    name: String,
}

impl Namespace {
    /// Makes a namespace; `label` (a few letters) is the beginning of its name, the rest is unique.
    ///
    /// # Errors
    /// This is not root, or the kernel refuses.
    pub fn create(label: &str) -> Result<Self, NetError> {
        if !rustix::process::geteuid().is_root() {
            return Err(NetError::NeedsRoot);
        }
        let name = format!("{label}-{}", unique());
        ip(&["netns", "add", &name])?;
        let namespace = Self { name };
        ip(&["-n", &namespace.name, "link", "set", "lo", "up"])?;
        Ok(namespace)
    }

    /// Its name, as `ip netns` knows it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Runs a command inside to its end and gives its standard output.
    ///
    /// # Errors
    /// It is missing or did not succeed.
    pub fn run(&self, program: Program) -> Result<String, ProcessError> {
        program.inside(self).output()
    }

    /// Listens on a free port of 127.0.0.1 inside; whoever accepts may be outside.
    ///
    /// # Errors
    /// The kernel refuses.
    pub fn listen(&self) -> io::Result<TcpListener> {
        let namespace = File::open(format!("/run/netns/{}", self.name))?;
        // A thread of its own goes inside and ends there; the socket stays what it is.
        let inside = std::thread::spawn(move || {
            move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network))?;
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        });
        inside
            .join()
            .map_err(|_| io::Error::other("the thread inside the namespace panicked"))?
    }

    /// Takes this thread inside, until what comes back is dropped. Threads that it starts meanwhile stay inside: use it in a test
    /// with a runtime of one thread.
    ///
    /// # Errors
    /// The kernel refuses.
    pub fn enter(&self) -> io::Result<Inside> {
        let outside = File::open("/proc/thread-self/ns/net")?;
        let inside = File::open(format!("/run/netns/{}", self.name))?;
        move_into_link_name_space(inside.as_fd(), Some(LinkNameSpaceType::Network))?;
        Ok(Inside {
            outside,
            _of_this_thread: PhantomData,
        })
    }

    /// Lets nothing in or out but TCP to this address, and what belongs to it; loopback goes on.
    ///
    /// # Errors
    /// nftables is missing or refuses.
    pub fn allow_only_tcp_to(&self, address: SocketAddr) -> Result<(), NetError> {
        let (family, ip, port) = (family(address), address.ip(), address.port());
        self.filter(&format!(
            "chain out {{ type filter hook output priority 0; policy drop; oif lo accept; {family} daddr {ip} tcp dport {port} accept; }}
             chain in {{ type filter hook input priority 0; policy drop; iif lo accept; ct state established,related accept; }}"
        ))
    }

    /// Silently drops everything that goes in or out, as a cable that is pulled; loopback goes on.
    ///
    /// # Errors
    /// nftables is missing or refuses.
    pub fn drop_everything(&self) -> Result<(), NetError> {
        self.lose_percent(100)
    }

    /// Silently drops this many packets of a hundred, at random, each way; loopback goes on.
    ///
    /// # Errors
    /// nftables is missing or refuses.
    pub fn lose_percent(&self, percent: u8) -> Result<(), NetError> {
        let lossy = match percent {
            // nftables refuses a comparison that is always true.
            100.. => "drop;".to_owned(),
            percent => format!("numgen random mod 100 < {percent} drop;"),
        };
        self.filter(&format!(
            "chain out {{ type filter hook output priority 0; oif lo accept; {lossy} }}
             chain in {{ type filter hook input priority 0; iif lo accept; {lossy} }}"
        ))
    }

    /// Answers new and open TCP connections with resets, as a host that has just restarted; loopback goes on.
    ///
    /// # Errors
    /// nftables is missing or refuses.
    pub fn reset_everything(&self) -> Result<(), NetError> {
        // The resets themselves must get out.
        let reset = "tcp flags & rst == rst accept; meta l4proto tcp reject with tcp reset;";
        self.filter(&format!(
            "chain out {{ type filter hook output priority 0; oif lo accept; {reset} }}
             chain in {{ type filter hook input priority 0; iif lo accept; {reset} }}"
        ))
    }

    /// Takes away all filtering of ours.
    ///
    /// # Errors
    /// nftables is missing or refuses.
    pub fn allow_everything(&self) -> Result<(), NetError> {
        self.filter("")
    }

    fn filter(&self, chains: &str) -> Result<(), NetError> {
        // One transaction: between the old rules and the new ones there is no moment without any.
        let rules =
            format!("table {TABLE} {{}}\ndelete table {TABLE}\ntable {TABLE} {{\n{chains}\n}}\n");
        let nft = Program::debian("nft", "nftables").arg(rules);
        self.run(nft).map(drop).map_err(|source| NetError::Command {
            what: format!("set packet filter rules in {}", self.name),
            source: Box::new(source),
        })
    }
}

/// This thread is inside a namespace; dropping it brings the thread back.
#[derive(Debug)]
pub struct Inside {
    outside: File,
    _of_this_thread: PhantomData<*const ()>,
}

impl Drop for Inside {
    fn drop(&mut self) {
        let back =
            move_into_link_name_space(self.outside.as_fd(), Some(LinkNameSpaceType::Network));
        // A thread that cannot come back must not go on with another test.
        assert!(back.is_ok(), "this thread cannot leave its namespace");
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _gone_already = ip(&["netns", "del", &self.name]);
    }
}

fn family(address: SocketAddr) -> &'static str {
    if address.is_ipv4() { "ip" } else { "ip6" }
}

/// Ten hexadecimal digits that nobody else has.
fn unique() -> String {
    Uuid::new_v4().simple().to_string()[..10].to_owned()
}

fn ip(args: &[&str]) -> Result<String, NetError> {
    tool("ip", args)
}

fn tool(name: &'static str, args: &[&str]) -> Result<String, NetError> {
    Program::debian(name, "iproute2")
        .args(args)
        .output()
        .map_err(|source| NetError::Command {
            what: format!("run \"{name} {}\"", args.join(" ")),
            source: Box::new(source),
        })
}

#[cfg(test)]
mod tests;
