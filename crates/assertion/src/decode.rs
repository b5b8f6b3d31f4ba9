//! Reading assertions out of a stream.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::headers::{self, Value};
use crate::{DecodeError, StatementError};

/// The most assertions in one stream.
pub const MAX_ASSERTIONS: usize = 64;

/// The largest headers of one assertion, in bytes; snapd's own limit.
pub const MAX_HEADERS_BYTES: usize = 128 * 1024;

/// The largest body of one assertion, in bytes; snapd's own limit.
pub const MAX_BODY_BYTES: usize = 2 * 1024 * 1024;

/// The longest signature of one assertion as text, in bytes; snapd's own limit.
pub const MAX_SIGNATURE_BYTES: usize = 128 * 1024;

/// Between headers, body and signature, and between assertions.
const SEPARATOR: &[u8] = b"\n\n";

/// A signed statement. Nothing is said about whether the signature is true.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Assertion {
    headers: BTreeMap<String, Value>,
    /// What is signed: the headers, and the body if there is one.
    content: Vec<u8>,
    /// Where the body is in `content`; none if there is none.
    body_at: Option<usize>,
    signature_text: Vec<u8>,
    signature: Vec<u8>,
}

/// Reads assertions that follow one another with an empty line between them, as snapd writes them. An empty text holds none.
///
/// # Errors
/// What is wrong with the first one that is not as it has to be.
pub fn decode_stream(text: &[u8]) -> Result<Vec<Assertion>, DecodeError> {
    let mut reader = Reader { rest: text };
    let mut assertions = Vec::new();
    while let Some(assertion) = reader.assertion()? {
        if assertions.len() == MAX_ASSERTIONS {
            return Err(DecodeError::TooMany);
        }
        assertions.push(assertion);
    }
    Ok(assertions)
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn assertion(&mut self) -> Result<Option<Assertion>, DecodeError> {
        while let Some(rest) = self.rest.strip_prefix(b"\n") {
            self.rest = rest;
        }
        if self.rest.is_empty() {
            return Ok(None);
        }
        let whole = self.rest;
        let head = self
            .until_separator("headers", MAX_HEADERS_BYTES)?
            .ok_or(DecodeError::Incomplete)?;
        let text = std::str::from_utf8(head).map_err(|_| DecodeError::NotText("headers"))?;
        let headers = headers::parse(text)?;
        let single = |name: &'static str| {
            headers
                .get(name)
                .and_then(Value::as_text)
                .filter(|text| !text.is_empty())
                .ok_or(DecodeError::Missing(name))
        };
        single("type")?;
        single("sign-key-sha3-384")?;
        let body_length = body_length(&headers)?;
        let body_at = head.len() + SEPARATOR.len();
        // Without a body the empty line before the signature may be there twice; then the first one belongs to what is signed.
        let content = if body_length > 0 {
            let body = self
                .rest
                .get(..body_length)
                .ok_or(DecodeError::Incomplete)?;
            std::str::from_utf8(body).map_err(|_| DecodeError::NotText("body"))?;
            self.rest = self
                .rest
                .get(body_length..)
                .and_then(|rest| rest.strip_prefix(SEPARATOR))
                .ok_or(DecodeError::BodyEnd)?;
            &whole[..body_at + body_length]
        } else if let Some(rest) = self.rest.strip_prefix(SEPARATOR) {
            self.rest = rest;
            &whole[..body_at]
        } else {
            head
        };
        let signature_text = self.signature()?;
        let signature = from_base64(signature_text).ok_or(DecodeError::Signature)?;
        Ok(Some(Assertion {
            content: content.to_vec(),
            body_at: (body_length > 0).then_some(body_at),
            signature_text: signature_text.to_vec(),
            signature,
            headers,
        }))
    }

    fn signature(&mut self) -> Result<&'a [u8], DecodeError> {
        if let Some(signature) = self.until_separator("signature", MAX_SIGNATURE_BYTES)? {
            return Ok(signature);
        }
        // The last one ends with the stream, with or without the end of its line.
        let last = self.rest;
        self.rest = &[];
        if last.len() > MAX_SIGNATURE_BYTES {
            return Err(too_large("signature", MAX_SIGNATURE_BYTES));
        }
        Ok(last.strip_suffix(b"\n").unwrap_or(last))
    }

    /// What comes before the next empty line, which is passed over; none if there is no such line.
    fn until_separator(
        &mut self,
        part: &'static str,
        limit_bytes: usize,
    ) -> Result<Option<&'a [u8]>, DecodeError> {
        let window = self.rest.len().min(limit_bytes + SEPARATOR.len());
        let found = self.rest[..window]
            .windows(SEPARATOR.len())
            .position(|pair| pair == SEPARATOR);
        match found {
            Some(at) => {
                let before = &self.rest[..at];
                self.rest = &self.rest[at + SEPARATOR.len()..];
                Ok(Some(before))
            }
            None if window < self.rest.len() => Err(too_large(part, limit_bytes)),
            None => Ok(None),
        }
    }
}

