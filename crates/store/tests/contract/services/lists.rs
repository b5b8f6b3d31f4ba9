use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use edgeward_domain::access::Visible;
use edgeward_store::{
    AgentIds, DirectServices, MAX_PAGE_ITEMS, NewDirect, ServiceColumn, ServiceFilter, Slice, Sort,
};

use super::{add, found, names, new, of_agent, view};
use crate::support::{Bench, NOW, every_service};

crate::on_both!(
    direct_services_come_in_the_order_of_their_ids,
    direct_services_are_listed_beside_agents,
    direct_services_are_filtered_by_whether_they_answer,
);

async fn direct_services_come_in_the_order_of_their_ids(bench: &Bench) {
    let (one, two) = (bench.project("one").await, bench.project("two").await);
    of_agent(bench, "gw", one).await;
    let mut ids = Vec::new();
    for number in 0..5 {
        let project = if number % 2 == 0 { one.1 } else { two.1 };
        let text = format!("s{}", 9 - number);
        ids.push(add(bench, new(project, &text, &format!("{text}:1"))).await);
    }
    ids.sort();
    let services = bench.store.services();
    let page = async |after, limit| {
        let page = services.direct_services(after, limit).await.unwrap();
        let ids = page.iter().map(|view| view.service.id);
        ids.collect::<Vec<_>>()
    };
    assert_eq!(page(None, u64::MAX).await, ids);
    assert_eq!(page(None, MAX_PAGE_ITEMS).await, ids);
    assert_eq!(page(None, 2).await, ids[..2]);
    assert_eq!(page(Some(ids[1]), 2).await, ids[2..4]);
    assert_eq!(page(Some(ids[3]), 2).await, ids[4..]);
    assert_eq!(page(Some(ids[4]), 2).await, []);
    assert_eq!(page(None, 0).await, []);
    let first = services.direct_services(None, 1).await.unwrap().pop();
    assert_eq!(first.unwrap(), view(bench, ids[0]).await);
}

async fn direct_services_are_listed_beside_agents(bench: &Bench) {
    let (one, two) = (bench.project("one").await, bench.project("two").await);
    let (agent, _) = of_agent(bench, "b", one).await;
    add(bench, new(one.1, "a", "pump.example.com:7000")).await;
    add(bench, new(two.1, "c", "192.168.1.7:7000")).await;
    let all = every_service;
    let text = |text: &str| ServiceFilter {
        text: Some(text.into()),
        ..all()
    };
    let only = |organisation| Visible::Only {
        organisations: BTreeSet::from([organisation]),
        projects: BTreeSet::new(),
    };
    let ids = Arc::new(HashSet::from([agent.id]));
    for (filter, expected) in [
        (all(), &["a", "b", "c"][..]),
        (text("PUMP.example"), &["a"]),
        (text("192.168.1"), &["c"]),
        (text("in hall"), &["a", "c"]),
        (
            ServiceFilter {
                organisation: Some(two.0),
                ..all()
            },
            &["c"],
        ),
        (
            ServiceFilter {
                project: Some(one.1),
                ..all()
            },
            &["a", "b"],
        ),
        (ServiceFilter::new(only(one.0)), &["a", "b"]),
        (ServiceFilter::new(only(two.0)), &["c"]),
        // What is said of agents is said of agents only.
        (
            ServiceFilter {
                offered: Some(true),
                ..all()
            },
            &["a", "b", "c"],
        ),
        (
            ServiceFilter {
                offered: Some(false),
                ..all()
            },
            &["a", "c"],
        ),
        (
            ServiceFilter {
                agents: AgentIds::Only(Arc::clone(&ids)),
                ..all()
            },
            &["a", "b", "c"],
        ),
        (
            ServiceFilter {
                agents: AgentIds::Except(ids),
                ..all()
            },
            &["a", "c"],
        ),
    ] {
        assert_eq!(names(bench, filter.clone()).await, expected, "{filter:?}");
    }
    let services = bench.store.services();
    for agents in [AgentIds::Any, AgentIds::Except(Arc::default())] {
        let sorted = async |sort| {
            let filter = ServiceFilter {
                agents: agents.clone(),
                ..all()
            };
            let page = services
                .services(&filter, sort, Slice::FIRST)
                .await
                .unwrap();
            let names = page.items.iter().map(|view| view.service.name.to_string());
            names.collect::<Vec<_>>()
        };
        use ServiceColumn::{Agent, Kind};
        assert_eq!(sorted(Sort::ascending(Agent)).await, ["a", "c", "b"]);
        assert_eq!(sorted(Sort::descending(Agent)).await, ["b", "c", "a"]);
        assert_eq!(sorted(Sort::ascending(Kind)).await, ["b", "a", "c"]);
    }
}

async fn direct_services_are_filtered_by_whether_they_answer(bench: &Bench) {
    let place = bench.project("plant").await;
    let (agent, _) = of_agent(bench, "agents", place).await;
    for (text, check) in [
        ("answers", Some(found(NOW, true))),
        ("silent", Some(found(NOW, false))),
        ("unseen", None),
    ] {
        let wanted = NewDirect {
            check,
            ..new(place.1, text, &format!("{text}:1"))
        };
        add(bench, wanted).await;
    }
    let nobody = Arc::new(HashSet::from([agent.id]));
    for (direct, expected) in [
        (DirectServices::Any, &["answers", "silent", "unseen"][..]),
        (DirectServices::Answering, &["answers"]),
        (DirectServices::Silent, &["silent", "unseen"]),
        (DirectServices::None, &[]),
    ] {
        let filter = ServiceFilter {
            direct,
            ..every_service()
        };
        let with_agents: Vec<_> = ["agents"].iter().chain(expected).copied().collect();
        assert_eq!(
            names(bench, filter.clone()).await,
            with_agents,
            "{direct:?}"
        );
        let agents = AgentIds::Except(Arc::clone(&nobody));
        let without = ServiceFilter { agents, ..filter };
        assert_eq!(names(bench, without).await, expected, "{direct:?}");
    }
}
