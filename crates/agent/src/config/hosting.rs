//! The keys of hosted services: `hosting`.

use std::path::PathBuf;

use edgeward_runtime::config::Problems;
use edgeward_wire::hosting::MAX_HOSTED;
use serde::Deserialize;

/// What the control plane may have made on this device. Without it: nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HostingConfig {
    /// `engine`: the socket of Docker or Podman; without it, orders are refused.
    pub engine: Option<PathBuf>,
    /// `images`: what an image's name must begin with; any will do if nothing is named.
    pub images: Vec<String>,
    /// `max_services`: how many services at most.
    pub max_services: usize,
    /// `open_ports`: whether ports may be opened to the device's networks. A service's own is always on 127.0.0.1 alone.
    pub open_ports: bool,
}

impl HostingConfig {
    /// Whether an image may be used.
    pub fn allows_image(&self, image: &str) -> bool {
        self.images.is_empty()
            || self
                .images
                .iter()
                .any(|beginning| image.starts_with(beginning))
    }
}

impl Default for HostingConfig {
    fn default() -> Self {
        Self {
            engine: None,
            images: Vec::new(),
            max_services: DEFAULT_SERVICES,
            open_ports: false,
        }
    }
}

/// How many services unless something else is said.
const DEFAULT_SERVICES: usize = 8;

/// The most beginnings of image names.
const MAX_IMAGES: usize = 64;

/// The longest path of a socket that the system takes, in bytes.
const MAX_SOCKET_BYTES: usize = 107;

const SCHEME: &str = "unix://";

/// `hosting` as it is written.
#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub(super) struct File {
    engine: Option<String>,
    images: Vec<String>,
    max_services: Option<usize>,
    open_ports: bool,
}

pub(super) fn check(file: Option<File>, problems: &mut Problems) -> Option<HostingConfig> {
    let file = file?;
    let engine = file.engine.map(|engine| {
        let path = engine.strip_prefix(SCHEME).unwrap_or(&engine);
        if !path.starts_with('/') || path.len() > MAX_SOCKET_BYTES {
            let message = format!(
                "write the whole path of the socket of Docker or Podman, such as /run/docker.sock, at most {MAX_SOCKET_BYTES} bytes"
            );
            problems.add("hosting.engine", message);
        }
        PathBuf::from(path)
    });
    if file.images.len() > MAX_IMAGES {
        let message = format!(
            "{} beginnings are listed; {MAX_IMAGES} are allowed",
            file.images.len()
        );
        problems.add("hosting.images", message);
    }
    for (index, beginning) in file.images.iter().enumerate() {
        if beginning.is_empty() || beginning.contains(char::is_whitespace) {
            let message =
                "write what the names of images must begin with, such as emqx/".to_owned();
            problems.add(&format!("hosting.images.{index}"), message);
        }
    }
    let max_services = file.max_services.unwrap_or(DEFAULT_SERVICES);
    if !(1..=MAX_HOSTED).contains(&max_services) {
        let message = format!("{max_services} is out of range; 1 to {MAX_HOSTED} are allowed");
        problems.add("hosting.max_services", message);
    }
    if engine.is_none() {
        let message =
            "name an engine; without one there is nothing to host with, so leave hosting out";
        problems.add("hosting", message.to_owned());
    }
    Some(HostingConfig {
        engine,
        images: file.images,
        max_services,
        open_ports: file.open_ports,
    })
}
