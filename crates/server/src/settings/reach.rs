//! Whether an address leads to this control plane, as people and devices will use it.
//!
//! The address is asked for [`PATH`] with a nonce; only this installation can answer with the right proof. Each step says what is
//! in the way: the name, the connection, the certificate, another program, another installation. The host names of edge
//! services are asked the same way. It looks from the control plane's own machine: what is in the way elsewhere, it cannot see.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use edgeward_api::settings::RootAddressTest;
use edgeward_ids::ServiceId;
use edgeward_runtime::Chain;
use hmac::{Hmac, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use tokio::net::TcpStream;
use url::{Host, Url};
use uuid::Uuid;

/// Where every host of the control plane says which installation it belongs to, also the hosts of edge services.
pub const PATH: &str = "/.edgeward/installation";

/// How long each step may take.
const STEP_TIMEOUT: Duration = Duration::from_secs(5);

/// The largest answer that is read, in bytes.
const MAX_ANSWER_BYTES: usize = 4096;

/// How long a nonce is, in characters.
const NONCE_CHARS: usize = 43;

/// Proves which installation this is.
pub struct Proof {
    installation: Uuid,
    key: Hmac<Sha256>,
}

/// The answer at [`PATH`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Answer {
    /// The installation.
    pub installation: Uuid,
    /// Proof that it is: over the nonce that was asked with.
    pub proof: String,
}

/// What is in the way at one host.
type Obstacle = String;

impl Proof {
    /// Of this installation, with its key for secrets.
    pub fn new(installation: Uuid, secrets: &[u8; 32]) -> Option<Self> {
        let mut key = Hmac::<Sha256>::new_from_slice(secrets).ok()?;
        key.update(b"edgeward: which installation answers at an address\0");
        Some(Self { installation, key })
    }

    /// The answer to this nonce; none when it is not one of ours.
    pub fn answer(&self, nonce: &str) -> Option<Answer> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        (nonce.len() == NONCE_CHARS && nonce.bytes().all(plain)).then(|| Answer {
            installation: self.installation,
            proof: self.over(nonce),
        })
    }

    fn over(&self, nonce: &str) -> String {
        let mut key = self.key.clone();
        key.update(nonce.as_bytes());
        let bytes = key.finalize().into_bytes();
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Asks a root address (one that was checked), and then a host name below the services' domain.
    pub async fn test(&self, root: &str, services_domain: &str) -> RootAddressTest {
        let Ok(url) = Url::parse(root) else {
            return not_reached("this is not an address".into());
        };
        if let Err(obstacle) = self.ask(&url).await {
            return not_reached(obstacle);
        }
        RootAddressTest {
            reached: true,
            problem: self.services_problem(&url, services_domain).await,
        }
    }

    async fn services_problem(&self, root: &Url, services_domain: &str) -> Option<String> {
        let here = root.host().is_some_and(|host| is_here(&host));
        if is_local_name(services_domain) && !here {
            return Some(format!(
                "the console is reached, but the pages of edge services open on this machine only: console.services_domain in the configuration file is \"{services_domain}\"; set it to a domain of which every name leads here, such as services.example.com"
            ));
        }
        let mut url = root.clone();
        let host = format!("{}.{services_domain}", ServiceId::generate());
        url.set_host(Some(&host)).ok()?;
        let obstacle = self.ask(&url).await.err()?;
        Some(format!(
            "the console is reached, but the pages of edge services are not: {obstacle}; every name below {services_domain} must lead here (a DNS record for *.{services_domain}), with a certificate that covers it"
        ))
    }

    /// Whether this installation answers there.
    async fn ask(&self, root: &Url) -> Result<(), Obstacle> {
        let host = root.host_str().unwrap_or_default().to_owned();
        let port = root.port_or_known_default().unwrap_or_default();
        let addresses = resolve(root, port).await?;
        connect(&host, port, &addresses).await?;
        let nonce = edgeward_pki::random_text();
        let mut url = root.clone();
        url.set_path(PATH);
        url.set_query(Some(&format!("nonce={nonce}")));
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .resolve_to_addrs(&host, &addresses)
            .timeout(STEP_TIMEOUT)
            .build()
            .map_err(|error| format!("the question cannot be asked: {}", Chain(&error)))?;
        let answer = client.get(url).send().await;
        let answer = answer.map_err(|error| unanswered(&host, port, &error))?;
        self.judge(&host, port, &nonce, answer).await
    }

    async fn judge(
        &self,
        host: &str,
        port: u16,
        nonce: &str,
        answer: reqwest::Response,
    ) -> Result<(), Obstacle> {
        let status = answer.status();
        if status.is_redirection() {
            let to = answer.headers().get(http::header::LOCATION);
            let to = to.and_then(|to| to.to_str().ok()).unwrap_or("elsewhere");
            return Err(format!(
                "{host}:{port} sends on to {}; use the address that it sends to",
                shortened(to)
            ));
        }
        let body = limited(answer).await.unwrap_or_default();
        let Ok(said) = serde_json::from_slice::<Answer>(&body) else {
            return Err(format!(
                "another program answers at {host}:{port} (status {}); point the address to this control plane",
                status.as_u16()
            ));
        };
        if said.proof == self.over(nonce) {
            Ok(())
        } else {
            Err(format!(
                "another installation of Edgeward ({}) answers at {host}:{port}; this one is {}",
                said.installation, self.installation
            ))
        }
    }
}

