//! Containers and their volumes.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::time::{SystemTime, UNIX_EPOCH};

use bollard::models::{
    ContainerCreateBody, ContainerInspectResponse, HealthStatusEnum, HostConfig, PortBinding,
    RestartPolicy, RestartPolicyNameEnum, VolumeCreateRequest,
};
use bollard::query_parameters::{
    CreateContainerOptions, ListVolumesOptions, LogsOptions, RemoveContainerOptions,
    RemoveVolumeOptions, RenameContainerOptions, StopContainerOptions,
};
use edgeward_wire::hosting::Container;
use futures::{StreamExt as _, pin_mut};

use super::{AGENT_LABEL, Engine, EngineError, SERVICE_LABEL, SPEC_LABEL};

/// How long a container may take to end by itself when it is stopped, in seconds.
const STOP_GRACE_S: i32 = 20;

/// How many of the last lines that a container has written are shown.
const LAST_LINES: &str = "5";

/// How much of them, in characters.
const LAST_LINES_CHARS: usize = 300;

/// A thousandth of a core, as the engine counts.
const NANO_CPUS_PER_MILLI: i64 = 1_000_000;

/// A container that is there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Found {
    /// What it was made for.
    pub(crate) labels: Labels,
    /// The image, as it was named.
    pub(crate) image: String,
    /// Whether it runs, and has not just ended and is about to be started again.
    pub(crate) running: bool,
    /// Whether the engine starts it again and again.
    pub(crate) restarting: bool,
    /// How often the engine has started it again.
    pub(crate) restarts: i64,
    /// How it ended.
    pub(crate) exit_code: i64,
    /// Why it could not be started.
    pub(crate) error: String,
    /// What its own check says.
    pub(crate) health: Health,
    /// When it was started last, in microseconds since 1970; 0 if never.
    pub(crate) started_at_us: u64,
    /// Where on 127.0.0.1 its own port is.
    pub(crate) port: Option<u16>,
}

/// What a container's own check says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Health {
    /// It has none.
    None,
    /// Not known yet.
    Starting,
    /// Healthy.
    Healthy,
    /// Not healthy.
    Unhealthy,
}

/// What a container was made for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Labels {
    /// By which agent.
    pub(crate) agent: String,
    /// For which service.
    pub(crate) service: String,
    /// From which specification.
    pub(crate) spec: String,
}

/// A container that is to be made.
#[derive(Debug)]
pub(crate) struct Making<'a> {
    /// What it is to be called.
    pub(crate) name: &'a str,
    /// For which service.
    pub(crate) service: &'a str,
    /// From which specification.
    pub(crate) spec: &'a str,
    /// Its own port.
    pub(crate) port: u16,
    /// The rest.
    pub(crate) container: &'a Container,
}

impl Engine {
    /// The container of this name.
    pub(crate) async fn find(&self, name: &str) -> Result<Option<Found>, EngineError> {
        let docker = self.docker().await?;
        match docker.inspect_container(name, None).await {
            Ok(answer) => Ok(Some(found(answer))),
            Err(error) => match self.failed(format!("look for the container {name}"), error) {
                error if error.is_missing() => Ok(None),
                error => Err(error),
            },
        }
    }

    /// Makes a container, and its volumes where they are not there yet; does not start it.
    pub(crate) async fn create(&self, making: &Making<'_>) -> Result<(), EngineError> {
        let docker = self.docker().await?;
        let labels = HashMap::from([
            (AGENT_LABEL.to_owned(), self.agent.clone()),
            (SERVICE_LABEL.to_owned(), making.service.to_owned()),
        ]);
        for volume in &making.container.volumes {
            let name = volume_name(making.service, &volume.name);
            let request = VolumeCreateRequest {
                name: Some(name.clone()),
                labels: Some(labels.clone()),
                ..VolumeCreateRequest::default()
            };
            let made = docker.create_volume(request).await;
            made.map_err(|error| self.failed(format!("make the volume {name}"), error))?;
        }
        let name = making.name.to_owned();
        let options = CreateContainerOptions {
            name: Some(name.clone()),
            ..CreateContainerOptions::default()
        };
        let made = docker
            .create_container(Some(options), body(making, labels))
            .await;
        made.map(drop)
            .map_err(|error| self.failed(format!("make the container {name}"), error))
    }

