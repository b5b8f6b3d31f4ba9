use std::collections::HashSet;
use std::sync::Arc;

use edgeward_domain::access::Visible;
use edgeward_domain::agent::{AgentFacts, Offer};
use edgeward_ids::{AgentId, OrganisationId, ProjectId, ServiceId};
use edgeward_store::{
    AgentColumn, AgentFilter, AgentIds, Hello, Homes, Management, ServiceColumn, ServiceFilter,
    Slice, Sort,
};

use crate::support::{
    BY_NAME, Bench, NEWEST, NOW, by, every_agent, every_service, facts, hello, later, offer,
};

crate::on_both!(
    agents_are_filtered_by_management_and_place,
    agents_are_found_by_text,
    agents_are_chosen_by_id,
    a_list_of_agents_has_an_end_and_a_total,
    services_are_filtered_by_place,
    services_are_found_by_text,
    services_are_filtered_by_what_is_offered_and_by_agent,
    a_list_of_services_is_by_name_and_has_a_total,
    an_unknown_service_is_none,
    only_agents_that_may_be_seen_are_listed,
    only_services_that_may_be_seen_are_listed,
    agents_are_sorted_and_come_in_pages,
    services_are_sorted_and_come_in_pages,
);

fn first(limit: u64) -> Slice {
    Slice { offset: 0, limit }
}

fn chosen(ids: &[AgentId]) -> Arc<HashSet<AgentId>> {
    Arc::new(ids.iter().copied().collect())
}

async fn agents(bench: &Bench, filter: AgentFilter) -> Vec<AgentId> {
    let page = bench
        .store
        .agents()
        .agents(&filter, NEWEST, Slice::FIRST)
        .await
        .unwrap();
    assert_eq!(page.items.len() as u64, page.total);
    page.items.iter().map(|view| view.agent.id).collect()
}

async fn services(bench: &Bench, filter: ServiceFilter) -> Vec<String> {
    let page = bench
        .store
        .services()
        .services(&filter, BY_NAME, Slice::FIRST)
        .await
        .unwrap();
    assert_eq!(page.items.len() as u64, page.total);
    let names = page.items.iter().map(|view| view.service.name.to_string());
    names.collect()
}

async fn agents_are_filtered_by_management_and_place(bench: &Bench) {
    let one = bench.project("one").await;
    let two = bench.project("two").await;
    let u = bench.unmanaged("u", &["x"]).await.id;
    let a = bench.managed("a", &["x", "y"], one).await.id;
    let b = bench.managed("b", &["x"], two).await.id;
    let r = bench.managed("r", &["x"], one).await.id;
    bench.store.agents().release(r, &by(), NOW).await.unwrap();

    let filter = every_agent;
    assert_eq!(agents(bench, filter()).await, [r, b, a, u]);
    for (management, expected) in [
        (Management::Managed, [b, a]),
        (Management::Unmanaged, [r, u]),
    ] {
        let filter = AgentFilter {
            management: Some(management),
            ..filter()
        };
        assert_eq!(agents(bench, filter).await, expected);
    }
    let by_organisation = AgentFilter {
        organisation: Some(one.0),
        ..filter()
    };
    assert_eq!(agents(bench, by_organisation).await, [r, a]);
    let by_project = AgentFilter {
        project: Some(two.1),
        ..filter()
    };
    assert_eq!(agents(bench, by_project).await, [b]);
    let by_both = AgentFilter {
        organisation: Some(one.0),
        project: Some(two.1),
        ..filter()
    };
    assert_eq!(agents(bench, by_both).await, []);
}

