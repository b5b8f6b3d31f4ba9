//! What a process that begins makes of its configuration file: what the file does not mention is as it comes.

use serde_json::{Map, Value, json};

use super::DEFAULT_USER;
use super::hocon;
use super::settings::PRIVATE_KEY;

/// Settings of the file, and where the document has them; behind a dot at the end comes any name.
const PLACES: [(&str, &str); 13] = [
    ("mqtt.max_mqueue_len", "basic/msq_len"),
    ("mqtt.", "basic/"),
    ("system.", "basic/"),
    ("auth.allow_anonymous", "basic/allow_anonymous"),
    ("listeners.ssl.key_password", "tls/key_password"),
    ("listeners.ssl.verify_peer", "tls/verify_peer"),
    (
        "listeners.ssl.fail_if_no_peer_cert",
        "tls/fail_if_no_peer_cert",
    ),
    ("http_server.username", "http_server/username"),
    ("http_server.password", "http_server/password"),
    ("http_server.auth_type", "http_server/auth_type"),
    ("http_server.limit_conn", "http_server/limit_conn"),
    ("sqlite.", "sqlite/"),
    ("auth.http_auth.", "auth_http/"),
];

/// Settings that are addresses, where the document has them, and with what around them.
const ADDRESSES: [(&str, &str, &str, &str); 4] = [
    ("listeners.tcp.bind", "basic/url", "nmq-tcp://", ""),
    ("listeners.ssl.bind", "tls/url", "tls+nmq-tcp://", ""),
    ("listeners.ws.bind", "websocket/url", "nmq-ws://", "/mqtt"),
    (
        "listeners.wss.bind",
        "websocket/tls_url",
        "nmq-wss://",
        "/mqtt",
    ),
];

/// The document by this file, over the one of a process without a file. The logins are in another file, which stays.
pub(super) fn document(
    text: &str,
    mut document: Map<String, Value>,
    logins: Value,
) -> Map<String, Value> {
    let values = hocon::values(text);
    let has_key = values.contains_key("listeners.ssl.keyfile");
    document["tls"]["enable"] = json!(has_key);
    document["tls"]["key"] = if has_key {
        json!(PRIVATE_KEY)
    } else {
        Value::Null
    };
    document["tls"]["key_password"] = Value::Null;
    document["http_server"]["username"] = json!(DEFAULT_USER.0);
    document["http_server"]["password"] = json!(DEFAULT_USER.1);
    let knows_logins = values.keys().any(|name| name.starts_with("auth.password"));
    document["auth"] = if knows_logins { logins } else { json!([]) };
    for (name, value) in values {
        let place = PLACES.iter().find_map(|(known, place)| {
            let rest = name.strip_prefix(known)?;
            (rest.is_empty() || known.ends_with('.')).then(|| format!("{place}{rest}"))
        });
        if let Some((section, field)) = place.as_deref().and_then(|place| place.split_once('/')) {
            document[section][field] = value;
            continue;
        }
        let address = ADDRESSES.iter().find(|(known, ..)| *known == name);
        if let (Some((_, place, scheme, page)), Some(bind)) = (address, value.as_str())
            && let Some((section, field)) = place.split_once('/')
        {
            document[section][field] = json!(format!("{scheme}{bind}{page}"));
        }
    }
    document
}
