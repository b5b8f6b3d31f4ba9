//! What a hosted service is made of: as requests say it, as agents get it, as the database keeps it, and as people see it.

use std::collections::HashSet;

use edgeward_api::service::{
    DEFAULT_HEALTHY_WITHIN_S, HostedPort, HostedSpec, HostedVolume, ServiceAuthentication,
};
use edgeward_ids::ServiceId;
use edgeward_pki::{PkiError, SecretBox};
use edgeward_products::{Kind, MASKED, names_a_secret, product};
use edgeward_wire::hosting::{
    Container, Keys, Login, MAX_PARTS, Port, Snap, Software, Spec, Volume,
};

/// The longest image, channel, path or user, in characters.
const MAX_WORD_CHARS: usize = 255;

/// The longest value of a variable, or word of a command, in characters.
const MAX_VALUE_CHARS: usize = 4096;

/// The most bytes that a service's description as a whole may take: it travels in one command.
const MAX_SPEC_BYTES: usize = 32 * 1024;

/// The longest time that a service may take until it answers, in seconds.
const MAX_HEALTHY_WITHIN_S: u32 = 3600;

/// The least memory that an engine gives a container, in MiB.
const MIN_MEMORY_MIB: u32 = 6;

/// The least processor time, in thousandths of a core.
const MIN_CPU_MILLIS: u32 = 10;

/// The longest name of a volume, in characters.
const MAX_VOLUME_CHARS: usize = 32;

const BYTES_PER_MIB: u64 = 1024 * 1024;

/// A request says something that cannot be.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct BadSpec(pub(super) String);

/// What is said of a hosted service beside how it is made.
pub(super) struct About<'a> {
    pub(super) kind: &'static str,
    pub(super) description: &'a str,
    pub(super) authentication: ServiceAuthentication,
    pub(super) key_folder: Option<&'a str>,
}

/// A service as its agent gets it, but for the keys' files: which there are is looked up when it is sent.
pub(super) fn read(about: &About<'_>, wanted: &HostedSpec) -> Result<Spec, BadSpec> {
    let software = match (&wanted.image, &wanted.snap) {
        (Some(image), None) => Software::Container(container(image, wanted)?),
        (None, Some(snap)) => Software::Snap(self::snap(snap, wanted)?),
        (Some(_), Some(_)) => {
            return Err(bad(
                "image and snap are both given; a service is made of one",
            ));
        }
        (None, None) => {
            return Err(bad(
                "image is missing; give the container's image, or a snap",
            ));
        }
    };
    let of_kind = product(Kind::of(about.kind));
    let port = match wanted.port.or(of_kind.default_port()) {
        Some(0) => return Err(bad("port is 0; give the port on which the service answers")),
        Some(port) => port,
        None => {
            return Err(bad(
                "port is missing; for the kind \"http\" give the port on which the service answers",
            ));
        }
    };
    let healthy_within_s = wanted.healthy_within_s.unwrap_or(DEFAULT_HEALTHY_WITHIN_S);
    if !(1..=MAX_HEALTHY_WITHIN_S).contains(&healthy_within_s) {
        return Err(bad(format!(
            "healthy_within_s is {healthy_within_s}; 1 to {MAX_HEALTHY_WITHIN_S} are possible"
        )));
    }
    let is_container = matches!(software, Software::Container(_));
    let spec = Spec {
        kind: about.kind.to_owned(),
        description: about.description.to_owned(),
        keys: keys(about, is_container)?,
        software,
        port,
        healthy_within_s,
    };
    let bytes = serde_json::to_string(&spec).unwrap_or_default().len();
    if bytes > MAX_SPEC_BYTES {
        return Err(bad(format!(
            "the service's variables, command and so on take {bytes} bytes; at most {MAX_SPEC_BYTES} are possible"
        )));
    }
    Ok(spec)
}

/// The same made from another image, or from another channel of its snap.
pub(super) fn upgraded(mut spec: Spec, to: &str) -> Result<Spec, BadSpec> {
    match &mut spec.software {
        Software::Container(container) => {
            word("to", to)?;
            to.clone_into(&mut container.image);
        }
        Software::Snap(snap) => {
            word("to", to)?;
            snap.channel = Some(to.to_owned());
        }
    }
    Ok(spec)
}

/// The image, or the snap with its channel.
pub(super) fn made_of(spec: &Spec) -> String {
    match &spec.software {
        Software::Container(container) => container.image.clone(),
        Software::Snap(snap) => match &snap.channel {
            Some(channel) => format!("{} {channel}", snap.name),
            None => snap.name.clone(),
        },
    }
}

