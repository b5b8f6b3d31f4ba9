//! Whether an order can be taken: within what the agent's own configuration allows, and fit to be carried out.

use std::collections::BTreeSet;
use std::path::{Component, Path};

use edgeward_ids::OfferName;
use edgeward_wire::hosting::{Container, Keys, MAX_PARTS, Order, Software, Spec, Wish};
use edgeward_wire::key::{MAX_KEY_NUMBER, file_name};
use edgeward_wire::report::{MAX_OFFERS, MAX_TEXT_CHARS};

use super::engine::MAX_NAME_BYTES;
use crate::config::HostingConfig;
use crate::key_files;

/// The longest kind and name of an image, in characters.
const MAX_KIND_CHARS: usize = 32;
const MAX_IMAGE_CHARS: usize = 255;

/// The longest that a service may take until it answers, in seconds.
const MAX_HEALTHY_WITHIN_S: u32 = 3600;

/// The longest name of a volume, in characters.
const MAX_VOLUME_CHARS: usize = 32;

/// How much of a text that is wrong is repeated, in characters.
const MAX_SHOWN_CHARS: usize = 64;

/// Why an order is not taken.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// Nothing may be hosted.
    #[error(
        "this agent may host nothing; add \"hosting\" with an engine to the agent's configuration and restart it"
    )]
    NotConfigured,
    /// No containers.
    #[error(
        "this agent has nothing that runs containers; name the socket of Docker or Podman as hosting.engine in the agent's configuration"
    )]
    NoEngine,
    /// No snaps.
    #[error("this agent cannot make services of snaps; make it of an image")]
    NoSnaps,
    /// A service of the configuration is called so.
    #[error(
        "the agent's own configuration offers a service called \"{0}\"; give the hosted one another name"
    )]
    NameTaken(OfferName),
    /// No more.
    #[error(
        "this agent hosts {limit} services already, which is all that hosting.max_services in its configuration allows"
    )]
    TooMany {
        /// How many.
        limit: usize,
    },
    /// Not this image.
    #[error(
        "the agent's configuration does not allow the image \"{image}\"; names must begin with {allowed} (hosting.images)"
    )]
    Image {
        /// The image.
        image: String,
        /// What it may begin with.
        allowed: String,
    },
    /// No open ports.
    #[error(
        "the agent's configuration does not allow ports to be opened to the device's networks; set hosting.open_ports there, or leave the ports out"
    )]
    OpenPorts,
    /// It makes no sense.
    #[error("the specification of the service cannot be used: {0}")]
    Spec(String),
}

/// What is known beside the order.
pub(super) struct Surroundings<'a> {
    /// The agent's own configuration.
    pub(super) config: Option<&'a HostingConfig>,
    /// What the configuration offers.
    pub(super) configured: &'a [OfferName],
    /// How many other services there are orders for.
    pub(super) others: usize,
}

/// Finds out whether an order can be taken.
pub(super) fn check(order: &Order, around: &Surroundings<'_>) -> Result<(), Refusal> {
    let config = around.config.ok_or(Refusal::NotConfigured)?;
    let Wish::Present { spec, .. } = &order.wish else {
        return Ok(());
    };
    if around.configured.contains(&order.service) {
        return Err(Refusal::NameTaken(order.service.clone()));
    }
    let room = MAX_OFFERS.saturating_sub(around.configured.len());
    let limit = config.max_services.min(room);
    if around.others >= limit {
        return Err(Refusal::TooMany { limit });
    }
    match &spec.software {
        Software::Container(container) => {
            if config.engine.is_none() {
                return Err(Refusal::NoEngine);
            }
            allowed(container, config)?;
            sensible_container(container)
        }
        Software::Snap(_) => return Err(Refusal::NoSnaps),
    }
    .and_then(|()| sensible(spec))
    .map_err(Refusal::Spec)
}

fn allowed(container: &Container, config: &HostingConfig) -> Result<(), Refusal> {
    if !config.allows_image(&container.image) {
        return Err(Refusal::Image {
            image: shown(&container.image),
            allowed: config.images.join(", "),
        });
    }
    if !container.ports.is_empty() && !config.open_ports {
        return Err(Refusal::OpenPorts);
    }
    Ok(())
}

fn sensible(spec: &Spec) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !within(&spec.kind, MAX_KIND_CHARS) || !spec.kind.chars().all(plain) {
        return Err(format!(
            "its kind must have 1 to {MAX_KIND_CHARS} characters of a-z, 0-9 and \"-\""
        ));
    }
    if spec.description.chars().count() > MAX_TEXT_CHARS {
        return Err(format!(
            "its description may have {MAX_TEXT_CHARS} characters"
        ));
    }
    if spec.port == 0 {
        return Err("its port must not be 0".to_owned());
    }
    if !(1..=MAX_HEALTHY_WITHIN_S).contains(&spec.healthy_within_s) {
        return Err(format!(
            "healthy_within_s is {}; 1 to {MAX_HEALTHY_WITHIN_S} are allowed",
            spec.healthy_within_s
        ));
    }
    spec.keys.as_ref().map_or(Ok(()), sensible_keys)
}

