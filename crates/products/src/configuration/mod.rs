//! A service's whole configuration as one document: read, compared, and written again.
//!
//! What a product's document is and which calls make it so is in the product's folder; what all share is here: [`tree`] compares
//! and merges, [`secrets`] takes out what nobody should keep and puts it back. Nothing is sent here.

mod scheme;
mod secrets;
mod tree;

use http::{HeaderMap, HeaderValue, Method, header};
use serde_json::Value;

use crate::hocon::HoconError;
use crate::{Answer, Call, excerpt};
pub(crate) use scheme::Scheme;
pub use secrets::names_a_secret;
pub(crate) use secrets::placeholder;
pub(crate) use tree::nested;

/// The most differences that are told of one service; there may be more.
pub const MAX_DIFFERENCES: usize = 1000;

/// The most paths that an error names.
const MAX_NAMED: usize = 5;

/// How much of a service's configuration a document says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Extent {
    /// What it does not mention goes.
    Whole,
    /// What it does not mention stays.
    Part,
}

/// What a document is written in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// JSON, an object.
    Json,
    /// HOCON, of which JSON is a part.
    Hocon,
}

/// Where what is there is not what is wanted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// Where, names from the outside in with `/` between, such as `nodes/press-1/plugin`.
    pub path: String,
    /// What is there, shortened for people, a secret as `***`.
    pub before: Option<String>,
    /// What is wanted there, in the same way.
    pub after: Option<String>,
}

/// A configuration that cannot be read, or a document that cannot be delivered. Trying again as it is helps only with
/// [`ConfigurationError::Unreadable`] and [`ConfigurationError::Refused`].
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ConfigurationError {
    /// The service has not told its configuration.
    #[error("{path} did not give the configuration: {why}")]
    Unreadable {
        /// What was called.
        path: String,
        /// What came instead, in short.
        why: String,
    },
    /// The document is no JSON.
    #[error("line {line} of the document is no JSON: {problem}")]
    NotJson {
        /// From 1.
        line: usize,
        /// What is wrong there.
        problem: String,
    },
    /// The document is no HOCON that the product can read.
    #[error("the document is no HOCON that can be sent")]
    NotHocon(#[source] HoconError),
    /// The document is none of this product.
    #[error("{0}")]
    Shape(String),
    /// Secrets are left out that nobody here knows.
    #[error("the document leaves secrets out that the service has and nobody can read: {}; put them in", named(.0))]
    SecretsMissing(Vec<String>),
    /// The product has no way to remove it.
    #[error("nothing can be removed from this product's configuration, and the document does not mention {}", named(.0))]
    CannotRemove(Vec<String>),
    /// HOCON replaces all there is.
    #[error(
        "HOCON text is always the whole configuration; deliver it as such, or give the sections as JSON"
    )]
    AlwaysWhole,
    /// The service has not taken it.
    #[error("{path} was refused: {why}")]
    Refused {
        /// What was called.
        path: String,
        /// Why, in the product's words, short and without anything like a token.
        why: String,
    },
}

/// How a product's configuration is read and written. Documents with secrets are for memory only: never kept, never shown.
pub trait Configuration: Sync {
    /// What a document of it is written in.
    fn form(&self) -> Form;

    /// The calls whose answers, in this order, hold all of it; with the credential. Answers are to be kept with
    /// [`Answer::whole`], and unmasked.
    fn reading(&self) -> Vec<Call>;

    /// All of it as one document with secrets in clear, where the product gives them away: what
    /// [`Configuration::writing`] needs as `present` for secrets to survive.
    ///
    /// # Errors
    /// An answer is not a configuration.
    fn with_secrets(&self, answers: &[Answer]) -> Result<String, ConfigurationError>;

    /// A document without secrets: pretty JSON with sorted names, the same for the same configuration. What the product gives away
    /// in clear is a placeholder named by its path, such as `${tls_key}`.
    ///
    /// # Errors
    /// It is no document of this product.
    fn without_secrets(&self, document: &str) -> Result<String, ConfigurationError>;

    /// All of it as one document without secrets.
    ///
    /// # Errors
    /// An answer is not a configuration.
    fn document(&self, answers: &[Answer]) -> Result<String, ConfigurationError> {
        self.without_secrets(&self.with_secrets(answers)?)
    }

    /// A document without secrets as the text of a template that, filled in, gives the document again: only the places of secrets are
    /// parameters, every other `${` is literal.
    ///
    /// # Errors
    /// It is no document of this product.
    fn as_template(&self, document: &str) -> Result<String, ConfigurationError>;