async fn agents_are_found_by_text(bench: &Bench) {
    let place = bench.project("plant").await;
    let u = bench.unmanaged("Kessel_7", &[]).await.id;
    let m = bench.managed("Pumpe 100", &["x"], place).await.id;
    let renamed = Hello {
        facts: facts("bär", &["x"]),
        ..hello(&bench.agent(m).await, None)
    };
    let store = bench.store.agents();
    store.record_hello(m, renamed, NOW).await.unwrap();
    for (text, expected) in [
        ("kessel", &[u][..]),
        ("pumpe", &[m]),
        ("BÄR", &[m]),
        ("straße ü", &[m, u]),
        ("203.0.113", &[m, u]),
        (&u.to_string().to_uppercase(), &[u]),
        ("_", &[u]),
        ("%", &[]),
        ("\\", &[]),
        ("k%l", &[]),
        ("\0kessel", &[u]),
        ("nowhere", &[]),
        ("", &[m, u]),
    ] {
        let filter = AgentFilter {
            text: Some(text.to_owned()),
            ..every_agent()
        };
        assert_eq!(agents(bench, filter).await, expected, "{text:?}");
    }
    store.release(m, &by(), NOW).await.unwrap();
    let filter = AgentFilter {
        text: Some("pumpe".into()),
        ..every_agent()
    };
    assert_eq!(agents(bench, filter).await, [], "the name ended with it");
}

async fn agents_are_chosen_by_id(bench: &Bench) {
    let a = bench.unmanaged("a", &[]).await.id;
    let b = bench.unmanaged("b", &[]).await.id;
    let mut many: HashSet<_> = (0..70_000).map(|_| AgentId::generate()).collect();
    many.insert(b);
    let many = Arc::new(many);
    for (ids, expected) in [
        (AgentIds::Any, &[b, a][..]),
        (AgentIds::Only(chosen(&[])), &[]),
        (AgentIds::Except(chosen(&[])), &[b, a]),
        (AgentIds::Only(Arc::clone(&many)), &[b]),
        (AgentIds::Except(many), &[a]),
    ] {
        let filter = AgentFilter {
            ids,
            ..every_agent()
        };
        assert_eq!(agents(bench, filter).await, expected);
    }
}

async fn a_list_of_agents_has_an_end_and_a_total(bench: &Bench) {
    for number in 0..5 {
        bench.unmanaged(&format!("a{number}"), &[]).await;
    }
    let store = bench.store.agents();
    let filter = every_agent();
    for (limit, shown) in [(0, 0), (3, 3), (5, 5), (u64::MAX, 5)] {
        let page = store.agents(&filter, NEWEST, first(limit)).await.unwrap();
        assert_eq!((page.items.len(), page.total), (shown, 5));
    }
    let page = store.agents(&filter, NEWEST, first(1)).await.unwrap();
    assert_eq!(page.items[0].agent.facts.hostname, "a4");
}

async fn services_are_filtered_by_place(bench: &Bench) {
    let one = bench.project("one").await;
    let two = bench.project("two").await;
    bench.managed("a", &["x", "y"], one).await;
    bench.managed("a", &["x"], two).await;
    let filter = every_service;
    assert_eq!(services(bench, filter()).await, ["a", "a x", "a y"]);
    let by_organisation = ServiceFilter {
        organisation: Some(one.0),
        ..filter()
    };
    assert_eq!(services(bench, by_organisation).await, ["a x", "a y"]);
    let by_project = ServiceFilter {
        project: Some(two.1),
        ..filter()
    };
    assert_eq!(services(bench, by_project).await, ["a"]);
}

async fn services_are_found_by_text(bench: &Bench) {
    let place = bench.project("plant").await;
    let agent = bench.managed("Pumpe Ä", &["x", "y"], place).await;
    let id = agent.state.membership().unwrap().services.values().next();
    let id = id.unwrap().to_string().to_uppercase();
    bench.managed("other", &["z"], place).await;
    for (text, expected) in [
        ("pumpe ä x", &["Pumpe Ä x"][..]),
        ("PUMPE", &["Pumpe Ä x", "Pumpe Ä y"]),
        ("what z", &["other"]),
        ("HTTP", &["Pumpe Ä x", "Pumpe Ä y", "other"]),
        (&id, &["Pumpe Ä x"]),
        ("%", &[]),
    ] {
        let filter = ServiceFilter {
            text: Some(text.to_owned()),
            ..every_service()
        };
        assert_eq!(services(bench, filter).await, expected, "{text:?}");
    }
}

