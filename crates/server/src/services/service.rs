//! Use cases of edge services.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use edgeward_api::agent::Presence as ApiPresence;
use edgeward_api::list::List;
use edgeward_api::service as api;
use edgeward_domain::access::{self, Action, Grants, Permit, Scope};
use edgeward_domain::selection::BadTag;
use edgeward_domain::service::{Authentication, Check, Service, TagLimits, Trust, Way};
use edgeward_ids::ServiceId;
use edgeward_pki::PkiError;
use edgeward_products::{Finding, Kind, Weight};
use edgeward_store::{
    AddRefusal, AgentIds, ChangeRefusal, DirectServices, RemoveRefusal, ServiceColumn,
    ServiceFilter, ServiceStore, ServiceView, ServiceWay, Slice, Sort, StoreError,
};
use http::{Method, header};
use parking_lot::RwLock;

use super::figures;
use super::tags::words;
use super::ways::{Route, Ways};
use crate::agents::Presence;
use crate::api::{direction, searched};
use crate::events::Events;
use crate::hosting::progress;
use crate::timestamp;

/// How long a route is believed without asking the database again. Changes made by this control plane are seen at once.
pub const ROUTE_CACHE_LIFETIME: Duration = Duration::from_secs(5);

/// What somebody has to be allowed to see a service at all.
pub(super) const LOOK: Action = Action::Look;

/// The most routes kept in memory.
const MAX_CACHED_ROUTES: usize = 100_000;

/// Edge services.
pub struct Services {
    pub(super) store: Arc<dyn ServiceStore>,
    pub(super) ways: Arc<Ways>,
    pub(super) events: Events,
    pub(super) asked: figures::LastAsked,
    pub(super) tag_limits: TagLimits,
    presence: Arc<Presence>,
    routes: RwLock<HashMap<ServiceId, (Instant, Option<Route>)>>,
    /// How often it was wished that all be asked which keys they accept.
    wishes: AtomicU64,
}

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// There is no such service.
    #[error("there is no such service")]
    Unknown,
    /// A field says something that cannot be.
    #[error("{0}")]
    Invalid(String),
    /// It does not accept the control plane.
    #[error("{}", .0.message())]
    NotProven(Box<Finding>),
    /// It may not be added so.
    #[error(transparent)]
    NotAdded(AddRefusal),
    /// It may not be changed so.
    #[error(transparent)]
    NotChanged(ChangeRefusal),
    /// It may not be deleted.
    #[error(transparent)]
    NotRemoved(RemoveRefusal),
    /// A password could not be sealed.
    #[error("cannot keep the password")]
    Seal(#[from] PkiError),
    /// The database failed.
    #[error("cannot read or write services")]
    Store(#[from] StoreError),
}

/// A service that somebody may open.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Where it is.
    pub route: Route,
    /// For [`Action::UseServices`], or for [`Action::ReadServices`] only.
    pub permit: Permit,
}

impl Opened {
    /// Whether a request may go to the service: for whoever may only read, one that by its method changes nothing, and that
    /// does not become another protocol (after which nothing could be told apart).
    pub fn allows(&self, request: &http::request::Parts) -> Result<(), ReadOnly> {
        let reading = [Method::GET, Method::HEAD, Method::OPTIONS].contains(&request.method);
        let switching = request.headers.contains_key(header::UPGRADE);
        match self.permit.action() {
            Action::UseServices => Ok(()),
            _ if reading && !switching => Ok(()),
            _ => Err(ReadOnly),
        }
    }
}

/// A viewer's request would change something.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("as a viewer you may look at this service and not change it")]
pub struct ReadOnly;

impl Services {
    /// Over this store.
    pub fn new(
        store: Arc<dyn ServiceStore>,
        presence: Arc<Presence>,
        ways: Arc<Ways>,
        events: Events,
        tag_limits: TagLimits,
    ) -> Self {
        Self {
            store,
            ways,
            events,
            tag_limits,
            asked: figures::LastAsked::default(),
            presence,
            routes: RwLock::default(),
            wishes: AtomicU64::default(),
        }
    }

    /// All services that want tokens are to be asked soon which keys they accept.
    pub fn ask_everybody(&self) {
        self.wishes.fetch_add(1, Ordering::Relaxed);
    }

    /// How often [`Self::ask_everybody`] was called.
    pub(super) fn asked_everybody(&self) -> u64 {
        self.wishes.load(Ordering::Relaxed)
    }

    /// The services that match, of those that may be seen with these grants.
    pub async fn list(
        &self,
        grants: &Grants,
        filter: &api::ServiceFilter,
        slice: Slice,
    ) -> Result<List<api::Service>, ServiceError> {
        let wanted = self.wanted(grants, filter)?;
        let sort = Sort {
            by: match filter.sort.unwrap_or_default() {
                api::ServiceSort::Name => ServiceColumn::Name,
                api::ServiceSort::Kind => ServiceColumn::Kind,
                api::ServiceSort::Agent => ServiceColumn::Agent,
                api::ServiceSort::Created => ServiceColumn::Created,
            },
            direction: direction(filter.direction.unwrap_or_default()),
        };
        let page = self.store.services(&wanted, sort, slice).await?;
        let items = page
            .items
            .into_iter()
            .map(|view| self.to_api(view))
            .collect();
        Ok(List {
            items,
            total: page.total,
        })
    }