    /// Starts it; nothing happens if it runs.
    pub(crate) async fn start(&self, name: &str) -> Result<(), EngineError> {
        let docker = self.docker().await?;
        let started = docker.start_container(name, None).await.map(drop);
        self.done(format!("start the container {name}"), started)
    }

    /// Stops it; nothing happens if it does not run.
    pub(crate) async fn stop(&self, name: &str) -> Result<(), EngineError> {
        let docker = self.docker().await?;
        let options = StopContainerOptions {
            t: Some(STOP_GRACE_S),
            ..StopContainerOptions::default()
        };
        let stopped = docker.stop_container(name, Some(options)).await.map(drop);
        self.done(format!("stop the container {name}"), stopped)
    }

    /// Calls it otherwise.
    pub(crate) async fn rename(&self, name: &str, to: &str) -> Result<(), EngineError> {
        let docker = self.docker().await?;
        let options = RenameContainerOptions {
            name: to.to_owned(),
        };
        let renamed = docker.rename_container(name, options).await;
        renamed.map_err(|error| self.failed(format!("rename the container {name} to {to}"), error))
    }

    /// Removes it, whether it runs or not, and leaves its volumes; nothing happens if it is not there.
    pub(crate) async fn remove(&self, name: &str) -> Result<(), EngineError> {
        let docker = self.docker().await?;
        let options = RemoveContainerOptions {
            // Those that the image makes without a name; nobody could find them again.
            v: true,
            force: true,
            ..RemoveContainerOptions::default()
        };
        let removed = docker.remove_container(name, Some(options)).await;
        self.done(format!("remove the container {name}"), removed)
    }

    /// The names of the volumes of a service.
    pub(crate) async fn volumes(&self, service: &str) -> Result<Vec<String>, EngineError> {
        let docker = self.docker().await?;
        let labels = vec![
            format!("{AGENT_LABEL}={}", self.agent),
            format!("{SERVICE_LABEL}={service}"),
        ];
        let options = ListVolumesOptions {
            filters: Some(HashMap::from([("label".to_owned(), labels)])),
        };
        let listed = docker.list_volumes(Some(options)).await;
        let listed =
            listed.map_err(|error| self.failed(format!("list the volumes of {service}"), error))?;
        let volumes = listed.volumes.unwrap_or_default().into_iter();
        Ok(volumes.map(|volume| volume.name).collect())
    }

    /// Removes a volume with what is in it; nothing happens if it is not there.
    pub(crate) async fn remove_volume(&self, name: &str) -> Result<(), EngineError> {
        let docker = self.docker().await?;
        let removed = docker
            .remove_volume(name, None::<RemoveVolumeOptions>)
            .await;
        self.done(format!("remove the volume {name}"), removed)
    }

    /// The last that it has written, in one line; empty if it has written nothing.
    pub(crate) async fn last_lines(&self, name: &str) -> String {
        let Ok(docker) = self.docker().await else {
            return String::new();
        };
        let options = LogsOptions {
            stdout: true,
            stderr: true,
            tail: LAST_LINES.to_owned(),
            ..LogsOptions::default()
        };
        let lines = docker.logs(name, Some(options));
        pin_mut!(lines);
        let mut text = String::new();
        while let Some(Ok(line)) = lines.next().await {
            text.push_str(&String::from_utf8_lossy(line.as_ref()));
        }
        let lines: Vec<_> = text.lines().map(str::trim).collect();
        let text = lines.join(" / ").replace(char::is_control, " ");
        let chars = text.chars().count();
        let kept = text.chars().skip(chars.saturating_sub(LAST_LINES_CHARS));
        kept.collect()
    }

    fn done(
        &self,
        attempt: String,
        result: Result<(), bollard::errors::Error>,
    ) -> Result<(), EngineError> {
        match result.map_err(|error| self.failed(attempt, error)) {
            Err(error) if error.is_so_already() => Ok(()),
            // Whoever starts a container has just found or made it; for the others it is as it is to be.
            Err(EngineError::Refused {
                attempt, status, ..
            }) if status == super::NOT_FOUND && !attempt.starts_with("start") => Ok(()),
            result => result,
        }
    }
}