fn container(image: &str, wanted: &HostedSpec) -> Result<Container, BadSpec> {
    if wanted.channel.is_some() {
        return Err(bad(
            "channel is for snaps only; an image has its version in its name",
        ));
    }
    word("image", image)?;
    let login = match (&wanted.registry_user, &wanted.registry_password) {
        (None, None) => None,
        (Some(user), Some(password)) => {
            word("registry_user", user)?;
            value("registry_password", password)?;
            Some(Login {
                user: user.clone(),
                password: password.clone(),
            })
        }
        _ => {
            return Err(bad(
                "registry_user and registry_password belong together; give both, or neither",
            ));
        }
    };
    let parts = [
        ("command", wanted.command.len()),
        ("environment", wanted.environment.len()),
        ("ports", wanted.ports.len()),
        ("volumes", wanted.volumes.len()),
    ];
    for (what, count) in parts {
        if count > MAX_PARTS {
            return Err(bad(format!(
                "{what} has {count} entries; at most {MAX_PARTS} are possible"
            )));
        }
    }
    for word in &wanted.command {
        value("command", word)?;
    }
    for (name, text) in &wanted.environment {
        variable(name)?;
        value(&format!("environment.{name}"), text)?;
    }
    if wanted.memory_mib.is_some_and(|mib| mib < MIN_MEMORY_MIB) {
        return Err(bad(format!("memory_mib must be at least {MIN_MEMORY_MIB}")));
    }
    if wanted.cpu_millis.is_some_and(|cpu| cpu < MIN_CPU_MILLIS) {
        return Err(bad(format!("cpu_millis must be at least {MIN_CPU_MILLIS}")));
    }
    Ok(Container {
        image: image.to_owned(),
        login,
        command: wanted.command.clone(),
        environment: wanted.environment.clone(),
        ports: ports(&wanted.ports)?,
        volumes: volumes(&wanted.volumes)?,
        memory_bytes: wanted.memory_mib.map(|mib| u64::from(mib) * BYTES_PER_MIB),
        cpu_millis: wanted.cpu_millis,
    })
}

fn snap(name: &str, wanted: &HostedSpec) -> Result<Snap, BadSpec> {
    let is_plain = name
        .bytes()
        .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'));
    if name.is_empty() || name.len() > MAX_WORD_CHARS || !is_plain {
        return Err(bad(format!(
            "snap: \"{name}\" is no snap's name; use a-z, 0-9 and \"-\""
        )));
    }
    let of_containers = [
        ("registry_user", wanted.registry_user.is_some()),
        ("registry_password", wanted.registry_password.is_some()),
        ("command", !wanted.command.is_empty()),
        ("environment", !wanted.environment.is_empty()),
        ("ports", !wanted.ports.is_empty()),
        ("volumes", !wanted.volumes.is_empty()),
        ("memory_mib", wanted.memory_mib.is_some()),
        ("cpu_millis", wanted.cpu_millis.is_some()),
    ];
    if let Some((what, _)) = of_containers.iter().find(|(_, given)| *given) {
        return Err(bad(format!(
            "{what} is for containers only; leave it out for a snap"
        )));
    }
    if let Some(channel) = &wanted.channel {
        word("channel", channel)?;
    }
    Ok(Snap {
        name: name.to_owned(),
        channel: wanted.channel.clone(),
    })
}

fn keys(about: &About<'_>, is_container: bool) -> Result<Option<Keys>, BadSpec> {
    match about.authentication {
        ServiceAuthentication::Token => {}
        ServiceAuthentication::None if about.key_folder.is_none() => return Ok(None),
        ServiceAuthentication::None => {
            return Err(bad(
                "key_folder is for the authentication \"token\" only; leave it out",
            ));
        }
        ServiceAuthentication::Basic => {
            return Err(bad(
                "authentication: a hosted service is made with \"token\" or \"none\"; set user and password up in the service, and change it afterwards",
            ));
        }
    }
    let of_kind = product(Kind::of(about.kind));
    let known = of_kind
        .key_place()
        .map(|place| place.folder)
        .filter(|folder| is_container && folder.starts_with('/'));
    let Some(folder) = about.key_folder.or(known) else {
        return Err(bad(format!(
            "key_folder is missing; give the folder in which {} looks for public keys, as an absolute path",
            of_kind.title()
        )));
    };
    absolute("key_folder", folder)?;
    Ok(Some(Keys {
        folder: folder.to_owned(),
        files: Vec::new(),
    }))
}

fn ports(wanted: &[HostedPort]) -> Result<Vec<Port>, BadSpec> {
    let mut taken = HashSet::new();
    let port = |port: &HostedPort| {
        if port.container == 0 || port.host == 0 {
            return Err(bad("ports: 0 is no port"));
        }
        if !taken.insert((port.host, port.udp)) {
            return Err(bad(format!(
                "ports: the device's port {} is given twice",
                port.host
            )));
        }
        Ok(Port {
            container: port.container,
            host: port.host,
            udp: port.udp,
        })
    };
    wanted.iter().map(port).collect()
}