    /// Which services of those that may be seen with these grants are asked for.
    pub(super) fn wanted(
        &self,
        grants: &Grants,
        filter: &api::ServiceFilter,
    ) -> Result<ServiceFilter, ServiceError> {
        let online = || {
            Arc::new(
                self.presence
                    .online()
                    .into_iter()
                    .map(|(agent, _)| agent)
                    .collect::<HashSet<_>>(),
            )
        };
        let (agents, offered, direct) = match filter.state {
            None => (AgentIds::Any, None, DirectServices::Any),
            Some(api::ServiceState::Online) => (
                AgentIds::Only(online()),
                Some(true),
                DirectServices::Answering,
            ),
            Some(api::ServiceState::Offline) => {
                (AgentIds::Except(online()), None, DirectServices::Silent)
            }
            Some(api::ServiceState::NotOffered) => {
                (AgentIds::Only(online()), Some(false), DirectServices::None)
            }
        };
        let visible = grants.visible(LOOK.least_role());
        let tag = filter.tag.as_deref().map(str::parse).transpose();
        let tag = tag.map_err(|error: BadTag| ServiceError::Invalid(error.to_string()))?;
        let ids = filter.ids.as_deref().map(named).transpose()?;
        Ok(ServiceFilter {
            organisation: filter.organisation,
            project: filter.project,
            text: searched(filter.text.as_deref()),
            offered,
            agents,
            direct,
            key_behind: filter.key_behind,
            ids,
            kind: filter.kind.clone(),
            way: filter.way.map(|way| match way {
                api::ServiceWay::Agent => ServiceWay::Agent,
                api::ServiceWay::Hosted => ServiceWay::Hosted,
                api::ServiceWay::Direct => ServiceWay::Direct,
            }),
            authentication: filter.authentication.map(stored_word),
            tag,
            ..ServiceFilter::new(visible)
        })
    }

    /// One service, if it may be seen with these grants.
    pub async fn show(&self, grants: &Grants, id: ServiceId) -> Result<api::Service, ServiceError> {
        let view = self.store.service(id).await?.ok_or(ServiceError::Unknown)?;
        let scope = Scope::Project {
            organisation: view.service.organisation,
            project: view.service.project,
        };
        access::permit(grants, Action::Look, scope).map_err(|_| ServiceError::Unknown)?;
        Ok(self.to_api(view))
    }

    /// The project of a service, if it may be seen with these grants.
    pub async fn scope(&self, grants: &Grants, id: ServiceId) -> Result<Scope, ServiceError> {
        let scope = self.route(id).await?.scope;
        access::permit(grants, Action::Look, scope).map_err(|_| ServiceError::Unknown)?;
        Ok(scope)
    }

    /// Where a service is reached, and how much of it is open to whoever has these grants.
    pub async fn open(&self, grants: &Grants, id: ServiceId) -> Result<Opened, ServiceError> {
        let route = self.route(id).await?;
        let allowed = |action| access::permit(grants, action, route.scope);
        let permit = match allowed(Action::UseServices) {
            Ok(permit) => permit,
            Err(_) => allowed(Action::ReadServices).map_err(|_| ServiceError::Unknown)?,
        };
        Ok(Opened { route, permit })
    }

    /// Where the services are that are reached directly, in the order of their ids, after this one.
    pub async fn direct_routes(
        &self,
        after: Option<ServiceId>,
        limit: u64,
    ) -> Result<Vec<Route>, StoreError> {
        let found = self.store.direct_services(after, limit).await?;
        Ok(found.iter().map(route_of).collect())
    }

    /// Where the services are that agents offer, in the same way.
    pub async fn agents_routes(
        &self,
        after: Option<ServiceId>,
        limit: u64,
    ) -> Result<Vec<Route>, StoreError> {
        let found = self.store.agents_services(after, limit).await?;
        Ok(found.iter().map(route_of).collect())
    }

    async fn route(&self, id: ServiceId) -> Result<Route, ServiceError> {
        let cached = self
            .routes
            .read()
            .get(&id)
            .filter(|(at, _)| at.elapsed() < ROUTE_CACHE_LIFETIME)
            .map(|(_, route)| route.clone());
        if let Some(route) = cached {
            return route.ok_or(ServiceError::Unknown);
        }
        let found = self.store.service(id).await?;
        let route = found.as_ref().map(route_of);
        let mut routes = self.routes.write();
        if routes.len() >= MAX_CACHED_ROUTES {
            routes.clear();
        }
        routes.insert(id, (Instant::now(), route.clone()));
        route.ok_or(ServiceError::Unknown)
    }

    /// Forgets one route.
    pub(super) fn forget_route(&self, id: ServiceId) {
        self.routes.write().remove(&id);
    }

    /// Forgets routes: something changed.
    pub fn forget_routes(&self) {
        self.routes.write().clear();
    }

