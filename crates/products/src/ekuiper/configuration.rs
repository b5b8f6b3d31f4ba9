//! eKuiper's configuration: the document of `/data/export`, whose entries are texts, most of them with JSON in them.
//!
//! A whole import deletes everything first; what it could not take is asked for afterwards. A partial import replaces the entries that
//! it has, each as a whole, and says in its answer what it could not take.

use http::Method;
use serde_json::{Value, json};

use crate::configuration::{Scheme, carrying, object, pretty, refused, shape, told};
use crate::{Answer, Call, Configuration, ConfigurationError, Difference, Extent, Form};

/// The kinds of entries.
const KINDS: [&str; 12] = [
    "streams",
    "tables",
    "rules",
    "nativePlugins",
    "portablePlugins",
    "sourceConfig",
    "sinkConfig",
    "connectionConfig",
    "Service",
    "Schema",
    "uploads",
    "scripts",
];

/// Kinds whose entries hold several configurations by name, each of which is replaced by itself.
const GROUPED: [&str; 3] = ["sourceConfig", "sinkConfig", "connectionConfig"];

/// The most entries that a refusal names.
const MAX_NAMED: usize = 3;

const SCHEME: Scheme = Scheme {
    naming: &[],
    secret_names: &[],
    secrets_below: 2,
    entire: |path| {
        let grouped = path
            .first()
            .is_some_and(|kind| GROUPED.contains(&kind.as_str()));
        path.len() >= if grouped { 3 } else { 2 }
    },
    normalise,
};

/// eKuiper's configuration, with its calls below a base.
pub(crate) struct EKuiperConfiguration {
    pub(crate) base: &'static str,
}

impl EKuiperConfiguration {
    fn export(&self) -> Call {
        Call::get(format!("{}/data/export", self.base))
    }

    fn status(&self) -> Call {
        Call::get(format!("{}/data/import/status", self.base))
    }
}

impl Configuration for EKuiperConfiguration {
    fn form(&self) -> Form {
        Form::Json
    }

    fn reading(&self) -> Vec<Call> {
        vec![self.export()]
    }

    fn with_secrets(&self, answers: &[Answer]) -> Result<String, ConfigurationError> {
        let told = told(&self.export(), answers.first())?;
        if !told["streams"].is_object() || !told["rules"].is_object() {
            return Err(ConfigurationError::Unreadable {
                path: self.export().path,
                why: "it has no streams and rules".to_owned(),
            });
        }
        Ok(pretty(&told))
    }

    fn without_secrets(&self, document: &str) -> Result<String, ConfigurationError> {
        Ok(pretty(&SCHEME.hidden(document)?))
    }

    fn as_template(&self, document: &str) -> Result<String, ConfigurationError> {
        Ok(pretty(&SCHEME.template(document)?))
    }

    fn check(&self, document: &str) -> Result<(), ConfigurationError> {
        let document = object(document)?;
        for (kind, entries) in document.as_object().into_iter().flatten() {
            if !KINDS.contains(&kind.as_str()) {
                return Err(shape(format!(
                    "eKuiper's configuration has no {kind:?}, only {}",
                    KINDS.join(", ")
                )));
            }
            let entries = entries
                .as_object()
                .ok_or_else(|| shape(format!("{kind} is no object with an entry for each name")))?;
            for (name, entry) in entries {
                let text = entry
                    .as_str()
                    .ok_or_else(|| shape(format!("{kind}/{name} is no text")))?;
                if kind == "rules" {
                    check_rule(name, text)?;
                }
            }
        }
        Ok(())
    }

    fn writing(
        &self,
        document: &str,
        present: &str,
        extent: Extent,
    ) -> Result<Vec<Call>, ConfigurationError> {
        self.check(document)?;
        let mut wanted = object(document)?;
        SCHEME.restore(&mut wanted, &object(present)?)?;
        let query = match extent {
            Extent::Whole => "",
            Extent::Part => "?partial=1",
        };
        let path = format!("{}/data/import{query}", self.base);
        let body = json!({"content": wanted.to_string()});
        let import = carrying(Method::POST, path, &body);
        Ok(match extent {
            Extent::Whole => vec![import, self.status()],
            // The status is that of the last whole import.
            Extent::Part => vec![import],
        })
    }

    fn accepted(&self, call: &Call, answer: &Answer) -> Result<(), ConfigurationError> {
        let body = answer.json();
        let asked_for = *call == self.status();
        // Older ones do not have the call; what was taken shows when it is read back.
        if asked_for && answer.status.as_u16() == 404 {
            return Ok(());
        }
        let left_out = match &body {
            Some(body) if asked_for => left_out(body),
            Some(body) => left_out(&body["ConfigResponse"]),
            None => None,
        };
        if answer.status.is_success() && left_out.is_none() {
            return Ok(());
        }
        let message = body.and_then(|body| {
            let message = body["ErrorMsg"].as_str().or(body["message"].as_str())?;
            (!message.is_empty()).then(|| message.to_owned())
        });
        Err(refused(call, answer, left_out.or(message)))
    }

    fn differences(&self, wanted: &str, found: &str, extent: Extent) -> Vec<Difference> {
        SCHEME.differences(wanted, found, extent)
    }

    fn unseen(&self, wanted: &str, found: &str) -> Vec<String> {
        SCHEME.unseen(wanted, found)
    }
}

fn check_rule(name: &str, text: &str) -> Result<(), ConfigurationError> {
    let rule: Option<Value> = serde_json::from_str(text).ok();
    let rule = rule.filter(Value::is_object);
    let rule =
        rule.ok_or_else(|| shape(format!("rules/{name} is no text with an object of JSON")))?;
    match rule["id"].as_str() {
        Some(id) if id != name => Err(shape(format!("rules/{name} has the id {id:?}"))),
        _ => Ok(()),
    }
}

/// The entries that were not taken, and why: the first few.
fn left_out(errors: &Value) -> Option<String> {
    let kinds = errors.as_object()?;
    let entries = kinds.iter().flat_map(|(kind, entries)| {
        let entries = entries.as_object().into_iter().flatten();
        entries.map(move |(name, why)| {
            let why = why.as_str().map_or_else(|| why.to_string(), str::to_owned);
            format!("{kind}/{name}: {why}")
        })
    });
    let entries: Vec<String> = entries.take(MAX_NAMED).collect();
    (!entries.is_empty()).then(|| entries.join("; "))
}

/// Gives each rule its id, which eKuiper adds if it is not told.
fn normalise(document: &mut Value) {
    let rules = document["rules"].as_object_mut().into_iter().flatten();
    for (name, rule) in rules {
        let parsed = rule.as_str().map(serde_json::from_str::<Value>);
        if let Some(Ok(Value::Object(mut fields))) = parsed {
            fields.entry("id").or_insert_with(|| name.as_str().into());
            *rule = Value::Object(fields).to_string().into();
        }
    }
}
