//! The device twin's HTTP interface as existing clients know it: what devices are like, and what they are asked to do.
//!
//! Other than the original: for whoever may, over what the twin holds now, and an action is on disk before it is answered. Its groups
//! are in a file of their own.

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use edgeward_domain::access::Action;
use edgeward_domain::action::{DEFAULT_LIFETIME, State as ActionState};
use edgeward_domain::device::{Registration, Status};
use edgeward_store::{ActionFilter, ActionView, RegistrationFilter, RegistrationView, Slice};
use edgeward_wire::action::{ActionName, ActionRequest};
use edgeward_wire::iot::result::{Device, DeviceSnap};
use edgeward_wire::iot::{NO_TIME, enrol::code};
use http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::groups::Group;
use super::http::{Asked, Fault, all, bytes, looked_at, one, organisation};
use super::sections::{to_snap, to_version};
use crate::access::Caller;
use crate::app::{App, Shared};
use crate::devices::http::scope_of;
use crate::timestamp;

/// The `code`s of failures, beside those of the registry.
mod codes {
    pub(super) const ACTIONS: &str = "DeviceActions";
    pub(super) const SNAP_LIST: &str = "SnapList";
    pub(super) const SNAP_INSTALL: &str = "SnapInstall";
    pub(super) const SNAP_REMOVE: &str = "SnapRemove";
    pub(super) const SNAP_UPDATE: &str = "SnapUpdate";
    pub(super) const SNAP_SNAPSHOT: &str = "SnapSnapshot";
    pub(super) const SERVICES: &str = "SnapServiceAction";
    pub(super) const LOGS: &str = "DeviceLogs";
    pub(super) const USER: &str = "DeviceUser";
}

/// What existing clients ask for.
pub fn routes() -> Router<Shared> {
    let device = "/v1/device/{organization}/{device}";
    let path = |rest: &str| format!("{device}{rest}");
    Router::new()
        // The registry's way to delete a registration has the same form.
        .route(
            "/v1/device/{organization}",
            get(devices).delete(super::http::delete_device),
        )
        .route(device, get(show).delete(delete))
        .route(&path("/actions"), get(actions))
        .route(&path("/snaps"), get(snaps))
        .route(&path("/snaps/list"), post(list_snaps))
        .route(&path("/snaps/{snap}"), post(install).delete(remove))
        .route(&path("/snaps/{snap}/settings"), put(settings))
        .route(&path("/snaps/{snap}/snapshot"), post(snapshot))
        .route(&path("/snaps/{snap}/{action}"), put(update))
        .route(&path("/services/{snap}/{action}"), post(services))
        .route(&path("/logs"), post(logs))
        .route(&path("/users"), post(create_user).delete(remove_user))
}

/// What is answered beside `code` and `message`.
#[derive(Serialize, Default)]
pub(super) struct Answer {
    pub(super) code: &'static str,
    pub(super) message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) device: Option<Device>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) devices: Option<Vec<Device>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) group: Option<Group>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) groups: Option<Vec<Group>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) snaps: Option<Vec<DeviceSnap>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) actions: Option<Vec<Value>>,
}

pub(super) fn respond(result: Result<Answer, Fault>) -> Response {
    use axum::response::IntoResponse as _;
    match result {
        Ok(answer) => Json(answer).into_response(),
        Err(fault) => fault.into(),
    }
}

/// As [`respond`], with 202 where something was sent that is not followed here.
fn sent(result: Result<(), Fault>, message: &str) -> Response {
    let result = result.map(|()| Answer {
        message: message.to_owned(),
        ..Answer::default()
    });
    let done = result.is_ok();
    let mut response = respond(result);
    if done {
        *response.status_mut() = StatusCode::ACCEPTED;
    }
    response
}

type OfDevice = Path<(String, String)>;
type OfSnap = Path<(String, String, String)>;
type OfSnapAction = Path<(String, String, String, String)>;

