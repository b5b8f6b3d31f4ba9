//! Neuron, as 2.3 to 2.15 speak.
//!
//! It gives one number, 1005, for an unknown issuer and for a wrong key; reads its key folder anew after it has said so; and
//! takes the first key file whose name begins with the issuer. It looks at neither audience nor the time of issue.
//! Calls of `/global` that overlap have made it crash or hang.

mod configuration;

use serde_json::Value;

use crate::excerpt::printable;
use crate::product::{Health, KeyPlace, Product, Reading, Tactics};
use crate::{Answer, Call, Configuration, Kind, prometheus};
pub(crate) use configuration::NeuronConfiguration;

/// The base of its API.
const BASE: &str = "/api/v2";

/// Its error numbers are four digits.
const ERRORS: std::ops::RangeInclusive<i64> = 1000..=9999;

/// Neuron.
pub(crate) struct Neuron;

impl Product for Neuron {
    fn kind(&self) -> Kind {
        Kind::Neuron
    }

    fn title(&self) -> &'static str {
        "Neuron"
    }

    fn default_port(&self) -> Option<u16> {
        Some(7000)
    }

    fn audience(&self) -> Option<&'static str> {
        Some("neuron")
    }

    fn key_place(&self) -> Option<KeyPlace> {
        Some(KeyPlace {
            folder: "certs",
            hot: true,
            how: "copy {file} into the folder certs beside Neuron's program (in a container: certs in its working directory); \
                  Neuron looks there again by itself, at most 8 key files in all",
            setting: "Neuron 2.3 or newer, without --disable_auth and NEURON_DISABLE_AUTH=1",
        })
    }

    fn switch_on(&self) -> &'static str {
        "start Neuron without --disable_auth, disable_auth and NEURON_DISABLE_AUTH=1"
    }

    fn proof(&self) -> Call {
        Call::get(format!("{BASE}/version"))
    }

    fn read(&self, answer: &Answer) -> Reading {
        if answer.status.is_server_error() {
            return Reading::Failing;
        }
        if answer.status.is_success() && self.version(answer).is_some() {
            return Reading::Accepted;
        }
        match (answer.status.as_u16(), error(answer)) {
            (401, Some(1004)) => Reading::NothingSeen,
            (401, Some(1005 | 1009)) => Reading::Refused,
            (403, Some(1006)) => Reading::Expired,
            (403, Some(1007)) => Reading::NotYetValid,
            (401 | 403, Some(_)) => Reading::OtherRefusal,
            _ => Reading::Foreign,
        }
    }

    fn tactics(&self) -> Tactics {
        Tactics {
            twice: true,
            empty_issuer: true,
            ..Tactics::default()
        }
    }

    fn version(&self, answer: &Answer) -> Option<String> {
        let body = answer.json()?;
        // The revision tells it from others that have a version.
        body["revision"].as_str()?;
        Some(printable(body["version"].as_str()?))
    }

    fn health_calls(&self) -> Vec<Call> {
        vec![Call::get(format!("{BASE}/metrics?category=global"))]
    }

    fn health(&self, answers: &[Option<Answer>]) -> Health {
        let mut health = Health::default();
        if let Some(Some(answer)) = answers.first()
            && answer.status.is_success()
        {
            read_metrics(&mut health, &answer.text());
        }
        health
    }

    fn configuration(&self) -> Option<&'static dyn Configuration> {
        Some(&NeuronConfiguration { base: BASE })
    }

    fn serialised(&self, path: &str) -> bool {
        is_global(path, BASE)
    }
}

/// Whether a path is one of those that must not overlap, below this base.
pub(crate) fn is_global(path: &str, base: &str) -> bool {
    let rest = path
        .strip_prefix(base)
        .and_then(|rest| rest.strip_prefix("/global"));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Neuron's global metrics.
pub(crate) fn read_metrics(health: &mut Health, text: &str) {
    let metric = |name: &str| prometheus::value(text, name);
    for (figure, name) in [
        ("uptime_s", "uptime_seconds"),
        ("drivers", "south_nodes_total"),
        ("drivers_running", "south_running_nodes_total"),
        ("drivers_disconnected", "south_disconnected_nodes_total"),
        ("applications", "north_nodes_total"),
        ("applications_running", "north_running_nodes_total"),
        (
            "applications_disconnected",
            "north_disconnected_nodes_total",
        ),
        ("tags", "license_used_tags"),
    ] {
        health.add(figure, metric(name));
    }
    health.complain(
        metric("south_disconnected_nodes_total"),
        "driver",
        "disconnected",
    );
    health.complain(
        metric("north_disconnected_nodes_total"),
        "application",
        "disconnected",
    );
    if metric("core_dumped").is_some_and(|dumps| dumps > 0) {
        health.troubles.push("it has crashed before".to_owned());
    }
}

/// The number in `{"error": 1005}`.
fn error(answer: &Answer) -> Option<i64> {
    let body: Value = answer.json()?;
    let number = body["error"].as_i64()?;
    ERRORS.contains(&number).then_some(number)
}
