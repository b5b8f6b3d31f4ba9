//! The page that a browser gets on a service's host when the service does not answer: who is at fault, and what to do.

use axum::response::{IntoResponse as _, Response};
use edgeward_api::error::Fault;
use edgeward_ids::ServiceId;
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::api::ApiError;
use crate::app::Shared;

/// Whether whoever asks would rather read a page than JSON: a browser that navigates.
pub fn wanted(headers: &HeaderMap) -> bool {
    let accepts = |h: &HeaderValue| h.to_str().is_ok_and(|text| text.contains("text/html"));
    headers.get(header::ACCEPT).is_some_and(accepts)
}

/// The page.
pub fn failed(error: &ApiError, app: &Shared, service: ServiceId) -> Response {
    let detail = error.detail();
    let who = match detail.fault {
        Fault::Request => "The request was not accepted",
        Fault::Agent if error.status() == StatusCode::SERVICE_UNAVAILABLE => {
            "The device cannot be reached"
        }
        Fault::Agent => "The device did not pass the request on",
        Fault::Service => "The service did not answer",
        Fault::ControlPlane => "Edgeward failed",
    };
    let html = include_str!("failed.html")
        .replace("{{who}}", who)
        .replace("{{message}}", &escape(&detail.message))
        .replace(
            "{{hint}}",
            &escape(detail.hint.as_deref().unwrap_or_default()),
        )
        .replace("{{code}}", &escape(&detail.code))
        .replace("{{request_id}}", &escape(&detail.request_id))
        .replace(
            "{{console}}",
            &escape(&format!("{}/services/{service}", app.public().console_url)),
        );
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'",
        ),
        (header::CACHE_CONTROL, "no-store"),
    ];
    let mut response = (headers, html).into_response();
    error.decorate(&mut response);
    response
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
