use edgeward_domain::access::Visible;
use edgeward_domain::hosting::{Change, State};
use edgeward_store::{HostingFilter, ServiceFilter, ServiceWay, Slice};

use super::{docker, host, made, order};
use crate::support::{BY_NAME, Bench, every_service, name};

crate::on_both!(
    agents_that_may_host_are_listed_where_they_may_be_seen,
    services_are_listed_by_who_made_them_with_how_far_they_are,
);

async fn agents_that_may_host_are_listed_where_they_may_be_seen(bench: &Bench) {
    let (here, there) = (bench.project("here").await, bench.project("there").await);
    let b = host(bench, "b", here).await;
    let a = host(bench, "a", there).await;
    bench.managed("silent", &[], here).await;
    let waiting = bench.unmanaged("waiting", &[]).await;
    super::report(bench, waiting.id, &[]).await;
    made(bench, &b, here, "one").await;
    let (gone, _) = made(bench, &b, here, "two").await;
    order(bench, gone, Change::Destroy).await;

    let store = bench.store.hosting();
    let only = |project| Visible::Only {
        organisations: Default::default(),
        projects: [project].into(),
    };
    for (project, visible, expected) in [
        (None, Visible::Everything, &["a", "b"][..]),
        (Some(here.1), Visible::Everything, &["b"]),
        (None, only(there.1), &["a"]),
        (Some(here.1), only(there.1), &[]),
    ] {
        let filter = HostingFilter { project, visible };
        let page = store.hosting_agents(&filter, Slice::FIRST).await.unwrap();
        let names: Vec<&str> = page.items.iter().map(|one| one.name.as_str()).collect();
        assert_eq!((&*names, page.total), (expected, expected.len() as u64));
    }
    let filter = HostingFilter {
        project: None,
        visible: Visible::Everything,
    };
    let second = Slice {
        offset: 1,
        limit: 1,
    };
    let page = store.hosting_agents(&filter, second).await.unwrap();
    assert_eq!(page.total, 2);
    let [one] = &*page.items else {
        panic!("{page:?}")
    };
    assert_eq!((one.agent, one.services), (b.id, 1));
    assert_eq!((one.project, &one.capability), (here.1, &docker()));
    assert_ne!(a.id, b.id);
}

async fn services_are_listed_by_who_made_them_with_how_far_they_are(bench: &Bench) {
    let place = bench.project("plant").await;
    let agent = host(bench, "gw", place).await;
    made(bench, &agent, place, "Neuron").await;
    let services = bench.store.services();
    for (way, expected) in [
        (ServiceWay::Hosted, &["Neuron"][..]),
        (ServiceWay::Agent, &["gw"]),
        (ServiceWay::Direct, &[]),
    ] {
        let filter = ServiceFilter {
            way: Some(way),
            ..every_service()
        };
        let page = services.services(&filter, BY_NAME, Slice::FIRST).await;
        let page = page.unwrap();
        let names: Vec<&str> = page
            .items
            .iter()
            .map(|view| view.service.name.as_str())
            .collect();
        assert_eq!((&*names, page.total), (expected, expected.len() as u64));
    }
    let all = services
        .services(&every_service(), BY_NAME, Slice::FIRST)
        .await;
    for view in all.unwrap().items {
        let is_hosted = view.service.name == name("Neuron");
        let state = view.hosted.map(|course| course.state());
        assert_eq!(state, is_hosted.then_some(State::Waiting));
    }
}