fn volumes(wanted: &[HostedVolume]) -> Result<Vec<Volume>, BadSpec> {
    let mut taken = HashSet::new();
    let volume = |volume: &HostedVolume| {
        let name = &volume.name;
        let is_plain = name
            .bytes()
            .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if name.is_empty() || name.len() > MAX_VOLUME_CHARS || !is_plain {
            return Err(bad(format!(
                "volumes: \"{name}\" cannot name one; use 1 to {MAX_VOLUME_CHARS} characters of a-z, 0-9 and \"-\""
            )));
        }
        absolute("volumes", &volume.path)?;
        for used in [name, &volume.path] {
            if !taken.insert(used.clone()) {
                return Err(bad(format!("volumes: \"{used}\" is given twice")));
            }
        }
        Ok(Volume {
            name: name.clone(),
            path: volume.path.clone(),
        })
    };
    wanted.iter().map(volume).collect()
}

/// A path from the root, without steps back.
fn absolute(what: &str, path: &str) -> Result<(), BadSpec> {
    let is_plain = path.starts_with('/')
        && path.len() > 1
        && path.chars().count() <= MAX_WORD_CHARS
        && !path.contains([':', '\0'])
        && path.split('/').all(|part| part != "..");
    if is_plain {
        Ok(())
    } else {
        Err(bad(format!(
            "{what}: \"{path}\" is no absolute path; write it as /data"
        )))
    }
}

/// Something without spaces.
fn word(what: &str, text: &str) -> Result<(), BadSpec> {
    let is_word = text.chars().all(|c| c.is_ascii_graphic());
    if text.is_empty() || text.len() > MAX_WORD_CHARS || !is_word {
        return Err(bad(format!(
            "{what} must have 1 to {MAX_WORD_CHARS} characters, letters, digits and signs, without spaces"
        )));
    }
    Ok(())
}

fn value(what: &str, text: &str) -> Result<(), BadSpec> {
    if text.contains('\0') || text.chars().count() > MAX_VALUE_CHARS {
        return Err(bad(format!(
            "{what} must have at most {MAX_VALUE_CHARS} characters"
        )));
    }
    Ok(())
}

fn variable(name: &str) -> Result<(), BadSpec> {
    let is_plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let begins = name.starts_with(|c: char| !c.is_ascii_digit());
    if is_plain && begins && name.len() <= MAX_WORD_CHARS {
        Ok(())
    } else {
        Err(bad(format!(
            "environment: \"{name}\" cannot name a variable; use letters, digits and \"_\""
        )))
    }
}

fn bad(problem: impl Into<String>) -> BadSpec {
    BadSpec(problem.into())
}

/// As the database keeps it.
pub(super) fn seal(
    secrets: &SecretBox,
    service: ServiceId,
    spec: &Spec,
) -> Result<String, PkiError> {
    let text = serde_json::to_string(spec).unwrap_or_default();
    secrets.seal(&purpose(service), &text)
}

/// What [`seal`] has made.
///
/// # Errors
/// It was sealed with another key.
pub(super) fn open(
    secrets: &SecretBox,
    service: ServiceId,
    sealed: &str,
) -> Result<Spec, PkiError> {
    let text = secrets.open(&purpose(service), sealed)?;
    serde_json::from_str(&text).map_err(|_| PkiError::Sealed)
}

/// What it is sealed for, so that no other service's can be put in its place.
fn purpose(service: ServiceId) -> String {
    format!("hosted service {service}")
}

/// As people see it: without the registry's password, and without the values of secret variables.
pub(super) fn shown(spec: &Spec) -> HostedSpec {
    let common = HostedSpec {
        port: Some(spec.port),
        healthy_within_s: Some(spec.healthy_within_s),
        ..HostedSpec::default()
    };
    match &spec.software {
        Software::Snap(snap) => HostedSpec {
            snap: Some(snap.name.clone()),
            channel: snap.channel.clone(),
            ..common
        },
        Software::Container(container) => {
            let mut environment = container.environment.clone();
            for (name, value) in &mut environment {
                if names_a_secret(name) {
                    MASKED.clone_into(value);
                }
            }
            let mib = |bytes: u64| u32::try_from(bytes / BYTES_PER_MIB).unwrap_or(u32::MAX);
            HostedSpec {
                image: Some(container.image.clone()),
                registry_user: container.login.as_ref().map(|login| login.user.clone()),
                command: container.command.clone(),
                environment,
                ports: container
                    .ports
                    .iter()
                    .map(|port| HostedPort {
                        container: port.container,
                        host: port.host,
                        udp: port.udp,
                    })
                    .collect(),
                volumes: container
                    .volumes
                    .iter()
                    .map(|volume| HostedVolume {
                        name: volume.name.clone(),
                        path: volume.path.clone(),
                    })
                    .collect(),
                memory_mib: container.memory_bytes.map(mib),
                cpu_millis: container.cpu_millis,
                ..common
            }
        }
    }
}
