use std::collections::HashSet;
use std::sync::Arc;

use edgeward_ids::{AgentId, ServiceId};
use edgeward_store::{AgentFilter, AgentIds, Hello, Management, ServiceFilter};

use crate::support::{Bench, NOW, facts, hello};

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
);

fn chosen(ids: &[AgentId]) -> Arc<HashSet<AgentId>> {
    Arc::new(ids.iter().copied().collect())
}

async fn agents(bench: &Bench, filter: AgentFilter) -> Vec<AgentId> {
    let page = bench.store.agents().agents(&filter, 100).await.unwrap();
    assert_eq!(page.items.len() as u64, page.total);
    page.items.iter().map(|view| view.agent.id).collect()
}

async fn services(bench: &Bench, filter: ServiceFilter) -> Vec<String> {
    let page = bench.store.services().services(&filter, 100).await.unwrap();
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
    bench.store.agents().release(r).await.unwrap();

    let filter = AgentFilter::default;
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
    assert_eq!(agents(bench, by_organisation).await, [a]);
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
            ..AgentFilter::default()
        };
        assert_eq!(agents(bench, filter).await, expected, "{text:?}");
    }
    store.release(m).await.unwrap();
    let filter = AgentFilter {
        text: Some("pumpe".into()),
        ..AgentFilter::default()
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
            ..AgentFilter::default()
        };
        assert_eq!(agents(bench, filter).await, expected);
    }
}

async fn a_list_of_agents_has_an_end_and_a_total(bench: &Bench) {
    for number in 0..5 {
        bench.unmanaged(&format!("a{number}"), &[]).await;
    }
    let store = bench.store.agents();
    let filter = AgentFilter::default();
    for (limit, shown) in [(0, 0), (3, 3), (5, 5), (u64::MAX, 5)] {
        let page = store.agents(&filter, limit).await.unwrap();
        assert_eq!((page.items.len(), page.total), (shown, 5));
    }
    let page = store.agents(&filter, 1).await.unwrap();
    assert_eq!(page.items[0].agent.facts.hostname, "a4");
}

async fn services_are_filtered_by_place(bench: &Bench) {
    let one = bench.project("one").await;
    let two = bench.project("two").await;
    bench.managed("a", &["x", "y"], one).await;
    bench.managed("a", &["x"], two).await;
    let filter = ServiceFilter::default;
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
            ..ServiceFilter::default()
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
            ..ServiceFilter::default()
        };
        assert_eq!(services(bench, filter).await, expected);
    }
}

async fn a_list_of_services_is_by_name_and_has_a_total(bench: &Bench) {
    let place = bench.project("plant").await;
    for hostname in ["b", "C", "a", "Ä"] {
        bench.managed(hostname, &["x"], place).await;
    }
    let filter = ServiceFilter::default();
    assert_eq!(services(bench, filter.clone()).await, ["C", "a", "b", "Ä"]);
    let store = bench.store.services();
    let page = store.services(&filter, 2).await.unwrap();
    let names: Vec<_> = page.items.iter().map(|v| v.service.name.as_str()).collect();
    assert_eq!((names, page.total), (vec!["C", "a"], 4));
}

async fn an_unknown_service_is_none(bench: &Bench) {
    let found = bench.store.services().service(ServiceId::generate()).await;
    assert_eq!(found.unwrap(), None);
}