/// What the engine calls a service's volume.
fn volume_name(service: &str, volume: &str) -> String {
    format!("edgeward-{service}-{volume}")
}

fn body(making: &Making<'_>, mut labels: HashMap<String, String>) -> ContainerCreateBody {
    let Making {
        service,
        spec,
        port,
        container,
        ..
    } = *making;
    labels.insert(SPEC_LABEL.to_owned(), spec.to_owned());
    let own = format!("{port}/tcp");
    let mut bindings: HashMap<String, Option<Vec<PortBinding>>> = HashMap::new();
    let mut publish = |inside: String, address: Option<Ipv4Addr>, host: String| {
        let binding = PortBinding {
            host_ip: address.map(|address| address.to_string()),
            host_port: Some(host),
        };
        let all = bindings.entry(inside).or_default();
        all.get_or_insert_default().push(binding);
    };
    // Which port of the device is left to the engine.
    publish(own, Some(Ipv4Addr::LOCALHOST), String::new());
    for port in &container.ports {
        let protocol = if port.udp { "udp" } else { "tcp" };
        let inside = format!("{}/{protocol}", port.container);
        publish(inside, None, port.host.to_string());
    }
    let volumes = container.volumes.iter();
    let volumes = volumes.map(|one| format!("{}:{}", volume_name(service, &one.name), one.path));
    let host = HostConfig {
        binds: Some(volumes.collect()),
        restart_policy: Some(RestartPolicy {
            name: Some(RestartPolicyNameEnum::UNLESS_STOPPED),
            maximum_retry_count: None,
        }),
        privileged: Some(false),
        security_opt: Some(vec!["no-new-privileges".to_owned()]),
        memory: container
            .memory_bytes
            .map(|bytes| i64::try_from(bytes).unwrap_or(i64::MAX)),
        nano_cpus: container
            .cpu_millis
            .map(|millis| i64::from(millis) * NANO_CPUS_PER_MILLI),
        port_bindings: Some(bindings.clone()),
        ..HostConfig::default()
    };
    let command = &container.command;
    let environment = container.environment.iter();
    ContainerCreateBody {
        hostname: Some(service.to_owned()),
        image: Some(container.image.clone()),
        cmd: (!command.is_empty()).then(|| command.clone()),
        env: Some(
            environment
                .map(|(name, value)| format!("{name}={value}"))
                .collect(),
        ),
        exposed_ports: Some(bindings.into_keys().collect()),
        labels: Some(labels),
        host_config: Some(host),
        ..ContainerCreateBody::default()
    }
}

fn found(answer: ContainerInspectResponse) -> Found {
    let config = answer.config.unwrap_or_default();
    let state = answer.state.unwrap_or_default();
    let mut labels = config.labels.unwrap_or_default();
    let mut label = |name: &str| labels.remove(name).unwrap_or_default();
    let restarting = state.restarting.unwrap_or_default();
    let health = state.health.and_then(|health| health.status);
    let ports = answer.network_settings.and_then(|network| network.ports);
    let local = Ipv4Addr::LOCALHOST.to_string();
    let port = ports
        .into_iter()
        .flatten()
        .flat_map(|(_, bindings)| bindings.unwrap_or_default())
        .find(|binding| binding.host_ip.as_deref() == Some(&local))
        .and_then(|binding| binding.host_port?.parse().ok());
    let started_at = state.started_at.unwrap_or_default();
    Found {
        labels: Labels {
            agent: label(AGENT_LABEL),
            service: label(SERVICE_LABEL),
            spec: label(SPEC_LABEL),
        },
        image: config.image.unwrap_or_default(),
        running: state.running.unwrap_or_default() && !restarting,
        restarting,
        restarts: answer.restart_count.unwrap_or_default(),
        exit_code: state.exit_code.unwrap_or_default(),
        error: state.error.unwrap_or_default(),
        health: match health {
            Some(HealthStatusEnum::STARTING) => Health::Starting,
            Some(HealthStatusEnum::HEALTHY) => Health::Healthy,
            Some(HealthStatusEnum::UNHEALTHY) => Health::Unhealthy,
            _ => Health::None,
        },
        started_at_us: edgeward_snapd::parse_time(&started_at).map_or(0, micros),
        port,
    }
}

/// The engine writes the year 1 for never.
fn micros(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or_default()
}
