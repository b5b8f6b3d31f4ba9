//! The REST API as a whole: routes, extractors, errors, and the document that describes it.

mod document;
mod error;
mod events;
mod extract;
mod list;
mod overview;
mod refused;
pub mod request_id;

pub use document::openapi_json;
pub use error::ApiError;
pub use extract::{Body, Id, Ids, Query, address_of};
pub(crate) use list::{direction, searched, slice};

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::response::Response;
use http::StatusCode;
use tower_http::csrf::CsrfLayer;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::app::Shared;

/// The largest JSON body, in bytes. The proxy has no such limit.
const MAX_JSON_BYTES: usize = 256 * 1024;

/// The console's host: REST API, its document, health, and the console itself.
pub fn router(app: Shared) -> Router {
    let (api, document) = document::routes().with_state(app.clone()).split_for_parts();
    // Without the bar for documents of other places.
    let layout = Config::default().use_base_layout();
    let docs = SwaggerUi::new("/api/docs")
        .url("/api/openapi.json", document::complete(document))
        .config(layout);
    Router::new()
        .merge(api)
        .merge(crate::services::http::program_routes().with_state(app.clone()))
        .merge(crate::settings::http::open_routes().with_state(app.clone()))
        .merge(crate::iot::http::routes().with_state(app.clone()))
        .merge(crate::iot::twin_http::routes().with_state(app.clone()))
        .merge(crate::iot::groups::routes().with_state(app.clone()))
        .merge(docs)
        .merge(crate::web::health::routes().with_state(app.clone()))
        .route(
            "/api/{*rest}",
            axum::routing::any(async || {
                ApiError::new(
                    StatusCode::NOT_FOUND,
                    "not_found",
                    "there is no such address in the API",
                )
            }),
        )
        .fallback_service(Router::new().fallback(other).with_state(app.clone()))
        .layer(DefaultBodyLimit::max(MAX_JSON_BYTES))
        .layer(axum::middleware::from_fn_with_state(app, refused::record))
        .layer(CsrfLayer::new())
        .layer(axum::middleware::from_fn(request_id::layer))
}

/// What is nowhere else: enrolment of existing agents below a base path, else the console.
async fn other(app: State<Shared>, request: Request) -> Response {
    if crate::iot::http::is_enrolment(request.method(), request.uri().path()) {
        return crate::iot::http::enrol(app, request).await;
    }
    let (parts, _) = request.into_parts();
    crate::web::console(parts.method, parts.uri, parts.headers).await
}
