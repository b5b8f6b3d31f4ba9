//! NanoMQ's HTTP API, as 0.25 speaks.
//!
//! It wants user and password or a token, whichever it is set up for, and answers 104 to the other one; 103 is a wrong password,
//! or no key file of that exact name, or another key in it. It asks for an expiry, and takes a token up to 200 s after it.
//! `/configuration` gives away private key and passwords, and a configuration that it cannot read kills it.

mod configuration;
mod sections;
mod text;

use bytes::Bytes;
use http::Method;
use serde_json::Value;

use crate::excerpt::printable;
use crate::product::{Health, KeyPlace, Product, Reading, Tactics};
use crate::{Answer, Call, Configuration, Hazard, Kind, MASKED, hocon, prometheus};
use configuration::NanoMqConfiguration;

/// The base of its API.
const BASE: &str = "/api/v4";

/// Its error numbers.
const ERRORS: std::ops::RangeInclusive<i64> = 101..=118;

/// So long after its end a token is still accepted, in seconds.
const LEEWAY_S: i64 = 200;

/// Words in the names of settings that nobody should see.
const SECRET_WORDS: [&str; 4] = ["password", "passwd", "secret", "token"];

/// Settings that nobody should see, by their whole name.
const SECRET_NAMES: [&str; 2] = ["key", "keypass"];

/// NanoMQ.
pub(crate) struct NanoMq;

impl Product for NanoMq {
    fn kind(&self) -> Kind {
        Kind::NanoMq
    }

    fn title(&self) -> &'static str {
        "NanoMQ"
    }

    fn default_port(&self) -> Option<u16> {
        Some(8081)
    }

    fn audience(&self) -> Option<&'static str> {
        None
    }

    fn takes_basic(&self) -> bool {
        true
    }

    fn key_place(&self) -> Option<KeyPlace> {
        Some(KeyPlace {
            folder: "the folder that http_server.jwt.public.keyfile names",
            hot: false,
            how: "put {file} into a folder that NanoMQ can read, name it in NanoMQ's configuration file and restart NanoMQ; \
                  the file must keep the name {file}",
            setting: "http_server.auth_type = jwt, and http_server.jwt.public.keyfile with the path of {file}; in the \
                      configuration file, because the environment variable for it does not work",
        })
    }

    fn switch_on(&self) -> &'static str {
        "set http_server.auth_type to jwt (or basic, with another password than the one it comes with) in NanoMQ's configuration \
         file, and restart NanoMQ"
    }

    fn proof(&self) -> Call {
        Call::get(format!("{BASE}/brokers"))
    }

    fn read(&self, answer: &Answer) -> Reading {
        if answer.status.is_server_error() {
            return Reading::Failing;
        }
        if answer.status.is_success() && self.version(answer).is_some() {
            return Reading::Accepted;
        }
        match (answer.status.as_u16(), code(answer)) {
            (401, Some(104)) => Reading::NothingSeen,
            (401, Some(103)) => Reading::Refused,
            (401, Some(116)) => Reading::Expired,
            (401 | 403, Some(_)) => Reading::OtherRefusal,
            _ => Reading::Foreign,
        }
    }

    fn tactics(&self) -> Tactics {
        Tactics {
            leeway_s: LEEWAY_S,
            ..Tactics::default()
        }
    }

    fn version(&self, answer: &Answer) -> Option<String> {
        let body = answer.json()?;
        let broker = &body["data"][0];
        // The state tells it from others that have a version.
        broker["node_status"].as_str()?;
        Some(printable(broker["version"].as_str()?))
    }

    fn health_calls(&self) -> Vec<Call> {
        let paths = ["/nodes", "/prometheus"];
        paths.map(|path| Call::get(format!("{BASE}{path}"))).into()
    }

    fn health(&self, answers: &[Option<Answer>]) -> Health {
        let mut health = Health::default();
        let good = |at: usize| {
            let answer = answers.get(at)?.as_ref()?;
            answer.status.is_success().then_some(answer)
        };
        if let Some(body) = good(0).and_then(Answer::json) {
            let node = &body["data"][0];
            let uptime = node["uptime"].as_str().and_then(uptime_s);
            health.add("uptime_s", uptime);
            health.add("connections", node["connections"].as_i64());
            if let Some(status) = node["node_status"].as_str()
                && status != "Running"
            {
                health.troubles.push(format!("it is {}", printable(status)));
            }
        }
        if let Some(answer) = good(1) {
            let text = answer.text();
            for (figure, name) in [
                ("sessions", "nanomq_sessions_count"),
                ("subscribers", "nanomq_subscribers_count"),
                ("messages_received", "nanomq_messages_received"),
                ("messages_sent", "nanomq_messages_sent"),
                ("messages_dropped", "nanomq_messages_dropped"),
            ] {
                health.add(figure, prometheus::value(&text, name));
            }
        }
        health
    }

    fn configuration(&self) -> Option<&'static dyn Configuration> {
        Some(&NanoMqConfiguration)
    }

    fn restart(&self) -> Option<Call> {
        let mut call = Call::get(format!("{BASE}/ctrl/restart"));
        call.method = Method::POST;
        Some(call)
    }

    fn serialised(&self, _path: &str) -> bool {
        true
    }

    fn mask(&self, path: &str, body: Bytes) -> Bytes {
        let Ok(mut value) = serde_json::from_slice::<Value>(&body) else {
            // Cut, or written in a way that is not known: better nothing than a key.
            let hidden = has_secrets(path);
            return if hidden { MASKED.into() } else { body };
        };
        if mask_in(&mut value) {
            value.to_string().into()
        } else {
            body
        }
    }

    fn looks_into(&self, call: &Call) -> bool {
        let path = call.plain_path();
        changes(call) && (is_whole(&path) || has_secrets(&path))
    }

    fn gives_secrets_away(&self) -> bool {
        true
    }

    fn validate(&self, call: &Call) -> Result<(), Hazard> {
        let path = call.plain_path();
        let changes = changes(call);
        let body = call.body.as_deref().unwrap_or_default();
        let whole = is_whole(&path);
        if changes && whole {
            hocon::check(body).map_err(Hazard::BrokenConfiguration)?;
        }
        let masked = body
            .windows(MASKED.len())
            .any(|part| part == MASKED.as_bytes());
        if changes && masked && (whole || has_secrets(&path)) {
            return Err(Hazard::MaskedSecret);
        }
        Ok(())
    }
}