    /// Whether a filled-in document can be delivered at all.
    ///
    /// # Errors
    /// What is wrong with it.
    fn check(&self, document: &str) -> Result<(), ConfigurationError>;

    /// The calls that make it so, in this order, each only after the one before was accepted; none when there is nothing to write.
    /// `present` is what was read before. A secret whose place the document leaves as its placeholder is taken from there.
    ///
    /// # Errors
    /// It cannot be written without loss, or at all.
    fn writing(
        &self,
        document: &str,
        present: &str,
        extent: Extent,
    ) -> Result<Vec<Call>, ConfigurationError>;

    /// Whether the answer to a call of [`Configuration::writing`] says that it was taken.
    ///
    /// # Errors
    /// Why not.
    fn accepted(&self, call: &Call, answer: &Answer) -> Result<(), ConfigurationError>;

    /// Where `found` is not what `wanted` asks for, at most [`MAX_DIFFERENCES`]; with [`Extent::Part`] only what `wanted` mentions.
    /// Secrets are compared where both have them in clear.
    fn differences(&self, wanted: &str, found: &str, extent: Extent) -> Vec<Difference>;

    /// What a document asks for that [`Configuration::differences`] cannot see, as paths: when there is any, there may be something
    /// to write although there is no difference, and reading back proves nothing of it. `found` is what was read.
    fn unseen(&self, wanted: &str, found: &str) -> Vec<String>;

    /// Whether what was written is only in effect after a restart.
    fn needs_restart(&self) -> bool {
        false
    }
}

/// A document as an object of JSON.
///
/// # Errors
/// It is none.
pub(crate) fn object(document: &str) -> Result<Value, ConfigurationError> {
    let value: Value =
        serde_json::from_str(document).map_err(|error| ConfigurationError::NotJson {
            line: error.line(),
            problem: without_place(&error.to_string()),
        })?;
    if value.is_object() {
        Ok(value)
    } else {
        Err(shape("the document is no object of JSON"))
    }
}

/// The answer's body as an object of JSON, if it says that all is well.
///
/// # Errors
/// It does not, or is no object.
pub(crate) fn told(call: &Call, answer: Option<&Answer>) -> Result<Value, ConfigurationError> {
    let unreadable = |why: String| ConfigurationError::Unreadable {
        path: call.path.clone(),
        why,
    };
    let answer = answer.ok_or_else(|| unreadable("there was no answer".to_owned()))?;
    if !answer.status.is_success() {
        return Err(unreadable(said(answer)));
    }
    let body = answer.json().filter(Value::is_object);
    body.ok_or_else(|| {
        unreadable(if answer.body.len() >= crate::MAX_CONFIGURATION_BYTES {
            "it is too long".to_owned()
        } else {
            "it is no JSON".to_owned()
        })
    })
}

/// That a call was refused, for this reason or the whole answer.
pub(crate) fn refused(call: &Call, answer: &Answer, why: Option<String>) -> ConfigurationError {
    ConfigurationError::Refused {
        path: call.path.clone(),
        why: why.map_or_else(|| said(answer), |why| excerpt::printable(&why)),
    }
}

/// That the document is none of this product, for this reason.
pub(crate) fn shape(problem: impl Into<String>) -> ConfigurationError {
    ConfigurationError::Shape(problem.into())
}

/// A call that carries JSON.
pub(crate) fn carrying(method: Method, path: String, body: &Value) -> Call {
    let json = HeaderValue::from_static("application/json");
    Call {
        method,
        path,
        headers: HeaderMap::from_iter([(header::CONTENT_TYPE, json)]),
        body: Some(body.to_string().into()),
    }
}

/// A value as everybody writes it: names sorted, two blanks for each depth.
pub(crate) fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

fn said(answer: &Answer) -> String {
    let status = answer.status.as_u16();
    if answer.body.is_empty() {
        format!("{status} with nothing")
    } else if answer.is_page() {
        format!("{status} with a web page")
    } else {
        format!("{status} with \"{}\"", excerpt::of(answer))
    }
}

/// The words of the JSON library without the place, which is told beside.
fn without_place(text: &str) -> String {
    let end = text.find(" at line ").unwrap_or(text.len());
    text[..end].to_owned()
}

/// A few of them, and how many more.
fn named(paths: &[String]) -> String {
    let few = paths[..paths.len().min(MAX_NAMED)].join(", ");
    match paths.len().saturating_sub(MAX_NAMED) {
        0 => few,
        more => format!("{few} and {more} more"),
    }
}
