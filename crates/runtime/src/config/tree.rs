//! YAML as a tree in which every value knows its place.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};

use super::problem::{Place, Problem};

/// A value and its place.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) kind: Kind,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Null,
    /// The text as written; a plain (unquoted) one may be a number or a truth value.
    Scalar {
        text: String,
        plain: bool,
    },
    Seq(Vec<Node>),
    Map(Vec<Entry>),
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_place: Place,
    pub(super) value: Node,
}

impl Node {
    /// A plain scalar from elsewhere than the file.
    pub(super) fn plain(text: &str, place: Place) -> Self {
        Self {
            place,
            kind: Kind::Scalar {
                text: text.to_owned(),
                plain: true,
            },
        }
    }
}

impl Kind {
    /// What it is, in words, without saying a text that might be a secret.
    pub(super) fn describe(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Scalar { .. } => "a single value",
            Self::Seq(_) => "a list",
            Self::Map(_) => "a section with keys",
        }
    }
}

/// Reads a text; an empty one is a section without keys.
pub(super) fn parse(name: &str, text: &str) -> Result<Node, Problem> {
    let raw = if text.trim().is_empty() {
        None
    } else {
        serde_saphyr::from_str::<Spanned<Option<Raw>>>(text)
            .map(Some)
            .map_err(|error| {
                let error = error.without_snippet();
                Problem {
                    place: error.location().map_or_else(
                        || Place::Nowhere {
                            name: name.to_owned(),
                        },
                        |location| file_place(name, &location),
                    ),
                    key: String::new(),
                    message: plain_message(&error.to_string()),
                }
            })?
    };
    let source = Source { name, text };
    match raw {
        Some(Spanned {
            value: Some(raw),
            referenced,
            defined,
        }) => Ok(source.node(raw, &referenced, &defined)),
        _ => Ok(Node {
            place: Place::File {
                name: name.to_owned(),
                line: 1,
                column: 1,
            },
            kind: Kind::Map(Vec::new()),
        }),
    }
}

/// The reader's message without the place, which is said in front of it.
fn plain_message(message: &str) -> String {
    let message = message.lines().next().unwrap_or_default();
    let message = match message.rfind(" at line ") {
        Some(at) => &message[..at],
        None => message,
    };
    format!("this is no YAML that can be read: {message}")
}

fn file_place(name: &str, location: &Location) -> Place {
    Place::File {
        name: name.to_owned(),
        line: location.line(),
        column: location.column(),
    }
}

struct Source<'a> {
    name: &'a str,
    text: &'a str,
}

impl Source<'_> {
    fn node(&self, raw: Raw, referenced: &Location, defined: &Location) -> Node {
        let kind = match raw {
            Raw::Null => Kind::Null,
            Raw::Text(text) => Kind::Scalar {
                text,
                plain: self
                    .slice(defined)
                    .is_none_or(|written| !written.starts_with(['"', '\'', '|', '>'])),
            },
            Raw::Other(text) => Kind::Scalar {
                text: self
                    .slice(defined)
                    .map_or(text, |written| written.trim().to_owned()),
                plain: true,
            },
            Raw::Seq(items) => {
                Kind::Seq(items.into_iter().map(|item| self.spanned(item)).collect())
            }
            Raw::Map(entries) => Kind::Map(
                entries
                    .into_iter()
                    .map(|(key, value)| Entry {
                        key_place: file_place(self.name, &key.referenced),
                        key: key.value,
                        value: self.spanned(value),
                    })
                    .collect(),
            ),
        };
        Node {
            place: file_place(self.name, referenced),
            kind,
        }
    }

    fn spanned(&self, item: Spanned<Option<Raw>>) -> Node {
        self.node(
            item.value.unwrap_or(Raw::Null),
            &item.referenced,
            &item.defined,
        )
    }

    /// What is written there.
    fn slice(&self, location: &Location) -> Option<&str> {
        let span = location.span();
        let start = usize::try_from(span.byte_offset()?).ok()?;
        let length = usize::try_from(span.byte_len()?).ok()?;
        self.text.get(start..start.checked_add(length)?)
    }
}

/// A value as the YAML reader tells it.
enum Raw {
    Null,
    Text(String),
    /// A number or truth value, printed; the text as written is taken from the source.
    Other(String),
    Seq(Vec<Spanned<Option<Raw>>>),
    Map(Vec<(Spanned<String>, Spanned<Option<Raw>>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        Raw::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Other(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Other(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Raw, E> {
        Ok(Raw::Other(value.to_string()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Raw, E> {
        Ok(Raw::Other(value.to_string()))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Raw, E> {
        Ok(Raw::Other(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Raw, E> {
        Ok(Raw::Other(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Raw, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = items.next_element()? {
            all.push(item);
        }
        Ok(Raw::Seq(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Raw, A::Error> {
        let mut all = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            all.push(entry);
        }
        Ok(Raw::Map(all))
    }
}
