//! Neuron's configuration: nodes, groups, tags, subscriptions and settings in one document, which is always written whole.

use http::Method;
use serde_json::Value;

use crate::configuration::{Scheme, carrying, object, pretty, refused, shape, told};
use crate::{Answer, Call, Configuration, ConfigurationError, Difference, Extent, Form};

/// The lists in a document.
const LISTS: [&str; 5] = ["nodes", "groups", "tags", "subscriptions", "settings"];

/// What every entry of each list has, in the same order.
const FIELDS: [&[&str]; 5] = [
    &["name", "plugin"],
    &["driver", "group", "interval"],
    &["driver", "group", "tags"],
    &["app", "driver", "group"],
    &["node", "params"],
];

/// Fields of a tag that need not be told where they are empty or zero.
const DEFAULTED: [&str; 5] = ["precision", "decimal", "bias", "description", "unit"];

/// Its error numbers that concern configurations, in words.
const ERRORS: [(i64, &str); 10] = [
    (1002, "it cannot read the document"),
    (1003, "a value is out of bounds"),
    (2002, "a node is there twice"),
    (2003, "a node is missing"),
    (2101, "a subscription is there twice"),
    (2104, "a group is there twice"),
    (
        2105,
        "a group has an interval or a name that it does not take",
    ),
    (2106, "a group is missing"),
    (2202, "a tag is there twice"),
    (2301, "it does not have a plugin"),
];

const SCHEME: Scheme = Scheme {
    naming: &["app", "driver", "node", "group", "name"],
    secret_names: &["key", "keypass"],
    secrets_below: 0,
    entire: |_| false,
    normalise,
};

/// Neuron's configuration, with its calls below a base.
pub(crate) struct NeuronConfiguration {
    pub(crate) base: &'static str,
}

impl NeuronConfiguration {
    fn path(&self) -> String {
        format!("{}/global/config", self.base)
    }
}

impl Configuration for NeuronConfiguration {
    fn form(&self) -> Form {
        Form::Json
    }

    fn reading(&self) -> Vec<Call> {
        vec![Call::get(self.path())]
    }

    fn with_secrets(&self, answers: &[Answer]) -> Result<String, ConfigurationError> {
        let call = Call::get(self.path());
        let told = told(&call, answers.first())?;
        if !told["nodes"].is_array() {
            return Err(ConfigurationError::Unreadable {
                path: call.path,
                why: "it has no nodes".to_owned(),
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
        for (name, value) in document.as_object().into_iter().flatten() {
            let list = LISTS.iter().zip(FIELDS).find(|(list, _)| *list == name);
            let Some((_, fields)) = list else {
                return Err(shape(format!(
                    "Neuron's configuration has no {name:?}, only {}",
                    LISTS.join(", ")
                )));
            };
            let entries = value
                .as_array()
                .ok_or_else(|| shape(format!("{name} is no list")))?;
            for (place, entry) in entries.iter().enumerate() {
                if let Some(field) = fields.iter().find(|field| entry.get(**field).is_none()) {
                    return Err(shape(format!("{name}/{place} has no {field}")));
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
        let (wanted, present) = (object(document)?, object(present)?);
        let mut whole = match extent {
            Extent::Whole => wanted,
            Extent::Part => SCHEME.merged(&present, &wanted),
        };
        for list in LISTS {
            if whole[list].is_null() {
                whole[list] = Value::Array(Vec::new());
            }
        }
        SCHEME.restore(&mut whole, &present)?;
        Ok(vec![carrying(Method::PUT, self.path(), &whole)])
    }

    fn accepted(&self, call: &Call, answer: &Answer) -> Result<(), ConfigurationError> {
        let number = answer.json().and_then(|body| body["error"].as_i64());
        if answer.status.is_success() && number.is_none_or(|number| number == 0) {
            return Ok(());
        }
        let why = number.map(|number| {
            let words = ERRORS.iter().find(|(known, _)| *known == number);
            words.map_or_else(
                || format!("error {number}"),
                |(_, words)| format!("error {number}: {words}"),
            )
        });
        Err(refused(call, answer, why))
    }

    fn differences(&self, wanted: &str, found: &str, extent: Extent) -> Vec<Difference> {
        SCHEME.differences(wanted, found, extent)
    }

    fn unseen(&self, wanted: &str, found: &str) -> Vec<String> {
        SCHEME.unseen(wanted, found)
    }
}

/// Leaves out of tags what is empty or zero anyway.
fn normalise(document: &mut Value) {
    let groups = document["tags"].as_array_mut().into_iter().flatten();
    let tags = groups.flat_map(|group| group["tags"].as_array_mut().into_iter().flatten());
    for fields in tags.filter_map(Value::as_object_mut) {
        fields.retain(|name, value| {
            let is_nothing = value.as_str() == Some("") || value.as_f64() == Some(0.0);
            !(is_nothing && DEFAULTED.contains(&name.as_str()))
        });
    }
}
