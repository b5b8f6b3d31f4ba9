//! What a NanoMQ is configured with: the document that its API tells and takes, the settings that may change while it runs, and the text
//! of its file.

use serde_json::{Map, Value, json};

use super::{Access, DEFAULT_USER, file};

/// What stands for a private key in the configuration that everybody may read. It is none.
pub const PRIVATE_KEY: &str =
    "-----BEGIN PRIVATE KEY-----\nsimulated: this is nobody's key\n-----END PRIVATE KEY-----\n";

/// What may change while it runs, with its first value.
const HOT: [(&str, u64); 6] = [
    ("property_size", 32),
    ("max_packet_size", 10),
    ("client_max_packet_size", 10),
    ("msq_len", 2048),
    ("qos_duration", 10),
    ("keepalive_backoff", 1250),
];

/// One more of these, which is no number.
const ANONYMOUS: &str = "allow_anonymous";

pub(super) struct Settings {
    document: Map<String, Value>,
    hot: Map<String, Value>,
    file: String,
    /// The file was written since the process began.
    is_new: bool,
    port: u16,
}

impl Settings {
    pub(super) fn new(access: &Access, port: u16) -> Self {
        let mut hot: Map<String, Value> = HOT
            .into_iter()
            .map(|(name, value)| (name.to_owned(), json!(value)))
            .collect();
        hot.insert(ANONYMOUS.to_owned(), json!(true));
        Self {
            document: document(access, port),
            hot,
            file: format!("http_server {{\n  port = {port}\n}}\n"),
            is_new: false,
            port,
        }
    }

    /// The whole configuration, secrets in clear.
    pub(super) fn all(&self) -> Value {
        Value::Object(self.document.clone())
    }

    /// One section, secrets in clear.
    pub(super) fn section(&self, name: &str) -> Option<Value> {
        let section = self.document.get(name)?;
        Some(json!({ name: section }))
    }

    /// Takes sections over, each key by itself; what is not known is passed over.
    pub(super) fn merge(&mut self, sections: &Map<String, Value>) {
        for (name, section) in sections {
            match (self.document.get_mut(name), section) {
                (Some(Value::Object(old)), Value::Object(new)) => old.extend(new.clone()),
                (Some(old), new) => *old = new.clone(),
                (None, _) => {}
            }
        }
    }

    /// What may change while it runs.
    pub(super) fn hot(&self) -> Value {
        Value::Object(self.hot.clone())
    }

    /// Takes new values over; what is not known is passed over.
    pub(super) fn reload(&mut self, values: &Map<String, Value>) {
        for (name, value) in values {
            if let Some(old) = self.hot.get_mut(name) {
                *old = value.clone();
            }
        }
    }

    /// The text of the file.
    pub(super) fn file(&self) -> &str {
        &self.file
    }

    /// Overwrites the file; nothing else changes until it is read.
    pub(super) fn write_file(&mut self, text: String) {
        self.file = text;
        self.is_new = true;
    }

    /// Reads the file if it was written, as a new process does, and tells who may call from now on.
    pub(super) fn reread(&mut self, access: &Access) -> Access {
        if self.is_new {
            self.is_new = false;
            let logins = self.document["auth"].take();
            self.document = file::document(&self.file, document(access, self.port), logins);
        }
        match access {
            Access::Basic { .. } => {
                let text = |name: &str| self.document["http_server"][name].as_str();
                Access::Basic {
                    user: text("username").unwrap_or(DEFAULT_USER.0).to_owned(),
                    password: text("password").unwrap_or(DEFAULT_USER.1).to_owned(),
                }
            }
            other => other.clone(),
        }
    }
}

fn document(access: &Access, port: u16) -> Map<String, Value> {
    let (user, password) = match access {
        Access::Basic { user, password } => (user.as_str(), password.as_str()),
        Access::Token { .. } | Access::Open => DEFAULT_USER,
    };
    // As the real one: what is not a token is said to be basic.
    let auth_type = match access {
        Access::Token { .. } => "jwt",
        Access::Basic { .. } | Access::Open => "basic",
    };
    let document = json!({
        "basic": {
            "url": "nmq-tcp://0.0.0.0:1883", "num_taskq_thread": 2, "max_taskq_thread": 2, "parallel": 4, "property_size": 32,
            "msq_len": 2048, "allow_anonymous": true, "daemon": false,
        },
        "tls": {
            "enable": true, "url": "tls+nmq-tcp://0.0.0.0:8883", "key_password": "simulated", "key": PRIVATE_KEY,
            "cert": "-----BEGIN CERTIFICATE-----\nsimulated\n-----END CERTIFICATE-----\n", "cacert": null,
            "verify_peer": false, "fail_if_no_peer_cert": false,
        },
        "auth": [{"login": "device", "password": "device-password"}],
        "auth_http": {"enable": false},
        "websocket": {"enable": true, "url": "nmq-ws://0.0.0.0:8083/mqtt", "tls_url": "nmq-wss://0.0.0.0:8084/mqtt"},
        "http_server": {"enable": true, "port": port, "username": user, "password": password, "auth_type": auth_type},
        "sqlite": {"enable": false, "disk_cache_size": 102_400, "flush_mem_threshold": 100, "resend_interval": 5000},
        "bridge": {"nodes": []},
    });
    match document {
        Value::Object(document) => document,
        _ => Map::new(),
    }
}
