//! Changes that somebody who is signed in asked for and did not get are in the audit log.

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use edgeward_domain::audit::Note;
use edgeward_runtime::Chain;
use http::{Method, StatusCode};

use super::ApiError;
use crate::access::Seen;
use crate::app::Shared;
use crate::now;

/// What is recorded: not allowed, not there (for them), against a rule.
const RECORDED: [StatusCode; 3] = [
    StatusCode::FORBIDDEN,
    StatusCode::NOT_FOUND,
    StatusCode::CONFLICT,
];

/// Records a refused change.
pub async fn record(State(app): State<Shared>, mut request: Request, next: Next) -> Response {
    if [Method::GET, Method::HEAD, Method::OPTIONS].contains(request.method()) {
        return next.run(request).await;
    }
    let path = request.extensions().get::<MatchedPath>();
    let path = path.map(|path| path.as_str().trim_start_matches("/api/v1").to_owned());
    let method = request.method().clone();
    let asked = request.uri().path().to_owned();
    let seen = Seen::default();
    request.extensions_mut().insert(seen.clone());
    let response = next.run(request).await;
    let error = response.extensions().get::<ApiError>();
    if let (Some(path), Some(error), Some(by)) = (path, error, seen.by())
        && RECORDED.contains(&error.status())
    {
        let object = asked.chars().take(200).collect();
        let note = Note::new("request.refused", Some(object), format!("{method} {path}")).refused(
            format!("{}: {}", error.detail().code, error.detail().message),
        );
        if let Err(error) = app.store.audit().append(note, by, now()).await {
            tracing::warn!(error = %Chain(&error), "cannot record a refused change");
        }
    }
    response
}
