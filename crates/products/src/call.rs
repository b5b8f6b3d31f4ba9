//! A call to a service and its answer, as plain data.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use serde_json::Value;

/// How much of an answer's body is kept, in bytes; what is longer is cut there.
pub const MAX_BODY_BYTES: usize = 256 * 1024;

/// How much of an answer with a configuration is kept, in bytes.
pub const MAX_CONFIGURATION_BYTES: usize = 4 * 1024 * 1024;

/// A call that somebody else sends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Call {
    /// How.
    pub method: Method,
    /// From the first slash on, with the product's base and with the query.
    pub path: String,
    /// Headers beside the one with the credential.
    pub headers: HeaderMap,
    /// What it carries.
    pub body: Option<Bytes>,
}

/// What a service answered. Redirects are never followed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// The header `Content-Type`.
    pub content_type: Option<String>,
    /// The header `Date`.
    pub date: Option<String>,
    /// The header `Location`.
    pub location: Option<String>,
    /// The body's first [`MAX_BODY_BYTES`].
    pub body: Bytes,
}

/// There was no answer.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{why}")]
pub struct Unreachable {
    /// Why not, in the words of whoever tried, such as `connection refused`.
    pub why: String,
}

impl Call {
    /// `GET path`.
    pub fn get(path: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            path: path.into(),
            headers: HeaderMap::new(),
            body: None,
        }
    }

    /// The same call with a header more.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Its path as [`plain`] has it.
    pub(crate) fn plain_path(&self) -> String {
        plain(&self.path)
    }
}

/// A path as a lenient server may understand it: without query, escapes, doubled slashes and a slash at the end.
pub(crate) fn plain(path: &str) -> String {
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let escaped = after.get(..2).filter(|_| *byte == b'%');
        let escaped = escaped.and_then(|digits| std::str::from_utf8(digits).ok());
        let escaped = escaped.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        rest = escaped.and(after.get(2..)).unwrap_or(after);
        let byte = escaped.unwrap_or(*byte);
        if byte != b'/' || bytes.last() != Some(&b'/') {
            bytes.push(byte);
        }
    }
    if bytes.len() > 1 && bytes.ends_with(b"/") {
        bytes.pop();
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

impl Answer {
    /// An answer with what matters of its headers; the body is cut at [`MAX_BODY_BYTES`].
    pub fn new(status: StatusCode, headers: &HeaderMap, body: Bytes) -> Self {
        let text = |name| Some(headers.get(name)?.to_str().ok()?.to_owned());
        Self {
            status,
            content_type: text(header::CONTENT_TYPE),
            date: text(header::DATE),
            location: text(header::LOCATION),
            body: body.slice(..body.len().min(MAX_BODY_BYTES)),
        }
    }

    /// The same with the body cut at [`MAX_CONFIGURATION_BYTES`] only: for what [`crate::Configuration`] reads.
    pub fn whole(status: StatusCode, headers: &HeaderMap, body: Bytes) -> Self {
        let body = body.slice(..body.len().min(MAX_CONFIGURATION_BYTES));
        Self {
            body: body.clone(),
            ..Self::new(status, headers, body)
        }
    }

    /// Whether the body is as long as one is kept, and so was perhaps cut.
    pub(crate) fn is_cut(&self) -> bool {
        self.body.len() >= MAX_BODY_BYTES
    }

    /// The body as JSON, whatever its type is said to be.
    pub(crate) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The body as text.
    pub(crate) fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// Whether it is a page for people.
    pub(crate) fn is_page(&self) -> bool {
        let html = |text: &str| text.to_ascii_lowercase().contains("html");
        let beginning = &self.body[..self.body.len().min(64)];
        self.content_type.as_deref().is_some_and(html) || html(&String::from_utf8_lossy(beginning))
    }
}
