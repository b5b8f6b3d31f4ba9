use edgeward_domain::agent::AgentState;
use edgeward_domain::hosting::{Change, OrderRefusal, Step, Wish};
use edgeward_ids::ServiceId;
use edgeward_store::{OrderEnd, RemoveRefusal};

use super::{docker, host, hosted, made, open, order, report, said, upgrade, view};
use crate::support::{Bench, by, facts, hello, later, name, offer_name, refusal};

crate::on_both!(
    orders_change_what_is_wished_and_are_told,
    what_is_deleted_is_wished_away_until_its_agent_has_heard,
    no_service_comes_for_what_an_agent_still_offers_of_it,
    only_what_is_hosted_takes_orders,
    a_hosted_service_is_not_removed_as_if_it_were_direct,
    releasing_an_agent_forgets_what_it_hosts,
    deleting_an_agent_forgets_what_it_hosts,
);

async fn orders_change_what_is_wished_and_are_told(bench: &Bench) {
    let place = bench.project("plant").await;
    let agent = host(bench, "gw", place).await;
    let (id, offer) = made(bench, &agent, place, "Neuron").await;
    report(bench, agent.id, &[(&offer, said(1, Step::Settled))]).await;
    assert_eq!(open(bench, agent.id).await, []);
    for (generation, change) in [
        (2, Change::Stop),
        (3, Change::Start),
        (4, Change::Restart),
        (5, upgrade("sealed two")),
    ] {
        let after = order(bench, id, change).await;
        let course = after.hosted.clone().unwrap();
        assert_eq!(
            (course.generation, course.ordered_at),
            (generation, later(1))
        );
        assert_eq!(view(bench, id).await, Some(after));
        let expected = [(offer.to_string(), generation)];
        assert_eq!(open(bench, agent.id).await, expected);
    }
    let kept = hosted(bench, id).await.hosted;
    assert_eq!((kept.course.running, kept.course.restarts), (true, 1));
    assert_eq!(kept.spec, "sealed two");
    assert_eq!(kept.spec_before.as_deref(), Some("sealed one"));
    let actions = bench.actions().await;
    let expected = ["stop", "start", "restart", "upgrade"].map(|verb| format!("service.{verb}"));
    assert_eq!(actions[actions.len() - 4..], expected);
    let told = bench.said().await.pop().unwrap();
    assert_eq!(told.before.as_deref(), Some(r#"{"present":"neuron:1"}"#));
    assert_eq!(told.after.as_deref(), Some(r#"{"to":"neuron:2"}"#));
    bench.check().await;
}

async fn what_is_deleted_is_wished_away_until_its_agent_has_heard(bench: &Bench) {
    let place = bench.project("plant").await;
    let agent = host(bench, "gw", place).await;
    let hosting = bench.store.hosting();
    for (change, wish, action) in [
        (Change::Destroy, Wish::Destroyed, "service.delete"),
        (Change::Release, Wish::Released, "service.release"),
    ] {
        let (id, offer) = made(bench, &agent, place, "Neuron").await;
        report(bench, agent.id, &[(&offer, said(1, Step::Settled))]).await;
        let told = bench.agent(agent.id).await;
        let membership = told.state.membership().unwrap();
        let agents = bench.store.agents();
        let confirmed = agents.confirm_membership(agent.id, Some(membership), later(1));
        confirmed.await.unwrap();

        let gone = order(bench, id, change).await;
        assert_eq!(gone.service.name, name("Neuron"));
        assert_eq!(view(bench, id).await, None);
        assert_eq!(bench.actions().await.last().unwrap(), action);
        let AgentState::Managed {
            membership,
            confirmed: false,
        } = bench.agent(agent.id).await.state
        else {
            panic!("the agent is to be told")
        };
        assert!(!membership.services.contains_key(&offer));
        let [left] = &*hosting.open_orders(agent.id).await.unwrap() else {
            panic!("the order is to be sent")
        };
        assert_eq!((left.service, left.hosted.course.wish), (None, wish));
        assert!(!left.wants_tokens);

        // It was said before the agent took the order.
        assert!(report(bench, agent.id, &[]).await.open);
        let at_work = [(&offer, said(2, Step::UnderWay))];
        assert!(report(bench, agent.id, &at_work).await.changed);
        let taken = hosting.end_order(agent.id, &offer, 2, OrderEnd::Taken, later(3));
        assert!(taken.await.unwrap());
        assert!(report(bench, agent.id, &[]).await.changed);
        assert!(!report(bench, agent.id, &[]).await.open);
        let taken = hosting.end_order(agent.id, &offer, 2, OrderEnd::Taken, later(3));
        assert!(!taken.await.unwrap(), "nothing is left of it");
    }
    bench.check().await;
}

async fn no_service_comes_for_what_an_agent_still_offers_of_it(bench: &Bench) {
    let place = bench.project("plant").await;
    let agent = host(bench, "gw", place).await;
    let (id, offer) = made(bench, &agent, place, "Neuron").await;
    report(bench, agent.id, &[(&offer, said(1, Step::Settled))]).await;
    let agents = bench.store.agents();
    let told = edgeward_store::Hello {
        facts: facts("gw", &["x", "neuron"]),
        ..hello(&agent, None)
    };
    let first = agents.record_hello(agent.id, told.clone(), later(1)).await;
    let services = |outcome: &edgeward_store::HelloOutcome| {
        let membership = outcome.agent.state.membership().unwrap();
        membership.services.clone()
    };
    assert_eq!(services(&first.unwrap())[&offer], id);
    order(bench, id, Change::Destroy).await;
    let again = agents.record_hello(agent.id, told.clone(), later(2)).await;
    let again = services(&again.unwrap());
    assert_eq!(again.keys().collect::<Vec<_>>(), [&offer_name("x")]);
    assert_eq!(
        bench
            .store
            .services()
            .agents_services(None, 9)
            .await
            .unwrap()
            .len(),
        1
    );

    // What is offered once the agent has forgotten it is its own.
    let hosting = bench.store.hosting();
    let taken = hosting.end_order(agent.id, &offer, 2, OrderEnd::Taken, later(3));
    taken.await.unwrap();
    report(bench, agent.id, &[]).await;
    let later_on = agents.record_hello(agent.id, told, later(4)).await;
    assert!(services(&later_on.unwrap()).contains_key(&offer));
}

async fn only_what_is_hosted_takes_orders(bench: &Bench) {
    let place = bench.project("plant").await;
    let agent = host(bench, "gw", place).await;
    let offered = agent.state.membership().unwrap().services[&offer_name("x")];
    let hosting = bench.store.hosting();
    for (id, expected) in [
        (ServiceId::generate(), OrderRefusal::Unknown),
        (offered, OrderRefusal::NotHosted),
    ] {
        let refused = hosting.order(id, Change::Stop, &by(), later(1)).await;
        assert_eq!(refusal(refused), expected);
    }
    assert_eq!(hosting.hosted(offered).await.unwrap(), None);
}

async fn a_hosted_service_is_not_removed_as_if_it_were_direct(bench: &Bench) {
    let place = bench.project("plant").await;
    let agent = host(bench, "gw", place).await;
    let (id, _) = made(bench, &agent, place, "Neuron").await;
    let services = bench.store.services();
    let removed = services.remove_direct(id, &by(), later(1)).await;
    assert_eq!(refusal(removed), RemoveRefusal::OfAgent(name("gw")));
}

async fn releasing_an_agent_forgets_what_it_hosts(bench: &Bench) {
    let place = bench.project("plant").await;
    let agent = host(bench, "gw", place).await;
    let (id, offer) = made(bench, &agent, place, "Neuron").await;
    let agents = bench.store.agents();
    let told = edgeward_store::Hello {
        facts: facts("gw", &["x", "neuron"]),
        ..hello(&agent, None)
    };
    agents.record_hello(agent.id, told, later(1)).await.unwrap();
    let released = agents.release(agent.id, &by(), later(1)).await.unwrap();
    assert!(released.services.contains(&id));
    assert_eq!(open(bench, agent.id).await, []);
    let store = bench.store.hosting();
    assert_eq!(store.agents_with_orders().await.unwrap(), []);
    let adopted = agents
        .adopt(agent.id, name("gw"), place.0, place.1, &by(), later(2))
        .await;
    let adopted = adopted.unwrap().agent;
    let services = &adopted.state.membership().unwrap().services;
    assert!(!services.contains_key(&offer), "{services:?}");
    // What it could host is still known.
    made(bench, &adopted, place, "Neuron").await;
}

async fn deleting_an_agent_forgets_what_it_hosts(bench: &Bench) {
    let place = bench.project("plant").await;
    let agent = host(bench, "gw", place).await;
    made(bench, &agent, place, "Neuron").await;
    let agents = bench.store.agents();
    agents.release(agent.id, &by(), later(1)).await.unwrap();
    agents.delete(agent.id, &by(), later(1)).await.unwrap();
    assert!(bench.view(agent.id).await.is_none());
    let store = bench.store.hosting();
    let heard = store.record_hosting(agent.id, docker(), Vec::new(), later(2));
    assert!(!heard.await.unwrap().changed, "nobody is there to say it");
}
