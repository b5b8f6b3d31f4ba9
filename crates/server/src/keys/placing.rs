//! Having agents put a public key where their services look for it. Whether a service accepts it then is asked right after.

use std::collections::BTreeMap;
use std::sync::Arc;

use edgeward_api::key::{MAX_PLACED, Placed};
use edgeward_domain::access::{self, Action, Grants, Scope};
use edgeward_domain::audit::{By, Note};
use edgeward_domain::service::{Authentication, Service, Way};
use edgeward_ids::{AgentId, OfferName, ServiceId};
use edgeward_runtime::Chain;
use edgeward_store::{
    Direction, ServiceColumn, ServiceFilter, ServiceView, Slice, Sort, StoreError,
};
use edgeward_wire::command::Body;
use edgeward_wire::report::Outcome;
use futures::StreamExt as _;

use super::KeyPair;
use crate::app::App;
use crate::bus::AskError;
use crate::now;

/// The most agents that are asked at once.
const AT_ONCE: usize = 64;

/// Why a key was not placed at a service.
#[derive(Debug, thiserror::Error)]
enum NotPlaced {
    #[error("there is no such service")]
    Unknown,
    #[error("you may not manage this service")]
    NotAllowed,
    #[error("this service does not want tokens")]
    NoToken,
    #[error(
        "this service is reached directly, so no agent can place the file; put it there by hand"
    )]
    Direct,
    #[error("the agent is offline")]
    Offline,
    #[error(
        "the agent did not answer; one that is older than this command does not: update it, or put the file there by hand"
    )]
    Silent,
    #[error("the agent could not be asked")]
    Ask(#[source] AskError),
    #[error("{0}")]
    Refused(String),
}

/// One file to be written.
struct Order {
    service: Service,
    offer: OfferName,
}

/// Has the agents of these services write a key's public file, or of all that these grants allow to manage and that are not known to
/// accept it. In the order of the request, or by name.
pub(super) async fn place(
    app: &Arc<App>,
    grants: &Grants,
    by: &By,
    pair: &Arc<KeyPair>,
    wanted: Option<Vec<ServiceId>>,
) -> Result<Vec<Placed>, StoreError> {
    let ids = match wanted {
        Some(ids) => ids,
        None => behind(app, grants, pair).await?,
    };
    let mut answers: Vec<Option<Placed>> = vec![None; ids.len()];
    let mut orders: BTreeMap<AgentId, Vec<(usize, Order)>> = BTreeMap::new();
    for (at, id) in ids.into_iter().enumerate() {
        let found = app.store.services().service(id).await?;
        match order(grants, found) {
            Ok((agent, order)) => orders.entry(agent).or_default().push((at, order)),
            Err(reason) => answers[at] = Some(not_placed(id, &reason)),
        }
    }
    // One after the other at each agent: of two commands that overtake each other, it refuses the later one.
    let agents = orders.into_iter().map(|(agent, orders)| async move {
        let mut placed = Vec::with_capacity(orders.len());
        for (at, order) in orders {
            placed.push((at, carry_out(app, by, pair, agent, &order).await));
        }
        placed
    });
    let mut asked = futures::stream::iter(agents).buffer_unordered(AT_ONCE);
    while let Some(of_agent) = asked.next().await {
        for (at, placed) in of_agent {
            answers[at] = Some(placed?);
        }
    }
    Ok(answers.into_iter().flatten().collect())
}

/// The agents' services that may be managed with these grants and are not known to accept the key, by name.
async fn behind(app: &App, grants: &Grants, pair: &KeyPair) -> Result<Vec<ServiceId>, StoreError> {
    let filter = ServiceFilter {
        key_behind: Some(pair.number()),
        ..ServiceFilter::new(grants.visible(Action::ManageServices.least_role()))
    };
    let by_name = Sort {
        by: ServiceColumn::Name,
        direction: Direction::Ascending,
    };
    let mut ids = Vec::new();
    let mut slice = Slice::FIRST;
    loop {
        let page = app
            .store
            .services()
            .services(&filter, by_name, slice)
            .await?;
        let of_agents = page
            .items
            .iter()
            .filter(|view| view.service.agent().is_some());
        ids.extend(of_agents.map(|view| view.service.id));
        slice.offset += slice.limit;
        if ids.len() >= MAX_PLACED || slice.offset >= page.total {
            ids.truncate(MAX_PLACED);
            return Ok(ids);
        }
    }
}

fn order(grants: &Grants, found: Option<ServiceView>) -> Result<(AgentId, Order), NotPlaced> {
    let service = found.ok_or(NotPlaced::Unknown)?.service;
    let scope = Scope::Project {
        organisation: service.organisation,
        project: service.project,
    };
    access::permit(grants, Action::Look, scope).map_err(|_| NotPlaced::Unknown)?;
    access::permit(grants, Action::ManageServices, scope).map_err(|_| NotPlaced::NotAllowed)?;
    if service.authentication != Authentication::Token {
        return Err(NotPlaced::NoToken);
    }
    match &service.way {
        Way::Direct { .. } => Err(NotPlaced::Direct),
        Way::Agent { agent, offer, .. } => {
            let (agent, offer) = (*agent, offer.clone());
            Ok((agent, Order { service, offer }))
        }
    }
}

async fn carry_out(
    app: &Arc<App>,
    by: &By,
    pair: &KeyPair,
    agent: AgentId,
    order: &Order,
) -> Result<Placed, StoreError> {
    let service = &order.service;
    let asked = ask(app, pair, agent, &order.offer).await;
    let mut note = Note::new(
        "key.place",
        Some(service.id.to_string()),
        service.name.to_string(),
    )
    .at(Some(service.organisation), Some(service.project))
    .after(serde_json::json!({"file_name": pair.public_file()}));
    if let Err(reason) = &asked {
        note = note.refused(Chain(reason).to_string());
    }
    app.store.audit().append(note, by, now()).await?;
    match asked {
        Ok(()) => {
            app.services.look_again(service.id).await;
            Ok(Placed {
                service_id: service.id,
                placed: true,
                reason: None,
            })
        }
        Err(reason) => Ok(not_placed(service.id, &reason)),
    }
}

async fn ask(
    app: &App,
    pair: &KeyPair,
    agent: AgentId,
    offer: &OfferName,
) -> Result<(), NotPlaced> {
    if !app.presence.is_online(agent) {
        return Err(NotPlaced::Offline);
    }
    let body = Body::PlaceKey {
        service: offer.clone(),
        file_name: pair.public_file(),
        pem: pair.key().public_pem(),
    };
    match app.agents.commander.ask(agent, body).await {
        Ok(Outcome::Done) => Ok(()),
        Ok(Outcome::Refused { reason }) => Err(NotPlaced::Refused(reason)),
        Err(AskError::Silent) => Err(NotPlaced::Silent),
        Err(error) => Err(NotPlaced::Ask(error)),
    }
}

fn not_placed(service: ServiceId, reason: &NotPlaced) -> Placed {
    Placed {
        service_id: service,
        placed: false,
        reason: Some(Chain(reason).to_string()),
    }
}
