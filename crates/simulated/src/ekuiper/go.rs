//! How programs in Go word their errors, as far as a manager gets to see them.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// An error as Go's HTTP library sends it: plain text, and a line feed behind it.
pub(super) fn plain_error(status: StatusCode, text: &str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (status, headers, format!("{text}\n")).into_response()
}

/// What Go's HTTP library says of a path that there is not.
pub(super) fn no_page() -> Response {
    plain_error(StatusCode::NOT_FOUND, "404 page not found")
}

/// A success in plain text.
pub(super) fn plain(status: StatusCode, text: String) -> Response {
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    (status, [(header::CONTENT_TYPE, plain)], text).into_response()
}

/// Base64 as in tokens.
///
/// # Errors
/// Where the text stops being base64.
pub(super) fn base64(text: &str) -> Result<Vec<u8>, String> {
    URL_SAFE_NO_PAD.decode(text).map_err(|error| {
        let place = match error {
            base64::DecodeError::InvalidByte(place, _)
            | base64::DecodeError::InvalidLastSymbol(place, _) => place,
            base64::DecodeError::InvalidLength(_) | base64::DecodeError::InvalidPadding => {
                text.len().saturating_sub(1)
            }
        };
        format!("illegal base64 data at input byte {place}")
    })
}

/// JSON.
///
/// # Errors
/// What is wrong with the first character, which is where it goes wrong for what is no JSON at all.
pub(super) fn json(bytes: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(bytes).map_err(|_| match String::from_utf8_lossy(bytes).chars().next() {
        None => "unexpected end of JSON input".to_owned(),
        Some(first) => {
            format!("invalid character {first:?} looking for beginning of value")
        }
    })
}

/// What Go calls the type of a value.
pub(super) fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// A span of time, as in `1h0m5s`.
pub(super) fn duration(seconds: i64) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{rest}s"),
        (0, _) => format!("{minutes}m{rest}s"),
        _ => format!("{hours}h{minutes}m{rest}s"),
    }
}

/// Several texts as Go prints a list of them: `[a b]`.
pub(super) fn list(texts: &[String]) -> String {
    format!("[{}]", texts.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_gos() {
        assert_eq!(
            base64("Bearer eyJ").unwrap_err(),
            "illegal base64 data at input byte 6"
        );
        assert_eq!(base64("eyJh").unwrap(), b"{\"a");
        assert_eq!(
            json(b"nothing").unwrap_err(),
            "invalid character 'n' looking for beginning of value"
        );
        assert_eq!(json(b"").unwrap_err(), "unexpected end of JSON input");
        let spans = [2, 300, 3605].map(duration);
        assert_eq!(spans, ["2s", "5m0s", "1h0m5s"]);
        assert_eq!(list(&["a".into(), "b".into()]), "[a b]");
        assert_eq!(list(&[]), "[]");
    }
}
