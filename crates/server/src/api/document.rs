//! The OpenAPI document, generated from the handlers.

use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;

use crate::app::Shared;
use crate::{access, agents, organisations, services, tokens};

#[derive(OpenApi)]
#[openapi(
    info(title = "Edgeward", description = "Devices and edge services that nobody can dial into.", license(name = "Apache-2.0", identifier = "Apache-2.0")),
    modifiers(&Security),
    security(("session" = []), ("bearer" = []))
)]
struct Document;

struct Security;

impl utoipa::Modify for Security {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_with(Default::default);
        let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("edgeward_session")));
        let bearer =
            SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
        components.add_security_scheme("session", cookie);
        components.add_security_scheme("bearer", bearer);
    }
}

/// All described routes, under `/api/v1`.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    let v1 = OpenApiRouter::new()
        .merge(access::http::routes())
        .merge(super::overview::routes())
        .merge(super::events::routes())
        .merge(organisations::http::routes())
        .merge(agents::http::routes())
        .merge(tokens::http::routes())
        .merge(services::http::routes());
    OpenApiRouter::with_openapi(Document::openapi()).nest("/api/v1", v1)
}

/// The document as it is checked in: pretty JSON with a final newline.
pub fn openapi_json() -> String {
    let mut text = routes()
        .split_for_parts()
        .1
        .to_pretty_json()
        .unwrap_or_default();
    text.push('\n');
    text
}
