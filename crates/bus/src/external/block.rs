//! The `mqtt:` block of the configuration: ten keys that operators already have, by the names they know.

use std::fmt;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use edgeward_pki::PkiError;
use edgeward_pki::tls::{ClientIdentity, Connector, Trust};
use serde::{Deserialize, Serialize, Serializer};

/// The longest wait that can be asked for.
const MAX_SECONDS: u64 = 3600;

/// The largest certificate or key file.
const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// How to reach an operator's own MQTT broker. An empty text counts as absent.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MqttBlock {
    /// Whether to speak TLS.
    #[serde(rename = "useSSL", default)]
    pub use_ssl: bool,
    /// The broker, as `<host>:<port>`; an IPv6 address stands in brackets.
    pub addr: String,
    /// The user name, if the broker wants one.
    #[serde(default)]
    pub username: String,
    /// The password, if the broker wants one.
    #[serde(default, serialize_with = "hidden")]
    pub password: String,
    /// The longest wait before connecting again, in seconds, 1 to 3600.
    #[serde(
        rename = "maxReconnectInterval",
        default = "default_max_reconnect_interval_s"
    )]
    pub max_reconnect_interval_s: u64,
    /// How long connecting may take, in seconds, 1 to 3600.
    #[serde(rename = "connectTimeout", default = "default_connect_timeout_s")]
    pub connect_timeout_s: u64,
    /// Whether the broker forgets this client when the connection ends.
    #[serde(rename = "cleanSession", default = "yes")]
    pub clean_session: bool,
    /// Whether the broker's certificate is checked; with TLS only.
    #[serde(rename = "verifyCertificate", default = "yes")]
    pub verify_certificate: bool,
    /// The authority that vouches for the broker, a PEM file; the public authorities when absent.
    #[serde(rename = "cacertFile", default)]
    pub cacert_file: String,
    /// This side's certificate, a PEM file; with `keyFile`.
    #[serde(rename = "certFile", default)]
    pub cert_file: String,
    /// This side's key, a PEM file; with `certFile`.
    #[serde(rename = "keyFile", default)]
    pub key_file: String,
}

/// Why the settings cannot work.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// `addr` is something else.
    #[error("mqtt.addr \"{0}\" is not <host>:<port>, such as broker.example.com:1883")]
    Address(String),
    /// A number of seconds is zero or too large.
    #[error("mqtt.{key} is {value} seconds; 1 to {MAX_SECONDS} are allowed")]
    Seconds {
        /// The key.
        key: &'static str,
        /// Its value.
        value: u64,
    },
    /// A certificate without its key, or a key without its certificate.
    #[error("mqtt.{present} is set, but mqtt.{missing} is not; a client certificate needs both")]
    HalfIdentity {
        /// The key that is set.
        present: &'static str,
        /// The key that is not.
        missing: &'static str,
    },
    /// A file cannot be read.
    #[error("cannot read mqtt.{key}: {}", path.display())]
    File {
        /// The key.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// What is in the files does not make a TLS configuration.
    #[error("cannot use the certificates of the mqtt settings")]
    Certificates(#[source] PkiError),
}

impl MqttBlock {
    /// Whether it can work, as far as that can be known without the broker; reads the files it names.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.host_and_port()?;
        for (key, value) in [
            ("maxReconnectInterval", self.max_reconnect_interval_s),
            ("connectTimeout", self.connect_timeout_s),
        ] {
            if !(1..=MAX_SECONDS).contains(&value) {
                return Err(ConfigError::Seconds { key, value });
            }
        }
        self.connector().map(drop)
    }

    /// The host, without brackets, and the port.
    pub(super) fn host_and_port(&self) -> Result<(&str, u16), ConfigError> {
        let wrong = || ConfigError::Address(self.addr.clone());
        let (host, port) = self.addr.rsplit_once(':').ok_or_else(wrong)?;
        let port = port.parse().ok().filter(|port| *port != 0);
        let bracketed = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        let host = match bracketed {
            Some(address) => address,
            None if host.contains([':', '/', '[', ']', '@', ' ']) => return Err(wrong()),
            None => host,
        };
        match port {
            Some(port) if !host.is_empty() => Ok((host, port)),
            _ => Err(wrong()),
        }
    }

    pub(super) fn connect_timeout(&self) -> Duration {
        Duration::from_secs(self.connect_timeout_s)
    }

    pub(super) fn max_reconnect_interval(&self) -> Duration {
        Duration::from_secs(self.max_reconnect_interval_s)
    }

    /// The user name and password, where set. A password without a user name is none.
    pub(super) fn credentials(&self) -> (Option<String>, Option<String>) {
        let username = Some(self.username.clone()).filter(|text| !text.is_empty());
        let password = Some(self.password.clone()).filter(|text| !text.is_empty());
        match username {
            Some(username) => (Some(username), password),
            None => (None, None),
        }
    }

    /// How to speak TLS, made from the files as they are now; `None` without TLS.
    pub(super) fn connector(&self) -> Result<Option<Connector>, ConfigError> {
        if !self.use_ssl {
            return Ok(None);
        }
        let trust = if !self.verify_certificate {
            Trust::Unverified
        } else if self.cacert_file.is_empty() {
            Trust::PublicRoots
        } else {
            Trust::Authority(read("cacertFile", &self.cacert_file)?)
        };
        let half = |present, missing| ConfigError::HalfIdentity { present, missing };
        let identity = match (self.cert_file.is_empty(), self.key_file.is_empty()) {
            (true, true) => None,
            (false, true) => return Err(half("certFile", "keyFile")),
            (true, false) => return Err(half("keyFile", "certFile")),
            (false, false) => Some(ClientIdentity {
                certificate_pem: read("certFile", &self.cert_file)?,
                key_pem: read("keyFile", &self.key_file)?,
            }),
        };
        Connector::new(trust, identity.as_ref(), &[])
            .map(Some)
            .map_err(ConfigError::Certificates)
    }
}

impl fmt::Debug for MqttBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MqttBlock")
            .field("addr", &self.addr)
            .field("use_ssl", &self.use_ssl)
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

fn read(key: &'static str, path: &str) -> Result<String, ConfigError> {
    let failed = |source| ConfigError::File {
        key,
        path: path.into(),
        source,
    };
    if fs::metadata(path).map_err(failed)?.len() > MAX_FILE_BYTES {
        return Err(failed(io::ErrorKind::FileTooLarge.into()));
    }
    fs::read_to_string(path).map_err(failed)
}

/// The password is never printed; that there is one, is.
fn hidden<S: Serializer>(password: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(if password.is_empty() { "" } else { "<hidden>" })
}

fn default_max_reconnect_interval_s() -> u64 {
    3
}

fn default_connect_timeout_s() -> u64 {
    8
}

fn yes() -> bool {
    true
}
