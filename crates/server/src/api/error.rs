//! The one place where an error becomes an answer.

use axum::Json;
use axum::response::{IntoResponse, Response};
use edgeward_api::error::{ErrorBody, ErrorDetail, Fault};
use edgeward_runtime::Chain;
use edgeward_store::StoreError;
use http::{HeaderValue, StatusCode, header};

/// Seconds after which asking a database that was not available makes sense.
const RETRY_AFTER_S: u64 = 5;

/// An answer with a status of 400 and above.
#[derive(Clone, Debug)]
pub struct ApiError {
    status: StatusCode,
    detail: Box<ErrorDetail>,
    retry_after_s: Option<u64>,
}

impl ApiError {
    /// An error that whoever asked can do something about.
    pub fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        let fault = if status.is_server_error() {
            Fault::ControlPlane
        } else {
            Fault::Request
        };
        let detail = Box::new(ErrorDetail {
            code: code.into(),
            message: message.into(),
            fault,
            hint: None,
            request_id: super::request_id::current(),
        });
        Self {
            status,
            detail,
            retry_after_s: None,
        }
    }

    /// The thing does not exist, or may not be seen: one answer for both.
    pub fn not_found(what: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            format!("there is no such {what}"),
        )
    }

    /// A rule forbids it now.
    pub fn conflict(code: &str, message: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::CONFLICT, code, message.to_string())
    }

    /// The device's agent belongs to no project, so nothing can be asked of it.
    pub fn not_managed(device: edgeward_ids::AgentId) -> Self {
        let message = format!("the agent of the device {device} is not managed; adopt it first");
        Self::conflict("not_managed", message)
    }

    /// The request itself is wrong.
    pub fn invalid(message: impl std::fmt::Display) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "invalid_request",
            message.to_string(),
        )
    }

    /// The caller may see it, and lacks the role to do this.
    pub fn not_allowed(least: edgeward_domain::access::Role) -> Self {
        let denied = edgeward_domain::access::Denied::Role(least);
        Self::new(StatusCode::FORBIDDEN, "not_allowed", denied.to_string())
            .hint("ask somebody with that role to do it, or to give it to you")
    }

    /// Nobody is signed in.
    pub fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "not_signed_in",
            "nobody is signed in",
        )
        .hint("sign in, or send a bearer token")
    }

    /// Something here failed; the detail goes to the log only.
    pub fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        let answer = Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "the control plane failed to do this",
        )
        .hint("look for the request id in the control plane's log");
        tracing::error!(request_id = answer.detail.request_id, error = %Chain(error), "a request failed");
        answer
    }

    /// Says who is at fault.
    pub fn fault(mut self, fault: Fault) -> Self {
        self.detail.fault = fault;
        self
    }

    /// Says what to do.
    pub fn hint(mut self, hint: &str) -> Self {
        self.detail.hint = Some(hint.into());
        self
    }

    /// Says when to try again.
    pub fn retry_after_s(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The body.
    pub fn detail(&self) -> &ErrorDetail {
        &self.detail
    }

    /// Adds the headers that go with it, whatever the body.
    pub fn decorate(&self, response: &mut Response) {
        *response.status_mut() = self.status;
        if let Some(seconds) = self.retry_after_s {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = Json(ErrorBody {
            error: *self.detail.clone(),
        })
        .into_response();
        self.decorate(&mut response);
        response.extensions_mut().insert(self);
        response
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        let internal = Self::internal(&error);
        let (status, code, message, hint) = match error {
            StoreError::Full { .. } => (
                StatusCode::INSUFFICIENT_STORAGE,
                "storage_full",
                "the control plane's disk is full; nothing was changed",
                "free space where its database is, and try again",
            ),
            StoreError::Unavailable { .. } => (
                StatusCode::SERVICE_UNAVAILABLE,
                "database_unavailable",
                "the control plane's database is not available; nothing was changed",
                "try again; if it stays so, look for the request id in the control plane's log",
            ),
            StoreError::Corrupt { .. } | StoreError::Refused { .. } => return internal,
        };
        let answer = Self::new(status, code, message).hint(hint);
        if status == StatusCode::SERVICE_UNAVAILABLE {
            answer.retry_after_s(RETRY_AFTER_S)
        } else {
            answer
        }
    }
}
