//! `/api/v1/registrations`.

use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use edgeward_api::error::ErrorBody;
use edgeward_api::list::List;
use edgeward_api::registration::{
    Imported, MAX_IMPORT_BYTES, Registration, RegistrationFilter, RegistrationRequest,
    RegistrationUpdate,
};
use edgeward_domain::access::{Action, Permit, Scope};
use edgeward_domain::device::DeviceIdentity;
use edgeward_ids::{AgentId, ProjectId};
use edgeward_store::{
    Failure, NewRegistration, RegisterRefusal, RegistrationChange, RegistrationRefusal,
    RegistrationView, StatusChange,
};
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::csv;
use super::view::{self, to_api};
use crate::access::Caller;
use crate::api::{ApiError, Body, Id, Query, searched, slice};
use crate::app::{App, Shared};
use crate::people::Places;

/// The routes.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list, register))
        .routes(routes!(show, change, delete))
        .routes(routes!(enable))
        .routes(routes!(disable))
        .merge(
            OpenApiRouter::new()
                .routes(routes!(import))
                .layer(DefaultBodyLimit::max(MAX_IMPORT_BYTES)),
        )
}

/// Registered devices, the newest first.
#[utoipa::path(get, path = "/registrations", tag = "devices", params(RegistrationFilter),
    responses((status = 200, body = List<Registration>), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody)))]
async fn list(
    State(app): State<Shared>,
    caller: Caller,
    Query(filter): Query<RegistrationFilter>,
) -> Result<Json<List<Registration>>, ApiError> {
    let slice = slice(filter.offset, filter.limit)?;
    let visible = caller.grants().visible(Action::Look.least_role());
    let wanted = edgeward_store::RegistrationFilter {
        organisation: filter.organisation,
        project: filter.project,
        status: filter.status.map(view::status),
        model: filter.model,
        text: searched(filter.text.as_deref()),
        ..edgeward_store::RegistrationFilter::new(visible)
    };
    let page = app.store.devices().registrations(&wanted, slice).await?;
    Ok(Json(List {
        items: page.items.into_iter().map(to_api).collect(),
        total: page.total,
    }))
}

