//! The agent's configuration: what it says of itself and what it offers.
//!
//! YAML; unknown keys are refused and all problems are reported at once. Where the control plane is comes with the identity; here
//! stands at most where a device gets one by itself. Nothing that the control plane sends can add to what is offered, but for services
//! that it has the agent make, within what `hosting` allows.

mod changes;
mod control_plane;
mod duration;
mod hosting;
mod nats;
mod places;
mod target;
mod watchdog;

use std::path::{Path, PathBuf};
use std::time::Duration;

use edgeward_ids::OfferName;
use edgeward_runtime::config::{ConfigError, Environment, Loaded, Problems};
use edgeward_wire::report::{MAX_OFFERS, MAX_TEXT_CHARS};
use serde::Deserialize;

pub use changes::{ChangeLogConfig, ChangeLogLevel, Location};
pub use control_plane::{ControlPlaneConfig, EnrolmentConfig, IotConfig, TrustSource};
pub use duration::{GoDuration, GoDurationError};
pub use hosting::HostingConfig;
pub use nats::{NatsConfig, Secret};
pub use places::SnapPlaces;
pub use target::{ServiceTarget, TargetError};
pub use watchdog::{Cure, WatchdogConfig};

/// What the agent says of itself and what it offers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Config {
    /// What the device is called in the list of agents, in place of its own host name.
    pub host_name: Option<String>,
    /// Free text for whoever looks at the list of agents.
    pub description: String,
    /// What may be reached through this agent; nothing else may.
    pub services: Vec<ServiceConfig>,
    /// Limits towards the services.
    pub limits: ServiceLimits,
    /// `snapd.socket`: where snapd listens, if not where it usually does.
    pub snapd_socket: Option<PathBuf>,
    /// `snaplogger`: the change log.
    pub change_log: ChangeLogConfig,
    /// `watchdog`: changes that take too long.
    pub watchdog: WatchdogConfig,
    /// `nats`: the API for local programs.
    pub nats: NatsConfig,
    /// `hosting`: what the control plane may have made on this device; nothing if it is not there.
    pub hosting: Option<HostingConfig>,
    /// `control_plane.kind`: whose control plane it is.
    pub control_plane: ControlPlaneConfig,
    /// `control_plane.address`: where a device without an identity enrols by itself.
    pub enrolment: Option<EnrolmentConfig>,
    /// The rest of `control_plane`.
    pub iot: IotConfig,
    /// Where the snap's files and snapd are. Not in the file: the program fills it in, and an agent without it, such as one in
    /// another program, leaves snapd alone.
    pub places: SnapPlaces,
}

/// One service that may be reached through this agent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ServiceConfig {
    /// What the control plane calls it.
    pub name: OfferName,
    /// Where it is, as seen from this device.
    pub target: ServiceTarget,
    /// What it is, such as `neuron`; `http` if nothing better is known.
    pub kind: String,
    /// Free text.
    pub description: String,
    /// Where it looks for public keys, on this device: the agent puts the control plane's there when that asks for it. An absolute path.
    pub key_folder: Option<PathBuf>,
}

/// Limits towards the services; the same for each of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ServiceLimits {
    /// How long opening a connection to a service may take.
    pub connect_timeout: Duration,
    /// How long a service may be silent before its answer begins, once it has the request.
    pub response_timeout: Duration,
    /// How long an unused connection to a service is kept.
    pub idle_timeout: Duration,
    /// How many unused connections to one service are kept.
    pub idle_connections: usize,
}

impl Default for ServiceLimits {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            response_timeout: Duration::from_secs(60),
            // Shorter than the 5 s after which Node.js closes an unused connection: a request that is sent in the moment
            // of closing cannot always be repeated.
            idle_timeout: Duration::from_secs(4),
            idle_connections: 32,
        }
    }
}

impl ServiceConfig {
    /// A service of kind `http` without a description.
    pub fn new(name: OfferName, target: ServiceTarget) -> Self {
        Self {
            name,
            target,
            kind: DEFAULT_KIND.to_owned(),
            description: String::new(),
            key_folder: None,
        }
    }
}

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    /// The file cannot be read, or what it says is wrong; then every problem is named with its line.
    pub fn load(file: &Path) -> Result<Self, ConfigError> {
        edgeward_runtime::config::load(Some(file), &Environment::empty()).and_then(check)
    }

    /// Reads a text; `name` stands for the file in messages.
    ///
    /// # Errors
    /// What it says is wrong; every problem is named with its line.
    pub fn parse(name: &str, text: &str) -> Result<Self, ConfigError> {
        edgeward_runtime::config::parse(name, text, &Environment::empty()).and_then(check)
    }

    /// Where snapd listens; none if this agent is not to speak to it.
    pub fn snapd(&self) -> Option<&Path> {
        self.snapd_socket
            .as_deref()
            .or(self.places.socket.as_deref())
    }
}

const DEFAULT_KIND: &str = "http";

/// The longest kind, in characters.
const MAX_KIND_CHARS: usize = 32;

/// The longest wait that may be configured, in milliseconds: an hour.
const MAX_TIMEOUT_MS: u64 = 3_600_000;

/// The most unused connections to one service that may be configured.
const MAX_IDLE_CONNECTIONS: usize = 512;

