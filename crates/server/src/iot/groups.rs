//! The device twin's groups as existing clients know them. A group is a tag: what is put into one can be chosen by it everywhere else.
//!
//! Other than the original: for whoever may, a group's name has to be one that a tag can have, there are no two of one name, and a
//! list of those that are not in a group has only devices of the organisation.

use std::collections::{BTreeSet, HashSet};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use edgeward_api::event::Kind;
use edgeward_domain::access::{Action, Scope};
use edgeward_domain::device::Status;
use edgeward_domain::organisation::Organisation;
use edgeward_domain::selection::{MAX_TAGS, Tag};
use edgeward_ids::AgentId;
use edgeward_store::{Failure, RegistrationFilter, UnknownOrganisation};
use serde::{Deserialize, Serialize};

use super::http::{Asked, Fault, all, json, looked_at, organisation};
use super::twin_http::{Answer, device, found, respond};
use crate::access::Caller;
use crate::api::ApiError;
use crate::app::{App, Shared};
use crate::devices::http::scope_of;
use crate::now;

/// The `code`s of failures.
mod codes {
    pub(super) const CREATE: &str = "GroupCreate";
    pub(super) const LIST: &str = "GroupList";
    pub(super) const GET: &str = "GroupGet";
    pub(super) const LINK: &str = "GroupLink";
    pub(super) const UNLINK: &str = "GroupUnlink";
    pub(super) const DEVICES: &str = "GroupDevices";
}

/// A group.
#[derive(Serialize, Deserialize)]
pub(super) struct Group {
    #[serde(default)]
    orgid: String,
    name: String,
}

/// What existing clients ask for.
pub fn routes() -> Router<Shared> {
    let group = "/v1/group/{organization}/{name}";
    Router::new()
        .route("/v1/group/{organization}", get(list).post(create))
        .route(group, get(show))
        .route(&format!("{group}/devices"), get(devices))
        .route(&format!("{group}/devices/excluded"), get(excluded))
        .route(&format!("{group}/{{device}}"), post(link).delete(unlink))
}

type OfGroup = Path<(String, String)>;
type OfMember = Path<(String, String, String)>;

async fn create(
    State(app): State<Shared>,
    caller: Asked,
    Path(organization): Path<String>,
    request: Request<Body>,
) -> Response {
    let made = async {
        let fault = Fault::of(codes::CREATE);
        let caller = caller.map_err(&fault)?;
        let organisation = organisation(&app, &caller, &organization)
            .await
            .map_err(&fault)?;
        caller
            .permit(Action::OperateDevices, Scope::Organisation(organisation.id))
            .map_err(&fault)?;
        let group: Group = json(request).await?;
        let tag = tag(codes::CREATE, &group.name)?;
        app.store
            .rollouts()
            .declare_tag(organisation.id, &tag, &caller.by(), now())
            .await
            .map_err(|failure| fault(failure.into()))?;
        app.events.changed(Kind::Audit);
        Ok(Answer::default())
    };
    respond(made.await)
}

async fn list(
    State(app): State<Shared>,
    caller: Asked,
    Path(organization): Path<String>,
) -> Response {
    let listed = async {
        let fault = Fault::of(codes::LIST);
        let caller = caller.map_err(&fault)?;
        let organisation = organisation(&app, &caller, &organization)
            .await
            .map_err(&fault)?;
        let groups = groups(&app, &caller, &organisation).await.map_err(&fault)?;
        Ok(Answer {
            groups: Some(groups),
            ..Answer::default()
        })
    };
    respond(listed.await)
}

async fn show(
    State(app): State<Shared>,
    caller: Asked,
    Path((organization, name)): OfGroup,
) -> Response {
    let shown = async {
        let caller = caller.map_err(Fault::of(codes::GET))?;
        let (_, group) = one(&app, &caller, (&organization, &name), codes::GET).await?;
        Ok(Answer {
            group: Some(group),
            ..Answer::default()
        })
    };
    respond(shown.await)
}

async fn devices(State(app): State<Shared>, caller: Asked, Path(group): OfGroup) -> Response {
    respond(members(&app, caller, group, true).await)
}

async fn excluded(State(app): State<Shared>, caller: Asked, Path(group): OfGroup) -> Response {
    respond(members(&app, caller, group, false).await)
}

async fn link(State(app): State<Shared>, caller: Asked, Path(member): OfMember) -> Response {
    let join = |tags: &mut BTreeSet<Tag>, tag: Tag| tags.insert(tag);
    respond(change(&app, caller, member, codes::LINK, join).await)
}

