//! The kinds of services.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a service is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Neuron, the industrial gateway.
    Neuron,
    /// NanoMQ, the MQTT broker.
    NanoMq,
    /// eKuiper, the stream processor.
    EKuiper,
    /// NeuronEX: Neuron and eKuiper in one.
    NeuronEx,
    /// Anything else that speaks HTTP.
    Http,
}

/// A word that is none of the kinds.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("\"{0}\" is no kind of service; the kinds are neuron, nanomq, ekuiper, neuronex and http")]
pub struct UnknownKind(pub String);

impl Kind {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Neuron,
        Self::NanoMq,
        Self::EKuiper,
        Self::NeuronEx,
        Self::Http,
    ];

    /// What a service is that an agent's configuration calls so; case does not matter, and an unknown word is treated as [`Kind::Http`].
    pub fn of(word: &str) -> Self {
        word.to_ascii_lowercase().parse().unwrap_or(Self::Http)
    }

    /// Its word, such as `neuron`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Neuron => "neuron",
            Self::NanoMq => "nanomq",
            Self::EKuiper => "ekuiper",
            Self::NeuronEx => "neuronex",
            Self::Http => "http",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(word: &str) -> Result<Self, UnknownKind> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == word);
        found.ok_or_else(|| UnknownKind(word.to_owned()))
    }
}