fn changes(call: &Call) -> bool {
    call.method == Method::POST || call.method == Method::PUT
}

/// Whether a path takes the whole configuration.
fn is_whole(path: &str) -> bool {
    path.strip_prefix(BASE) == Some("/config_update")
}

/// Whether a path gives or takes parts of the configuration.
fn has_secrets(path: &str) -> bool {
    let below = path.strip_prefix(BASE).unwrap_or_default();
    ["/configuration", "/bridges"]
        .iter()
        .any(|beginning| below.starts_with(beginning))
}

/// Puts the mask in place of every secret; whether there was one.
fn mask_in(value: &mut Value) -> bool {
    let mut any = false;
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if is_secret(name) && !value.is_object() && !value.is_array() && !value.is_null() {
                    *value = MASKED.into();
                    any = true;
                } else {
                    any |= mask_in(value);
                }
            }
        }
        Value::Array(values) => {
            for value in values {
                any |= mask_in(value);
            }
        }
        Value::String(text) if text.contains("PRIVATE KEY") => {
            *value = MASKED.into();
            any = true;
        }
        _ => {}
    }
    any
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_NAMES.contains(&name.as_str()) || SECRET_WORDS.iter().any(|word| name.contains(word))
}

/// `1 Hours, 2 minutes, 3 seconds` in seconds.
fn uptime_s(text: &str) -> Option<i64> {
    let mut seconds: i64 = 0;
    for part in text.split(',') {
        let (count, unit) = part.trim().split_once(' ')?;
        let count: i64 = count.parse().ok()?;
        let unit = unit.trim().to_ascii_lowercase();
        let worth = match unit.trim_end_matches('s') {
            "day" => 86_400,
            "hour" => 3_600,
            "minute" => 60,
            "second" => 1,
            _ => return None,
        };
        seconds = seconds.checked_add(count.checked_mul(worth)?)?;
    }
    Some(seconds)
}

/// The number in `{"code":103}`.
fn code(answer: &Answer) -> Option<i64> {
    let body = answer.json()?;
    let number = body["code"].as_i64()?;
    ERRORS.contains(&number).then_some(number)
}