async fn unlink(State(app): State<Shared>, caller: Asked, Path(member): OfMember) -> Response {
    let leave = |tags: &mut BTreeSet<Tag>, tag: Tag| tags.remove(&tag);
    respond(change(&app, caller, member, codes::UNLINK, leave).await)
}

fn tag(code: &'static str, name: &str) -> Result<Tag, Fault> {
    name.parse()
        .map_err(|error| Fault::new(code, format!("the group's name cannot be used: {error}")))
}

/// The groups of an organisation: its tags.
async fn groups(
    app: &App,
    caller: &Caller,
    organisation: &Organisation,
) -> Result<Vec<Group>, ApiError> {
    let visible = looked_at(caller);
    let tags = app
        .store
        .rollouts()
        .tags_in_use(Some(organisation.id), None, &visible)
        .await?;
    let orgid = organisation.id.to_string();
    Ok(tags
        .into_iter()
        .map(|(name, _)| Group {
            orgid: orgid.clone(),
            name,
        })
        .collect())
}

/// A group that is there, and its organisation.
async fn one(
    app: &App,
    caller: &Caller,
    (organization, name): (&str, &str),
    code: &'static str,
) -> Result<(Organisation, Group), Fault> {
    let fault = Fault::of(code);
    let organisation = organisation(app, caller, organization)
        .await
        .map_err(&fault)?;
    let groups = groups(app, caller, &organisation).await.map_err(&fault)?;
    let group = groups.into_iter().find(|group| group.name == name);
    let group = group.ok_or_else(|| fault(ApiError::not_found("group")))?;
    Ok((organisation, group))
}

/// The devices of an organisation that have enrolled, and are in a group or are not.
async fn members(
    app: &App,
    caller: Asked,
    (organization, name): (String, String),
    inside: bool,
) -> Result<Answer, Fault> {
    let fault = Fault::of(codes::DEVICES);
    let caller = caller.map_err(&fault)?;
    let group = (organization.as_str(), name.as_str());
    let (organisation, group) = one(app, &caller, group, codes::DEVICES).await?;
    let tags = BTreeSet::from([tag(codes::DEVICES, &group.name)?]);
    let store = app.store.rollouts();
    let tagged = store.candidates(organisation.id, None, &tags).await;
    let tagged = tagged.map_err(|error| fault(error.into()))?;
    let tagged: HashSet<AgentId> = tagged.into_iter().map(|device| device.agent).collect();
    let filter = RegistrationFilter {
        organisation: Some(organisation.id),
        status: Some(Status::Enrolled),
        ..RegistrationFilter::new(looked_at(&caller))
    };
    let views = all(app, &filter).await.map_err(&fault)?;
    let devices = views
        .iter()
        .map(|view| &view.registration)
        .filter(|registration| tagged.contains(&registration.id) == inside)
        .map(|registration| device(app, registration));
    Ok(Answer {
        devices: Some(devices.collect()),
        ..Answer::default()
    })
}

/// Puts a device into a group, or takes it out.
async fn change(
    app: &App,
    caller: Asked,
    (organization, name, id): (String, String, String),
    code: &'static str,
    change: impl Fn(&mut BTreeSet<Tag>, Tag) -> bool,
) -> Result<Answer, Fault> {
    let fault = Fault::of(code);
    let caller = caller.map_err(&fault)?;
    let (_, group) = one(app, &caller, (&organization, &name), code).await?;
    let view = found(app, &caller, (&organization, &id)).await?;
    caller
        .permit(Action::OperateDevices, scope_of(&view))
        .map_err(&fault)?;
    let agent = view.registration.id;
    let store = app.store.rollouts();
    let tags = store
        .tags(agent)
        .await
        .map_err(|error| fault(error.into()))?;
    let mut tags: BTreeSet<Tag> = tags.iter().filter_map(|tag| tag.parse().ok()).collect();
    if !change(&mut tags, tag(code, &group.name)?) {
        return Ok(Answer::default());
    }
    if tags.len() > MAX_TAGS {
        let message = format!("a device is in at most {MAX_TAGS} groups");
        return Err(Fault::new(code, message));
    }
    store
        .set_tags(agent, &tags, &caller.by(), now())
        .await
        .map_err(|failure| fault(failure.into()))?;
    app.events.changed(Kind::Agents);
    app.events.changed(Kind::Audit);
    Ok(Answer::default())
}

impl From<Failure<UnknownOrganisation>> for ApiError {
    fn from(failure: Failure<UnknownOrganisation>) -> Self {
        match failure {
            Failure::Store(error) => error.into(),
            Failure::Refused(UnknownOrganisation) => Self::not_found("organization"),
        }
    }
}
