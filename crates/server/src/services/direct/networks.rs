//! Which networks are not dialled: a project's administrator names addresses, and the control plane must not become their way to
//! what only its own machine can see.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// How every refusal begins.
pub(super) const REFUSED: &str = "the configuration refuses";

/// Refused unless the configuration says otherwise: the machine itself, link-local addresses (clouds give out secrets there),
/// addresses that mean none or many.
const DEFAULT_REFUSED: [&str; 9] = [
    "0.0.0.0/8",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::/128",
    "::1/128",
    "fe80::/10",
    "ff00::/8",
];

/// The networks that are refused unless the configuration says otherwise.
pub fn default_refused() -> Vec<IpNet> {
    let parsed = DEFAULT_REFUSED.iter().map(|text| text.parse());
    parsed.filter_map(Result::ok).collect()
}

/// The networks that are refused. A cheap clone; also resolves names, leaving out what is refused.
#[derive(Clone, Debug)]
pub struct Networks {
    refused: Arc<[IpNet]>,
}

impl Networks {
    /// Refuses these.
    pub fn refusing(refused: &[IpNet]) -> Self {
        Self {
            refused: refused.into(),
        }
    }

    /// Whether this address may be dialled.
    ///
    /// # Errors
    /// A text that names the network and the setting.
    pub fn allow(&self, address: IpAddr) -> Result<(), String> {
        let address = address.to_canonical();
        match self.refused.iter().find(|net| net.contains(&address)) {
            None => Ok(()),
            Some(net) => Err(format!(
                "{REFUSED} to dial {address}: it lies in {net}, which direct_services.refused_networks lists"
            )),
        }
    }

    /// Those of the addresses that may be dialled.
    fn allowed(&self, found: impl Iterator<Item = SocketAddr>) -> Result<Vec<SocketAddr>, String> {
        let mut refusal = None;
        let mut allowed = Vec::new();
        for address in found {
            match self.allow(address.ip()) {
                Ok(()) => allowed.push(address),
                Err(text) => refusal = Some(text),
            }
        }
        match refusal {
            Some(text) if allowed.is_empty() => Err(text),
            _ => Ok(allowed),
        }
    }
}

impl Resolve for Networks {
    fn resolve(&self, name: Name) -> Resolving {
        let networks = self.clone();
        Box::pin(async move {
            // The port is the caller's; 0 leaves it to them.
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed = networks.allowed(found).map_err(io::Error::other)?;
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}
