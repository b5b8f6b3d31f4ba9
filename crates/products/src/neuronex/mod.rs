//! NeuronEX: Neuron and eKuiper behind one API.
//!
//! What it answers to a bad token is documented only as two numbers, 20203 without a token and 20204 with one that it does not take,
//! whatever the reason. So a wrong clock has to be looked for like a wrong name. Its answers are read leniently.

mod configuration;

use crate::excerpt::printable;
use crate::product::{Health, KeyPlace, Product, Reading, Tactics};
use crate::{Answer, Call, Configuration, Hazard, Kind, ekuiper, neuron};
use configuration::NeuronExConfiguration;

/// The base of its own API.
const BASE: &str = "/api";

/// Where Neuron's calls are.
const NEURON: &str = "/api/neuron";

/// Where eKuiper's calls are.
const EKUIPER: &str = "/api/ekuiper";

/// Its error numbers have five digits.
const ERRORS: std::ops::RangeInclusive<i64> = 10_000..=29_999;

/// NeuronEX.
pub(crate) struct NeuronEx;

impl Product for NeuronEx {
    fn kind(&self) -> Kind {
        Kind::NeuronEx
    }

    fn title(&self) -> &'static str {
        "NeuronEX"
    }

    fn default_port(&self) -> Option<u16> {
        Some(8085)
    }

    fn audience(&self) -> Option<&'static str> {
        Some("neuronex")
    }

    fn key_place(&self) -> Option<KeyPlace> {
        Some(KeyPlace {
            folder: "/opt/neuronex/etc",
            hot: false,
            how: "copy {file} into /opt/neuronex/etc (docker cp {file} <container>:/opt/neuronex/etc/{file}), and restart \
                  NeuronEX if it does not take it up",
            setting: "neither NEURONEX_DISABLE_AUTH=1 nor server.disableAuth",
        })
    }

    fn switch_on(&self) -> &'static str {
        "remove NEURONEX_DISABLE_AUTH=1 and server.disableAuth, and restart NeuronEX"
    }

    fn proof(&self) -> Call {
        Call::get(format!("{BASE}/system"))
    }

    fn read(&self, answer: &Answer) -> Reading {
        if answer.status.is_server_error() {
            return Reading::Failing;
        }
        if answer.status.is_success() && self.version(answer).is_some() {
            return Reading::Accepted;
        }
        match (answer.status.as_u16(), code(answer)) {
            (401 | 403, Some(20_203)) => Reading::NothingSeen,
            (401 | 403, Some(20_205)) => Reading::OtherRefusal,
            (401 | 403, Some(_)) => Reading::Refused,
            _ => Reading::Foreign,
        }
    }

    fn tactics(&self) -> Tactics {
        Tactics {
            mute_about_time: true,
            ..Tactics::default()
        }
    }

    fn version(&self, answer: &Answer) -> Option<String> {
        let body = answer.json()?;
        // The states of its two parts tell it from others that have a version.
        body.get("neuronStatus").or(body.get("ekuiperStatus"))?;
        Some(printable(body["version"].as_str()?))
    }

    fn health_calls(&self) -> Vec<Call> {
        vec![
            self.proof(),
            Call::get(format!("{NEURON}/metrics?category=global")),
            Call::get(format!("{EKUIPER}/rules")),
        ]
    }

    fn health(&self, answers: &[Option<Answer>]) -> Health {
        let mut health = Health::default();
        let good = |at: usize| {
            let answer = answers.get(at)?.as_ref()?;
            answer.status.is_success().then_some(answer)
        };
        if let Some(system) = good(0).and_then(Answer::json) {
            for (part, status) in [("Neuron", "neuronStatus"), ("eKuiper", "ekuiperStatus")] {
                if system[status].as_str().is_some_and(|status| status != "0") {
                    health.troubles.push(format!("its {part} is stopped"));
                }
            }
        }
        if let Some(answer) = good(1) {
            neuron::read_metrics(&mut health, &answer.text());
        }
        if let Some(rules) = good(2).and_then(Answer::json) {
            ekuiper::read_rules(&mut health, &rules);
        }
        health
    }

    fn configuration(&self) -> Option<&'static dyn Configuration> {
        Some(&NeuronExConfiguration)
    }

    fn serialised(&self, path: &str) -> bool {
        neuron::is_global(path, NEURON)
    }

    fn validate(&self, call: &Call) -> Result<(), Hazard> {
        ekuiper::validate_import(call, EKUIPER)
    }
}

/// The number in `{"code":20204,"message":"…"}`.
fn code(answer: &Answer) -> Option<i64> {
    let body = answer.json()?;
    let number = body["code"].as_i64()?;
    ERRORS.contains(&number).then_some(number)
}
