//! Services that are reached directly, and what is kept of every service.

use edgeward_domain::Moment;
use edgeward_domain::agent::Agent;
use edgeward_domain::service::{Address, Authentication, Check, Scheme, Trust};
use edgeward_ids::{OrganisationId, ProjectId, ServiceId};
use edgeward_store::{NewDirect, ServiceChange, ServiceFilter, ServiceView, Slice, Tagging};

use crate::support::{BY_NAME, Bench, NOW, by, later, name};

mod add;
mod change;
mod import;
mod keys;
mod lists;
mod looks;
mod tags;

const PIN: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

fn at(text: &str) -> Address {
    text.parse().unwrap()
}

fn basic(user: &str, password: &str) -> Authentication {
    Authentication::Basic {
        user: user.into(),
        password: password.into(),
    }
}

fn found(at: Moment, answers: bool) -> Check {
    Check {
        at,
        answers,
        finding: (!answers).then(|| r#"{"code":"refused"}"#.to_owned()),
        version: answers.then(|| "2.15.0".to_owned()),
        keys: None,
    }
}

fn new(project: ProjectId, text: &str, address: &str) -> NewDirect {
    NewDirect {
        id: ServiceId::generate(),
        project,
        name: name(text),
        kind: "neuron".into(),
        description: format!("{text} in hall 3"),
        scheme: Scheme::Http,
        address: at(address),
        trust: Trust::Authorities,
        authentication: Authentication::None,
        check: None,
        tagging: Tagging::default(),
    }
}

async fn add(bench: &Bench, new: NewDirect) -> ServiceId {
    let services = bench.store.services();
    let added = services.add_direct(new, &by(), NOW).await.unwrap();
    added.service.id
}

async fn change(bench: &Bench, id: ServiceId, change: ServiceChange) -> ServiceView {
    let services = bench.store.services();
    services
        .change_service(id, change, &by(), later(1))
        .await
        .unwrap()
}

async fn view(bench: &Bench, id: ServiceId) -> ServiceView {
    bench.store.services().service(id).await.unwrap().unwrap()
}

async fn names(bench: &Bench, filter: ServiceFilter) -> Vec<String> {
    let services = bench.store.services();
    let page = services.services(&filter, BY_NAME, Slice::FIRST).await;
    let page = page.unwrap();
    assert_eq!(page.items.len() as u64, page.total);
    let names = page.items.iter().map(|view| view.service.name.to_string());
    names.collect()
}

/// An agent of this name with one offer, and the service that stands for it.
async fn of_agent(
    bench: &Bench,
    text: &str,
    place: (OrganisationId, ProjectId),
) -> (Agent, ServiceId) {
    let agent = bench.managed(text, &["x"], place).await;
    let id = *agent
        .state
        .membership()
        .unwrap()
        .services
        .values()
        .next()
        .unwrap();
    (agent, id)
}
