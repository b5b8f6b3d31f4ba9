//! `/api/v1/templates`.

use axum::Json;
use axum::extract::{DefaultBodyLimit, Path, State};
use edgeward_api::error::ErrorBody;
use edgeward_api::list::List;
use edgeward_api::service::MAX_DESCRIPTION_CHARS;
use edgeward_api::template::{
    Extent, MAX_TEMPLATE_BYTES, ServiceConfiguration, Template, TemplateFilter, TemplateRequest,
    TemplateVersion, VersionRequest,
};
use edgeward_domain::access::{Action, Scope, permit};
use edgeward_ids::{ServiceId, TemplateId};
use edgeward_products::{Form, Kind, placeholders, product};
use edgeward_runtime::Chain;
use edgeward_store::{Failure, NewTemplate, NewVersion, TemplateRefusal, VersionRefusal};
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{to_api, version_to_api, view_to_api};
use crate::access::Caller;
use crate::api::{ApiError, Body, Id, Query, searched, slice};
use crate::app::{App, Shared};
use crate::deliveries::{Carrier, CarryError};
use crate::now;
use crate::people::Places;

/// The largest body of a request with a template in it, in bytes: each character of it may be escaped.
const MAX_BODY_BYTES: usize = 2 * MAX_TEMPLATE_BYTES;

/// The routes.
pub(crate) fn routes() -> OpenApiRouter<Shared> {
    let long = OpenApiRouter::new()
        .routes(routes!(add, list))
        .routes(routes!(add_version, versions))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES));
    OpenApiRouter::new()
        .merge(long)
        .routes(routes!(show, delete))
        .routes(routes!(version))
        .routes(routes!(configuration))
}

/// Adds a template with its first version.
#[utoipa::path(post, path = "/templates", tag = "templates", request_body = TemplateRequest,
    responses((status = 201, body = Template), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn add(
    State(app): State<Shared>,
    caller: Caller,
    Body(request): Body<TemplateRequest>,
) -> Result<(StatusCode, Json<Template>), ApiError> {
    let places = Places::of(&app, &caller).await?;
    caller.permit(Action::ManageServices, places.project(request.project_id)?)?;
    let kind = Kind::of(request.kind.as_str());
    short("description", &request.description)?;
    let new = NewTemplate {
        id: TemplateId::generate(),
        project: request.project_id,
        name: request.name,
        kind: kind.as_str().to_owned(),
        description: request.description,
        first: new_version(kind, request.extent, request.text, String::new())?,
    };
    let by = caller.by();
    let added = app.templates.store.add_template(new, &by, now());
    let added = added.await.map_err(|failure| match failure {
        Failure::Store(error) => error.into(),
        Failure::Refused(TemplateRefusal::UnknownProject) => ApiError::not_found("project"),
        Failure::Refused(refusal @ TemplateRefusal::NameTaken) => {
            ApiError::conflict("name_taken", refusal)
        }
        Failure::Refused(refusal @ TemplateRefusal::TooMany) => {
            ApiError::conflict("too_many_templates", refusal)
        }
    })?;
    app.templates.changed();
    Ok((StatusCode::CREATED, Json(to_api(added))))
}

/// Templates, in the order of their names.
#[utoipa::path(get, path = "/templates", tag = "templates", params(TemplateFilter),
    responses((status = 200, body = List<Template>), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody)))]
async fn list(
    State(app): State<Shared>,
    caller: Caller,
    Query(filter): Query<TemplateFilter>,
) -> Result<Json<List<Template>>, ApiError> {
    let slice = slice(filter.offset, filter.limit)?;
    let wanted = edgeward_store::TemplateFilter {
        organisation: filter.organisation,
        project: filter.project,
        kind: filter.kind.map(|kind| kind.as_str().to_owned()),
        text: searched(filter.text.as_deref()),
        visible: caller.grants().visible(Action::Look.least_role()),
    };
    let page = app.templates.store.templates(&wanted, slice).await?;
    Ok(Json(List {
        items: page.items.into_iter().map(to_api).collect(),
        total: page.total,
    }))
}

