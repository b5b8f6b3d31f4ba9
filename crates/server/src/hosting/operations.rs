//! One operation on many services, each by itself.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use edgeward_api::event::Kind as Changed;
use edgeward_api::service::{Operated, Operation, OperationRequest};
use edgeward_domain::access::{Permit, Scope};
use edgeward_domain::audit::{By, Note};
use edgeward_domain::hosting::Change;
use edgeward_ids::ServiceId;
use edgeward_products::product;
use edgeward_runtime::Chain;
use edgeward_store::{ServiceView, StoreError};
use futures::StreamExt as _;

use super::service::{Hosting, HostingError};
use crate::app::App;
use crate::now;
use crate::services::{Failure, Route, ServiceError, route_of};

/// How many services are restarted by their own API at once.
const RESTARTED_AT_ONCE: usize = 64;

/// How long a service may take to take a restart on.
const RESTART_TIMEOUT: Duration = Duration::from_secs(10);

/// Why an operation is not done on a service.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotDone {
    #[error("there is no such service")]
    Unknown,
    #[error("you may not manage this service")]
    NotAllowed,
    #[error(
        "the service is not hosted, so the control plane cannot start or stop it; do so where it runs"
    )]
    NotRun,
    #[error(
        "the service is not hosted, so the control plane cannot upgrade it; do so where it runs"
    )]
    NotUpgraded,
    #[error("the service is not hosted, so there is nothing to release; delete it instead")]
    NotReleased,
    #[error("{0} has no call with which it can be restarted; restart it where it runs")]
    NoRestart(&'static str),
    #[error("the service could not be asked to restart")]
    NotReached(#[from] Failure),
    #[error("the service did not restart: {0}")]
    NotRestarted(String),
    #[error(transparent)]
    Hosting(#[from] HostingError),
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl Hosting {
    /// Does it on each of these services, but for those that are denied; the answers are in the order of the request. The permits are
    /// for the services' projects.
    pub(super) async fn operate(
        &self,
        app: &App,
        by: &By,
        request: &OperationRequest,
        permits: &HashMap<ServiceId, Permit>,
        mut denied: HashMap<ServiceId, NotDone>,
    ) -> Result<Vec<Operated>, StoreError> {
        let mut seen = HashSet::new();
        let ids: Vec<ServiceId> = request
            .services
            .iter()
            .copied()
            .filter(|id| permits.contains_key(id) && seen.insert(*id))
            .collect();
        let mut views = app.services.views(&ids).await?;
        let mut done = HashSet::new();
        let mut told = HashSet::new();
        let mut failed = None;
        let mut to_restart = Vec::new();
        for id in ids {
            // Where it is now is where the permit has to be for.
            let view = views
                .remove(&id)
                .filter(|view| permits.get(&id).map(Permit::scope) == Some(scope_of(view)));
            let result = match view {
                None => Err(NotDone::Unknown),
                Some(view) if view.hosted.is_some() => {
                    let ordered = self.ordered(by, id, request).await;
                    ordered.map(|view| told.extend(view.service.agent()))
                }
                Some(view) if request.operation == Operation::Restart => {
                    to_restart.push(view);
                    continue;
                }
                Some(_) => self.unhosted(app, by, id, request, &permits[&id]).await,
            };
            match result {
                Ok(()) => {
                    done.insert(id);
                }
                Err(
                    NotDone::Hosting(HostingError::Store(error))
                    | NotDone::Service(ServiceError::Store(error)),
                ) => {
                    failed = Some(error);
                    break;
                }
                Err(reason) => {
                    denied.insert(id, reason);
                }
            }
        }
        self.tell(app, told).await;
        // What was written down before is so, and its agents know of it.
        if let Some(error) = failed {
            return Err(error);
        }
        for (id, restarted) in restart_all(app, by, to_restart).await? {
            match restarted {
                Ok(()) => {
                    done.insert(id);
                }
                Err(reason) => {
                    denied.insert(id, reason);
                }
            }
        }
        Ok(request
            .services
            .iter()
            .map(|id| Operated {
                service_id: *id,
                done: done.contains(id),
                reason: denied.get(id).map(|reason| Chain(reason).to_string()),
            })
            .collect())
    }

    /// Of a hosted one: writes down what is wished.
    async fn ordered(
        &self,
        by: &By,
        id: ServiceId,
        request: &OperationRequest,
    ) -> Result<ServiceView, NotDone> {
        let change = match request.operation {
            Operation::Start => Change::Start,
            Operation::Stop => Change::Stop,
            Operation::Restart => Change::Restart,
            Operation::Delete => Change::Destroy,
            Operation::Release => Change::Release,
            Operation::Upgrade => {
                let to = request.to.as_deref().unwrap_or_default();
                self.upgrade(id, to).await?
            }
        };
        Ok(self.order(by, id, change).await?)
    }

    async fn unhosted(
        &self,
        app: &App,
        by: &By,
        id: ServiceId,
        request: &OperationRequest,
        permit: &Permit,
    ) -> Result<(), NotDone> {
        match request.operation {
            Operation::Start | Operation::Stop => Err(NotDone::NotRun),
            Operation::Upgrade => Err(NotDone::NotUpgraded),
            Operation::Release => Err(NotDone::NotReleased),
            Operation::Delete => Ok(app.services.remove(permit, by, id).await?),
            // Done for all of them together.
            Operation::Restart => Ok(()),
        }
    }
}

fn scope_of(view: &ServiceView) -> Scope {
    Scope::Project {
        organisation: view.service.organisation,
        project: view.service.project,
    }
}

type Restarted = (ServiceId, Result<(), NotDone>);

/// Has services restart by their own API.
async fn restart_all(
    app: &App,
    by: &By,
    views: Vec<ServiceView>,
) -> Result<Vec<Restarted>, StoreError> {
    let asked = views.into_iter().map(|view| async move {
        let restarted = restart(app, &route_of(&view)).await;
        let service = &view.service;
        let mut note = Note::new(
            "service.restart",
            Some(service.id.to_string()),
            service.name.as_str(),
        )
        .at(Some(service.organisation), Some(service.project));
        if let Err(reason) = &restarted {
            note = note.refused(Chain(reason).to_string());
        }
        app.store.audit().append(note, by, now()).await?;
        Ok::<Restarted, StoreError>((service.id, restarted))
    });
    let mut asked = futures::stream::iter(asked).buffer_unordered(RESTARTED_AT_ONCE);
    let mut all = Vec::new();
    while let Some(one) = asked.next().await {
        all.push(one?);
    }
    if !all.is_empty() {
        app.events.changed(Changed::Audit);
    }
    Ok(all)
}

async fn restart(app: &App, route: &Route) -> Result<(), NotDone> {
    let product = product(route.kind);
    let call = product
        .restart()
        .ok_or(NotDone::NoRestart(product.title()))?;
    let answer = app.ways.ask(route, &call, RESTART_TIMEOUT).await?;
    let accepted = match product.configuration() {
        Some(configuration) => configuration
            .accepted(&call, &answer)
            .map_err(|error| error.to_string()),
        None if answer.status.is_success() => Ok(()),
        None => Err(format!("it answered with the status {}", answer.status)),
    };
    accepted.map_err(NotDone::NotRestarted)
}