fn sensible_keys(keys: &Keys) -> Result<(), String> {
    let longest = keys.folder.len() + 1 + file_name(MAX_KEY_NUMBER).len();
    if !is_plain_path(&keys.folder) || longest > MAX_NAME_BYTES {
        return Err(format!(
            "the folder of its keys, \"{}\", must be an absolute path without \"..\", and shorter",
            shown(&keys.folder)
        ));
    }
    at_most("key files", keys.files.len())?;
    for file in &keys.files {
        key_files::check(&file.name, &file.pem).map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn sensible_container(container: &Container) -> Result<(), String> {
    let image = &container.image;
    let plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | ':' | '@');
    let begins_well = image.starts_with(|c: char| c.is_ascii_alphanumeric());
    if !within(image, MAX_IMAGE_CHARS)
        || !begins_well
        || !image.chars().all(plain)
        || image.split('/').any(|part| part.is_empty() || part == "..")
    {
        return Err(format!(
            "\"{}\" is not the name of an image; it would be such as emqx/neuron:2.6.3",
            shown(image)
        ));
    }
    at_most("words in its command", container.command.len())?;
    at_most("variables", container.environment.len())?;
    at_most("ports", container.ports.len())?;
    at_most("volumes", container.volumes.len())?;
    if container.command.iter().any(|word| word.contains('\0')) {
        return Err("a word of its command has a null character in it".to_owned());
    }
    for (name, value) in &container.environment {
        if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
            return Err(format!("the variable \"{}\" cannot be set", shown(name)));
        }
    }
    let mut hosts = BTreeSet::new();
    for port in &container.ports {
        if port.container == 0 || port.host == 0 {
            return Err("a port must not be 0".to_owned());
        }
        if !hosts.insert((port.host, port.udp)) {
            return Err(format!("the device's port {} is named twice", port.host));
        }
    }
    let (mut names, mut paths) = (BTreeSet::new(), BTreeSet::new());
    for volume in &container.volumes {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !within(&volume.name, MAX_VOLUME_CHARS) || !volume.name.chars().all(plain) {
            return Err(format!(
                "\"{}\" cannot name a volume; use 1 to {MAX_VOLUME_CHARS} characters of a-z, 0-9 and \"-\"",
                shown(&volume.name)
            ));
        }
        if !is_plain_path(&volume.path) {
            return Err(format!(
                "the path of the volume {} must be an absolute one without \"..\" and \":\", and not \"/\"",
                volume.name
            ));
        }
        if !names.insert(&volume.name) || !paths.insert(volume.path.trim_end_matches('/')) {
            return Err(format!(
                "the volume {} or its path is named twice",
                volume.name
            ));
        }
    }
    if container.memory_bytes == Some(0) || container.cpu_millis == Some(0) {
        return Err(
            "memory and processor time must not be 0; leave them out for no limit".to_owned(),
        );
    }
    Ok(())
}

fn within(text: &str, chars: usize) -> bool {
    (1..=chars).contains(&text.chars().count())
}

fn at_most(what: &str, count: usize) -> Result<(), String> {
    if count > MAX_PARTS {
        return Err(format!("it has {count} {what}; {MAX_PARTS} are allowed"));
    }
    Ok(())
}

/// An absolute path below the root that leads where it seems to, and that the engine does not read as something else.
fn is_plain_path(path: &str) -> bool {
    let mut components = Path::new(path).components();
    components.next() == Some(Component::RootDir)
        && components.clone().next().is_some()
        && components.all(|component| matches!(component, Component::Normal(_)))
        && !path.contains("//")
        && !path.contains(|c: char| c == ':' || c.is_control())
}

