//! A name for each request, in its answer and in the log.

use std::cell::RefCell;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::HeaderValue;

/// The header that carries it.
const HEADER: &str = "x-request-id";

tokio::task_local! {
    static CURRENT: RefCell<String>;
}

/// The present request's name; a new one outside of a request.
pub fn current() -> String {
    CURRENT
        .try_with(|id| id.borrow().clone())
        .unwrap_or_else(|_| fresh())
}

/// Names each request.
pub async fn layer(request: Request, next: Next) -> Response {
    let id = fresh();
    let value = HeaderValue::from_str(&id);
    let mut response = CURRENT.scope(RefCell::new(id), next.run(request)).await;
    if let Ok(value) = value {
        response.headers_mut().insert(HEADER, value);
    }
    response
}

fn fresh() -> String {
    let bytes: [u8; 8] = edgeward_pki::random_bytes();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