/// All devices of an organisation that have enrolled.
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
                status: Some(Status::Enrolled),
                ..RegistrationFilter::new(looked_at(&caller))
            };
            let views = all(&app, &filter).await.map_err(&fault)?;
            let devices = views.iter().map(|view| device(&app, &view.registration));
            Ok(Answer {
                devices: Some(devices.collect()),
                ..Answer::default()
            })
        }
        .await,
    )
}

/// The device, if the caller may see it. The original does not say why it cannot be had.
pub(super) async fn found(
    app: &App,
    caller: &Caller,
    (organization, id): (&str, &str),
) -> Result<RegistrationView, Fault> {
    one(app, caller, Some(organization), id)
        .await
        .map_err(|error| {
            let mut fault = Fault::of(code::DEVICE_GET)(error);
            fault.message = "Error fetching the device".to_owned();
            fault
        })
}

async fn reported(app: &App, view: &RegistrationView) -> Result<Map<String, Value>, Fault> {
    let twin = app.store.twins().twin(view.registration.id).await;
    let twin = twin.map_err(|error| Fault::of(code::DEVICE_GET)(error.into()))?;
    Ok(twin.reported.value)
}

async fn show(
    State(app): State<Shared>,
    caller: Asked,
    Path((organization, id)): OfDevice,
) -> Response {
    respond(
        async {
            let caller = caller.map_err(Fault::of(code::DEVICE_GET))?;
            let view = found(&app, &caller, (&organization, &id)).await?;
            let reported = reported(&app, &view).await?;
            let mut shown = device(&app, &view.registration);
            shown.version = reported
                .get("os")
                .map(|os| to_version(&shown.device_id, os));
            Ok(Answer {
                device: Some(shown),
                ..Answer::default()
            })
        }
        .await,
    )
}

async fn delete(
    State(app): State<Shared>,
    caller: Asked,
    Path((organization, id)): OfDevice,
) -> Response {
    respond(
        async {
            let fault = Fault::of(code::DELETE_DEVICE);
            let caller = caller.map_err(&fault)?;
            let view = found(&app, &caller, (&organization, &id)).await?;
            let permit = caller
                .permit(Action::ManageRegistrations, scope_of(&view))
                .map_err(&fault)?;
            app.devices
                .delete(&permit, &caller.by(), view.registration.id)
                .await
                .map_err(|failure| fault(failure.into()))?;
            Ok(Answer {
                message: "device deleted".to_owned(),
                ..Answer::default()
            })
        }
        .await,
    )
}

async fn actions(
    State(app): State<Shared>,
    caller: Asked,
    Path((organization, id)): OfDevice,
) -> Response {
    respond(
        async {
            let fault = Fault::of(codes::ACTIONS);
            let caller = caller.map_err(&fault)?;
            let view = found(&app, &caller, (&organization, &id)).await?;
            let filter = ActionFilter {
                agent: Some(view.registration.id),
                ..ActionFilter::new(looked_at(&caller))
            };
            let page = app.store.actions().actions(&filter, Slice::FIRST).await;
            let page = page.map_err(|error| fault(error.into()))?;
            Ok(Answer {
                actions: Some(page.items.iter().map(action).collect()),
                ..Answer::default()
            })
        }
        .await,
    )
}

async fn snaps(
    State(app): State<Shared>,
    caller: Asked,
    Path((organization, id)): OfDevice,
) -> Response {
    respond(
        async {
            let caller = caller.map_err(Fault::of(codes::SNAP_LIST))?;
            let view = found(&app, &caller, (&organization, &id)).await?;
            let reported = reported(&app, &view).await?;
            let snaps = reported.get("snaps").and_then(Value::as_object);
            let id = view.registration.id.to_string();
            let shown = snaps
                .into_iter()
                .flatten()
                .map(|(name, value)| to_snap(&id, name, value));
            Ok(Answer {
                snaps: Some(shown.collect()),
                ..Answer::default()
            })
        }
        .await,
    )
}

/// What is to be done on which device.
struct Wish {
    code: &'static str,
    name: ActionName,
    snap: String,
    data: String,
}

