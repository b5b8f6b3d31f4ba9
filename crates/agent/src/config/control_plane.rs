//! The keys of `control_plane`: whose control plane it is, and how an iot-agent's is believed.

use std::fs;
use std::path::PathBuf;

use edgeward_pki::Fingerprint;
use edgeward_pki::tls::Trust;
use edgeward_runtime::config::Problems;
use serde::Deserialize;

use crate::dial::Address;

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

/// Where a device without an identity enrols by itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EnrolmentConfig {
    /// `address`: the control plane's agent port, as `host:port`.
    pub address: String,
    /// Why it is believed.
    pub trust: TrustSource,
}

/// Why a control plane is believed before the device has an identity.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TrustSource {
    /// `ca_fingerprint`: its certificate authority has this SHA-256.
    Fingerprint(Fingerprint),
    /// `ca_file`: its certificate authority is in this file.
    File(PathBuf),
    /// `public_certificate`: it has a certificate of a public authority.
    PublicCertificate,
}

impl TrustSource {
    /// What that comes to.
    ///
    /// # Errors
    /// The file cannot be read; which and why.
    pub fn trust(&self) -> Result<Trust, String> {
        match self {
            Self::Fingerprint(fingerprint) => Ok(Trust::Pinned(*fingerprint)),
            Self::File(file) => fs::read_to_string(file)
                .map(Trust::Authority)
                .map_err(|error| format!("cannot read {}: {error}", file.display())),
            Self::PublicCertificate => Ok(Trust::PublicRoots),
        }
    }
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
    /// `snap_hashes`: whether lists are of version 2 and signs of life carry hashes, as servers of 2023 understand it. Canonical's
    /// read no list of version 2.
    pub snap_hashes: bool,
}

impl Default for IotConfig {
    fn default() -> Self {
        Self {
            url: None,
            identity_ca_file: None,
            broker_ca_file: None,
            verify_broker: true,
            snap_hashes: false,
        }
    }
}

/// `control_plane` as it is written.
#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub(super) struct File {
    kind: Option<Kind>,
    address: Option<String>,
    ca_fingerprint: Option<String>,
    ca_file: Option<PathBuf>,
    public_certificate: bool,
    url: Option<String>,
    identity_ca_file: Option<PathBuf>,
    broker_ca_file: Option<PathBuf>,
    verify_broker: Option<bool>,
    snap_hashes: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Edgeward,
    Iot,
}

/// What `control_plane` comes to.
pub(super) struct Checked {
    pub(super) kind: ControlPlaneConfig,
    pub(super) enrolment: Option<EnrolmentConfig>,
    pub(super) iot: IotConfig,
}

pub(super) fn check(file: File, problems: &mut Problems) -> Checked {
    let enrolment = check_enrolment(&file, problems);
    let kind = match (file.kind, &file.url) {
        (Some(Kind::Edgeward), Some(_)) => {
            let message = "only with kind: iot; where an Edgeward is, says control_plane.address";
            problems.add("control_plane.url", message);
            ControlPlaneConfig::Edgeward
        }
        (Some(Kind::Edgeward), None) => ControlPlaneConfig::Edgeward,
        (Some(Kind::Iot), _) | (None, Some(_)) => ControlPlaneConfig::Iot,
        (None, None) if file.address.is_some() => ControlPlaneConfig::Edgeward,
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
        snap_hashes: file.snap_hashes,
    };
    Checked {
        kind,
        enrolment,
        iot,
    }
}

fn check_enrolment(file: &File, problems: &mut Problems) -> Option<EnrolmentConfig> {
    let fingerprint = file.ca_fingerprint.as_ref().map(|text| {
        text.parse::<Fingerprint>().map_err(|error| {
            problems.add("control_plane.ca_fingerprint", error.to_string());
        })
    });
    let mut reasons = Vec::new();
    if let Some(fingerprint) = fingerprint {
        reasons.push(fingerprint.ok().map(TrustSource::Fingerprint));
    }
    if let Some(path) = &file.ca_file {
        reasons.push(Some(TrustSource::File(path.clone())));
    }
    if file.public_certificate {
        reasons.push(Some(TrustSource::PublicCertificate));
    }
    let address = match &file.address {
        Some(address) => address,
        None => {
            if !reasons.is_empty() {
                let message = "where the control plane is, is missing; add address, such as edge.example.com:8883";
                problems.add("control_plane", message);
            }
            return None;
        }
    };
    if file.kind == Some(Kind::Iot) || file.url.is_some() {
        let message =
            "only for an Edgeward; where an iot-agent's servers are, says control_plane.url";
        problems.add("control_plane.address", message);
    }
    if let Err(error) = address.parse::<Address>() {
        problems.add("control_plane.address", error.to_string());
    }
    if reasons.len() != 1 {
        let message = "why the control plane may be believed must be said in one way: ca_fingerprint (shown where the control \
             plane started), ca_file or public_certificate: true";
        problems.add("control_plane.address", message);
    }
    let trust = reasons.pop()??;
    Some(EnrolmentConfig {
        address: address.clone(),
        trust,
    })
}
