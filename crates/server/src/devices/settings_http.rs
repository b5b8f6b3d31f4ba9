//! `/api/v1/organisations/{id}/enrolment` and `/api/v1/required-snaps`.

use axum::Json;
use axum::extract::State;
use edgeward_api::error::ErrorBody;
use edgeward_api::event::Kind;
use edgeward_api::list::List;
use edgeward_api::registration::{
    EnrolmentKeyRequest, EnrolmentRequest, EnrolmentSettings, RequiredSnap, RequiredSnaps,
    RequiredSnapsFilter,
};
use edgeward_domain::access::{Action, Scope};
use edgeward_domain::device::KeyId;
use edgeward_ids::OrganisationId;
use edgeward_store::{Failure, PolicyChange, PolicyRefusal};
use edgeward_wire::action::{is_channel, is_snap_name};
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::assertions::authority;
use super::view::settings_to_api;
use crate::access::Caller;
use crate::api::{ApiError, Body, Id, Query};
use crate::app::{App, Shared};
use crate::now;
use crate::people::Places;

/// The routes.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(show, change))
        .routes(routes!(add_key))
        .routes(routes!(remove_key))
        .routes(routes!(required, set_required))
}

/// What an organisation asks of devices that enrol.
#[utoipa::path(get, path = "/organisations/{id}/enrolment", tag = "devices", params(("id" = OrganisationId, Path)),
    responses((status = 200, body = EnrolmentSettings), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn show(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<OrganisationId>,
) -> Result<Json<EnrolmentSettings>, ApiError> {
    caller.permit(
        Action::LookAtMembers,
        organisation(&app, &caller, id).await?,
    )?;
    answer(&app, id).await
}

/// Says what an organisation asks of devices that enrol. Where devices register themselves only a system administrator can say.
#[utoipa::path(put, path = "/organisations/{id}/enrolment", tag = "devices", params(("id" = OrganisationId, Path)), request_body = EnrolmentRequest,
    responses((status = 200, body = EnrolmentSettings), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn change(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<OrganisationId>,
    Body(request): Body<EnrolmentRequest>,
) -> Result<Json<EnrolmentSettings>, ApiError> {
    let scope = organisation(&app, &caller, id).await?;
    caller.permit(Action::ManageEnrolment, scope)?;
    let devices = app.store.devices();
    if devices.enrolment_policy(id).await?.automatic != request.automatic_project_id {
        caller.permit(Action::ManageAutomaticEnrolment, scope)?;
    }
    let change = PolicyChange {
        unverified: Some(request.allow_unverified),
        automatic: Some(request.automatic_project_id),
    };
    devices
        .change_policy(id, change, &caller.by(), now())
        .await?;
    app.events.changed(Kind::Registrations);
    answer(&app, id).await
}

/// Has an organisation believe a key: devices whose assertions it has signed may enrol.
#[utoipa::path(post, path = "/organisations/{id}/enrolment/keys", tag = "devices", params(("id" = OrganisationId, Path)), request_body = EnrolmentKeyRequest,
    responses((status = 200, body = EnrolmentSettings), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn add_key(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<OrganisationId>,
    Body(request): Body<EnrolmentKeyRequest>,
) -> Result<Json<EnrolmentSettings>, ApiError> {
    let scope = organisation(&app, &caller, id).await?;
    caller.permit(Action::ManageEnrolment, scope)?;
    let devices = app.store.devices();
    // It would vouch for devices that belong to nobody yet.
    if devices.enrolment_policy(id).await?.automatic.is_some() {
        caller.permit(Action::ManageAutomaticEnrolment, scope)?;
    }
    let authority = authority(&request.assertion, now())
        .map_err(|problem| ApiError::invalid(format!("the assertion cannot be used: {problem}")))?;
    devices
        .add_authority(id, authority, &caller.by(), now())
        .await?;
    app.events.changed(Kind::Registrations);
    answer(&app, id).await
}

/// Has an organisation no longer believe a key. Devices that have enrolled stay.
#[utoipa::path(delete, path = "/organisations/{id}/enrolment/keys/{key}", tag = "devices", params(("id" = OrganisationId, Path), ("key" = String, Path)),
    responses((status = 204), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn remove_key(
    State(app): State<Shared>,
    caller: Caller,
    axum::extract::Path((id, key)): axum::extract::Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let id: OrganisationId = id
        .parse()
        .map_err(|_| ApiError::not_found("organisation"))?;
    let scope = organisation(&app, &caller, id).await?;
    caller.permit(Action::ManageEnrolment, scope)?;
    let key: KeyId = key.parse().map_err(|_| ApiError::not_found("key"))?;
    app.store
        .devices()
        .remove_authority(id, &key, &caller.by(), now())
        .await?;
    app.events.changed(Kind::Registrations);
    Ok(StatusCode::NO_CONTENT)
}

/// The snaps that models need, of the organisations that may be seen.
#[utoipa::path(get, path = "/required-snaps", tag = "devices", params(RequiredSnapsFilter),
    responses((status = 200, body = List<RequiredSnaps>), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody)))]
async fn required(
    State(app): State<Shared>,
    caller: Caller,
    Query(filter): Query<RequiredSnapsFilter>,
) -> Result<Json<List<RequiredSnaps>>, ApiError> {
    let places = Places::of(&app, &caller).await?;
    let mut items: Vec<RequiredSnaps> = Vec::new();
    for snap in app
        .store
        .devices()
        .required_snaps(filter.organisation)
        .await?
    {
        if places.organisation(snap.organisation).is_err() {
            continue;
        }
        let needed = RequiredSnap {
            name: snap.snap,
            channel: snap.channel,
        };
        match items.last_mut() {
            Some(last)
                if (last.organisation_id, &last.brand, &last.model)
                    == (snap.organisation, &snap.brand, &snap.model) =>
            {
                last.snaps.push(needed);
            }
            _ => items.push(RequiredSnaps {
                organisation_id: snap.organisation,
                brand: snap.brand,
                model: snap.model,
                snaps: vec![needed],
            }),
        }
    }
    let total = items.len() as u64;
    Ok(Json(List { items, total }))
}

/// Replaces the snaps that a model needs; none for nothing.
#[utoipa::path(put, path = "/required-snaps", tag = "devices", request_body = RequiredSnaps,
    responses((status = 200, body = RequiredSnaps), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn set_required(
    State(app): State<Shared>,
    caller: Caller,
    Body(request): Body<RequiredSnaps>,
) -> Result<Json<RequiredSnaps>, ApiError> {
    let id = request.organisation_id;
    caller.permit(
        Action::ManageEnrolment,
        organisation(&app, &caller, id).await?,
    )?;
    let model = request.model.trim();
    if model.is_empty() {
        return Err(ApiError::invalid("model is empty; name the model"));
    }
    let brand = request.brand.as_deref().map(str::trim);
    let mut snaps = Vec::with_capacity(request.snaps.len());
    for snap in &request.snaps {
        if !is_snap_name(&snap.name) {
            let message = format!("\"{}\" is not the name of a snap", snap.name);
            return Err(ApiError::invalid(message));
        }
        if let Some(channel) = &snap.channel
            && !is_channel(channel)
        {
            return Err(ApiError::invalid(format!("\"{channel}\" is not a channel")));
        }
        snaps.push((snap.name.clone(), snap.channel.clone()));
    }
    app.store
        .devices()
        .set_required_snaps(
            id,
            (brand.filter(|brand| !brand.is_empty()), model),
            &snaps,
            &caller.by(),
            now(),
        )
        .await?;
    app.iot.reminded.forget_all();
    app.look_for_lacks();
    app.events.changed(Kind::Registrations);
    Ok(Json(request))
}

async fn organisation(app: &App, caller: &Caller, id: OrganisationId) -> Result<Scope, ApiError> {
    Places::of(app, caller).await?.organisation(id)
}

async fn answer(app: &App, id: OrganisationId) -> Result<Json<EnrolmentSettings>, ApiError> {
    let policy = app.store.devices().enrolment_policy(id).await?;
    Ok(Json(settings_to_api(policy)))
}

impl From<Failure<PolicyRefusal>> for ApiError {
    fn from(failure: Failure<PolicyRefusal>) -> Self {
        let refusal = match failure {
            Failure::Store(error) => return error.into(),
            Failure::Refused(refusal) => refusal,
        };
        match refusal {
            PolicyRefusal::UnknownOrganisation => Self::not_found("organisation"),
            PolicyRefusal::UnknownProject => Self::not_found("project in that organisation"),
            PolicyRefusal::UnknownKey => Self::not_found("key"),
            PolicyRefusal::TooManyKeys => Self::conflict("too_many", refusal),
            PolicyRefusal::TooManySnaps => Self::invalid(refusal),
        }
    }
}
