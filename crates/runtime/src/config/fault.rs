//! Why one value could not be read.

use std::fmt;

use serde::de::{Error, Expected, Unexpected};

use super::problem::Place;

/// The most characters of a wrong value that a message repeats.
const MAX_SHOWN_CHARS: usize = 40;

/// How far a suggestion may be from what was written, in single-letter edits.
const MAX_EDITS: usize = 2;

/// Why one value could not be read. Place and path are filled in on the way out, by the innermost value that knows them.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(super) cause: Cause,
    pub(super) at: Option<At>,
}

#[derive(Debug)]
pub(super) enum Cause {
    /// The value is wrong, in words.
    Wrong(String),
    /// A key that must be there is not.
    Missing(&'static str),
    /// The stand-in for something inside does not do; the problem itself is already noted.
    NoFiller,
}

#[derive(Clone, Debug)]
pub(super) struct At {
    pub(super) place: Place,
    pub(super) path: String,
}

impl Fault {
    pub(super) fn wrong(message: impl Into<String>) -> Self {
        Self {
            cause: Cause::Wrong(message.into()),
            at: None,
        }
    }

    /// The stand-in inside this did not do.
    pub(super) fn no_filler(around: At) -> Self {
        Self {
            cause: Cause::NoFiller,
            at: Some(around),
        }
    }

    /// Says where, unless something further inside has said it.
    pub(super) fn located(mut self, place: &Place, path: &str) -> Self {
        self.at.get_or_insert_with(|| At {
            place: place.clone(),
            path: path.to_owned(),
        });
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Cause::Wrong(message) => f.write_str(message),
            Cause::Missing(key) => write!(f, "{key} is missing"),
            Cause::NoFiller => f.write_str("something inside is wrong"),
        }
    }
}

impl std::error::Error for Fault {}

impl Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::wrong(message.to_string())
    }

    fn missing_field(field: &'static str) -> Self {
        Self {
            cause: Cause::Missing(field),
            at: None,
        }
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::wrong(format!("expected {expected}, found {}", kind_of(&found)))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::wrong(not_one_of(variant, expected))
    }
}

/// The kind of a value without the value, which might be a secret.
fn kind_of(found: &Unexpected<'_>) -> &'static str {
    match found {
        Unexpected::Bool(_) => "true or false",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Float(_) => "a number",
        Unexpected::Char(_) | Unexpected::Str(_) | Unexpected::Bytes(_) => "a text",
        Unexpected::Seq => "a list",
        Unexpected::Map => "a section with keys",
        _ => "something else",
    }
}

/// "`x` is not one of …", with a suggestion.
pub(super) fn not_one_of(written: &str, known: &[&str]) -> String {
    let mut message = format!("\"{}\" is not one of {}", shown(written), known.join(", "));
    if let Some(near) = nearest(written, known) {
        message.push_str(&format!("; did you mean \"{near}\"?"));
    }
    message
}

/// "unknown key", with a suggestion, or else with what is known.
pub(super) fn unknown_key(written: &str, known: &[&str]) -> String {
    match nearest(written, known) {
        Some(near) => format!("unknown key; did you mean \"{near}\"?"),
        None => format!("unknown key; known here: {}", known.join(", ")),
    }
}

/// A wrong value, cut to a length that fits a line.
pub(super) fn shown(text: &str) -> String {
    if text.chars().count() <= MAX_SHOWN_CHARS {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(MAX_SHOWN_CHARS).collect();
    cut.push('…');
    cut
}

fn nearest<'a>(written: &str, known: &[&'a str]) -> Option<&'a str> {
    let written = folded(written);
    known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(&written, &folded(name)), *name))
        .filter(|(edits, name)| *edits <= MAX_EDITS && *edits < name.len())
        .min()
        .map(|(_, name)| name)
}

/// Without the differences of style between `keepAlive`, `keep_alive` and `keep-alive`.
fn folded(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}