/// One template.
#[utoipa::path(get, path = "/templates/{id}", tag = "templates", params(("id" = TemplateId, Path)),
    responses((status = 200, body = Template), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn show(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<TemplateId>,
) -> Result<Json<Template>, ApiError> {
    Ok(Json(to_api(found(&app, &caller, id).await?.0)))
}

/// Deletes a template with all its versions. Deliveries keep what they delivered.
#[utoipa::path(delete, path = "/templates/{id}", tag = "templates", params(("id" = TemplateId, Path)),
    responses((status = 204), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn delete(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<TemplateId>,
) -> Result<StatusCode, ApiError> {
    let (_, scope) = found(&app, &caller, id).await?;
    caller.permit(Action::ManageServices, scope)?;
    let by = caller.by();
    let removed = app.templates.store.remove_template(id, &by, now());
    removed.await.map_err(|failure| match failure {
        Failure::Store(error) => ApiError::from(error),
        Failure::Refused(_) => ApiError::not_found("template"),
    })?;
    app.templates.changed();
    Ok(StatusCode::NO_CONTENT)
}

/// Adds a version to a template; those before it stay.
#[utoipa::path(post, path = "/templates/{id}/versions", tag = "templates", params(("id" = TemplateId, Path)), request_body = VersionRequest,
    responses((status = 201, body = Template), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn add_version(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<TemplateId>,
    Body(request): Body<VersionRequest>,
) -> Result<(StatusCode, Json<Template>), ApiError> {
    let (template, scope) = found(&app, &caller, id).await?;
    caller.permit(Action::ManageServices, scope)?;
    let kind = Kind::of(&template.kind);
    let new = new_version(kind, request.extent, request.text, request.note)?;
    let by = caller.by();
    let added = app.templates.store.add_version(id, new, &by, now());
    let added = added.await.map_err(|failure| match failure {
        Failure::Store(error) => error.into(),
        Failure::Refused(VersionRefusal::Unknown) => ApiError::not_found("template"),
        Failure::Refused(refusal @ VersionRefusal::TooMany) => {
            ApiError::conflict("too_many_versions", refusal)
        }
    })?;
    app.templates.changed();
    Ok((StatusCode::CREATED, Json(to_api(added))))
}

/// A template's versions, the newest first, without their texts.
#[utoipa::path(get, path = "/templates/{id}/versions", tag = "templates", params(("id" = TemplateId, Path)),
    responses((status = 200, body = Vec<TemplateVersion>), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn versions(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<TemplateId>,
) -> Result<Json<Vec<TemplateVersion>>, ApiError> {
    found(&app, &caller, id).await?;
    let versions = app.templates.store.versions(id).await?;
    Ok(Json(versions.into_iter().map(view_to_api).collect()))
}

/// One version of a template, with its text.
#[utoipa::path(get, path = "/templates/{id}/versions/{number}", tag = "templates", params(("id" = TemplateId, Path), ("number" = u32, Path)),
    responses((status = 200, body = TemplateVersion), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn version(
    State(app): State<Shared>,
    caller: Caller,
    Path((id, number)): Path<(String, String)>,
) -> Result<Json<TemplateVersion>, ApiError> {
    let unknown = || ApiError::not_found("version of a template");
    let id: TemplateId = id.parse().map_err(|_| unknown())?;
    let number: u32 = number.parse().map_err(|_| unknown())?;
    found(&app, &caller, id).await?;
    let version = app.templates.store.version(id, number).await?;
    Ok(Json(version_to_api(version.ok_or_else(unknown)?)))
}

/// What a running service is set to, as the text of a template. Its secrets are not in it.
#[utoipa::path(get, path = "/services/{id}/configuration", tag = "templates", params(("id" = ServiceId, Path)),
    responses((status = 200, body = ServiceConfiguration), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody), (status = 502, body = ErrorBody), (status = 503, body = ErrorBody), (status = 504, body = ErrorBody)))]
async fn configuration(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<ServiceId>,
) -> Result<Json<ServiceConfiguration>, ApiError> {
    let route = app.services.open(caller.grants(), id).await?.route;
    let carrier = Carrier::new(&app.ways, &route)?;
    let present = carrier.read().await?;
    let configuration = carrier.configuration();
    let text = configuration
        .as_template(&present.shown)
        .map_err(|source| CarryError::Configuration {
            attempt: "read",
            source,
        })?;
    Ok(Json(ServiceConfiguration {
        kind: route.kind.as_str().to_owned(),
        form: match configuration.form() {
            Form::Json => "json",
            Form::Hocon => "hocon",
        }
        .to_owned(),
        placeholders: placeholders(&text).unwrap_or_default(),
        text,
    }))
}

/// A template that the caller may see, and its place.
pub(crate) async fn found(
    app: &App,
    caller: &Caller,
    id: TemplateId,
) -> Result<(edgeward_store::Template, Scope), ApiError> {
    let unknown = || ApiError::not_found("template");
    let template = app.templates.store.template(id).await?;
    let template = template.ok_or_else(unknown)?;
    let scope = Scope::Project {
        organisation: template.organisation,
        project: template.project,
    };
    permit(caller.grants(), Action::Look, scope).map_err(|_| unknown())?;
    Ok((template, scope))
}

/// A version as it is kept. What values it needs must be readable; whether it fits a service is seen once it is filled in.
fn new_version(
    kind: Kind,
    extent: Extent,
    text: String,
    note: String,
) -> Result<NewVersion, ApiError> {
    if product(kind).configuration().is_none() {
        return Err(ApiError::invalid(format!(
            "kind is {}; only services of neuron, nanomq, ekuiper and neuronex have a configuration that can be delivered",
            kind.as_str()
        )));
    }
    if text.trim().is_empty() || text.len() > MAX_TEMPLATE_BYTES {
        return Err(ApiError::invalid(format!(
            "text has {} bytes; it must have 1 to {MAX_TEMPLATE_BYTES}",
            text.len()
        )));
    }
    placeholders(&text).map_err(|error| ApiError::invalid(format!("text: {}", Chain(&error))))?;
    short("note", &note)?;
    Ok(NewVersion {
        extent: extent.as_str().to_owned(),
        text,
        note,
    })
}

fn short(field: &str, text: &str) -> Result<(), ApiError> {
    if text.chars().count() > MAX_DESCRIPTION_CHARS {
        return Err(ApiError::invalid(format!(
            "{field} is longer than {MAX_DESCRIPTION_CHARS} characters"
        )));
    }
    Ok(())
}