/// Registers a device: it may enrol from now on.
#[utoipa::path(post, path = "/registrations", tag = "devices", request_body = RegistrationRequest,
    responses((status = 201, body = Registration), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn register(
    State(app): State<Shared>,
    caller: Caller,
    Body(request): Body<RegistrationRequest>,
) -> Result<(StatusCode, Json<Registration>), ApiError> {
    let scope = Places::of(&app, &caller)
        .await?
        .project(request.project_id)?;
    let permit = caller.permit(Action::ManageRegistrations, scope)?;
    let new = NewRegistration {
        id: AgentId::generate(),
        project: request.project_id,
        identity: DeviceIdentity::new(&request.brand, &request.model, &request.serial)
            .map_err(ApiError::invalid)?,
        device_data: view::device_data(request.device_data.as_deref().unwrap_or_default())?,
    };
    let made = app
        .devices
        .register(&permit, &caller.by(), vec![new])
        .await?;
    let made = made.into_iter().next();
    let made = made.ok_or_else(|| ApiError::not_found("registered device"))?;
    Ok((StatusCode::CREATED, Json(to_api(made))))
}

/// Registers the devices of a list, at most 10000: all of them or none. Each line is `brand,model,serial`, and `,device_data` in
/// base64 if wished; a first line with these names may be there.
#[utoipa::path(post, path = "/projects/{id}/registrations", tag = "devices", params(("id" = ProjectId, Path)),
    request_body(content = String, content_type = "text/csv"),
    responses((status = 201, body = Imported), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn import(
    State(app): State<Shared>,
    caller: Caller,
    Id(project): Id<ProjectId>,
    text: Result<String, axum::extract::rejection::StringRejection>,
) -> Result<(StatusCode, Json<Imported>), ApiError> {
    let scope = Places::of(&app, &caller).await?.project(project)?;
    let permit = caller.permit(Action::ManageRegistrations, scope)?;
    let text = text.map_err(|rejection| {
        ApiError::new(rejection.status(), "invalid_request", rejection.body_text())
    })?;
    let listed = csv::read(&text).map_err(ApiError::invalid)?;
    let mut devices = Vec::with_capacity(listed.len());
    for device in listed {
        let device_data = view::device_data(&device.device_data).map_err(|error| {
            ApiError::invalid(format!("line {}: {}", device.line, error.detail().message))
        })?;
        devices.push(NewRegistration {
            id: AgentId::generate(),
            project,
            identity: device.identity,
            device_data,
        });
    }
    let made = app.devices.register(&permit, &caller.by(), devices).await?;
    let registered = made.len() as u64;
    Ok((StatusCode::CREATED, Json(Imported { registered })))
}

/// One registered device.
#[utoipa::path(get, path = "/registrations/{id}", tag = "devices", params(("id" = AgentId, Path)),
    responses((status = 200, body = Registration), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn show(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<AgentId>,
) -> Result<Json<Registration>, ApiError> {
    Ok(Json(to_api(seen(&app, &caller, id).await?)))
}

/// Changes what a device is handed when it enrols.
#[utoipa::path(patch, path = "/registrations/{id}", tag = "devices", params(("id" = AgentId, Path)), request_body = RegistrationUpdate,
    responses((status = 200, body = Registration), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn change(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<AgentId>,
    Body(request): Body<RegistrationUpdate>,
) -> Result<Json<Registration>, ApiError> {
    let permit = permit(&app, &caller, id).await?;
    let change = RegistrationChange {
        device_data: Some(view::device_data(&request.device_data)?),
        ..RegistrationChange::default()
    };
    let changed = app
        .devices
        .change(&permit, &caller.by(), id, change)
        .await?;
    Ok(Json(to_api(changed)))
}

/// Lets a device enrol, again if it has before. What it enrolled with stays good until it enrols anew.
#[utoipa::path(post, path = "/registrations/{id}/enable", tag = "devices", params(("id" = AgentId, Path)),
    responses((status = 200, body = Registration), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn enable(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<AgentId>,
) -> Result<Json<Registration>, ApiError> {
    set_status(&app, &caller, id, StatusChange::Enable).await
}

/// Shuts a device out: its connection ends at once, its certificate is refused, and it cannot enrol.
#[utoipa::path(post, path = "/registrations/{id}/disable", tag = "devices", params(("id" = AgentId, Path)),
    responses((status = 200, body = Registration), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn disable(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<AgentId>,
) -> Result<Json<Registration>, ApiError> {
    set_status(&app, &caller, id, StatusChange::Disable).await
}

async fn set_status(
    app: &App,
    caller: &Caller,
    id: AgentId,
    status: StatusChange,
) -> Result<Json<Registration>, ApiError> {
    let permit = permit(app, caller, id).await?;
    let change = RegistrationChange {
        status: Some(status),
        ..RegistrationChange::default()
    };
    let changed = app
        .devices
        .change(&permit, &caller.by(), id, change)
        .await?;
    Ok(Json(to_api(changed)))
}

/// Deletes a registered device with its agent and edge services: its connection ends at once, and its certificate is worth nothing.
#[utoipa::path(delete, path = "/registrations/{id}", tag = "devices", params(("id" = AgentId, Path)),
    responses((status = 204), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn delete(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<AgentId>,
) -> Result<StatusCode, ApiError> {
    let permit = permit(&app, &caller, id).await?;
    app.devices.delete(&permit, &caller.by(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Where a registration is.
pub(crate) const fn scope_of(view: &RegistrationView) -> Scope {
    Scope::Project {
        organisation: view.registration.organisation,
        project: view.registration.project,
    }
}

/// The registration, if the caller may see it.
pub(crate) async fn seen(
    app: &App,
    caller: &Caller,
    id: AgentId,
) -> Result<RegistrationView, ApiError> {
    let found = app.store.devices().registration(id).await?;
    found
        .filter(|view| caller.may(Action::Look, scope_of(view)))
        .ok_or_else(|| ApiError::not_found("registered device"))
}

async fn permit(app: &App, caller: &Caller, id: AgentId) -> Result<Permit, ApiError> {
    let view = seen(app, caller, id).await?;
    caller.permit(Action::ManageRegistrations, scope_of(&view))
}

impl From<Failure<RegisterRefusal>> for ApiError {
    fn from(failure: Failure<RegisterRefusal>) -> Self {
        let refusal = match failure {
            Failure::Store(error) => return error.into(),
            Failure::Refused(refusal) => refusal,
        };
        match refusal {
            RegisterRefusal::UnknownProject => Self::not_found("project"),
            RegisterRefusal::AlreadyRegistered { .. } => {
                Self::conflict("already_registered", refusal)
            }
            RegisterRefusal::TooManyAtOnce(_) => Self::invalid(refusal),
            RegisterRefusal::TooMany => Self::conflict("too_many", refusal),
        }
    }
}

impl From<Failure<RegistrationRefusal>> for ApiError {
    fn from(failure: Failure<RegistrationRefusal>) -> Self {
        match failure {
            Failure::Store(error) => error.into(),
            Failure::Refused(RegistrationRefusal::Unknown) => Self::not_found("registered device"),
            Failure::Refused(refusal @ RegistrationRefusal::Status(_)) => {
                Self::conflict("not_by_hand", refusal)
            }
        }
    }
}
