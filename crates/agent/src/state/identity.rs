//! Who the agent is: what enrolment has given it.

use std::fmt;

use edgeward_ids::AgentId;
use edgeward_pki::tls::{ClientIdentity, Trust};
use edgeward_pki::{CertificateInfo, PkiError, certificate_info};
use serde::{Deserialize, Serialize};

/// Key, certificate, and whom to connect to.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// MQTT client id, certificate common name, topic level.
    pub agent: AgentId,
    /// The certificate, PEM.
    pub certificate: String,
    /// The private key, PEM. A secret; it never leaves the device.
    pub key: String,
    /// Which servers are believed.
    pub trust: ServerTrust,
    /// Where MQTT is, as `host:port`, in order of preference.
    pub mqtt: Vec<String>,
    /// Where enrolment and renewal are, as `host:port`, in order of preference.
    pub enrolment: Vec<String>,
    /// The Ed25519 public key of commands, in base64.
    pub command_key: String,
}

/// Which servers are believed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerTrust {
    /// Those of this authority (PEM).
    Authority(String),
    /// Those that the public authorities vouch for.
    PublicRoots,
}

impl Identity {
    /// For the TLS client.
    pub fn client(&self) -> ClientIdentity {
        ClientIdentity {
            certificate_pem: self.certificate.clone(),
            key_pem: self.key.clone(),
        }
    }

    /// For the TLS client.
    pub fn server_trust(&self) -> Trust {
        match &self.trust {
            ServerTrust::Authority(pem) => Trust::Authority(pem.clone()),
            ServerTrust::PublicRoots => Trust::PublicRoots,
        }
    }

    /// What the certificate says.
    ///
    /// # Errors
    /// It does not parse.
    pub fn certificate_info(&self) -> Result<CertificateInfo, PkiError> {
        certificate_info(&self.certificate)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("agent", &self.agent)
            .field("mqtt", &self.mqtt)
            .finish_non_exhaustive()
    }
}
