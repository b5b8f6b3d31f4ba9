use std::collections::BTreeSet;

use edgeward_domain::organisation::ProjectRefusal;
use edgeward_domain::service::{Authentication, Scheme, Trust, Way};
use edgeward_ids::ProjectId;
use edgeward_store::{AddRefusal, Failure, NewDirect, RemoveRefusal};

use super::{PIN, add, at, basic, found, names, new, of_agent, view};
use crate::support::{Bench, NOW, by, every_service, later, name, refusal};

crate::on_both!(
    a_direct_service_is_added_and_found,
    what_is_there_already_is_not_added,
    of_many_at_once_one_gets_the_address,
    a_direct_service_is_removed,
    an_adopted_agents_services_make_way_for_direct_ones,
    a_project_with_a_direct_service_is_not_deleted,
);

async fn a_direct_service_is_added_and_found(bench: &Bench) {
    let place = bench.project("plant").await;
    let wanted = NewDirect {
        scheme: Scheme::Https,
        trust: Trust::Pinned(PIN.into()),
        authentication: basic("admin", "sealed:1"),
        check: Some(found(NOW, true)),
        ..new(place.1, "Pump", "[FD00::7]:7000")
    };
    let services = bench.store.services();
    let added = services
        .add_direct(wanted.clone(), &by(), NOW)
        .await
        .unwrap();
    assert_eq!(added, view(bench, wanted.id).await);
    assert_eq!(added.agent_name, None);
    assert_eq!(added.organisation_name, name("plant"));
    assert_eq!(added.project_name, name("plant"));
    assert_eq!(added.check, wanted.check);
    let service = added.service;
    assert_eq!((service.id, &service.name), (wanted.id, &wanted.name));
    assert_eq!((service.organisation, service.project), place);
    assert_eq!((service.kind, service.created_at), (wanted.kind, NOW));
    assert_eq!(service.description, wanted.description);
    assert_eq!(service.authentication, wanted.authentication);
    assert_eq!(
        service.way,
        Way::Direct {
            scheme: Scheme::Https,
            address: at("[fd00::7]:7000"),
            trust: wanted.trust,
        }
    );

    for authentication in [Authentication::None, Authentication::Token] {
        let text = authentication.as_str();
        let plain = NewDirect {
            authentication: authentication.clone(),
            ..new(place.1, text, &format!("{text}:1"))
        };
        let id = add(bench, plain).await;
        let shown = view(bench, id).await;
        assert_eq!(shown.service.authentication, authentication);
        assert_eq!(shown.check, None);
    }

    let said = bench.said().await;
    let entry = said
        .iter()
        .find(|entry| entry.action == "service.add")
        .unwrap();
    assert_eq!(entry.object_id, Some(wanted.id.to_string()));
    assert_eq!(entry.object_name, "Pump");
    assert_eq!(
        (entry.organisation, entry.project),
        (Some(place.0), Some(place.1))
    );
    let after = entry.after.as_deref().unwrap();
    for part in ["https://[fd00::7]:7000", PIN, "basic", "admin", "neuron"] {
        assert!(after.contains(part), "{after}");
    }
    bench.check().await;
}

async fn what_is_there_already_is_not_added(bench: &Bench) {
    let (one, two) = (bench.project("one").await, bench.project("two").await);
    of_agent(bench, "gw", one).await;
    add(bench, new(one.1, "Pump", "pump:7000")).await;
    let said = bench.said().await.len();
    let services = bench.store.services();
    let elsewhere = new(ProjectId::generate(), "a", "a:1");
    for (wanted, expected) in [
        (elsewhere, AddRefusal::UnknownProject),
        (new(one.1, "gw", "b:1"), AddRefusal::NameTaken),
        (new(one.1, "Pump", "b:1"), AddRefusal::NameTaken),
        (
            new(one.1, "b", "PUMP:7000"),
            AddRefusal::AddressTaken(name("Pump")),
        ),
        (
            NewDirect {
                scheme: Scheme::Https,
                ..new(one.1, "b", "pump:7000")
            },
            AddRefusal::AddressTaken(name("Pump")),
        ),
    ] {
        let id = wanted.id;
        let refused = services.add_direct(wanted, &by(), NOW).await;
        assert_eq!(refusal(refused), expected);
        assert_eq!(services.service(id).await.unwrap(), None);
    }
    assert_eq!(bench.said().await.len(), said);
    // Another port, and another project.
    add(bench, new(one.1, "b", "pump:7001")).await;
    add(bench, new(two.1, "Pump", "pump:7000")).await;
}