async fn services_are_filtered_by_what_is_offered_and_by_agent(bench: &Bench) {
    let place = bench.project("plant").await;
    let a = bench.managed("a", &["x", "y"], place).await;
    bench.managed("b", &["x"], place).await;
    let less = Hello {
        facts: facts("a", &["x"]),
        ..hello(&a, a.state.membership())
    };
    let store = bench.store.agents();
    store.record_hello(a.id, less, NOW).await.unwrap();
    for (offered, agents, expected) in [
        (Some(true), AgentIds::Any, &["a x", "b"][..]),
        (Some(false), AgentIds::Any, &["a y"]),
        (None, AgentIds::Only(chosen(&[a.id])), &["a x", "a y"]),
        (None, AgentIds::Except(chosen(&[a.id])), &["b"]),
        (Some(true), AgentIds::Only(chosen(&[a.id])), &["a x"]),
    ] {
        let filter = ServiceFilter {
            offered,
            agents,
            ..every_service()
        };
        assert_eq!(services(bench, filter).await, expected);
    }
}

async fn a_list_of_services_is_by_name_and_has_a_total(bench: &Bench) {
    let place = bench.project("plant").await;
    for hostname in ["b", "C", "a", "Ä"] {
        bench.managed(hostname, &["x"], place).await;
    }
    let filter = every_service();
    assert_eq!(services(bench, filter.clone()).await, ["C", "a", "b", "Ä"]);
    let store = bench.store.services();
    let page = store.services(&filter, BY_NAME, first(2)).await.unwrap();
    let names: Vec<_> = page.items.iter().map(|v| v.service.name.as_str()).collect();
    assert_eq!((names, page.total), (vec!["C", "a"], 4));
}

async fn an_unknown_service_is_none(bench: &Bench) {
    let found = bench.store.services().service(ServiceId::generate()).await;
    assert_eq!(found.unwrap(), None);
}

fn only(organisations: &[OrganisationId], projects: &[ProjectId]) -> Visible {
    Visible::Only {
        organisations: organisations.iter().copied().collect(),
        projects: projects.iter().copied().collect(),
    }
}

async fn only_agents_that_may_be_seen_are_listed(bench: &Bench) {
    let (one, two) = (bench.project("one").await, bench.project("two").await);
    let a = bench.managed("a", &["x"], one).await.id;
    let b = bench.managed("b", &["x"], two).await.id;
    let u = bench.unmanaged("u", &[]).await.id;
    let w = bench.managed("w", &[], one).await.id;
    bench.store.agents().release(w, &by(), NOW).await.unwrap();
    let of = |ids: &[OrganisationId]| Homes::Of(ids.iter().copied().collect());
    let all = || Visible::Everything;
    for (visible, homes, expected) in [
        (all(), Homes::Everything, &[w, u, b, a][..]),
        (only(&[one.0], &[]), of(&[one.0]), &[w, a]),
        (only(&[], &[two.1]), of(&[]), &[b]),
        (only(&[one.0], &[two.1]), of(&[two.0]), &[b, a]),
        (only(&[], &[]), of(&[one.0, two.0]), &[w]),
        (all(), of(&[]), &[b, a]),
        (only(&[], &[]), Homes::Everything, &[w, u]),
    ] {
        let filter = AgentFilter::new(visible, homes);
        assert_eq!(agents(bench, filter.clone()).await, expected, "{filter:?}");
    }
    let of_one = AgentFilter {
        organisation: Some(one.0),
        ..every_agent()
    };
    assert_eq!(agents(bench, of_one).await, [w, a]);
    let roster = bench.store.agents().roster().await.unwrap();
    let places: Vec<_> = roster
        .iter()
        .map(|entry| (entry.id, entry.organisation, entry.project))
        .collect();
    let expected = [
        (w, Some(one.0), None),
        (u, None, None),
        (b, Some(two.0), Some(two.1)),
        (a, Some(one.0), Some(one.1)),
    ];
    assert_eq!(places, expected);
}

