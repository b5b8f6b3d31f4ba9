use edgeward_domain::service::{Authentication, Scheme, Trust};
use edgeward_ids::ServiceId;
use edgeward_store::{CHECK_RECORDED_EVERY, NewDirect, ServiceChange};

use super::{PIN, add, at, change, found, new, of_agent, view};
use crate::support::{Bench, NOW, by, hello, is_offered, name, offer_name};

crate::on_both!(
    what_was_found_elsewhere_is_forgotten,
    what_a_look_finds_is_written_when_it_is_news,
    many_looks_at_once_are_news_once,
    an_agents_service_keeps_what_it_is_shown_and_what_was_found,
);

async fn what_was_found_elsewhere_is_forgotten(bench: &Bench) {
    let place = bench.project("plant").await;
    let checked = NewDirect {
        check: Some(found(NOW, true)),
        ..new(place.1, "Pump", "pump:7000")
    };
    let id = add(bench, checked).await;
    let services = bench.store.services();
    let nothing = ServiceChange::default;
    let renamed = ServiceChange {
        name: Some(name("Pump 2")),
        ..nothing()
    };
    assert_eq!(
        change(bench, id, renamed).await.check,
        Some(found(NOW, true))
    );
    for wanted in [
        ServiceChange {
            address: Some(at("pump:7001")),
            ..nothing()
        },
        ServiceChange {
            scheme: Some(Scheme::Https),
            ..nothing()
        },
        ServiceChange {
            trust: Some(Trust::Pinned(PIN.into())),
            ..nothing()
        },
        ServiceChange {
            authentication: Some(Authentication::Token),
            ..nothing()
        },
    ] {
        assert_eq!(change(bench, id, wanted).await.check, None);
        assert!(services.record_check(id, found(NOW, true)).await.unwrap());
    }
}

async fn what_a_look_finds_is_written_when_it_is_news(bench: &Bench) {
    let place = bench.project("plant").await;
    let direct = add(bench, new(place.1, "Pump", "pump:7000")).await;
    let (_, agents) = of_agent(bench, "gw", place).await;
    let said = bench.said().await.len();
    let services = bench.store.services();
    let soon = NOW + CHECK_RECORDED_EVERY / 2;
    let limit = NOW + CHECK_RECORDED_EVERY;
    for id in [direct, agents] {
        for (check, news, known) in [
            (found(NOW, true), true, found(NOW, true)),
            (found(soon, true), false, found(NOW, true)),
            (found(limit, true), false, found(limit, true)),
            // Of before: somebody else was faster.
            (found(NOW, false), false, found(limit, true)),
            (found(limit, false), true, found(limit, false)),
            (
                found(limit + CHECK_RECORDED_EVERY, true),
                true,
                found(limit + CHECK_RECORDED_EVERY, true),
            ),
        ] {
            let told = services.record_check(id, check.clone()).await.unwrap();
            assert_eq!(told, news, "{check:?}");
            assert_eq!(view(bench, id).await.check, Some(known), "{check:?}");
        }
    }
    let gone = services
        .record_check(ServiceId::generate(), found(NOW, true))
        .await;
    assert!(!gone.unwrap());
    assert_eq!(bench.said().await.len(), said, "nobody changed anything");
}

async fn many_looks_at_once_are_news_once(bench: &Bench) {
    let place = bench.project("plant").await;
    let id = add(bench, new(place.1, "Pump", "pump:7000")).await;
    bench.warm_up().await;
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let services = bench.store.services();
            tokio::spawn(async move { services.record_check(id, found(NOW, true)).await })
        })
        .collect();
    let mut news = 0;
    for task in tasks {
        news += u32::from(task.await.unwrap().unwrap());
    }
    assert_eq!(news, 1);
}

async fn an_agents_service_keeps_what_it_is_shown_and_what_was_found(bench: &Bench) {
    let (one, two) = (bench.project("one").await, bench.project("two").await);
    let agent = bench.managed("gw", &["x", "y"], one).await;
    let membership = agent.state.membership().unwrap().clone();
    let id = membership.services[&offer_name("y")];
    let wanted = ServiceChange {
        name: Some(name("Pumpe")),
        authentication: Some(Authentication::Token),
        check: Some(found(NOW, true)),
        ..ServiceChange::default()
    };
    change(bench, id, wanted).await;
    let kept = async || {
        let view = view(bench, id).await;
        assert_eq!(view.service.name, name("Pumpe"));
        assert_eq!(view.service.authentication, Authentication::Token);
        assert_eq!(view.check, Some(found(NOW, true)));
        view.service
    };
    let agents = bench.store.agents();
    let mut less = hello(&agent, Some(&membership));
    let mut gone = less.facts.offers.split_off(1);
    agents
        .record_hello(agent.id, less.clone(), NOW)
        .await
        .unwrap();
    assert!(!is_offered(&kept().await));
    gone[0].description = "said anew".into();
    less.facts.offers.append(&mut gone);
    agents.record_hello(agent.id, less, NOW).await.unwrap();
    assert!(is_offered(&kept().await));
    assert_eq!(kept().await.description, "said anew");
    agents
        .transfer_agents(&[agent.id], two.1, &by(), NOW)
        .await
        .unwrap();
    assert_eq!(kept().await.project, two.1);
}
