//! The registry's HTTP interface as existing agents, clients and scripts know it: enrolment, organisations, registrations.
//!
//! Every answer carries `code` and `message`, both empty on success; a failure is a 400 with a code. Other than the originals, all
//! but enrolment is for whoever has signed in or shows an API token, and does no more than they may do.

use axum::Json;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use edgeward_domain::access::{Action, Scope, Visible};
use edgeward_domain::device::DeviceIdentity;
use edgeward_domain::organisation::{DEFAULT_NAME, Organisation};
use edgeward_ids::{AgentId, Name, OrganisationId, ProjectId};
use edgeward_store::{
    MAX_PAGE_ITEMS, NewRegistration, RegistrationChange, RegistrationFilter, RegistrationView,
    Slice, StatusChange,
};
use edgeward_wire::iot::MAX_ENROL_BYTES;
use edgeward_wire::iot::enrol::{
    Answer, ENROL_PATH, Enrollment, RegisterDevice, RegisterOrganization, UpdateDevice, code,
};
use http::{Method, StatusCode};
use serde::de::DeserializeOwned;

use crate::access::Caller;
use crate::api::{ApiError, address_of};
use crate::app::{App, Shared};
use crate::devices::http::{scope_of, seen};
use crate::devices::{device_data, organisation_to_wire, to_wire};
use crate::now;

/// The most registrations in one answer.
const MAX_LISTED: u64 = 20_000;

/// The largest JSON body, in bytes.
const MAX_JSON_BYTES: usize = 64 * 1024;

/// What existing clients ask for.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route(ENROL_PATH, post(enrol))
        .route("/v1/organization", post(register_organization))
        .route("/v1/organizations", get(organizations))
        .route("/v1/device", post(register_device))
        .route("/v1/devices/{organization}", get(devices))
        .route(
            "/v1/devices/{organization}/{device}",
            get(device).put(update_device),
        )
}

/// Whether this is an enrolment below some base path, which agents keep when their address has one.
pub fn is_enrolment(method: &Method, path: &str) -> bool {
    *method == Method::POST && path.ends_with(ENROL_PATH)
}

/// Enrols a device. The content type does not matter.
pub async fn enrol(State(app): State<Shared>, request: Request<Body>) -> Response {
    let address = address_of(request.extensions());
    let host = request
        .headers()
        .get(http::header::HOST)
        .and_then(|host| host.to_str().ok())
        .map(|host| host.rsplit_once(':').map_or(host, |(name, _)| name))
        .map(|host| host.trim_matches(['[', ']']).to_owned());
    let broker = app.devices.broker_address(host.as_deref());
    let result = match to_bytes(request.into_body(), MAX_ENROL_BYTES).await {
        Ok(stream) => app.devices.enrol_iot(&stream, &address, broker).await,
        Err(_) => {
            let message = format!("the request has more than {MAX_ENROL_BYTES} bytes");
            return Fault::new(code::ENROLL_DEVICE, message).into();
        }
    };
    match result {
        Ok(enrollment) => done(Answer {
            enrollment: Some(Box::new(enrollment)),
            ..Answer::default()
        }),
        Err(error) => Fault::new(code::ENROLL_DEVICE, error.to_string()).into(),
    }
}

/// A failure as existing clients understand it.
pub(super) struct Fault {
    code: &'static str,
    pub(super) message: String,
    /// Noted for the audit log, where it was a refusal.
    error: Option<ApiError>,
}

impl Fault {
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            error: None,
        }
    }

    /// A refusal of ours under this code.
    pub(super) fn of(code: &'static str) -> impl Fn(ApiError) -> Self {
        move |error| Self {
            code: if error.status() == StatusCode::UNAUTHORIZED {
                code::USER_AUTH
            } else {
                code
            },
            message: error.detail().message.clone(),
            error: Some(error),
        }
    }
}

impl From<Fault> for Response {
    fn from(fault: Fault) -> Self {
        let body = Answer {
            code: fault.code.to_owned(),
            message: fault.message,
            ..Answer::default()
        };
        let mut response = (StatusCode::BAD_REQUEST, Json(body)).into_response();
        if let Some(error) = fault.error {
            response.extensions_mut().insert(error);
        }
        response
    }
}

fn done(answer: Answer) -> Response {
    Json(answer).into_response()
}

/// Whoever asks, or why not.
pub(super) type Asked = Result<Caller, ApiError>;

/// A body.
pub(super) async fn bytes(request: Request<Body>) -> Result<Bytes, Fault> {
    to_bytes(request.into_body(), MAX_JSON_BYTES)
        .await
        .map_err(|_| Fault::new(code::BAD_DATA, "the request is too large"))
}

/// The JSON of a body, whatever its content type.
pub(super) async fn json<T: DeserializeOwned>(request: Request<Body>) -> Result<T, Fault> {
    let bytes = bytes(request).await?;
    if bytes.is_empty() {
        return Err(Fault::new(code::NO_DATA, "no data supplied"));
    }
    serde_json::from_slice(&bytes)
        .map_err(|error| Fault::new(code::BAD_DATA, format!("error in the JSON: {error}")))
}

