//! Deliveries of templates to edge services.

use std::time::Duration;

use edgeward_domain::rollout::{Change, Plan, Rollout, Size, State};
use edgeward_ids::{OrganisationId, ProjectId, RolloutId, ServiceId};
use edgeward_store::{DeliveryView, DeliveryWork, NewTarget, Side, Slice, Step, Target};

use crate::support::{Bench, NOW, by, later, name};

mod course;
mod lists;
mod undoing;

type Place = (OrganisationId, ProjectId);

fn course((organisation, project): Place) -> Rollout {
    Rollout {
        id: RolloutId::generate(),
        name: name("new rules"),
        organisation,
        project: Some(project),
        plan: Plan {
            waves: vec![Size::Number(1), Size::PerCent(50)],
            failure_limit: Size::PerCent(10),
            watch: Duration::from_secs(60),
            wait_for_away: true,
            include_later: false,
            lifetime: Duration::from_secs(3600),
        },
        state: State::Running,
        reason: String::new(),
        begun: 0,
        forgiven: 0,
        created_at: NOW,
        created_by: "a case".to_owned(),
        changed_at: NOW,
    }
}

fn work() -> DeliveryWork {
    DeliveryWork {
        template: None,
        template_name: "line".to_owned(),
        version: 3,
        kind: "neuron".to_owned(),
        extent: "whole".to_owned(),
        text: "host = ${host}".to_owned(),
        defaults: r#"{"host":"a"}"#.to_owned(),
    }
}

fn target(text: &str, wave: u32) -> NewTarget {
    NewTarget {
        service: ServiceId::generate(),
        name: name(text),
        wave,
        values: format!(r#"{{"host":"{text}"}}"#),
    }
}

/// A delivery to these services, each with its wave; in a new project.
async fn begun(bench: &Bench, services: &[(&str, u32)]) -> (Rollout, Vec<ServiceId>) {
    let course = course(bench.project("plant").await);
    let targets: Vec<NewTarget> = services
        .iter()
        .map(|(name, wave)| target(name, *wave))
        .collect();
    begin(bench, &course, &targets).await;
    let ids = targets.into_iter().map(|target| target.service).collect();
    (course, ids)
}

async fn begin(bench: &Bench, course: &Rollout, targets: &[NewTarget]) {
    let store = bench.store.deliveries();
    let begun = store.begin_delivery(course, &work(), targets, &by()).await;
    begun.unwrap();
}

async fn view(bench: &Bench, id: RolloutId) -> DeliveryView {
    bench
        .store
        .deliveries()
        .delivery(id)
        .await
        .unwrap()
        .unwrap()
}

async fn change(bench: &Bench, id: RolloutId, change: Change) {
    let store = bench.store.deliveries();
    let changed = store.change_delivery(id, &change, &by(), later(1)).await;
    changed.unwrap();
}

/// Writes a step down; whether it was.
async fn step(bench: &Bench, id: RolloutId, service: ServiceId, side: Side, step: Step) -> bool {
    let store = bench.store.deliveries();
    let written = store
        .delivery_step(id, service, side, step, None, "", later(2))
        .await;
    written.unwrap()
}

/// Does it on a service whose configuration is this before.
async fn deliver(bench: &Bench, id: RolloutId, service: ServiceId, before: Option<&str>) {
    let store = bench.store.deliveries();
    for step in [Step::UnderWay, Step::Done] {
        let written = store
            .delivery_step(id, service, Side::Doing, step, before, "", later(2))
            .await;
        assert!(written.unwrap());
    }
}

async fn due(bench: &Bench, id: RolloutId, side: Side) -> Vec<String> {
    let store = bench.store.deliveries();
    let due = store.delivery_due(id, side, 100).await.unwrap();
    due.iter().map(|target| target.name.to_string()).collect()
}

async fn targets(bench: &Bench, id: RolloutId) -> Vec<Target> {
    let store = bench.store.deliveries();
    let page = store.delivery_targets(id, None, Slice::FIRST).await;
    page.unwrap().items
}
