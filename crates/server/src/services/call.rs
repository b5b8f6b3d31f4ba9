//! One call of a service's own API for whoever sits at the console: JSON there and back.
//!
//! The console cannot use the way for programs: what came over it with a cookie would be a page of the service's in the console's own
//! place. Here an answer is never anything but text in a field.

use std::time::Instant;

use axum::body::Body;
use edgeward_api::service::{CallAnswer, CallRequest, MAX_CALL_BODY_BYTES};
use http::header::{CONTENT_LENGTH, COOKIE, EXPECT, HOST};
use http::{HeaderName, HeaderValue, Method, Request};

use super::ReadOnly;
use super::failure::Failure;
use super::guard::Meant;
use super::proxy::{self, Origin};
use super::service::Opened;
use super::ways::{Ways, beginning};

/// Headers that are not the caller's to set: the first three say how the request is carried, the last who the browser is.
const NOT_THEIRS: [HeaderName; 4] = [HOST, CONTENT_LENGTH, EXPECT, COOKIE];

/// Why a call was not made.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// A field says something that cannot be sent.
    #[error("{0}")]
    Invalid(String),
    /// It would change something, and the caller may only look.
    #[error(transparent)]
    ReadOnly(#[from] ReadOnly),
    /// The service did not answer.
    #[error(transparent)]
    Failed(#[from] Failure),
}

/// Sends it and reads the answer.
pub async fn call(
    ways: &Ways,
    opened: &Opened,
    origin: &Origin,
    wanted: CallRequest,
) -> Result<CallAnswer, CallError> {
    let path = wanted.path.clone();
    let (parts, body) = request(wanted)?.into_parts();
    opened.allows(&parts)?;
    let began = Instant::now();
    let request = Request::from_parts(parts, body);
    let answer = proxy::exchange(ways, &opened.route, origin, &path, request).await?;
    let (parts, body) = answer.into_parts();
    let read = beginning(body, MAX_CALL_BODY_BYTES + 1).await?;
    let is_cut = read.len() > MAX_CALL_BODY_BYTES;
    let read = &read[..read.len().min(MAX_CALL_BODY_BYTES)];
    let headers = parts.headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes());
        [name.as_str().to_owned(), value.into_owned()]
    });
    Ok(CallAnswer {
        status: parts.status.as_u16(),
        headers: headers.collect(),
        body: text(read, is_cut),
        bytes: read.len() as u64,
        is_cut,
        took_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
    })
}

fn request(wanted: CallRequest) -> Result<Request<Body>, CallError> {
    let invalid = |problem: String| Err(CallError::Invalid(problem));
    let Ok(method) = wanted.method.parse::<Method>() else {
        return invalid(format!(
            "method is \"{}\"; it must be a word such as GET",
            wanted.method
        ));
    };
    if method == Method::CONNECT {
        return invalid("method is CONNECT, which is no call of an API".into());
    }
    if !wanted.path.starts_with('/') {
        return invalid("path must begin with a slash".into());
    }
    let mut request = Request::builder()
        .method(method)
        .uri(wanted.path.as_str())
        .body(wanted.body.map_or_else(Body::empty, Body::from))
        .map_err(|_| {
            CallError::Invalid("path has characters that no path has; write them as %XX".into())
        })?;
    for (name, value) in &wanted.headers {
        let (Ok(header), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value))
        else {
            return invalid(format!(
                "headers.\"{name}\" is not a header that can be sent"
            ));
        };
        if NOT_THEIRS.contains(&header) || proxy::HOP_BY_HOP.contains(&header) {
            return invalid(format!(
                "headers.{header} is set by the control plane; leave it out"
            ));
        }
        request.headers_mut().append(header, value);
    }
    if wanted.meant {
        request.extensions_mut().insert(Meant);
    }
    Ok(request)
}

/// The body, if it is text. Where it was cut, a character may have been too.
fn text(read: &[u8], is_cut: bool) -> Option<String> {
    match std::str::from_utf8(read) {
        Ok(text) => Some(text.to_owned()),
        Err(error) if is_cut && error.error_len().is_none() => {
            let whole = &read[..error.valid_up_to()];
            Some(String::from_utf8_lossy(whole).into_owned())
        }
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(method: &str, path: &str, header: Option<(&str, &str)>) -> CallRequest {
        CallRequest {
            method: method.into(),
            path: path.into(),
            headers: header
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            body: None,
            meant: false,
        }
    }

    #[test]
    fn what_cannot_be_sent_is_named() {
        for (wanted, said) in [
            (wanted("GE T", "/", None), "method is \"GE T\""),
            (wanted("CONNECT", "/", None), "CONNECT"),
            (wanted("GET", "streams", None), "begin with a slash"),
            (wanted("GET", "/a b", None), "%XX"),
            (wanted("GET", "/", Some(("a b", "1"))), "headers.\"a b\""),
            (wanted("GET", "/", Some(("A", "1\n2"))), "headers.\"A\""),
            (wanted("GET", "/", Some(("Host", "x"))), "headers.host"),
            (
                wanted("GET", "/", Some(("Upgrade", "websocket"))),
                "headers.upgrade",
            ),
        ] {
            let error = request(wanted).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
        request(wanted("PATCH", "/a?b=%20", Some(("X-A", "1")))).unwrap();
    }

    #[test]
    fn half_a_character_at_the_cut_is_left_out_and_binary_is_no_text() {
        let cut = "aé".as_bytes();
        assert_eq!(text(&cut[..2], true).as_deref(), Some("a"));
        assert_eq!(text(&cut[..2], false), None);
        assert_eq!(text(&[b'a', 0xff, b'b'], true), None);
        assert_eq!(text(cut, false).as_deref(), Some("aé"));
    }
}