fn respond(result: Result<Answer, Fault>) -> Response {
    match result {
        Ok(answer) => done(answer),
        Err(fault) => fault.into(),
    }
}

async fn register_organization(
    State(app): State<Shared>,
    caller: Asked,
    request: Request<Body>,
) -> Response {
    respond(
        async {
            let fault = Fault::of(code::REG_ORG);
            let caller = caller.map_err(&fault)?;
            caller
                .permit(Action::CreateOrganisation, Scope::System)
                .map_err(&fault)?;
            let asked: RegisterOrganization = json(request).await?;
            if asked.name.trim().is_empty() {
                let message = "organization name must not be empty";
                return Err(Fault::new(code::REG_ORG, message));
            }
            let name: Name = asked
                .name
                .parse()
                .map_err(|error| Fault::new(code::REG_ORG, format!("{error}")))?;
            let organisations = app.store.organisations();
            let made = organisations
                .create_organisation(name, &asked.country, &[], &caller.by(), now())
                .await
                .map_err(|failure| fault(failure.into()))?;
            app.places_changed();
            Ok(Answer {
                id: Some(made.id.to_string()),
                ..Answer::default()
            })
        }
        .await,
    )
}

async fn organizations(State(app): State<Shared>, caller: Asked) -> Response {
    respond(
        async {
            let fault = Fault::of(code::ORG_LIST);
            let caller = caller.map_err(&fault)?;
            let found = seen_organisations(&app, &caller).await.map_err(&fault)?;
            let shown = found
                .iter()
                .map(|found| organisation_to_wire(found.id, &found.name, &app.ca_pem));
            Ok(Answer {
                organizations: Some(shown.collect()),
                ..Answer::default()
            })
        }
        .await,
    )
}

async fn register_device(
    State(app): State<Shared>,
    caller: Asked,
    request: Request<Body>,
) -> Response {
    respond(
        async {
            let fault = Fault::of(code::REG_DEVICE);
            let caller = caller.map_err(&fault)?;
            let asked: RegisterDevice = json(request).await?;
            let identity = DeviceIdentity::new(&asked.brand, &asked.model, &asked.serial)
                .map_err(|error| Fault::new(code::REG_DEVICE, error.to_string()))?;
            let device_data = device_data(&asked.device_data).map_err(&fault)?;
            let organisation = organisation(&app, &caller, &asked.orgid)
                .await
                .map_err(&fault)?;
            let project = first_project(&app, &caller, &organisation)
                .await
                .map_err(&fault)?;
            let scope = Scope::Project {
                organisation: organisation.id,
                project,
            };
            let permit = caller
                .permit(Action::ManageRegistrations, scope)
                .map_err(&fault)?;
            let new = NewRegistration {
                id: AgentId::generate(),
                project,
                identity,
                device_data,
            };
            let id = new.id;
            app.devices
                .register(&permit, &caller.by(), vec![new])
                .await
                .map_err(|failure| fault(failure.into()))?;
            Ok(Answer {
                id: Some(id.to_string()),
                ..Answer::default()
            })
        }
        .await,
    )
}

pub(super) async fn delete_device(
    State(app): State<Shared>,
    caller: Asked,
    Path(id): Path<String>,
) -> Response {
    respond(
        async {
            let fault = Fault::of(code::DELETE_DEVICE);
            let caller = caller.map_err(&fault)?;
            let view = one(&app, &caller, None, &id).await.map_err(&fault)?;
            let permit = caller
                .permit(Action::ManageRegistrations, scope_of(&view))
                .map_err(&fault)?;
            app.devices
                .delete(&permit, &caller.by(), view.registration.id)
                .await
                .map_err(|failure| fault(failure.into()))?;
            Ok(Answer {
                id: Some(view.registration.id.to_string()),
                ..Answer::default()
            })
        }
        .await,
    )
}

/// The registrations that match, at most [`MAX_LISTED`]: existing clients know no pages.
pub(super) async fn all(
    app: &App,
    filter: &RegistrationFilter,
) -> Result<Vec<RegistrationView>, ApiError> {
    let mut views = Vec::new();
    for offset in (0..MAX_LISTED).step_by(MAX_PAGE_ITEMS as usize) {
        let slice = Slice {
            offset,
            limit: MAX_PAGE_ITEMS,
        };
        let page = app.store.devices().registrations(filter, slice).await?;
        views.extend(page.items);
        if offset + MAX_PAGE_ITEMS >= page.total {
            break;
        }
    }
    Ok(views)
}