async fn of_many_at_once_one_gets_the_address(bench: &Bench) {
    let place = bench.project("plant").await;
    bench.warm_up().await;
    let tasks: Vec<_> = (0..16)
        .map(|number| {
            let services = bench.store.services();
            let wanted = new(place.1, &format!("s{number}"), "pump:7000");
            tokio::spawn(async move { services.add_direct(wanted, &by(), NOW).await })
        })
        .collect();
    let (mut added, mut others) = (Vec::new(), BTreeSet::new());
    for task in tasks {
        match task.await.unwrap() {
            Ok(view) => added.push(view.service.name),
            Err(Failure::Refused(AddRefusal::AddressTaken(other))) => {
                others.insert(other);
            }
            Err(error) => panic!("{error:?}"),
        }
    }
    assert_eq!(added.len(), 1, "{added:?}");
    assert_eq!(others, added.into_iter().collect());
    assert_eq!(names(bench, every_service()).await.len(), 1);
    bench.check().await;
}

async fn a_direct_service_is_removed(bench: &Bench) {
    let place = bench.project("plant").await;
    let id = add(bench, new(place.1, "Pump", "pump:7000")).await;
    let before = view(bench, id).await;
    let services = bench.store.services();
    let removed = services.remove_direct(id, &by(), later(1)).await.unwrap();
    assert_eq!(removed, before);
    assert_eq!(services.service(id).await.unwrap(), None);
    let entry = bench.said().await.pop().unwrap();
    assert_eq!(
        (entry.action.as_str(), entry.object_name.as_str()),
        ("service.delete", "Pump")
    );
    assert_eq!(
        (entry.organisation, entry.project),
        (Some(place.0), Some(place.1))
    );
    assert!(entry.before.unwrap().contains("http://pump:7000"));
    let again = services.remove_direct(id, &by(), later(1)).await;
    assert_eq!(refusal(again), RemoveRefusal::Unknown);
    add(bench, new(place.1, "Pump", "pump:7000")).await;
    bench.check().await;
}

async fn an_adopted_agents_services_make_way_for_direct_ones(bench: &Bench) {
    let place = bench.project("plant").await;
    add(bench, new(place.1, "gw", "pump:7000")).await;
    let (agent, _) = of_agent(bench, "gw", place).await;
    assert_eq!(names(bench, every_service()).await, ["gw", "gw 2"]);
    let agents = bench.store.agents();
    agents.release(agent.id, &by(), NOW).await.unwrap();
    assert_eq!(names(bench, every_service()).await, ["gw"]);
    agents.delete(agent.id, &by(), NOW).await.unwrap();
    assert_eq!(names(bench, every_service()).await, ["gw"]);
}

async fn a_project_with_a_direct_service_is_not_deleted(bench: &Bench) {
    let place = bench.project("plant").await;
    let id = add(bench, new(place.1, "Pump", "pump:7000")).await;
    let organisations = bench.store.organisations();
    let refused = organisations.delete_project(place.1, &by(), NOW).await;
    let in_use = ProjectRefusal::InUse {
        agents: 0,
        services: 1,
    };
    assert_eq!(refusal(refused), in_use);
    let services = bench.store.services();
    services.remove_direct(id, &by(), NOW).await.unwrap();
    let deleted = organisations.delete_project(place.1, &by(), NOW).await;
    deleted.unwrap();
}
