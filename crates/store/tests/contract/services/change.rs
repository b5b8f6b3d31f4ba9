use std::collections::BTreeSet;

use edgeward_domain::service::{Authentication, Scheme, Trust, Way};
use edgeward_ids::ServiceId;
use edgeward_store::{
    ChangeRefusal, Failure, NewDirect, RemoveRefusal, ServiceChange, ServiceFilter,
};

use super::{PIN, add, at, basic, change, found, names, new, of_agent, view};
use crate::support::{Bench, NOW, by, every_service, later, name, refusal};

crate::on_both!(
    a_direct_service_is_changed,
    a_change_that_changes_nothing_leaves_nothing,
    a_password_is_in_no_entry,
    what_clashes_is_not_changed,
    of_two_changes_at_once_one_gets_the_address,
    an_agents_service_is_renamed_and_shown_something_and_no_more,
);

async fn a_direct_service_is_changed(bench: &Bench) {
    let place = bench.project("plant").await;
    let id = add(bench, new(place.1, "Pump", "pump:7000")).await;
    let before = view(bench, id).await;
    let wanted = ServiceChange {
        name: Some(name("Kessel")),
        description: Some("in\0 hall 4".into()),
        kind: Some("ekuiper".into()),
        scheme: Some(Scheme::Https),
        address: Some(at("kessel.example.com:9081")),
        trust: Some(Trust::Pinned(PIN.into())),
        authentication: Some(Authentication::Token),
        tagging: None,
        check: Some(found(later(1), true)),
    };
    let after = change(bench, id, wanted.clone()).await;
    assert_eq!(after, view(bench, id).await);
    let service = &after.service;
    assert_eq!(service.name, name("Kessel"));
    assert_eq!(
        (service.description.as_str(), service.kind.as_str()),
        ("in hall 4", "ekuiper")
    );
    assert_eq!(service.created_at, before.service.created_at);
    assert_eq!(service.authentication, Authentication::Token);
    assert_eq!(after.check, wanted.check);
    let there = Way::Direct {
        scheme: Scheme::Https,
        address: at("kessel.example.com:9081"),
        trust: Trust::Pinned(PIN.into()),
    };
    assert_eq!(service.way, there);
    for (text, expected) in [
        ("kessel.example", &["Kessel"][..]),
        ("hall 4", &["Kessel"]),
        ("pump", &[]),
    ] {
        let filter = ServiceFilter {
            text: Some(text.into()),
            ..every_service()
        };
        assert_eq!(names(bench, filter).await, expected, "{text}");
    }
    let entry = bench.said().await.pop().unwrap();
    assert_eq!(
        (entry.action.as_str(), entry.object_name.as_str()),
        ("service.change", "Pump")
    );
    assert!(entry.before.unwrap().contains("http://pump:7000"));
    assert!(
        entry
            .after
            .unwrap()
            .contains("https://kessel.example.com:9081")
    );

    // One thing alone, and back to what vouches for everybody.
    let plain = ServiceChange {
        trust: Some(Trust::Authorities),
        ..ServiceChange::default()
    };
    let plain = change(bench, id, plain).await.service;
    let Way::Direct {
        scheme,
        address,
        trust,
    } = plain.way
    else {
        panic!("{plain:?}")
    };
    assert_eq!((scheme, trust), (Scheme::Https, Trust::Authorities));
    assert_eq!(address, at("kessel.example.com:9081"));
    assert_eq!(plain.name, name("Kessel"));
    bench.check().await;
}

async fn a_change_that_changes_nothing_leaves_nothing(bench: &Bench) {
    let place = bench.project("plant").await;
    let checked = NewDirect {
        check: Some(found(NOW, true)),
        ..new(place.1, "Pump", "pump:7000")
    };
    let id = add(bench, checked).await;
    let before = view(bench, id).await;
    let said = bench.said().await.len();
    let same = ServiceChange {
        name: Some(name("Pump")),
        address: Some(at("Pump:7000")),
        scheme: Some(Scheme::Http),
        authentication: Some(Authentication::None),
        ..ServiceChange::default()
    };
    for nothing in [ServiceChange::default(), same] {
        assert_eq!(change(bench, id, nothing).await, before);
    }
    assert_eq!(view(bench, id).await, before);
    // A look is not a change either.
    let looked = ServiceChange {
        check: Some(found(later(1), false)),
        ..ServiceChange::default()
    };
    assert_eq!(
        change(bench, id, looked).await.check,
        Some(found(later(1), false))
    );
    assert_eq!(bench.said().await.len(), said);
}

