//! `/api/v1/services/tags`, `/api/v1/services/import` and `/api/v1/services/export`.

use std::collections::HashMap;

use axum::Json;
use axum::body::Body as HttpBody;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use edgeward_api::error::ErrorBody;
use edgeward_api::list::List;
use edgeward_api::service::{
    MAX_SERVICE_IMPORT_BYTES, MAX_TAGGED_AT_ONCE, ServiceFilter, ServiceImport, ServiceTagFilter,
    ServiceTagUse, ServiceTagged, ServiceTagging, ServicesImported,
};
use edgeward_domain::access::Action;
use http::{HeaderMap, StatusCode, header};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::export;
use super::import::ImportError;
use super::tags::TagDenial;
use crate::access::Caller;
use crate::api::{ApiError, Body, Query};
use crate::app::Shared;
use crate::people::Places;

/// The routes.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(tags_in_use, retag))
        .routes(routes!(import))
        .routes(routes!(export_services))
}

/// The tags that services have, in order. A tag exists while a service has it.
#[utoipa::path(get, path = "/services/tags", tag = "services", params(ServiceTagFilter),
    responses((status = 200, body = List<ServiceTagUse>), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody)))]
async fn tags_in_use(
    State(app): State<Shared>,
    caller: Caller,
    Query(filter): Query<ServiceTagFilter>,
) -> Result<Json<List<ServiceTagUse>>, ApiError> {
    let tags = app
        .services
        .tags_in_use(caller.grants(), filter.organisation, filter.project)
        .await?;
    Ok(Json(whole(tags)))
}

/// Gives services tags and takes others from them, each service by itself: the answer says of each what tags it has now, or why they
/// stayed as they were. Where none of them may be changed by the caller, the whole is refused.
#[utoipa::path(post, path = "/services/tags", tag = "services", request_body = ServiceTagging,
    responses((status = 200, body = List<ServiceTagged>), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn retag(
    State(app): State<Shared>,
    caller: Caller,
    Body(request): Body<ServiceTagging>,
) -> Result<Json<List<ServiceTagged>>, ApiError> {
    let ids = &request.services;
    if ids.is_empty() || ids.len() > MAX_TAGGED_AT_ONCE {
        return Err(ApiError::invalid(format!(
            "services names {} services; 1 to {MAX_TAGGED_AT_ONCE} get tags at once",
            ids.len()
        )));
    }
    let scopes = app.services.scopes(caller.grants(), ids).await?;
    let action = Action::ManageServices;
    let mut denied = HashMap::new();
    let mut last = None;
    for id in ids {
        match scopes.get(id) {
            None => {
                denied.insert(*id, TagDenial::Unknown);
            }
            Some(scope) if caller.may(action, *scope) => {}
            Some(scope) => {
                denied.insert(*id, TagDenial::Forbidden);
                last = Some(*scope);
            }
        }
    }
    if ids.iter().all(|id| denied.contains_key(id)) {
        let scope = last.ok_or_else(|| ApiError::not_found("service"))?;
        caller.permit(action, scope)?;
    }
    let tagged = app.services.retag(&caller.by(), &request, &denied).await?;
    Ok(Json(whole(tagged)))
}

/// Adds the services of a list that the control plane is to dial by itself, at most 100 MB, read as it comes. Its first line names the
/// columns, in any order: `category`, `name`, `endpoint`, and if wished `nodeType`, `scheme`, `tagName`, `authentication`, `username`,
/// `password`, `pinned`, `description`. What can be added is, without a proof: each is looked at afterwards. The lines that were not taken
/// come back with the reason.
#[utoipa::path(post, path = "/services/import", tag = "services", params(ServiceImport),
    request_body(content = String, content_type = "text/csv"),
    responses((status = 200, body = ServicesImported), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 413, body = ErrorBody)))]
async fn import(
    State(app): State<Shared>,
    caller: Caller,
    Query(into): Query<ServiceImport>,
    headers: HeaderMap,
    body: HttpBody,
) -> Result<Json<ServicesImported>, ApiError> {
    let places = Places::of(&app, &caller).await?;
    let permit = caller.permit(Action::ManageServices, places.project(into.project)?)?;
    let said = headers.get(header::CONTENT_LENGTH);
    let said = said.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if said.is_some_and(|length| length > MAX_SERVICE_IMPORT_BYTES as u64) {
        return Err(ImportError::TooLarge { imported: 0 }.into());
    }
    let list = body.into_data_stream();
    let imported = app.services.import(&permit, &caller.by(), list).await?;
    Ok(Json(imported))
}

/// All services that match, in the order in which they were made, as a list that can be imported again. No password is in it.
#[utoipa::path(get, path = "/services/export", tag = "services", params(ServiceFilter),
    responses((status = 200, content((String = "text/csv"))), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody)))]
async fn export_services(
    State(app): State<Shared>,
    caller: Caller,
    Query(filter): Query<ServiceFilter>,
) -> Result<Response, ApiError> {
    let wanted = app.services.wanted(caller.grants(), &filter)?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"edgeward-services.csv\"",
        ),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    let list = HttpBody::from_stream(export::pieces(app, wanted));
    Ok((headers, list).into_response())
}

fn whole<T>(items: Vec<T>) -> List<T> {
    let total = items.len() as u64;
    List { items, total }
}

impl From<ImportError> for ApiError {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::Services(error) => error.into(),
            ImportError::Heading(_) => Self::invalid(error),
            ImportError::TooLarge { .. } => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too_large",
                error.to_string(),
            )
            .hint("import it in parts, each with the first line"),
            ImportError::Cut { .. } => Self::invalid(error)
                .hint("import the list again; what is there already comes back by line"),
        }
    }
}
