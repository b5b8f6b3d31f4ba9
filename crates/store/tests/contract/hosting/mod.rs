//! Services that agents make on their devices.

use edgeward_domain::agent::Agent;
use edgeward_domain::hosting::{Change, Reported, Step};
use edgeward_domain::service::Authentication;
use edgeward_ids::{AgentId, OfferName, OrganisationId, ProjectId, ServiceId};
use edgeward_store::{
    Capability, Failure, HostRefusal, HostedView, HostingHeard, Needs, NewHosted, ServiceView,
    Tagging,
};

use crate::support::{Bench, NOW, by, later, name};

mod lists;
mod making;
mod orders;
mod reports;

type Place = (OrganisationId, ProjectId);

fn docker() -> Capability {
    Capability {
        engine: Some(("docker".into(), "26.1".into())),
        snaps: false,
        problem: String::new(),
    }
}

/// A managed agent of this name that may host containers.
async fn host(bench: &Bench, text: &str, place: Place) -> Agent {
    let agent = bench.managed(text, &["x"], place).await;
    report(bench, agent.id, &[]).await;
    agent
}

fn new(agent: &Agent, project: ProjectId, text: &str) -> NewHosted {
    NewHosted {
        id: ServiceId::generate(),
        agent: agent.id,
        project,
        name: name(text),
        kind: "neuron".into(),
        description: format!("{text} in hall 3"),
        authentication: Authentication::None,
        tagging: Tagging::default(),
        needs: Needs::Engine,
        spec: "sealed one".into(),
        made_of: "neuron:1".into(),
    }
}

async fn make(bench: &Bench, new: NewHosted) -> Result<ServiceView, Failure<HostRefusal>> {
    bench.store.hosting().host(new, &by(), NOW).await
}

/// A hosted service of this name, with what its agent calls it.
async fn made(bench: &Bench, agent: &Agent, place: Place, text: &str) -> (ServiceId, OfferName) {
    let made = make(bench, new(agent, place.1, text)).await.unwrap();
    let offer = made.service.offer().unwrap().clone();
    (made.service.id, offer)
}

fn said(generation: u64, step: Step) -> Reported {
    Reported {
        generation,
        step,
        running: true,
        present: "neuron:1".into(),
        message: String::new(),
    }
}

async fn report(
    bench: &Bench,
    agent: AgentId,
    services: &[(&OfferName, Reported)],
) -> HostingHeard {
    let services = services
        .iter()
        .map(|(offer, said)| ((*offer).clone(), said.clone()))
        .collect();
    let store = bench.store.hosting();
    let heard = store.record_hosting(agent, docker(), services, later(2));
    heard.await.unwrap()
}

async fn order(bench: &Bench, id: ServiceId, change: Change) -> ServiceView {
    let store = bench.store.hosting();
    store.order(id, change, &by(), later(1)).await.unwrap()
}

fn upgrade(spec: &str) -> Change {
    Change::Upgrade {
        spec: spec.into(),
        to: "neuron:2".into(),
    }
}

async fn view(bench: &Bench, id: ServiceId) -> Option<ServiceView> {
    bench.store.services().service(id).await.unwrap()
}

async fn hosted(bench: &Bench, id: ServiceId) -> HostedView {
    bench.store.hosting().hosted(id).await.unwrap().unwrap()
}

/// What is still to be sent to an agent: what it calls it, and the generation.
async fn open(bench: &Bench, agent: AgentId) -> Vec<(String, u64)> {
    let open = bench.store.hosting().open_orders(agent).await.unwrap();
    let shown = open
        .iter()
        .map(|view| (view.offer.to_string(), view.hosted.course.generation));
    shown.collect()
}