async fn a_password_is_in_no_entry(bench: &Bench) {
    let place = bench.project("plant").await;
    let secret = NewDirect {
        authentication: basic("admin", "sealed-first"),
        ..new(place.1, "Pump", "pump:7000")
    };
    let id = add(bench, secret).await;
    let to = async |authentication| {
        let wanted = ServiceChange {
            authentication: Some(authentication),
            ..ServiceChange::default()
        };
        change(bench, id, wanted).await;
        let entry = bench.said().await.pop().unwrap();
        assert_eq!(entry.action, "service.change");
        entry.after.unwrap()
    };
    let other_password = to(basic("admin", "sealed-second")).await;
    assert!(
        other_password.contains(r#""password_changed":true"#),
        "{other_password}"
    );
    let other_user = to(basic("root", "sealed-second")).await;
    assert!(!other_user.contains("password"), "{other_user}");
    assert!(other_user.contains("root"));
    let token = to(Authentication::Token).await;
    assert!(!token.contains("root"), "{token}");
    let services = bench.store.services();
    services.remove_direct(id, &by(), NOW).await.unwrap();
    for entry in bench.said().await {
        let text = format!("{:?}{:?}", entry.before, entry.after);
        assert!(!text.contains("sealed"), "{text}");
    }
}

async fn what_clashes_is_not_changed(bench: &Bench) {
    let place = bench.project("plant").await;
    let id = add(bench, new(place.1, "Pump", "pump:7000")).await;
    add(bench, new(place.1, "Kessel", "kessel:7000")).await;
    of_agent(bench, "gw", place).await;
    let said = bench.said().await.len();
    let before = view(bench, id).await;
    let services = bench.store.services();
    let named = |text: &str| ServiceChange {
        name: Some(name(text)),
        ..ServiceChange::default()
    };
    let moved = ServiceChange {
        address: Some(at("kessel:7000")),
        ..named("other")
    };
    for (id, wanted, expected) in [
        (ServiceId::generate(), named("x"), ChangeRefusal::Unknown),
        (id, named("Kessel"), ChangeRefusal::NameTaken),
        (id, named("gw"), ChangeRefusal::NameTaken),
        (id, moved, ChangeRefusal::AddressTaken(name("Kessel"))),
    ] {
        let refused = services.change_service(id, wanted, &by(), NOW).await;
        assert_eq!(refusal(refused), expected);
    }
    assert_eq!(view(bench, id).await, before);
    assert_eq!(bench.said().await.len(), said);
}

async fn of_two_changes_at_once_one_gets_the_address(bench: &Bench) {
    let place = bench.project("plant").await;
    let mut ids = Vec::new();
    for number in 0..8 {
        let text = format!("s{number}");
        ids.push(add(bench, new(place.1, &text, &format!("{text}:1"))).await);
    }
    bench.warm_up().await;
    let tasks: Vec<_> = ids
        .into_iter()
        .map(|id| {
            let services = bench.store.services();
            let wanted = ServiceChange {
                address: Some(at("pump:7000")),
                ..ServiceChange::default()
            };
            tokio::spawn(async move { services.change_service(id, wanted, &by(), NOW).await })
        })
        .collect();
    let (mut changed, mut others) = (Vec::new(), BTreeSet::new());
    for task in tasks {
        match task.await.unwrap() {
            Ok(view) => changed.push(view.service.name),
            Err(Failure::Refused(ChangeRefusal::AddressTaken(other))) => {
                others.insert(other);
            }
            Err(error) => panic!("{error:?}"),
        }
    }
    assert_eq!(changed.len(), 1, "{changed:?}");
    assert_eq!(others, changed.into_iter().collect());
}

async fn an_agents_service_is_renamed_and_shown_something_and_no_more(bench: &Bench) {
    let place = bench.project("plant").await;
    let (agent, id) = of_agent(bench, "gw", place).await;
    let before = view(bench, id).await;
    let services = bench.store.services();
    let nothing = ServiceChange::default;
    for wanted in [
        ServiceChange {
            description: Some("x".into()),
            ..nothing()
        },
        ServiceChange {
            kind: Some("neuron".into()),
            ..nothing()
        },
        ServiceChange {
            scheme: Some(Scheme::Http),
            ..nothing()
        },
        ServiceChange {
            address: Some(at("gw:1")),
            ..nothing()
        },
        ServiceChange {
            trust: Some(Trust::Authorities),
            ..nothing()
        },
    ] {
        let refused = services.change_service(id, wanted, &by(), NOW).await;
        assert_eq!(refusal(refused), ChangeRefusal::NotDirect);
    }
    assert_eq!(view(bench, id).await, before);
    let wanted = ServiceChange {
        name: Some(name("Pumpe")),
        authentication: Some(basic("admin", "sealed")),
        ..nothing()
    };
    let after = change(bench, id, wanted).await;
    assert_eq!(after.agent_name, Some(name("gw")));
    assert_eq!(after.service.way, before.service.way);
    assert_eq!(after.service.description, before.service.description);
    assert_eq!(after.service.name, name("Pumpe"));
    assert_eq!(after.service.authentication, basic("admin", "sealed"));
    for text in ["pumpe", "gw", "what x does"] {
        let filter = ServiceFilter {
            text: Some(text.into()),
            ..every_service()
        };
        assert_eq!(names(bench, filter).await, ["Pumpe"], "{text}");
    }
    let refused = services.remove_direct(id, &by(), NOW).await;
    assert_eq!(refusal(refused), RemoveRefusal::OfAgent(name("gw")));
    let released = bench.store.agents().release(agent.id, &by(), NOW).await;
    assert_eq!(released.unwrap().services, [id]);
    assert_eq!(names(bench, every_service()).await, [""; 0]);
}