    pub(crate) fn to_api(&self, view: ServiceView) -> api::Service {
        let ServiceView {
            service,
            agent_name,
            organisation_name,
            project_name,
            check,
            tags,
            hosted,
        } = view;
        let online = service.agent().map(|agent| self.presence.is_online(agent));
        let answers = check.as_ref().is_some_and(|check| check.answers);
        let known = check.as_ref().and_then(|check| check.keys.as_deref());
        let keys = known
            .filter(|_| service.authentication == Authentication::Token)
            .map(|known| self.ways.credentials().keys().among(known));
        let (authentication, user) = shown_authentication(service.authentication);
        let mut shown = api::Service {
            id: service.id,
            name: service.name,
            kind: service.kind,
            description: service.description,
            state: state(&service.way, online.unwrap_or(answers)),
            way: api::ServiceWay::Direct,
            agent_id: None,
            agent_name,
            offer: None,
            address: None,
            pinned: None,
            authentication,
            user,
            keys,
            check: check.map(shown_check),
            tags: words(&tags),
            organisation_id: service.organisation,
            organisation_name,
            project_id: service.project,
            project_name,
            hosted: hosted.as_ref().map(progress),
            presence: online.map(|online| {
                if online {
                    ApiPresence::Online
                } else {
                    ApiPresence::Offline
                }
            }),
            path: "direct".into(),
            created_at: timestamp(service.created_at),
        };
        match service.way {
            Way::Agent { agent, offer, .. } => {
                shown.way = match hosted {
                    Some(_) => api::ServiceWay::Hosted,
                    None => api::ServiceWay::Agent,
                };
                shown.agent_id = Some(agent);
                shown.offer = Some(offer);
            }
            Way::Direct {
                scheme,
                address,
                trust,
            } => {
                shown.address = Some(format!("{scheme}://{address}"));
                if let Trust::Pinned(pin) = trust {
                    shown.pinned = Some(pin);
                }
            }
        }
        shown
    }
}

/// Ids with commas between them.
fn named(text: &str) -> Result<Vec<ServiceId>, ServiceError> {
    let invalid = |problem: String| ServiceError::Invalid(problem);
    let ids: Result<Vec<ServiceId>, _> = text.split(',').map(str::parse).collect();
    let ids = ids.map_err(|error| invalid(format!("ids: {error}")))?;
    if ids.len() > api::MAX_NAMED_AT_ONCE {
        return Err(invalid(format!(
            "ids names {} services; at most {} are possible",
            ids.len(),
            api::MAX_NAMED_AT_ONCE
        )));
    }
    Ok(ids)
}

/// The word that the database has.
const fn stored_word(authentication: api::ServiceAuthentication) -> &'static str {
    match authentication {
        api::ServiceAuthentication::None => "none",
        api::ServiceAuthentication::Basic => "basic",
        api::ServiceAuthentication::Token => "token",
    }
}

/// Where a service is, what it wants to see, and which keys it is known to accept.
pub(crate) fn route_of(view: &ServiceView) -> Route {
    let known = view.check.as_ref().and_then(|check| check.keys.clone());
    Route {
        keys: known.unwrap_or_default(),
        ..route(&view.service)
    }
}

/// Where a service is, and what it wants to see.
pub(super) fn route(service: &Service) -> Route {
    Route {
        service: service.id,
        kind: Kind::of(&service.kind),
        way: service.way.clone(),
        authentication: service.authentication.clone(),
        keys: Vec::new(),
        scope: Scope::Project {
            organisation: service.organisation,
            project: service.project,
        },
    }
}

fn state(way: &Way, reached: bool) -> api::ServiceState {
    match (reached, way) {
        (false, _) => api::ServiceState::Offline,
        (true, Way::Agent { offered: false, .. }) => api::ServiceState::NotOffered,
        (true, _) => api::ServiceState::Online,
    }
}

/// Never with the password, not even sealed.
fn shown_authentication(
    authentication: Authentication,
) -> (api::ServiceAuthentication, Option<String>) {
    match authentication {
        Authentication::None => (api::ServiceAuthentication::None, None),
        Authentication::Basic { user, .. } => (api::ServiceAuthentication::Basic, Some(user)),
        Authentication::Token => (api::ServiceAuthentication::Token, None),
    }
}

fn shown_check(check: Check) -> api::ServiceCheck {
    api::ServiceCheck {
        at: timestamp(check.at),
        answers: check.answers,
        version: check.version,
        finding: check.finding.and_then(|text| {
            let finding: Finding = serde_json::from_str(&text).ok()?;
            Some(shown_finding(&finding))
        }),
    }
}

pub(super) fn shown_finding(finding: &Finding) -> api::ServiceFinding {
    api::ServiceFinding {
        code: finding.code().to_owned(),
        weight: match finding.weight() {
            Weight::Good => api::FindingWeight::Good,
            Weight::Warning => api::FindingWeight::Warning,
            Weight::Bad => api::FindingWeight::Bad,
        },
        message: finding.message(),
        fix: finding.fix(),
    }
}
