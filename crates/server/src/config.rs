//! The control plane's configuration: one YAML file, every key optional.
//!
//! Reading (all problems at once, with line and column) is `runtime`'s; here are the keys, their defaults and the rules
//! between them. Secrets are never keys: they are files in the data folder, or come from the environment.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use edgeward_bus::external::MqttBlock;
use edgeward_domain::selection::Tag;
use edgeward_domain::service::TagLimits;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::services::default_refused;

/// The embedded database, in the data folder.
pub const DATABASE_FILE: &str = "edgeward.db";

/// The longest time between two looks at a service, in seconds: a day.
const MAX_LOOK_EVERY_S: u64 = 24 * 3600;

/// The most tags that a service may be allowed.
const MAX_TAGS_PER_SERVICE: usize = 100;

/// The most tags that the services of a project may be allowed.
const MAX_TAGS_PER_PROJECT: usize = 10_000;

/// Everything that can be set.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where keys, certificates and the embedded database live. Must be writable by the control plane only.
    pub data_dir: PathBuf,
    /// The console, the REST API and the pages of edge services.
    pub console: Console,
    /// Where agents connect.
    pub agent_port: AgentPort,
    /// `sqlite:<path>` or `postgres://user:password@host/database`; the embedded database in the data folder when absent.
    pub database_url: Option<String>,
    /// An operator's own broker instead of the embedded one.
    pub mqtt: Option<MqttBlock>,
    /// Rules for agents.
    pub agents: Agents,
    /// Rules for edge services that the control plane dials by itself.
    pub direct_services: DirectServices,
    /// How many tags edge services may have.
    pub service_tags: ServiceTags,
    /// Rules for edge services that agents offer.
    pub agent_services: AgentServices,
    /// How long open requests may finish after a stop was asked for, in seconds.
    pub drain_timeout_s: Option<u64>,
}

/// The console, the REST API and the pages of edge services.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Console {
    /// Where to listen.
    pub listen: SocketAddr,
    /// How people reach it, such as `https://edge.example.com`; made from `listen` when absent.
    pub public_url: Option<String>,
    /// Edge services have their pages at `<id>.<services_domain>`; `localhost` works on a laptop without any set-up.
    pub services_domain: String,
    /// Certificate and key; plain HTTP when absent, which is refused off the loopback interface unless `allow_plain_http`.
    pub tls: Option<TlsFiles>,
    /// Plain HTTP off the loopback interface, for a load balancer that ends TLS.
    pub allow_plain_http: bool,
}

/// A certificate chain and its key, PEM.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// The chain, leaf first.
    pub certificate_file: PathBuf,
    /// The key, PKCS#8.
    pub key_file: PathBuf,
}

/// Where agents connect: enrolment and, with the embedded broker, MQTT; always TLS.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct AgentPort {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Under which `host:port` agents reach it, in order of preference; made from `listen` when empty.
    pub addresses: Vec<String>,
    /// Under which `host:port` agents reach the operator's own broker, in order of preference; used with `mqtt` only.
    pub broker_addresses: Vec<String>,
}

/// Rules for agents.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Agents {
    /// Whether agents without a join token may present themselves.
    pub allow_unmanaged: bool,
    /// How many unmanaged agents may be listed at once.
    pub max_unmanaged: u64,
    /// How long a device certificate lasts, in hours; agents renew at two thirds.
    pub certificate_lifetime_h: u64,
}

/// Rules for edge services that the control plane dials by itself.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct DirectServices {
    /// Networks that are never dialled, whatever a name resolves to; the machine itself and link-local addresses unless set.
    pub refused_networks: Vec<IpNet>,
    /// How often each service is looked at, in seconds, on average.
    pub look_every_s: u64,
}

/// How many tags edge services may have, and how long those may be.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServiceTags {
    /// The longest tag, in characters; 1 to 64.
    pub max_chars: usize,
    /// The most tags of a service; 1 to 100.
    pub per_service: usize,
    /// The most different tags of a project's services; 1 to 10 000.
    pub per_project: usize,
}

impl ServiceTags {
    /// As the rules know them.
    pub const fn limits(&self) -> TagLimits {
        TagLimits {
            max_chars: self.max_chars,
            per_service: self.per_service,
            per_project: self.per_project,
        }
    }
}

impl Default for ServiceTags {
    fn default() -> Self {
        let TagLimits {
            max_chars,
            per_service,
            per_project,
        } = TagLimits::default();
        Self {
            max_chars,
            per_service,
            per_project,
        }
    }
}

impl Default for DirectServices {
    fn default() -> Self {
        Self {
            refused_networks: default_refused(),
            look_every_s: 30,
        }
    }
}

/// Rules for edge services that agents offer.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct AgentServices {
    /// How often each service is looked at while its agent is online, in seconds, on average.
    pub look_every_s: u64,
}