/// Writes an action down, for whoever may operate the device.
async fn ask(app: &App, caller: Asked, device: (&str, &str), wish: Wish) -> Result<Answer, Fault> {
    let fault = Fault::of(wish.code);
    let caller = caller.map_err(&fault)?;
    let view = found(app, &caller, device).await?;
    let permit = caller
        .permit(Action::OperateDevices, scope_of(&view))
        .map_err(&fault)?;
    let request = ActionRequest {
        name: wish.name,
        snap: wish.snap,
        data: wish.data,
    };
    request
        .check()
        .map_err(|error| Fault::new(wish.code, error.to_string()))?;
    let devices = [(view.registration.id, permit)];
    app.actions
        .ask(&devices, request, DEFAULT_LIFETIME, None, &caller.by())
        .await
        .map_err(|failure| fault(failure.into()))?;
    Ok(Answer::default())
}

async fn list_snaps(
    State(app): State<Shared>,
    caller: Asked,
    Path((organization, id)): OfDevice,
) -> Response {
    let wish = Wish {
        code: codes::SNAP_LIST,
        name: ActionName::List,
        snap: String::new(),
        data: String::new(),
    };
    respond(ask(&app, caller, (&organization, &id), wish).await)
}

async fn install(
    State(app): State<Shared>,
    caller: Asked,
    Path((organization, id, snap)): OfSnap,
) -> Response {
    let wish = Wish {
        code: codes::SNAP_INSTALL,
        name: ActionName::Install,
        snap,
        data: String::new(),
    };
    respond(ask(&app, caller, (&organization, &id), wish).await)
}

async fn remove(
    State(app): State<Shared>,
    caller: Asked,
    Path((organization, id, snap)): OfSnap,
) -> Response {
    let wish = Wish {
        code: codes::SNAP_REMOVE,
        name: ActionName::Remove,
        snap,
        data: String::new(),
    };
    respond(ask(&app, caller, (&organization, &id), wish).await)
}

async fn settings(
    State(app): State<Shared>,
    caller: Asked,
    Path((organization, id, snap)): OfSnap,
    request: Request<Body>,
) -> Response {
    let asked = async {
        let wish = Wish {
            code: codes::SNAP_UPDATE,
            name: ActionName::Setconf,
            snap,
            data: text(request).await?,
        };
        ask(&app, caller, (&organization, &id), wish).await
    };
    respond(asked.await)
}

async fn update(
    State(app): State<Shared>,
    caller: Asked,
    Path((organization, id, snap, action)): OfSnapAction,
    request: Request<Body>,
) -> Response {
    let asked = async {
        let name = match &*action {
            "enable" => ActionName::Enable,
            "disable" => ActionName::Disable,
            "refresh" => ActionName::Refresh,
            "switch" => ActionName::Switch,
            other => {
                let message = format!("`{other}` is not a valid action for a snap");
                return Err(Fault::new(codes::SNAP_UPDATE, message));
            }
        };
        let body: Value = serde_json::from_str(&text(request).await?).unwrap_or_default();
        let data = body["data"].as_str().unwrap_or_default();
        let wish = Wish {
            code: codes::SNAP_UPDATE,
            name,
            snap,
            data: if name == ActionName::Switch {
                data.to_owned()
            } else {
                String::new()
            },
        };
        ask(&app, caller, (&organization, &id), wish).await
    };
    respond(asked.await)
}

async fn services(
    State(app): State<Shared>,
    caller: Asked,
    Path((organization, id, snap, action)): OfSnapAction,
    request: Request<Body>,
) -> Response {
    let asked = async {
        let name = match &*action {
            "start" => ActionName::Start,
            "stop" => ActionName::Stop,
            "restart" => ActionName::Restart,
            other => {
                let message = format!("`{other}` is not a valid action for services");
                return Err(Fault::new(codes::SERVICES, message));
            }
        };
        let wish = Wish {
            code: codes::SERVICES,
            name,
            snap,
            data: text(request).await?,
        };
        ask(&app, caller, (&organization, &id), wish).await
    };
    respond(asked.await)
}

