//! What a service is, and what it wants to see: by word, or by the number that ECP has for it.

use std::fmt;

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

/// What a service is, where somebody chooses it. ECP's categories are understood too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ServiceKind {
    /// Neuron; 2.
    Neuron,
    /// NanoMQ; 3.
    NanoMq,
    /// eKuiper; 1.
    EKuiper,
    /// NeuronEX; 4.
    NeuronEx,
    /// Anything else that speaks HTTP; 99.
    Http,
}

/// What a service wants to see before it answers. ECP's numbers are understood too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ServiceAuthentication {
    /// Nothing; 0.
    #[default]
    None,
    /// A user's name and password; 1.
    Basic,
    /// A token that the installation's key has signed; 2.
    Token,
}

impl ServiceKind {
    /// Each with its word and ECP's category.
    const ALL: [(Self, &str, u64); 5] = [
        (Self::Neuron, "neuron", 2),
        (Self::NanoMq, "nanomq", 3),
        (Self::EKuiper, "ekuiper", 1),
        (Self::NeuronEx, "neuronex", 4),
        (Self::Http, "http", 99),
    ];

    /// Its word, such as `neuron`.
    pub fn as_str(self) -> &'static str {
        let found = Self::ALL.iter().find(|(kind, _, _)| *kind == self);
        found.map_or("http", |(_, word, _)| word)
    }
}

impl ServiceAuthentication {
    /// Each with its word and ECP's number.
    const ALL: [(Self, &str, u64); 3] = [
        (Self::None, "none", 0),
        (Self::Basic, "basic", 1),
        (Self::Token, "token", 2),
    ];
}

impl<'de> Deserialize<'de> for ServiceKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Words(&Self::ALL))
    }
}

impl<'de> Deserialize<'de> for ServiceAuthentication {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Words(&Self::ALL))
    }
}

/// Reads one of a few words, whatever their case, or the number that stands for one.
struct Words<T: 'static>(&'static [(T, &'static str, u64)]);

impl<T: Copy> Visitor<'_> for Words<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.0.iter();
        let words: Vec<_> = words
            .map(|(_, word, number)| format!("{word} ({number})"))
            .collect();
        write!(f, "one of {}", words.join(", "))
    }

    fn visit_u64<E: Error>(self, given: u64) -> Result<T, E> {
        let found = self.0.iter().find(|(_, _, number)| *number == given);
        found
            .map(|(value, _, _)| *value)
            .ok_or_else(|| E::invalid_value(Unexpected::Unsigned(given), &self))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        if let Ok(number) = text.parse() {
            return self.visit_u64(number);
        }
        let found = self
            .0
            .iter()
            .find(|(_, word, _)| word.eq_ignore_ascii_case(text));
        found
            .map(|(value, _, _)| *value)
            .ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_ways_to_authenticate_are_understood_by_word_and_by_number() {
        for (text, kind) in [
            ("\"neuron\"", ServiceKind::Neuron),
            ("\"NanoMQ\"", ServiceKind::NanoMq),
            ("1", ServiceKind::EKuiper),
            ("\"4\"", ServiceKind::NeuronEx),
            ("99", ServiceKind::Http),
        ] {
            assert_eq!(serde_json::from_str::<ServiceKind>(text).unwrap(), kind);
        }
        for (text, method) in [
            ("0", ServiceAuthentication::None),
            ("\"basic\"", ServiceAuthentication::Basic),
            ("2", ServiceAuthentication::Token),
        ] {
            let read: ServiceAuthentication = serde_json::from_str(text).unwrap();
            assert_eq!(read, method);
        }
        let error = serde_json::from_str::<ServiceKind>("5").unwrap_err();
        assert!(error.to_string().contains("ekuiper (1)"), "{error}");
        let error = serde_json::from_str::<ServiceAuthentication>("\"jwt\"").unwrap_err();
        assert!(error.to_string().contains("token (2)"), "{error}");
    }

    #[test]
    fn what_is_written_is_the_word_that_is_read() {
        for (kind, word, _) in ServiceKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), word);
            assert_eq!(kind.as_str(), word);
        }
        for (method, word, _) in ServiceAuthentication::ALL {
            assert_eq!(serde_json::to_value(method).unwrap(), word);
        }
    }
}
