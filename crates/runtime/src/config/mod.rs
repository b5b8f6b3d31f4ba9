//! Reading YAML configuration into a type, with every problem reported at once, each at its place.
//!
//! The text becomes a tree that knows where each value stands; the tree is then read into the type. What does not fit is
//! noted and stood in for, and the reading is repeated, until nothing new is found. Unknown keys are refused.
//! Three things may give a value, the first one wins:
//!
//! 1. the environment variable `<PREFIX>_<SECTION>_<KEY>` (`mqtt.keepAlive` is `EDGEWARD_MQTT_KEEP_ALIVE`; a list is separated by commas);
//! 2. a file that holds it, named by the same variable with `_FILE`, or by the key with `_file` (`File` where keys are written so) in the YAML;
//! 3. the key in the YAML. A key without a value counts as absent.
//!
//! Rules that concern several values are the caller's: [`Loaded::problems`] takes what it finds, by path.

mod access;
mod de;
mod environment;
mod fault;
mod fill;
mod problem;
mod section;
mod tree;
mod variant;

#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

pub use environment::Environment;
pub use problem::{Place, Problem, Problems};

use de::Reading;

/// The largest configuration file, in bytes.
pub const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// The most problems that are reported at once.
pub const MAX_PROBLEMS: usize = 100;

/// What was read, and where each value came from.
#[derive(Debug)]
pub struct Loaded<T> {
    /// The configuration.
    pub value: T,
    /// Environment variables with the prefix that name no key, sorted.
    pub unused_variables: Vec<String>,
    /// Takes what the caller finds wrong with the values.
    pub problems: Problems,
}

/// The configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file could not be read.
    #[error("cannot read the configuration file {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What it says is wrong; one line per problem.
    #[error("{0}")]
    Wrong(Problems),
}

/// Reads a file; without one, only the environment and the type's defaults give values.
///
/// # Errors
/// See [`ConfigError`]; all problems of form are in it.
pub fn load<T: DeserializeOwned>(
    file: Option<&Path>,
    environment: &Environment,
) -> Result<Loaded<T>, ConfigError> {
    let Some(path) = file else {
        return parse("configuration", "", environment);
    };
    let text = read_limited(path).map_err(|source| ConfigError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    parse(&path.display().to_string(), &text, environment)
}

/// Reads a text; `name` stands for the file in messages.
///
/// # Errors
/// [`ConfigError::Wrong`], with all problems of form.
pub fn parse<T: DeserializeOwned>(
    name: &str,
    text: &str,
    environment: &Environment,
) -> Result<Loaded<T>, ConfigError> {
    let root = tree::parse(name, text).map_err(|problem| {
        let mut problems = Problems::default();
        problems.push(problem);
        ConfigError::Wrong(problems)
    })?;
    let (value, mut problems) = Reading::new(environment).run::<T>(&root);
    match value {
        Some(value) if problems.is_empty() => {
            problems.learn_places(name, &root, environment);
            Ok(Loaded {
                value,
                unused_variables: environment.unused(),
                problems,
            })
        }
        _ => Err(ConfigError::Wrong(problems)),
    }
}

fn read_limited(path: &Path) -> io::Result<String> {
    let length = std::fs::metadata(path)?.len();
    if length > MAX_FILE_BYTES {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("it has {length} bytes; {MAX_FILE_BYTES} are allowed"),
        ));
    }
    std::fs::read_to_string(path)
}
