//! NeuronEX's configuration: that of the Neuron and that of the eKuiper in it, in one document. They are written one after the other.

use serde_json::{Value, json};

use super::{EKUIPER, NEURON};
use crate::configuration::{object, pretty, shape};
use crate::ekuiper::EKuiperConfiguration;
use crate::neuron::NeuronConfiguration;
use crate::{Answer, Call, Configuration, ConfigurationError, Difference, Extent, Form};

/// The halves: what the document calls them, and how each is read and written.
const HALVES: [(&str, &dyn Configuration); 2] = [
    ("neuron", &NeuronConfiguration { base: NEURON }),
    ("ekuiper", &EKuiperConfiguration { base: EKUIPER }),
];

pub(super) struct NeuronExConfiguration;

impl NeuronExConfiguration {
    /// The same of each half that is there.
    fn each(
        document: &str,
        change: impl Fn(&dyn Configuration, &str) -> Result<String, ConfigurationError>,
    ) -> Result<String, ConfigurationError> {
        let mut document = object(document)?;
        for (name, half) in HALVES {
            if let Some(value) = document.get_mut(name) {
                *value = object(&change(half, &value.to_string())?)?;
            }
        }
        Ok(pretty(&document))
    }
}

impl Configuration for NeuronExConfiguration {
    fn form(&self) -> Form {
        Form::Json
    }

    fn reading(&self) -> Vec<Call> {
        let halves = HALVES.iter();
        halves.flat_map(|(_, half)| half.reading()).collect()
    }

    fn with_secrets(&self, answers: &[Answer]) -> Result<String, ConfigurationError> {
        let mut document = json!({});
        let mut rest = answers;
        for (name, half) in HALVES {
            let (own, after) = rest.split_at(half.reading().len().min(rest.len()));
            document[name] = object(&half.with_secrets(own)?)?;
            rest = after;
        }
        Ok(pretty(&document))
    }

    fn without_secrets(&self, document: &str) -> Result<String, ConfigurationError> {
        Self::each(document, |half, document| half.without_secrets(document))
    }

    fn as_template(&self, document: &str) -> Result<String, ConfigurationError> {
        Self::each(document, |half, document| half.as_template(document))
    }

    fn check(&self, document: &str) -> Result<(), ConfigurationError> {
        let document = object(document)?;
        for (name, value) in document.as_object().into_iter().flatten() {
            let half = HALVES.iter().find(|(half, _)| half == name);
            let (_, half) = half.ok_or_else(|| {
                shape(format!(
                    "NeuronEX's configuration has no {name:?}, only neuron and ekuiper"
                ))
            })?;
            half.check(&value.to_string())?;
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
        let mut calls = Vec::new();
        for (name, half) in HALVES {
            match wanted.get(name) {
                Some(wanted) => {
                    let (wanted, present) = (wanted.to_string(), part(&present, name));
                    let is_there = half.differences(&wanted, &present, extent).is_empty()
                        && half.unseen(&wanted, &present).is_empty();
                    if !is_there {
                        calls.extend(half.writing(&wanted, &present, extent)?);
                    }
                }
                None if extent == Extent::Part => {}
                None => {
                    return Err(shape(format!(
                        "a whole configuration of NeuronEX needs {name} too; write {{}} if it should be empty"
                    )));
                }
            }
        }
        Ok(calls)
    }

    fn accepted(&self, call: &Call, answer: &Answer) -> Result<(), ConfigurationError> {
        let [(_, neuron), (_, ekuiper)] = HALVES;
        if call.path.starts_with(EKUIPER) {
            ekuiper.accepted(call, answer)
        } else {
            neuron.accepted(call, answer)
        }
    }

    fn differences(&self, wanted: &str, found: &str, extent: Extent) -> Vec<Difference> {
        let (Ok(wanted), Ok(found)) = (object(wanted), object(found)) else {
            // One of them says why.
            return HALVES[0].1.differences(wanted, found, extent);
        };
        let mut all = Vec::new();
        for (name, half) in HALVES {
            if wanted.get(name).is_none() && extent == Extent::Part {
                continue;
            }
            let (wanted, found) = (part(&wanted, name), part(&found, name));
            let differences = half.differences(&wanted, &found, extent).into_iter();
            all.extend(differences.map(|difference| Difference {
                path: format!("{name}/{}", difference.path),
                ..difference
            }));
        }
        all
    }

    fn unseen(&self, wanted: &str, found: &str) -> Vec<String> {
        let (Ok(wanted), Ok(found)) = (object(wanted), object(found)) else {
            return Vec::new();
        };
        let halves = HALVES.iter().flat_map(|(name, half)| {
            let unseen = half.unseen(&part(&wanted, name), &part(&found, name));
            unseen.into_iter().map(move |path| format!("{name}/{path}"))
        });
        halves.collect()
    }
}

/// One half, empty if it is not there.
fn part(document: &Value, name: &str) -> String {
    document
        .get(name)
        .map_or_else(|| "{}".to_owned(), Value::to_string)
}
