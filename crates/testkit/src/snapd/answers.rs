//! The forms in which snapd answers.

use bytes::Bytes;
use http::{Response, StatusCode, header};
use http_body_util::Full;
use serde_json::{Value, json};

pub(super) type Answer = Response<Full<Bytes>>;

/// A refusal, in snapd's form.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) kind: String,
    pub(super) message: String,
}

impl Refusal {
    pub(super) fn new(status: u16, kind: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            kind: kind.to_owned(),
            message: message.into(),
        }
    }

    pub(super) fn answer(&self) -> Answer {
        let mut result = json!({"message": self.message});
        if !self.kind.is_empty() {
            result["kind"] = self.kind.clone().into();
        }
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let text = status.canonical_reason().unwrap_or_default();
        let body = json!({
            "type": "error", "status-code": self.status, "status": text, "result": result,
        });
        with(status, "application/json", body.to_string())
    }
}

pub(super) fn sync(result: &Value) -> Answer {
    let body = json!({"type": "sync", "status-code": 200, "status": "OK", "result": result});
    with(StatusCode::OK, "application/json", body.to_string())
}

pub(super) fn started(change: u64, result: &Value) -> Answer {
    let body = json!({
        "type": "async", "status-code": 202, "status": "Accepted",
        "change": change.to_string(), "result": result,
    });
    with(StatusCode::ACCEPTED, "application/json", body.to_string())
}

pub(super) fn assertions(texts: &[&str]) -> Answer {
    let mut answer = with(
        StatusCode::OK,
        "application/x.ubuntu.assertion",
        texts.join("\n"),
    );
    let count = header::HeaderValue::from(texts.len());
    answer
        .headers_mut()
        .insert("x-ubuntu-assertions-count", count);
    answer
}

pub(super) fn with(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Bytes>,
) -> Answer {
    let mut answer = Response::new(Full::new(body.into()));
    *answer.status_mut() = status;
    let content_type = header::HeaderValue::from_static(content_type);
    answer
        .headers_mut()
        .insert(header::CONTENT_TYPE, content_type);
    answer
}
