//! NanoMQ's configuration, in two ways: its sections as JSON, or the text of its file.
//!
//! `/configuration` gives sections as JSON and takes parts of them; what is not sent stays as it is, secrets too. `/config_update` takes
//! HOCON in place of the whole file, which nobody can read back: what of it shows in the sections is compared, the rest is
//! [`Configuration::unseen`]. Either is certain to be in effect only after a restart.

use http::{HeaderMap, Method};
use serde_json::{Map, Value};

use super::sections::{check_sections, write_sections};
use super::{BASE, ERRORS, text};
use crate::configuration::{Scheme, object, pretty, refused, shape, told};
use crate::product::Product as _;
use crate::{
    Answer, Call, Configuration, ConfigurationError, Difference, Extent, Form, MASKED, hocon,
};

/// The sections that can be read and written.
const SECTIONS: [&str; 8] = [
    "basic",
    "tls",
    "auth",
    "auth_http",
    "websocket",
    "http_server",
    "sqlite",
    "bridge",
];

/// Names of which at least one begins a setting in every file.
const FILE_NAMES: [&str; 10] = [
    "listeners",
    "mqtt",
    "http_server",
    "log",
    "auth",
    "bridges",
    "sqlite",
    "system",
    "url",
    hocon::INCLUDE,
];

/// Its error numbers that concern configurations, in words.
const WORDS: [(i64, &str); 6] = [
    (101, "it cannot read the request"),
    (107, "a parameter is wrong"),
    (108, "a parameter is missing"),
    (109, "a parameter is wrong"),
    (117, "this is no HOCON"),
    (118, "it cannot write its configuration file"),
];

pub(super) const SCHEME: Scheme = Scheme {
    naming: &["login", "username", "name"],
    secret_names: &super::SECRET_NAMES,
    secrets_below: 0,
    entire: |_| false,
    normalise: |_| {},
};

pub(super) struct NanoMqConfiguration;

/// What a document turned out to be.
enum Kind {
    /// Sections as JSON.
    Sections(Value),
    /// The text of the file.
    File,
}

/// JSON with nothing but sections is sections, everything else is the file.
fn kind(document: &str) -> Result<Kind, ConfigurationError> {
    let sections = object(document).ok().filter(|value| {
        let mut names = value.as_object().into_iter().flat_map(Map::keys);
        names.all(|name| SECTIONS.contains(&name.as_str()))
    });
    if let Some(sections) = sections {
        return Ok(Kind::Sections(sections));
    }
    hocon::check(document.as_bytes()).map_err(ConfigurationError::NotHocon)?;
    let settings = hocon::settings(document);
    let mut names = settings.keys().filter_map(|path| path.first());
    if names.any(|name| FILE_NAMES.contains(&name.as_str())) {
        Ok(Kind::File)
    } else {
        // Another product's document may well be HOCON.
        Err(shape(format!(
            "the document has neither sections of NanoMQ ({}) nor anything that stands in its file",
            SECTIONS.join(", ")
        )))
    }
}

/// Where the sections are.
pub(super) fn path() -> String {
    format!("{BASE}/configuration")
}

impl Configuration for NanoMqConfiguration {
    fn form(&self) -> Form {
        Form::Hocon
    }

    fn reading(&self) -> Vec<Call> {
        vec![Call::get(path())]
    }

    fn with_secrets(&self, answers: &[Answer]) -> Result<String, ConfigurationError> {
        let call = Call::get(path());
        let told = told(&call, answers.first())?;
        let Some(data) = told["data"].as_object() else {
            return Err(ConfigurationError::Unreadable {
                path: call.path,
                why: "it has no data".to_owned(),
            });
        };
        let sections = data
            .iter()
            .filter(|(name, _)| SECTIONS.contains(&name.as_str()));
        let sections = sections.map(|(name, section)| (name.clone(), section.clone()));
        Ok(pretty(&Value::Object(sections.collect())))
    }

    fn without_secrets(&self, document: &str) -> Result<String, ConfigurationError> {
        Ok(pretty(&SCHEME.hidden(document)?))
    }

    fn as_template(&self, document: &str) -> Result<String, ConfigurationError> {
        Ok(pretty(&SCHEME.template(document)?))
    }

    fn check(&self, document: &str) -> Result<(), ConfigurationError> {
        match kind(document)? {
            Kind::Sections(sections) => check_sections(&sections),
            Kind::File => check_file(&update(document)),
        }
    }

    fn writing(
        &self,
        document: &str,
        present: &str,
        extent: Extent,
    ) -> Result<Vec<Call>, ConfigurationError> {
        self.check(document)?;
        let present = object(present)?;
        match kind(document)? {
            Kind::Sections(wanted) => write_sections(&wanted, &present, extent),
            Kind::File if extent == Extent::Part => Err(ConfigurationError::AlwaysWhole),
            Kind::File => {
                let call = update(&text::with_secrets(document, &present)?);
                check_file(&call)?;
                Ok(vec![call])
            }
        }
    }

    fn accepted(&self, call: &Call, answer: &Answer) -> Result<(), ConfigurationError> {
        let body = answer.json();
        let number = body.and_then(|body| body["code"].as_i64());
        if answer.status.is_success() && number.is_none_or(|number| number == 0) {
            return Ok(());
        }
        let number = number.filter(|number| ERRORS.contains(number));
        let why = number.map(|number| {
            let words = WORDS.iter().find(|(known, _)| *known == number);
            words.map_or_else(
                || format!("error {number}"),
                |(_, words)| format!("error {number}: {words}"),
            )
        });
        Err(refused(call, answer, why))
    }

    fn differences(&self, wanted: &str, found: &str, extent: Extent) -> Vec<Difference> {
        let mut differences = match (kind(wanted), object(found)) {
            (Ok(Kind::File), Ok(found)) => {
                let (wanted, _) = text::seen(wanted, &found);
                SCHEME.compare(wanted, found, Extent::Part)
            }
            _ => SCHEME.differences(wanted, found, extent),
        };
        // A secret that is not mentioned stays.
        differences.retain(|difference| {
            difference.after.is_some() || difference.before.as_deref() != Some(MASKED)
        });
        differences
    }

    fn unseen(&self, wanted: &str, found: &str) -> Vec<String> {
        match (kind(wanted), object(found)) {
            (Ok(Kind::File), Ok(found)) => text::seen(wanted, &found).1,
            _ => SCHEME.unseen(wanted, found),
        }
    }

    fn needs_restart(&self) -> bool {
        true
    }
}

/// The call that replaces the file.
fn update(document: &str) -> Call {
    Call {
        method: Method::POST,
        path: format!("{BASE}/config_update"),
        headers: HeaderMap::new(),
        body: Some(document.to_owned().into()),
    }
}

fn check_file(call: &Call) -> Result<(), ConfigurationError> {
    super::NanoMq
        .validate(call)
        .map_err(|hazard| shape(hazard.to_string()))
}
