//! eKuiper's REST API, as 1.4 to 1.14 and 2 speak.
//!
//! It wants the bare token without a scheme, and says in words why it refuses one; up to 1.11 with the token in the text. `/`
//! and `/ping` are open to everybody. A full import deletes everything first.

mod configuration;

use http::Method;
use serde_json::Value;

use crate::excerpt::printable;
use crate::product::{Health, KeyPlace, Product, Reading, Tactics};
use crate::{Answer, Call, Configuration, Hazard, Kind};
pub(crate) use configuration::EKuiperConfiguration;

/// eKuiper.
pub(crate) struct EKuiper;

/// Parts of its refusals, and what they say; the first that fits.
const REFUSALS: [(&str, Reading); 11] = [
    ("missing_token", Reading::NothingSeen),
    ("not found target key file", Reading::NoKey),
    ("no such file or directory", Reading::NoKey),
    ("invalid key", Reading::OtherKey),
    ("signature is invalid", Reading::OtherKey),
    ("verification error", Reading::OtherKey),
    ("token is expired", Reading::Expired),
    ("not valid yet", Reading::NotYetValid),
    ("used before issued", Reading::NotYetValid),
    ("audience field should", Reading::OtherRefusal),
    ("validate token error", Reading::OtherRefusal),
];

/// Calls that import, below the base.
const IMPORTS: [&str; 3] = ["/data/import", "/async/data/import", "/v2/data/import"];

/// How refusals up to 1.11 begin.
const OLD_REFUSAL: &str = "JWTVAL__ERRCODE";

impl Product for EKuiper {
    fn kind(&self) -> Kind {
        Kind::EKuiper
    }

    fn title(&self) -> &'static str {
        "eKuiper"
    }

    fn default_port(&self) -> Option<u16> {
        Some(9081)
    }

    fn audience(&self) -> Option<&'static str> {
        Some("eKuiper")
    }

    fn authorization(&self, token: &str) -> String {
        token.to_owned()
    }

    fn key_place(&self) -> Option<KeyPlace> {
        Some(KeyPlace {
            folder: "etc/mgmt",
            hot: true,
            how: "copy {file} into the folder etc/mgmt of eKuiper's installation; eKuiper reads it at each call",
            setting: "basic.authentication: true in etc/kuiper.yaml, or KUIPER__BASIC__AUTHENTICATION=true",
        })
    }

    fn switch_on(&self) -> &'static str {
        "set basic.authentication to true in etc/kuiper.yaml (or KUIPER__BASIC__AUTHENTICATION=true), and restart eKuiper"
    }

    fn proof(&self) -> Call {
        Call::get("/rules")
    }

    fn read(&self, answer: &Answer) -> Reading {
        if answer.status.is_server_error() {
            return Reading::Failing;
        }
        if answer.status.is_success() && is_list_of_rules(answer) {
            return Reading::Accepted;
        }
        if answer.status.as_u16() != 401 || answer.is_page() {
            return Reading::Foreign;
        }
        let text = answer.text();
        let refusal = REFUSALS.iter().find(|(part, _)| text.contains(part));
        match refusal {
            Some((_, reading)) => *reading,
            None if text.contains(OLD_REFUSAL) => Reading::OtherRefusal,
            None => Reading::Foreign,
        }
    }

    fn tactics(&self) -> Tactics {
        Tactics::default()
    }

    fn version_call(&self) -> Call {
        Call::get("/")
    }

    fn version(&self, answer: &Answer) -> Option<String> {
        let body = answer.json()?;
        // The uptime tells it from others that have a version.
        body["upTimeSeconds"].as_i64()?;
        Some(printable(body["version"].as_str()?))
    }

    fn health_calls(&self) -> Vec<Call> {
        vec![Call::get("/"), Call::get("/rules")]
    }

    fn health(&self, answers: &[Option<Answer>]) -> Health {
        let mut health = Health::default();
        let body = |at: usize| {
            let answer = answers.get(at)?.as_ref()?;
            answer.status.is_success().then(|| answer.json())?
        };
        if let Some(about) = body(0) {
            health.add("uptime_s", about["upTimeSeconds"].as_i64());
        }
        if let Some(rules) = body(1) {
            read_rules(&mut health, &rules);
        }
        health
    }

    fn configuration(&self) -> Option<&'static dyn Configuration> {
        Some(&EKuiperConfiguration { base: "" })
    }

    fn validate(&self, call: &Call) -> Result<(), Hazard> {
        validate_import(call, "")
    }
}

/// Counts eKuiper's list of rules.
pub(crate) fn read_rules(health: &mut Health, rules: &Value) {
    let Some(rules) = rules.as_array() else {
        return;
    };
    let count = |test: fn(&str) -> bool| {
        let states = rules.iter().filter_map(|rule| rule["status"].as_str());
        i64::try_from(states.filter(|state| test(state)).count()).ok()
    };
    let all = i64::try_from(rules.len()).ok();
    health.add("rules", all);
    health.add("rules_running", count(is_running));
    health.add("rules_stopped", count(|state| !is_running(state)));
    health.complain(count(is_broken), "rule", "stopped by an error");
}

/// Refuses an import that deletes everything first, below this base.
///
/// # Errors
/// It is one.
pub(crate) fn validate_import(call: &Call, base: &str) -> Result<(), Hazard> {
    let path = call.plain_path();
    let import = path
        .strip_prefix(base)
        .is_some_and(|below| IMPORTS.contains(&below));
    let query = call.path.split_once('?').map_or("", |(_, query)| query);
    let partial = query.split('&').any(|pair| pair == "partial=1");
    if import && !partial && call.method == Method::POST {
        return Err(Hazard::DeletesFirst);
    }
    Ok(())
}

fn is_running(state: &str) -> bool {
    state.eq_ignore_ascii_case("running")
}

/// `Stopped: canceled manually` and `Stopped: finished` are somebody's wish, every other reason is an error.
fn is_broken(state: &str) -> bool {
    let reason = state.split_once(':').map_or("", |(_, reason)| reason);
    let reason = reason.trim().to_ascii_lowercase();
    let wished = reason.is_empty()
        || ["cancel", "finish", "wait"]
            .iter()
            .any(|word| reason.contains(word));
    !is_running(state) && !wished
}

fn is_list_of_rules(answer: &Answer) -> bool {
    match answer.json() {
        Some(Value::Array(rules)) => rules.iter().all(|rule| rule["id"].is_string()),
        Some(_) => false,
        // A list that is too long to be kept whole.
        None => answer.is_cut() && answer.text().trim_start().starts_with("[{\"id\""),
    }
}