impl Default for AgentServices {
    fn default() -> Self {
        Self { look_every_s: 600 }
    }
}

impl Default for Console {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: None,
            services_domain: "localhost".into(),
            tls: None,
            allow_plain_http: false,
        }
    }
}

impl Default for AgentPort {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8883)),
            addresses: Vec::new(),
            broker_addresses: Vec::new(),
        }
    }
}

impl Default for Agents {
    fn default() -> Self {
        Self {
            allow_unmanaged: true,
            max_unmanaged: 1000,
            certificate_lifetime_h: 90 * 24,
        }
    }
}

/// A rule between keys that is broken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {problem}")]
pub struct Problem {
    /// The key, with dots.
    pub key: &'static str,
    /// What is wrong and what would be right.
    pub problem: String,
}

impl Config {
    /// The longest drain, unless set.
    pub const DEFAULT_DRAIN_TIMEOUT_S: u64 = 10;

    /// Every rule that is broken; empty when the configuration can be used.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut problem = |key, problem: String| problems.push(Problem { key, problem });
        if self.data_dir.as_os_str().is_empty() {
            problem(
                "data_dir",
                "is missing; name the folder that holds keys and data, such as /var/lib/edgeward"
                    .into(),
            );
        }
        let console = &self.console;
        if console.tls.is_none() && !console.allow_plain_http && !console.listen.ip().is_loopback()
        {
            problem(
                "console.listen",
                format!(
                    "{} is reachable from outside without TLS; set console.tls, or console.allow_plain_http if a load balancer ends TLS",
                    console.listen
                ),
            );
        }
        if let Some(url) = &console.public_url
            && !(url.starts_with("http://") || url.starts_with("https://"))
        {
            problem(
                "console.public_url",
                format!("\"{url}\" is not an address; write it as https://edge.example.com"),
            );
        }
        if console.services_domain.is_empty() || console.services_domain.contains([':', '/']) {
            problem(
                "console.services_domain",
                format!(
                    "\"{}\" is not a domain; write it as services.example.com",
                    console.services_domain
                ),
            );
        }
        if let Some(url) = &self.database_url
            && !["sqlite:", "postgres://", "postgresql://"]
                .iter()
                .any(|scheme| url.starts_with(scheme))
        {
            problem(
                "database_url",
                "must begin with sqlite: or postgres://".into(),
            );
        }
        if self.mqtt.is_some() && self.agent_port.broker_addresses.is_empty() {
            problem(
                "agent_port.broker_addresses",
                "is missing; with an own broker, say under which host:port agents reach it".into(),
            );
        }
        for address in self
            .agent_port
            .addresses
            .iter()
            .chain(&self.agent_port.broker_addresses)
        {
            if !address
                .rsplit_once(':')
                .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
            {
                problem(
                    "agent_port",
                    format!("\"{address}\" is not host:port; write it as edge.example.com:8883"),
                );
            }
        }
        if self.agents.certificate_lifetime_h == 0 {
            problem(
                "agents.certificate_lifetime_h",
                "is 0; a certificate must last at least one hour".into(),
            );
        }
        for (key, every_s) in [
            (
                "direct_services.look_every_s",
                self.direct_services.look_every_s,
            ),
            (
                "agent_services.look_every_s",
                self.agent_services.look_every_s,
            ),
        ] {
            if !(1..=MAX_LOOK_EVERY_S).contains(&every_s) {
                let message = format!("is {every_s}; it must be 1 to {MAX_LOOK_EVERY_S} seconds");
                problem(key, message);
            }
        }
        for (key, value, most) in [
            (
                "service_tags.max_chars",
                self.service_tags.max_chars,
                Tag::MAX_CHARS,
            ),
            (
                "service_tags.per_service",
                self.service_tags.per_service,
                MAX_TAGS_PER_SERVICE,
            ),
            (
                "service_tags.per_project",
                self.service_tags.per_project,
                MAX_TAGS_PER_PROJECT,
            ),
        ] {
            if !(1..=most).contains(&value) {
                problem(key, format!("is {value}; it must be 1 to {most}"));
            }
        }
        problems
    }

    /// The database's address.
    pub fn database_url(&self) -> String {
        self.database_url
            .clone()
            .unwrap_or_else(|| format!("sqlite:{}", self.data_dir.join(DATABASE_FILE).display()))
    }

    /// A file in the data folder.
    pub fn data_file(&self, name: &str) -> PathBuf {
        self.data_dir.join(name)
    }
}

/// The default data folder of a person's own control plane: `edgeward` in the user's state folder.
pub fn default_data_dir() -> PathBuf {
    let state = std::env::var_os("XDG_STATE_HOME")
        .filter(|s| Path::new(s).is_absolute())
        .map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| Path::new(&home).join(".local/state"));
    state
        .or_else(home)
        .unwrap_or_else(|| "/var/lib".into())
        .join("edgeward")
}
