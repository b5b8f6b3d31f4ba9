use edgeward_domain::access::Visible;
use edgeward_domain::rollout::{Change, MAX_ENDED, State};
use edgeward_ids::{OrganisationId, ProjectId, RolloutId, TemplateId};
use edgeward_store::{DeliveryFilter, DeliveryWork, NewTarget, NewTemplate, NewVersion, Slice};

use super::{begin, begun, change, course, target, targets, view, work};
use crate::support::{Bench, NOW, by, name};

crate::on_both!(
    deliveries_are_cut_to_what_may_be_seen,
    a_delivery_outlives_its_template,
    many_services_are_in_a_delivery,
    old_ones_are_forgotten,
);

async fn ids(bench: &Bench, filter: DeliveryFilter) -> Vec<RolloutId> {
    let store = bench.store.deliveries();
    let page = store.deliveries(&filter, Slice::FIRST).await.unwrap();
    assert_eq!(page.total, page.items.len() as u64);
    assert!(page.items.iter().all(|view| view.work.text.is_empty()));
    page.items.iter().map(|view| view.course.id).collect()
}

async fn deliveries_are_cut_to_what_may_be_seen(bench: &Bench) {
    let (first, _) = begun(bench, &[("a", 1)]).await;
    let plant = (first.organisation, first.project.unwrap());
    let second = course(plant);
    begin(bench, &second, &[]).await;
    let office = bench.project("office").await;
    let third = course(office);
    begin(bench, &third, &[]).await;
    let all = || DeliveryFilter::new(Visible::Everything);
    assert_eq!(ids(bench, all()).await, [third.id, second.id, first.id]);
    let only = |organisations: &[OrganisationId], projects: &[ProjectId]| {
        DeliveryFilter::new(Visible::Only {
            organisations: organisations.iter().copied().collect(),
            projects: projects.iter().copied().collect(),
        })
    };
    assert_eq!(
        ids(bench, only(&[plant.0], &[])).await,
        [second.id, first.id]
    );
    assert_eq!(ids(bench, only(&[], &[office.1])).await, [third.id]);
    assert_eq!(ids(bench, only(&[], &[])).await, []);
    change(bench, first.id, Change::Pause(String::new())).await;
    let filter = DeliveryFilter {
        state: Some(State::Paused),
        ..all()
    };
    assert_eq!(ids(bench, filter).await, [first.id]);
    let filter = DeliveryFilter {
        project: Some(office.1),
        ..all()
    };
    assert_eq!(ids(bench, filter).await, [third.id]);
    let filter = DeliveryFilter {
        organisation: Some(plant.0),
        ..all()
    };
    assert_eq!(ids(bench, filter).await, [second.id, first.id]);
    let page = Slice {
        offset: 2,
        limit: 1,
    };
    let store = bench.store.deliveries();
    let page = store.deliveries(&all(), page).await.unwrap();
    assert_eq!((page.items.len(), page.total), (1, 3));
    assert_eq!(page.items[0].standing.all().waiting, 1);
}

async fn a_delivery_outlives_its_template(bench: &Bench) {
    let place = bench.project("plant").await;
    let templates = bench.store.templates();
    let new = NewTemplate {
        id: TemplateId::generate(),
        project: place.1,
        name: name("line"),
        kind: "neuron".into(),
        description: String::new(),
        first: NewVersion {
            extent: "whole".into(),
            text: "x".into(),
            note: String::new(),
        },
    };
    let template = templates.add_template(new, &by(), NOW).await.unwrap().id;
    let with = |template| DeliveryWork { template, ..work() };
    let course = course(place);
    let store = bench.store.deliveries();
    store
        .begin_delivery(&course, &with(Some(template)), &[target("a", 1)], &by())
        .await
        .unwrap();
    assert_eq!(view(bench, course.id).await.work, with(Some(template)));
    let gone = templates.remove_template(template, &by(), NOW).await;
    gone.unwrap();
    assert_eq!(view(bench, course.id).await.work, with(None));
    assert_eq!(targets(bench, course.id).await.len(), 1);
}

async fn many_services_are_in_a_delivery(bench: &Bench) {
    let course = course(bench.project("plant").await);
    let many: Vec<NewTarget> = (0..6000)
        .map(|number| target(&format!("s{number:04}"), 1 + number / 3000))
        .collect();
    begin(bench, &course, &many).await;
    let standing = view(bench, course.id).await.standing;
    let waiting: Vec<_> = standing.waves.iter().map(|wave| wave.waiting).collect();
    assert_eq!(waiting, [3000, 3000]);
    let store = bench.store.deliveries();
    let slice = Slice {
        offset: 5999,
        limit: 10,
    };
    let page = store
        .delivery_targets(course.id, None, slice)
        .await
        .unwrap();
    assert_eq!(page.total, 6000);
    assert_eq!(page.items[0].name, name("s5999"));
}

async fn old_ones_are_forgotten(bench: &Bench) {
    let (running, _) = begun(bench, &[("a", 1)]).await;
    let place = (running.organisation, running.project.unwrap());
    let mut ended = Vec::new();
    for _ in 0..=MAX_ENDED {
        let course = course(place);
        begin(bench, &course, &[target("a", 1)]).await;
        change(bench, course.id, Change::Finish).await;
        ended.push(course.id);
    }
    let store = bench.store.deliveries();
    assert_eq!(store.forget_ended_deliveries().await.unwrap(), 1);
    assert_eq!(store.delivery(ended[0]).await.unwrap(), None);
    assert_eq!(targets(bench, ended[0]).await, []);
    for kept in [running.id, ended[1]] {
        assert_eq!(targets(bench, kept).await.len(), 1);
    }
    assert_eq!(store.forget_ended_deliveries().await.unwrap(), 0);
}
