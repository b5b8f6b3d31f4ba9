//! What is wrong with a configuration, and where.

use std::collections::BTreeMap;
use std::fmt;

use super::environment::Environment;
use super::tree::{Kind, Node};
use super::{ConfigError, MAX_PROBLEMS};

/// Where a value came from.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Place {
    /// A place in the file; line and column count from 1.
    File {
        /// The file's name as it was given.
        name: String,
        /// The line.
        line: u64,
        /// The column, in characters.
        column: u64,
    },
    /// An environment variable.
    Variable(String),
    /// Nowhere in particular.
    Nowhere {
        /// What was read.
        name: String,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { name, line, column } => write!(f, "{name}:{line}:{column}"),
            Self::Variable(variable) => write!(f, "environment variable {variable}"),
            Self::Nowhere { name } => f.write_str(name),
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// Which key, such as `mqtt.addr`; empty for the whole.
    pub key: String,
    /// What is wrong and what would be right; lower case, no full stop.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.key.is_empty() {
            write!(f, "{}: {}", self.place, self.message)
        } else {
            write!(f, "{}: {}: {}", self.place, self.key, self.message)
        }
    }
}

/// All that is wrong, in the order of the file. Prints one line each.
#[derive(Clone, Default, Debug)]
pub struct Problems {
    found: Vec<Problem>,
    name: String,
    places: BTreeMap<String, Place>,
}

impl Problems {
    /// Notes that the value at `path` (keys joined by dots) is wrong; its place is that of the nearest key that was given.
    pub fn add(&mut self, path: &str, message: impl Into<String>) {
        let place = self.place(path);
        self.push(Problem {
            place,
            key: path.to_owned(),
            message: message.into(),
        });
    }

    /// Where the value at `path` came from, or the nearest thing around it.
    pub fn place(&self, path: &str) -> Place {
        let mut path = path;
        loop {
            if let Some(place) = self.places.get(path) {
                return place.clone();
            }
            match path.rsplit_once('.') {
                Some((outer, _)) => path = outer,
                None => {
                    return Place::Nowhere {
                        name: self.name.clone(),
                    };
                }
            }
        }
    }

    /// Whether the value at `path` was given at all, by file or environment.
    pub fn was_given(&self, path: &str) -> bool {
        self.places.contains_key(path)
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// What is wrong.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.found.iter()
    }

    /// # Errors
    /// [`ConfigError::Wrong`] when something is wrong.
    pub fn into_result(self) -> Result<(), ConfigError> {
        if self.is_empty() {
            Ok(())
        } else {
            Err(ConfigError::Wrong(self))
        }
    }

    pub(super) fn push(&mut self, problem: Problem) {
        if self.found.len() < MAX_PROBLEMS && !self.found.contains(&problem) {
            self.found.push(problem);
            self.found.sort();
        }
    }

    /// Remembers where everything stands, for [`add`](Self::add).
    pub(super) fn learn_places(&mut self, name: &str, root: &Node, environment: &Environment) {
        name.clone_into(&mut self.name);
        self.learn("", root);
        for (path, variable) in environment.used() {
            self.places.insert(path, Place::Variable(variable));
        }
    }

    fn learn(&mut self, path: &str, node: &Node) {
        if !path.is_empty() {
            self.places.insert(path.to_owned(), node.place.clone());
        }
        match &node.kind {
            Kind::Map(entries) => {
                for entry in entries {
                    self.learn(&join(path, &entry.key), &entry.value);
                }
            }
            Kind::Seq(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.learn(&join(path, &index.to_string()), item);
                }
            }
            Kind::Null | Kind::Scalar { .. } => {}
        }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.found.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

/// A key below a path.
pub(super) fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}