fn shown(text: &str) -> String {
    text.chars().take(MAX_SHOWN_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use edgeward_wire::hosting::{KeyFile, Port, Snap, Volume};

    use super::*;

    fn config() -> HostingConfig {
        HostingConfig {
            engine: Some("/run/docker.sock".into()),
            images: vec!["emqx/".to_owned()],
            max_services: 2,
            ..HostingConfig::default()
        }
    }

    fn order(change: impl FnOnce(&mut Spec, &mut Container)) -> Order {
        let mut spec = Spec {
            kind: "neuron".to_owned(),
            description: String::new(),
            software: Software::Container(Container::default()),
            port: 7000,
            healthy_within_s: 60,
            keys: None,
        };
        let mut container = Container {
            image: "emqx/neuron:2.6.3".to_owned(),
            ..Container::default()
        };
        change(&mut spec, &mut container);
        if matches!(spec.software, Software::Container(_)) {
            spec.software = Software::Container(container);
        }
        Order {
            service: "neuron".parse().unwrap(),
            generation: 1,
            wish: Wish::Present {
                spec: Box::new(spec),
                running: true,
                restarts: 0,
            },
        }
    }

    fn around(config: &HostingConfig) -> Surroundings<'_> {
        Surroundings {
            config: Some(config),
            configured: &[],
            others: 0,
        }
    }

    fn refused(order: &Order, around: &Surroundings<'_>) -> String {
        check(order, around).unwrap_err().to_string()
    }

    #[test]
    fn what_the_configuration_does_not_allow_is_refused_with_what_to_change() {
        let config = config();
        let good = order(|_, _| ());
        check(&good, &around(&config)).unwrap();
        let nothing = Surroundings {
            config: None,
            ..around(&config)
        };
        assert!(refused(&good, &nothing).contains("add \"hosting\""));
        let taken = ["neuron".parse().unwrap()];
        let taken = Surroundings {
            configured: &taken,
            ..around(&config)
        };
        assert!(refused(&good, &taken).contains("another name"));
        let full = Surroundings {
            others: 2,
            ..around(&config)
        };
        assert!(refused(&good, &full).contains("hosts 2 services already"));
        let other = order(|_, container| container.image = "evil/neuron".to_owned());
        assert_eq!(
            refused(&other, &around(&config)),
            "the agent's configuration does not allow the image \"evil/neuron\"; names must begin with emqx/ (hosting.images)"
        );
        let ports = order(|_, container| {
            container.ports.push(Port {
                container: 1883,
                host: 1883,
                udp: false,
            });
        });
        assert!(refused(&ports, &around(&config)).contains("hosting.open_ports"));
        let open = HostingConfig {
            open_ports: true,
            ..config.clone()
        };
        check(&ports, &around(&open)).unwrap();
        let snap = order(|spec, _| {
            spec.software = Software::Snap(Snap {
                name: "neuron".to_owned(),
                channel: None,
            });
        });
        assert!(refused(&snap, &around(&config)).contains("of an image"));
        let no_engine = HostingConfig {
            engine: None,
            ..config
        };
        assert!(refused(&good, &around(&no_engine)).contains("hosting.engine"));
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_what_would() {
        let config = HostingConfig {
            images: Vec::new(),
            open_ports: true,
            ..config()
        };
        let volume = |name: &str, path: &str| Volume {
            name: name.to_owned(),
            path: path.to_owned(),
        };
        let keys = |folder: &str, name: &str| Keys {
            folder: folder.to_owned(),
            files: vec![KeyFile {
                name: name.to_owned(),
                pem: "-----BEGIN PUBLIC KEY-----\nA\n-----END PUBLIC KEY-----\n".to_owned(),
            }],
        };
        let port = Port {
            container: 1883,
            host: 1883,
            udp: false,
        };
        let good = order(|spec, container| {
            spec.keys = Some(keys("/opt/neuron/certs", "edgeward-2.pub"));
            container.volumes = vec![volume("data", "/data"), volume("more", "/more/")];
            container.ports = vec![port, Port { udp: true, ..port }];
        });
        check(&good, &around(&config)).unwrap();
        let cases = [
            (order(|spec, _| spec.port = 0), "port must not be 0"),
            (order(|spec, _| spec.kind = "Neuron".to_owned()), "its kind"),
            (order(|spec, _| spec.healthy_within_s = 0), "1 to 3600"),
            (
                order(|spec, _| spec.description = "x".repeat(501)),
                "description",
            ),
            (
                order(|spec, _| spec.keys = Some(keys("certs", "edgeward.pub"))),
                "folder of its keys",
            ),
            (
                order(|spec, _| spec.keys = Some(keys("/a/../b", "edgeward.pub"))),
                "folder of its keys",
            ),
            (
                order(|spec, _| spec.keys = Some(keys("/certs", "../x"))),
                "name of a key file",
            ),
            (order(|_, c| c.image = "a b".to_owned()), "name of an image"),
            (
                order(|_, c| c.image = "../../containers".to_owned()),
                "name of an image",
            ),
            (order(|_, c| c.image = String::new()), "name of an image"),
            (
                order(|_, c| c.command = vec![String::new(); 65]),
                "65 words",
            ),
            (
                order(|_, c| drop(c.environment.insert("A=B".to_owned(), String::new()))),
                "variable",
            ),
            (order(|_, c| c.ports = vec![port, port]), "named twice"),
            (
                order(|_, c| c.ports = vec![Port { host: 0, ..port }]),
                "must not be 0",
            ),
            (
                order(|_, c| c.volumes = vec![volume("Data", "/d")]),
                "cannot name a volume",
            ),
            (order(|_, c| c.volumes = vec![volume("d", "/")]), "absolute"),
            (
                order(|_, c| c.volumes = vec![volume("d", "/etc:/x")]),
                "absolute",
            ),
            (
                order(|_, c| c.volumes = vec![volume("d", "data")]),
                "absolute",
            ),
            (
                order(|_, c| c.volumes = vec![volume("a", "/d"), volume("b", "/d/")]),
                "named twice",
            ),
            (order(|_, c| c.memory_bytes = Some(0)), "must not be 0"),
        ];
        for (order, part) in cases {
            let refused = refused(&order, &around(&config));
            assert!(refused.contains(part), "{refused}: {part}");
        }
    }
}
