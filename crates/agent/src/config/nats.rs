//! The keys of the NATS API: `nats`.

use std::fmt;

use edgeward_runtime::config::Problems;
use serde::Deserialize;

/// How local programs reach snapd through the agent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NatsConfig {
    /// `url`: where the NATS server is.
    pub url: String,
    /// `snapd.password`: the password of the user `snapd` there. Without one there is no NATS API: no password is built in.
    pub password: Option<Secret>,
}

/// A text that is not shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl NatsConfig {
    /// Host and port of the server.
    pub fn address(&self) -> String {
        let address = self.url.strip_prefix(SCHEME).unwrap_or(&self.url);
        let has_port = address.rsplit_once(':').is_some_and(|(_, port)| {
            !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
        });
        if has_port {
            address.to_owned()
        } else {
            format!("{address}:{DEFAULT_PORT}")
        }
    }
}

impl Default for NatsConfig {
    fn default() -> Self {
        Self {
            url: "nats://localhost:4222".to_owned(),
            password: None,
        }
    }
}

const SCHEME: &str = "nats://";

/// Where NATS servers listen.
const DEFAULT_PORT: u16 = 4222;

/// The longest password, in bytes.
const MAX_PASSWORD_BYTES: usize = 1024;

/// `nats` as it is written.
#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub(super) struct File {
    url: Option<String>,
    snapd: Snapd,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Snapd {
    password: Option<String>,
}

pub(super) fn check(file: File, problems: &mut Problems) -> NatsConfig {
    let default = NatsConfig::default();
    let url = file.url.unwrap_or(default.url);
    let rest = url.strip_prefix(SCHEME).unwrap_or_default();
    if rest.is_empty() || rest.contains(['/', '@', '?', '#', ' ']) {
        let message = "write scheme, host and port, such as nats://localhost:4222".to_owned();
        problems.add("nats.url", message);
    }
    let password = file.snapd.password;
    if let Some(password) = &password {
        if password.is_empty() {
            let message = "write a password, or leave it out; then there is no NATS API".to_owned();
            problems.add("nats.snapd.password", message);
        } else if password.len() > MAX_PASSWORD_BYTES {
            let message = format!("the password is longer than {MAX_PASSWORD_BYTES} bytes");
            problems.add("nats.snapd.password", message);
        }
    }
    NatsConfig {
        url,
        password: password.map(Secret),
    }
}