fn too_large(part: &'static str, limit_bytes: usize) -> DecodeError {
    DecodeError::TooLarge { part, limit_bytes }
}

fn body_length(headers: &BTreeMap<String, Value>) -> Result<usize, DecodeError> {
    let Some(value) = headers.get("body-length") else {
        return Ok(0);
    };
    let text = value.as_text().unwrap_or_default();
    let length: usize = text
        .parse()
        .map_err(|_| DecodeError::BodyLength(text.chars().take(20).collect()))?;
    if length > MAX_BODY_BYTES {
        return Err(too_large("body", MAX_BODY_BYTES));
    }
    Ok(length)
}

/// Standard base64 in lines.
pub(crate) fn from_base64(text: &[u8]) -> Option<Vec<u8>> {
    let flat: Vec<u8> = text
        .iter()
        .copied()
        .filter(|byte| !matches!(byte, b'\n' | b'\r'))
        .collect();
    let bytes = STANDARD.decode(flat).ok()?;
    (!bytes.is_empty()).then_some(bytes)
}

impl Assertion {
    /// What it is about, such as `model` or `serial`.
    pub fn type_(&self) -> &str {
        self.header("type").unwrap_or_default()
    }

    /// The id of the key that is said to have signed it.
    pub fn sign_key(&self) -> &str {
        self.header("sign-key-sha3-384").unwrap_or_default()
    }

    /// A header, if it is there and is a single text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.as_text()
    }

    /// All headers.
    pub fn headers(&self) -> &BTreeMap<String, Value> {
        &self.headers
    }

    /// What comes with it; empty if nothing does.
    pub fn body(&self) -> &[u8] {
        self.body_at.map_or(&[], |at| &self.content[at..])
    }

    /// The assertion as it was read, with the end of its last line.
    pub fn encoded(&self) -> Vec<u8> {
        [&self.content, SEPARATOR, &self.signature_text, b"\n"].concat()
    }

    /// What is signed.
    #[cfg(feature = "verify")]
    pub(crate) fn content(&self) -> &[u8] {
        &self.content
    }

    /// The signature, decoded: a format byte and an OpenPGP packet.
    #[cfg(feature = "verify")]
    pub(crate) fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// A header that has to be there.
    pub(crate) fn need(
        &self,
        kind: &'static str,
        header: &'static str,
    ) -> Result<String, StatementError> {
        self.header(header)
            .filter(|text| !text.trim().is_empty())
            .map(str::to_owned)
            .ok_or(StatementError::Missing { kind, header })
    }

    pub(crate) fn be(&self, wanted: &'static str) -> Result<(), StatementError> {
        if self.type_() == wanted {
            return Ok(());
        }
        Err(StatementError::OtherType {
            wanted,
            found: self.type_().chars().take(64).collect(),
        })
    }
}