async fn only_services_that_may_be_seen_are_listed(bench: &Bench) {
    let (one, two) = (bench.project("one").await, bench.project("two").await);
    let a = bench.managed("a", &["x"], one).await.id;
    bench.managed("b", &["x"], two).await;
    for (visible, expected) in [
        (only(&[one.0], &[]), &["a"][..]),
        (only(&[], &[two.1]), &["b"]),
        (only(&[one.0], &[two.1]), &["a", "b"]),
        (only(&[], &[]), &[]),
    ] {
        let filter = ServiceFilter::new(visible);
        assert_eq!(
            services(bench, filter.clone()).await,
            expected,
            "{filter:?}"
        );
        let not_online = ServiceFilter {
            agents: AgentIds::Except(chosen(&[a])),
            ..filter
        };
        let expected: Vec<_> = expected.iter().filter(|name| **name != "a").collect();
        assert_eq!(
            services(bench, not_online).await.iter().collect::<Vec<_>>(),
            expected
        );
    }
}

async fn agents_are_sorted_and_come_in_pages(bench: &Bench) {
    let place = bench.project("plant").await;
    let b = bench.unmanaged("b", &[]).await;
    let z = bench.unmanaged("z", &[]).await.id;
    let a = bench.managed("ä", &[], place).await.id;
    let store = bench.store.agents();
    let newer = Hello {
        facts: AgentFacts {
            version: "0.2.0".into(),
            ..b.facts.clone()
        },
        ..hello(&b, None)
    };
    store.record_hello(b.id, newer, NOW).await.unwrap();
    store
        .record_heard(&[(z, later(1)), (a, NOW)])
        .await
        .unwrap();
    for ids in [AgentIds::Any, AgentIds::Except(chosen(&[]))] {
        let sorted = async |sort, offset, limit| {
            let filter = AgentFilter {
                ids: ids.clone(),
                ..every_agent()
            };
            let page = store
                .agents(&filter, sort, Slice { offset, limit })
                .await
                .unwrap();
            assert_eq!(page.total, 3);
            let ids = page.items.iter().map(|view| view.agent.id);
            ids.collect::<Vec<_>>()
        };
        use AgentColumn::{Created, LastHeard, Name, Version};
        assert_eq!(sorted(Sort::ascending(Name), 0, 9).await, [b.id, z, a]);
        assert_eq!(sorted(Sort::descending(Name), 1, 1).await, [z]);
        assert_eq!(sorted(Sort::ascending(Created), 0, 2).await, [b.id, z]);
        assert_eq!(sorted(Sort::ascending(LastHeard), 0, 9).await, [b.id, a, z]);
        assert_eq!(sorted(Sort::descending(Version), 0, 9).await, [b.id, a, z]);
        assert_eq!(sorted(NEWEST, 3, 9).await, []);
    }
}

async fn services_are_sorted_and_come_in_pages(bench: &Bench) {
    let place = bench.project("plant").await;
    let a = bench.managed("b", &["x", "y"], place).await;
    bench.managed("A", &["x"], place).await;
    let other = Hello {
        facts: AgentFacts {
            offers: vec![
                Offer {
                    kind: "neuron".into(),
                    ..offer("y")
                },
                offer("x"),
            ],
            ..a.facts.clone()
        },
        ..hello(&a, a.state.membership())
    };
    bench
        .store
        .agents()
        .record_hello(a.id, other, NOW)
        .await
        .unwrap();
    let store = bench.store.services();
    for agents in [AgentIds::Any, AgentIds::Except(chosen(&[]))] {
        let sorted = async |sort, offset, limit| {
            let filter = ServiceFilter {
                agents: agents.clone(),
                ..every_service()
            };
            let page = store
                .services(&filter, sort, Slice { offset, limit })
                .await
                .unwrap();
            assert_eq!(page.total, 3);
            let names = page.items.iter().map(|view| view.service.name.to_string());
            names.collect::<Vec<_>>()
        };
        use ServiceColumn::{Agent, Created, Kind, Name};
        assert_eq!(
            sorted(Sort::ascending(Name), 0, 9).await,
            ["A", "b x", "b y"]
        );
        assert_eq!(sorted(Sort::descending(Name), 1, 1).await, ["b x"]);
        assert_eq!(sorted(Sort::descending(Kind), 0, 1).await, ["b y"]);
        assert_eq!(sorted(Sort::ascending(Agent), 0, 1).await, ["A"]);
        assert_eq!(sorted(Sort::descending(Created), 0, 1).await, ["A"]);
        assert_eq!(sorted(BY_NAME, 3, 9).await, [""; 0]);
    }
}