/// The file as it is written.
#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct File {
    host_name: Option<String>,
    description: String,
    services: Vec<Service>,
    limits: Limits,
    snapd: Snapd,
    snaplogger: changes::File,
    watchdog: watchdog::File,
    nats: nats::File,
    hosting: Option<hosting::File>,
    control_plane: control_plane::File,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Snapd {
    socket: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Service {
    name: String,
    url: String,
    #[serde(default)]
    kind: Option<String>,
    #[serde(default)]
    description: String,
    #[serde(default)]
    key_folder: Option<PathBuf>,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Limits {
    connect_timeout_ms: Option<u64>,
    response_timeout_ms: Option<u64>,
    idle_timeout_ms: Option<u64>,
    idle_connections: Option<usize>,
}

fn check(loaded: Loaded<File>) -> Result<Config, ConfigError> {
    let Loaded {
        value: file,
        mut problems,
        ..
    } = loaded;
    if let Some(host_name) = &file.host_name {
        check_text(host_name, "host_name", &mut problems);
        if host_name.trim().is_empty() {
            let message = "write a name, or leave it out for the device's own".to_owned();
            problems.add("host_name", message);
        }
    }
    check_text(&file.description, "description", &mut problems);
    if file.services.len() > MAX_OFFERS {
        let message = format!(
            "{} services are listed; {MAX_OFFERS} are allowed",
            file.services.len()
        );
        problems.add("services", message);
    }
    let mut services: Vec<ServiceConfig> = Vec::new();
    for (index, service) in file.services.into_iter().enumerate() {
        let path = format!("services.{index}");
        let Some(service) = check_service(service, &path, &mut problems) else {
            continue;
        };
        if services.iter().any(|other| other.name == service.name) {
            let message = format!(
                "another service is called \"{}\" already; give each its own name",
                service.name
            );
            problems.add(&format!("{path}.name"), message);
        }
        services.push(service);
    }
    let limits = check_limits(&file.limits, &mut problems);
    if file
        .snapd
        .socket
        .as_ref()
        .is_some_and(|socket| !socket.is_absolute())
    {
        let message = "write the whole path, such as /run/snapd.socket".to_owned();
        problems.add("snapd.socket", message);
    }
    let change_log = changes::check(file.snaplogger, &mut problems);
    let watchdog = watchdog::check(file.watchdog, &mut problems);
    let nats = nats::check(file.nats, &mut problems);
    let hosting = hosting::check(file.hosting, &mut problems);
    let control_plane = control_plane::check(file.control_plane, &mut problems);
    problems.into_result()?;
    Ok(Config {
        host_name: file.host_name,
        description: file.description,
        services,
        limits,
        snapd_socket: file.snapd.socket,
        change_log,
        watchdog,
        nats,
        hosting,
        control_plane: control_plane.kind,
        enrolment: control_plane.enrolment,
        iot: control_plane.iot,
        places: SnapPlaces::default(),
    })
}

fn check_service(service: Service, path: &str, problems: &mut Problems) -> Option<ServiceConfig> {
    check_text(
        &service.description,
        &format!("{path}.description"),
        problems,
    );
    let kind = service.kind.unwrap_or_else(|| DEFAULT_KIND.to_owned());
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if kind.is_empty() || kind.chars().count() > MAX_KIND_CHARS || !kind.chars().all(plain) {
        let message = format!(
            "write 1 to {MAX_KIND_CHARS} characters of a-z, 0-9 and \"-\", such as neuron, or leave it out"
        );
        problems.add(&format!("{path}.kind"), message);
    }
    let folder = service.key_folder;
    if folder.as_ref().is_some_and(|folder| !folder.is_absolute()) {
        let message = "write the whole path, such as /opt/neuron/certs".to_owned();
        problems.add(&format!("{path}.key_folder"), message);
    }
    let name = service.name.parse::<OfferName>();
    let target = service.url.parse::<ServiceTarget>();
    if let Err(error) = &name {
        problems.add(&format!("{path}.name"), error.to_string());
    }
    if let Err(error) = &target {
        problems.add(&format!("{path}.url"), error.to_string());
    }
    Some(ServiceConfig {
        name: name.ok()?,
        target: target.ok()?,
        kind,
        description: service.description,
        key_folder: folder,
    })
}

fn check_limits(limits: &Limits, problems: &mut Problems) -> ServiceLimits {
    let default = ServiceLimits::default();
    let mut time = |key: &str, value: Option<u64>, default: Duration| match value {
        None => default,
        Some(ms) => {
            if !(1..=MAX_TIMEOUT_MS).contains(&ms) {
                let message =
                    format!("{ms} is out of range; 1 to {MAX_TIMEOUT_MS} milliseconds are allowed");
                problems.add(&format!("limits.{key}"), message);
            }
            Duration::from_millis(ms)
        }
    };
    let connect_timeout = time(
        "connect_timeout_ms",
        limits.connect_timeout_ms,
        default.connect_timeout,
    );
    let response_timeout = time(
        "response_timeout_ms",
        limits.response_timeout_ms,
        default.response_timeout,
    );
    let idle_timeout = time(
        "idle_timeout_ms",
        limits.idle_timeout_ms,
        default.idle_timeout,
    );
    let idle_connections = limits.idle_connections.unwrap_or(default.idle_connections);
    if idle_connections > MAX_IDLE_CONNECTIONS {
        let message = format!(
            "{idle_connections} is out of range; at most {MAX_IDLE_CONNECTIONS} are allowed"
        );
        problems.add("limits.idle_connections", message);
    }
    ServiceLimits {
        connect_timeout,
        response_timeout,
        idle_timeout,
        idle_connections,
    }
}

fn check_text(text: &str, path: &str, problems: &mut Problems) {
    let chars = text.chars().count();
    if chars > MAX_TEXT_CHARS {
        problems.add(
            path,
            format!("the text has {chars} characters; {MAX_TEXT_CHARS} are allowed"),
        );
    }
}

#[cfg(test)]
mod tests;
