//! What is asked of a device, and what it answers.

use edgeward_ids::ActionId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{MAX_RESPONSE_BYTES, text};
use crate::action::{ActionName, ActionRequest};

/// Asks something of a device, on `devices/sub/<device id>`. All four keys are always written; any may be missing when read.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Request {
    /// Names the action; the response carries it.
    #[serde(default, deserialize_with = "text::short")]
    pub id: String,
    /// Which action; [`ActionName`] where it is one that is known.
    #[serde(default, deserialize_with = "text::short")]
    pub action: String,
    /// The snap that it is about; empty where there is none.
    #[serde(default, deserialize_with = "text::short")]
    pub snap: String,
    /// More: always a text, also where it is JSON.
    #[serde(default, deserialize_with = "text::or_default")]
    pub data: String,
}

impl Request {
    /// This action, under this id.
    pub fn new(id: ActionId, request: &ActionRequest) -> Self {
        Self {
            id: id.to_string(),
            action: request.name.as_str().to_owned(),
            snap: request.snap.clone(),
            data: request.data.clone(),
        }
    }

    /// What is asked, if it is an action that is known.
    pub fn known(&self) -> Option<ActionRequest> {
        Some(ActionRequest {
            name: self.action.parse().ok()?,
            snap: self.snap.clone(),
            data: self.data.clone(),
        })
    }
}

/// Which of the two encodings of a response.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encoding {
    /// Every key is written: Canonical's agent. Every server reads it.
    Full,
    /// What is empty, false, zero or null is left out, also within the result: Everactive's agent.
    Sparse,
}

/// A device's answer, on `devices/pub/<device id>`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Response {
    /// The request's id.
    #[serde(default, deserialize_with = "text::short")]
    pub id: String,
    /// Empty, or `2` where the result of `list` carries hashes.
    #[serde(
        default,
        skip_serializing_if = "String::is_empty",
        deserialize_with = "text::short"
    )]
    pub version: String,
    /// The request's action.
    #[serde(default, deserialize_with = "text::short")]
    pub action: String,
    /// Whether it was done or, where snapd does it later, taken on. Missing means that it was not.
    #[serde(default, deserialize_with = "text::or_default")]
    pub success: bool,
    /// Why not; empty on success.
    #[serde(default, deserialize_with = "text::or_default")]
    pub message: String,
    /// What came of it; see [`super::result`].
    #[serde(default)]
    pub result: Value,
}

/// What arrived where a response was expected.
#[derive(Clone, PartialEq, Debug)]
pub enum Reply {
    /// A response.
    Response(Box<Response>),
    /// Nothing at all, which is how old agents answer an action that they do not know. It does not say which.
    Empty,
}

/// The bytes are no response.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadResponse {
    /// More than is read.
    #[error("the response has {0} bytes; {MAX_RESPONSE_BYTES} are allowed")]
    TooLarge(usize),
    /// Not JSON, or not an object with such keys.
    #[error("the response cannot be read: {0}")]
    Unreadable(String),
}

impl Response {
    /// Reads either encoding.
    ///
    /// # Errors
    /// It is too large, or no response.
    pub fn read(bytes: &[u8]) -> Result<Reply, BadResponse> {
        if bytes.is_empty() {
            return Ok(Reply::Empty);
        }
        if bytes.len() > MAX_RESPONSE_BYTES {
            return Err(BadResponse::TooLarge(bytes.len()));
        }
        serde_json::from_slice(bytes)
            .map(|response| Reply::Response(Box::new(response)))
            .map_err(|error| BadResponse::Unreadable(error.to_string()))
    }

    /// Which action it answers, if it is one that is known.
    pub fn name(&self) -> Option<ActionName> {
        self.action.parse().ok()
    }

    /// In this encoding, keys in their order there.
    pub fn to_json(&self, encoding: Encoding) -> Value {
        let full = serde_json::json!({
            "id": self.id, "action": self.action, "success": self.success, "message": self.message, "result": self.result,
        });
        let mut keys = match full {
            Value::Object(keys) => keys,
            _ => Map::new(),
        };
        if !self.version.is_empty() {
            keys.insert("version".to_owned(), Value::String(self.version.clone()));
        }
        match encoding {
            Encoding::Full => Value::Object(keys),
            Encoding::Sparse => sparse(Value::Object(keys)),
        }
    }
}

/// Leaves out of objects what is empty, false, zero or null.
fn sparse(value: Value) -> Value {
    match value {
        Value::Object(keys) => Value::Object(
            keys.into_iter()
                .map(|(key, value)| (key, sparse(value)))
                .filter(|(_, value)| !is_nothing(value))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(sparse).collect()),
        other => other,
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(is) => !is,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(_) => false,
    }
}