async fn snapshot(
    State(app): State<Shared>,
    caller: Asked,
    Path((organization, id, snap)): OfSnap,
    request: Request<Body>,
) -> Response {
    let asked = async {
        let wish = Wish {
            code: codes::SNAP_SNAPSHOT,
            name: ActionName::Snapshot,
            snap,
            data: text(request).await?,
        };
        ask(&app, caller, (&organization, &id), wish).await
    };
    sent(asked.await.map(|_| ()), "Snap snapshot request sent")
}

async fn logs(
    State(app): State<Shared>,
    caller: Asked,
    Path((organization, id)): OfDevice,
    request: Request<Body>,
) -> Response {
    let asked = async {
        let wish = Wish {
            code: codes::LOGS,
            name: ActionName::Logs,
            snap: String::new(),
            data: text(request).await?,
        };
        ask(&app, caller, (&organization, &id), wish).await
    };
    sent(asked.await.map(|_| ()), "device logs request sent")
}

async fn create_user(
    app: State<Shared>,
    caller: Asked,
    path: OfDevice,
    request: Request<Body>,
) -> Response {
    user(app, caller, path, request, "create").await
}

async fn remove_user(
    app: State<Shared>,
    caller: Asked,
    path: OfDevice,
    request: Request<Body>,
) -> Response {
    user(app, caller, path, request, "remove").await
}

async fn user(
    State(app): State<Shared>,
    caller: Asked,
    Path((organization, id)): OfDevice,
    request: Request<Body>,
    action: &str,
) -> Response {
    let asked = async {
        let data = text(request).await?;
        let body: Value = serde_json::from_str(&data).unwrap_or_default();
        if body["action"] != action {
            let message = format!("the action must be `{action}`");
            return Err(Fault::new(codes::USER, message));
        }
        let wish = Wish {
            code: codes::USER,
            name: ActionName::User,
            snap: String::new(),
            data,
        };
        ask(&app, caller, (&organization, &id), wish).await
    };
    respond(asked.await)
}

/// The body as text; empty where there is none.
async fn text(request: Request<Body>) -> Result<String, Fault> {
    let bytes = bytes(request).await?;
    String::from_utf8(bytes.to_vec())
        .map_err(|_| Fault::new(code::BAD_DATA, "the request is not text"))
}

pub(super) fn device(app: &App, registration: &Registration) -> Device {
    let identity = &registration.identity;
    let (heard, _) = app.presence.last(registration.id);
    Device {
        org_id: registration.organisation.to_string(),
        device_id: registration.id.to_string(),
        brand: identity.brand.clone(),
        model: identity.model.clone(),
        serial: identity.serial.clone(),
        store: registration.store.clone(),
        device_key: registration.device_key.clone(),
        version: None,
        created: timestamp(registration.registered_at).to_string(),
        last_refresh: heard.map_or_else(|| NO_TIME.to_owned(), |at| timestamp(at).to_string()),
    }
}

fn action(view: &ActionView) -> Value {
    let action = &view.action;
    let (status, message) = match &action.state {
        ActionState::Queued | ActionState::Sent | ActionState::Running(_) => {
            ("requested", String::new())
        }
        ActionState::Done(result) => ("complete", result_text(result)),
        ActionState::Failed(message) => ("error", message.clone()),
        ActionState::Expired => ("error", "the device was not there in time".to_owned()),
        ActionState::Cancelled => ("error", "it was called off".to_owned()),
    };
    json!({
        "created": timestamp(action.created_at), "modified": timestamp(action.changed_at),
        "organizationId": view.organisation, "deviceId": action.agent, "actionId": action.id,
        "action": action.name, "status": status, "message": message,
    })
}

/// A change's number as it is; nothing of what is larger.
fn result_text(json: &str) -> String {
    match serde_json::from_str(json) {
        Ok(Value::String(text)) => text,
        _ => String::new(),
    }
}