fn not_reached(problem: String) -> RootAddressTest {
    RootAddressTest {
        reached: false,
        problem: Some(problem),
    }
}

/// Browsers take these names for the machine itself, whatever DNS says (RFC 6761, 6.3).
fn is_local_name(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

fn is_here(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => is_local_name(name),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

async fn resolve(url: &Url, port: u16) -> Result<Vec<SocketAddr>, Obstacle> {
    let name = match url.host() {
        Some(Host::Ipv4(address)) => return Ok(vec![SocketAddr::from((address, port))]),
        Some(Host::Ipv6(address)) => return Ok(vec![SocketAddr::from((address, port))]),
        Some(Host::Domain(name)) if is_local_name(name) => {
            return Ok(vec![SocketAddr::from((
                IpAddr::V4(Ipv4Addr::LOCALHOST),
                port,
            ))]);
        }
        Some(Host::Domain(name)) => name,
        None => return Err("the address has no host".into()),
    };
    let advice = "add it to DNS, or correct the address";
    match tokio::time::timeout(STEP_TIMEOUT, tokio::net::lookup_host((name, port))).await {
        Ok(Ok(found)) => {
            let found: Vec<_> = found.collect();
            if found.is_empty() {
                Err(format!("the name {name} has no address; {advice}"))
            } else {
                Ok(found)
            }
        }
        Ok(Err(error)) => Err(format!(
            "the name {name} cannot be resolved ({error}); {advice}"
        )),
        Err(_) => Err(format!(
            "the name {name} was not resolved in time; look at this machine's DNS settings"
        )),
    }
}

/// A connection of its own, because an HTTP client does not say at which step it failed.
async fn connect(host: &str, port: u16, addresses: &[SocketAddr]) -> Result<(), Obstacle> {
    match tokio::time::timeout(STEP_TIMEOUT, TcpStream::connect(addresses)).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(format!(
            "nothing accepts connections at {host}:{port} ({error}); look at the port, the load balancer and the firewall"
        )),
        Err(_) => Err(format!(
            "{host}:{port} does not answer; look at the firewall and the routing"
        )),
    }
}

fn unanswered(host: &str, port: u16, error: &reqwest::Error) -> Obstacle {
    let chain = Chain(error).to_string();
    if chain.contains("certificate") {
        return format!(
            "the certificate at {host}:{port} is not accepted ({}); it must be valid, for this name, and from an authority that this machine trusts",
            cause(error)
        );
    }
    if error.is_timeout() {
        return format!("{host}:{port} takes the connection and does not answer in time");
    }
    format!(
        "{host}:{port} does not speak as its address says ({}); look whether it is https or http",
        cause(error)
    )
}

/// The innermost reason.
fn cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    shortened(&cause.to_string())
}

fn shortened(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

/// The body, unless it is too large or breaks off.
async fn limited(mut answer: reqwest::Response) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await.ok()? {
        if body.len() + piece.len() > MAX_ANSWER_BYTES {
            return None;
        }
        body.extend_from_slice(&piece);
    }
    Some(body)
}
