//! The keys of `control_plane`: whose control plane it is, and how an iot-agent's is believed.

use std::path::PathBuf;

use edgeward_runtime::config::Problems;
use serde::Deserialize;

/// Which control plane the agent belongs to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum ControlPlaneConfig {
    /// Edgeward's, if the device has joined one; otherwise that of an iot-agent, if the file `params` is there.
    #[default]
    Found,
    /// `kind: edgeward`, whatever else is there.
    Edgeward,
    /// `kind: iot`, whatever else is there.
    Iot,
}

/// How the servers of an iot-agent are reached and believed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IotConfig {
    /// `url`: the identity service; absent, the file `params` says.
    pub url: Option<String>,
    /// `identity_ca_file`: who vouches for the identity service; absent, the public authorities.
    pub identity_ca_file: Option<PathBuf>,
    /// `broker_ca_file`: who vouches for the broker; absent, the public authorities.
    pub broker_ca_file: Option<PathBuf>,
    /// `verify_broker`: whether the broker has to prove who it is. The servers that exist hand out no authority for it.
    pub verify_broker: bool,
}

impl Default for IotConfig {
    fn default() -> Self {
        Self {
            url: None,
            identity_ca_file: None,
            broker_ca_file: None,
            verify_broker: true,
        }
    }
}

/// `control_plane` as it is written.
#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub(super) struct File {
    kind: Option<Kind>,
    url: Option<String>,
    identity_ca_file: Option<PathBuf>,
    broker_ca_file: Option<PathBuf>,
    verify_broker: Option<bool>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Edgeward,
    Iot,
}

pub(super) fn check(file: File, problems: &mut Problems) -> (ControlPlaneConfig, IotConfig) {
    let kind = match (file.kind, &file.url) {
        (Some(Kind::Edgeward), Some(_)) => {
            let message = "only with kind: iot; an Edgeward is joined with \"edgeward-agent join\"";
            problems.add("control_plane.url", message);
            ControlPlaneConfig::Edgeward
        }
        (Some(Kind::Edgeward), None) => ControlPlaneConfig::Edgeward,
        (Some(Kind::Iot), _) | (None, Some(_)) => ControlPlaneConfig::Iot,
        (None, None) => ControlPlaneConfig::Found,
    };
    if let Some(url) = &file.url
        && let Err(error) = crate::params::check_url(url)
    {
        problems.add("control_plane.url", error.to_string());
    }
    let verify_broker = file.verify_broker.unwrap_or(true);
    if !verify_broker && file.broker_ca_file.is_some() {
        let message = "either name who vouches for the broker, or do not have it verified";
        problems.add("control_plane.verify_broker", message);
    }
    let iot = IotConfig {
        url: file.url,
        identity_ca_file: file.identity_ca_file,
        broker_ca_file: file.broker_ca_file,
        verify_broker,
    };
    (kind, iot)
}