async fn devices(
    State(app): State<Shared>,
    caller: Asked,
    Path(organization): Path<String>,
) -> Response {
    respond(
        async {
            let fault = Fault::of(code::DEVICE_LIST);
            let caller = caller.map_err(&fault)?;
            let organisation = organisation(&app, &caller, &organization)
                .await
                .map_err(&fault)?;
            let filter = RegistrationFilter {
                organisation: Some(organisation.id),
                ..RegistrationFilter::new(looked_at(&caller))
            };
            let views = all(&app, &filter).await.map_err(&fault)?;
            let devices = views
                .iter()
                .map(|view| shown(&app, &caller, view))
                .collect();
            Ok(Answer {
                devices: Some(devices),
                ..Answer::default()
            })
        }
        .await,
    )
}

async fn device(
    State(app): State<Shared>,
    caller: Asked,
    Path((organization, id)): Path<(String, String)>,
) -> Response {
    respond(
        async {
            let fault = Fault::of(code::DEVICE_GET);
            let caller = caller.map_err(&fault)?;
            let view = one(&app, &caller, Some(&organization), &id)
                .await
                .map_err(&fault)?;
            Ok(Answer {
                enrollment: Some(Box::new(shown(&app, &caller, &view))),
                ..Answer::default()
            })
        }
        .await,
    )
}

async fn update_device(
    State(app): State<Shared>,
    caller: Asked,
    Path((organization, id)): Path<(String, String)>,
    request: Request<Body>,
) -> Response {
    respond(
        async {
            let fault = Fault::of(code::DEVICE_UPDATE);
            let caller = caller.map_err(&fault)?;
            let view = one(&app, &caller, Some(&organization), &id)
                .await
                .map_err(&fault)?;
            let permit = caller
                .permit(Action::ManageRegistrations, scope_of(&view))
                .map_err(&fault)?;
            let asked: UpdateDevice = json(request).await?;
            let change = RegistrationChange {
                status: Some(StatusChange::Number(asked.status)),
                device_data: if asked.device_data.is_empty() {
                    None
                } else {
                    Some(device_data(&asked.device_data).map_err(&fault)?)
                },
            };
            app.devices
                .change(&permit, &caller.by(), view.registration.id, change)
                .await
                .map_err(|failure| fault(failure.into()))?;
            Ok(Answer::default())
        }
        .await,
    )
}

/// A registration; what it is handed only for whoever may change that.
fn shown(app: &App, caller: &Caller, view: &RegistrationView) -> Enrollment {
    let registration = &view.registration;
    let organisation = organisation_to_wire(
        registration.organisation,
        &view.place.organisation,
        &app.ca_pem,
    );
    let with_data = caller.may(Action::ManageRegistrations, scope_of(view));
    to_wire(registration, organisation, with_data)
}

/// The device with this id, or this serial number if only one that may be seen has it.
pub(crate) async fn one(
    app: &App,
    caller: &Caller,
    organization: Option<&str>,
    text: &str,
) -> Result<RegistrationView, ApiError> {
    let missing = || ApiError::not_found("device");
    let within = match organization {
        None => None,
        Some(text) => Some(organisation(app, caller, text).await?.id),
    };
    let found = match text.parse::<AgentId>() {
        Ok(id) => vec![seen(app, caller, id).await?],
        Err(_) => {
            let visible = looked_at(caller);
            app.store
                .devices()
                .registrations_with_serial(text, &visible)
                .await?
        }
    };
    let mut found = found
        .into_iter()
        .filter(|view| within.is_none_or(|id| view.registration.organisation == id));
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        _ => Err(missing()),
    }
}

pub(super) fn looked_at(caller: &Caller) -> Visible {
    caller.grants().visible(Action::Look.least_role())
}

async fn seen_organisations(app: &App, caller: &Caller) -> Result<Vec<Organisation>, ApiError> {
    let organisations = app.store.organisations();
    Ok(organisations.organisations(caller.grants()).await?)
}

/// The organisation with this id or name, if it may be seen.
pub(crate) async fn organisation(
    app: &App,
    caller: &Caller,
    text: &str,
) -> Result<Organisation, ApiError> {
    let id: Option<OrganisationId> = text.parse().ok();
    seen_organisations(app, caller)
        .await?
        .into_iter()
        .find(|found| Some(found.id) == id || found.name.as_str() == text.trim())
        .ok_or_else(|| ApiError::not_found("organization"))
}

/// The first project of an organisation that devices may be registered in; made if there is none at all.
async fn first_project(
    app: &App,
    caller: &Caller,
    organisation: &Organisation,
) -> Result<ProjectId, ApiError> {
    let may = |project: ProjectId| {
        let scope = Scope::Project {
            organisation: organisation.id,
            project,
        };
        caller.may(Action::ManageRegistrations, scope)
    };
    let mut projects = organisation.projects.iter().map(|project| project.id);
    if let Some(project) = projects.clone().find(|id| may(*id)).or(projects.next()) {
        return Ok(project);
    }
    caller.permit(Action::CreateProject, Scope::Organisation(organisation.id))?;
    let name: Name = DEFAULT_NAME.parse().map_err(ApiError::invalid)?;
    let organisations = app.store.organisations();
    let made = organisations
        .create_project(organisation.id, name, "", &[], &caller.by(), now())
        .await?;
    app.places_changed();
    Ok(made.id)
}
