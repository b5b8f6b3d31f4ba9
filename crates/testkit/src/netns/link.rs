//! A link (veth pair) between a namespace and the host, or between two namespaces.

use std::net::Ipv4Addr;

use uuid::Uuid;

use super::{Namespace, NetError, ip, tool, unique};

/// Test links live here; each takes four addresses.
const NETWORK: &str = "10.213.0.0/16";

/// How often addresses are drawn before giving up.
const DRAWS: usize = 64;

/// What a thin link lets through at once, in bytes.
const BURST_BYTES: u32 = 32 << 10;

/// How long a packet may queue at a thin link before it is dropped, in milliseconds.
const QUEUE_MS: u32 = 400;

/// One end of a link.
#[derive(Debug)]
struct End {
    /// The namespace; none is the host's own.
    namespace: Option<String>,
    interface: String,
    address: Ipv4Addr,
}

/// A link; it is gone when this, or one of its namespaces, is dropped.
#[derive(Debug)]
pub struct Link {
    near: End,
    far: End,
}

impl Link {
    /// Links the host (near) with a namespace (far).
    ///
    /// # Errors
    /// The kernel refuses, or there are no free addresses.
    pub fn to_host(namespace: &Namespace) -> Result<Self, NetError> {
        Self::create(None, namespace)
    }

    /// Links two namespaces.
    ///
    /// # Errors
    /// The kernel refuses, or there are no free addresses.
    pub fn between(near: &Namespace, far: &Namespace) -> Result<Self, NetError> {
        Self::create(Some(near), far)
    }

    /// The near end's address.
    pub fn near_address(&self) -> Ipv4Addr {
        self.near.address
    }

    /// The far end's address.
    pub fn far_address(&self) -> Ipv4Addr {
        self.far.address
    }

    /// Limits the link to so many kilobits per second, each way.
    ///
    /// # Errors
    /// `tc` refuses.
    pub fn limit_rate(&self, kbit_per_s: u32) -> Result<(), NetError> {
        let (rate, burst) = (format!("{kbit_per_s}kbit"), format!("{BURST_BYTES}"));
        let latency = format!("{QUEUE_MS}ms");
        for end in [&self.near, &self.far] {
            let tbf = ["tbf", "rate", &rate, "burst", &burst, "latency", &latency];
            end.queue("replace", &tbf)?;
        }
        Ok(())
    }

    /// Lets the link run as fast as it can again.
    ///
    /// # Errors
    /// `tc` refuses, for example because there was no limit.
    pub fn unlimit_rate(&self) -> Result<(), NetError> {
        self.near.queue("del", &[])?;
        self.far.queue("del", &[])
    }

    /// Pulls the cable: both ends know that the link is down.
    ///
    /// # Errors
    /// The kernel refuses.
    pub fn down(&self) -> Result<(), NetError> {
        self.near.set("down")
    }

    /// Puts the cable back.
    ///
    /// # Errors
    /// The kernel refuses.
    pub fn up(&self) -> Result<(), NetError> {
        self.near.set("up")
    }

    fn create(near: Option<&Namespace>, far: &Namespace) -> Result<Self, NetError> {
        let (near_interface, far_interface) =
            (format!("ew{}a", unique()), format!("ew{}b", unique()));
        ip(&[
            "link",
            "add",
            &near_interface,
            "type",
            "veth",
            "peer",
            "name",
            &far_interface,
            "netns",
            far.name(),
        ])?;
        if let Some(near) = near {
            ip(&["link", "set", &near_interface, "netns", near.name()])?;
        }
        let end = |namespace: Option<&Namespace>, interface| End {
            namespace: namespace.map(|namespace| namespace.name().to_owned()),
            interface,
            address: Ipv4Addr::UNSPECIFIED,
        };
        let mut link = Self {
            near: end(near, near_interface),
            far: end(Some(far), far_interface),
        };
        link.take_addresses()?;
        link.near.set("up")?;
        link.far.set("up")?;
        Ok(link)
    }

    /// Draws four addresses; keeps them if nobody else on the near side had the same draw.
    fn take_addresses(&mut self) -> Result<(), NetError> {
        for _ in 0..DRAWS {
            let draw = Uuid::new_v4().into_bytes();
            let first = Ipv4Addr::new(10, 213, draw[0], draw[1] & 0b1111_1100);
            let network = format!("{first}/30");
            if self.near.holders(&network)? > 0 {
                continue;
            }
            self.near.address = Ipv4Addr::from_bits(first.to_bits() + 1);
            self.far.address = Ipv4Addr::from_bits(first.to_bits() + 2);
            self.near.add_address()?;
            if self.near.holders(&network)? == 1 {
                return self.far.add_address();
            }
            self.near.remove_address()?;
        }
        Err(NetError::NoAddresses(NETWORK))
    }
}

impl End {
    fn ip(&self, args: &[&str]) -> Result<String, NetError> {
        match &self.namespace {
            Some(namespace) => ip(&[&["-n", namespace], args].concat()),
            None => ip(args),
        }
    }

    fn holders(&self, network: &str) -> Result<usize, NetError> {
        let listed = self.ip(&["-oneline", "addr", "show", "to", network])?;
        Ok(listed.lines().count())
    }

    fn add_address(&self) -> Result<(), NetError> {
        let address = format!("{}/30", self.address);
        self.ip(&["addr", "add", &address, "dev", &self.interface])
            .map(drop)
    }

    fn remove_address(&self) -> Result<(), NetError> {
        let address = format!("{}/30", self.address);
        self.ip(&["addr", "del", &address, "dev", &self.interface])
            .map(drop)
    }

    fn set(&self, state: &str) -> Result<(), NetError> {
        self.ip(&["link", "set", &self.interface, state]).map(drop)
    }

    fn queue(&self, verb: &str, discipline: &[&str]) -> Result<(), NetError> {
        let on = ["qdisc", verb, "dev", &self.interface, "root"];
        let args = match &self.namespace {
            Some(namespace) => [&["-n", namespace], &on[..], discipline].concat(),
            None => [&on[..], discipline].concat(),
        };
        tool("tc", &args).map(drop)
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        let _gone_with_its_namespace = self.near.ip(&["link", "del", &self.near.interface]);
    }
}
