//! The OpenAPI document, generated from the handlers.

use edgeward_api::agent::AgentSort;
use edgeward_api::audit::ExportFormat;
use edgeward_api::list::Direction;
use edgeward_api::service::ServiceSort;
use edgeward_api::user::UserSort;
use utoipa::OpenApi as _;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, OpenApi, Ref, Response, ResponseBuilder};
use utoipa_axum::router::OpenApiRouter;

use crate::app::Shared;
use crate::{
    access, actions, agents, api_tokens, audit, deliveries, devices, hosting, keys, organisations,
    people, rollouts, selection, services, settings, sso, templates, tokens, twins,
};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "Edgeward", description = "Devices and edge services that nobody can dial into.", license(name = "Apache-2.0", identifier = "Apache-2.0")),
    modifiers(&Security),
    // Words of queries, which the handlers' answers do not lead to.
    components(schemas(AgentSort, ServiceSort, UserSort, Direction, ExportFormat)),
    security(("session" = []), ("bearer" = []))
)]
struct Document;

struct Security;

impl utoipa::Modify for Security {
    fn modify(&self, document: &mut OpenApi) {
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
        .merge(people::http::routes())
        .merge(api_tokens::http::routes())
        .merge(audit::http::routes())
        .merge(settings::http::routes())
        .merge(keys::http::routes())
        .merge(sso::http::routes())
        .merge(agents::http::routes())
        .merge(twins::http::routes())
        .merge(actions::http::routes())
        .merge(rollouts::http::routes())
        .merge(templates::http::routes())
        .merge(deliveries::http::routes())
        .merge(selection::http::routes())
        .merge(devices::http::routes())
        .merge(devices::settings_http::routes())
        .merge(tokens::http::routes())
        .merge(services::http::routes())
        .merge(hosting::http::routes());
    OpenApiRouter::with_openapi(Document::openapi()).nest("/api/v1", v1)
}

/// Adds what every operation with a JSON body may answer, because the extractor does.
pub(super) fn complete(mut document: OpenApi) -> OpenApi {
    for item in document.paths.paths.values_mut() {
        let operations = [
            &mut item.post,
            &mut item.put,
            &mut item.patch,
            &mut item.delete,
        ];
        for operation in operations.into_iter().flatten() {
            if operation.request_body.is_some() {
                for (status, what) in BAD_BODIES {
                    operation
                        .responses
                        .responses
                        .entry(status.to_owned())
                        .or_insert_with(|| refusal(what).into());
                }
            }
        }
    }
    document
}

/// Statuses of bodies that cannot be read.
const BAD_BODIES: [(&str, &str); 4] = [
    ("400", "the body is not JSON"),
    ("413", "the body is too large"),
    ("415", "the body is not said to be application/json"),
    ("422", "the body is JSON of another shape"),
];

fn refusal(what: &str) -> Response {
    let schema = Ref::from_schema_name("ErrorBody");
    ResponseBuilder::new()
        .description(what)
        .content("application/json", Content::new(Some(schema)))
        .build()
}

/// The document as it is checked in: pretty JSON with a final newline.
pub fn openapi_json() -> String {
    let mut text = complete(routes().split_for_parts().1)
        .to_pretty_json()
        .unwrap_or_default();
    text.push('\n');
    text
}
