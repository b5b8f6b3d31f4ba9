use edgeward_domain::agent::{AgentState, Step};
use edgeward_ids::AgentId;
use edgeward_store::{Hello, UnknownAgent};

use crate::support::{
    Bench, NOW, by, facts, hello, is_offered, later, name, offer, offer_name, refusal,
};

crate::on_both!(
    a_hello_is_recorded,
    a_hello_that_repeats_itself_changes_nothing,
    a_new_offer_of_a_managed_agent_becomes_a_service,
    a_withdrawn_offer_keeps_its_service,
    a_hello_settles_the_membership,
    a_reported_command_number_is_never_given_out_again,
    two_hellos_at_once_make_one_service,
    when_agents_were_heard_only_goes_forward,
);

async fn a_hello_is_recorded(bench: &Bench) {
    let agent = bench.unmanaged("gw", &["neuron"]).await;
    let agents = bench.store.agents();
    let told = Hello {
        facts: facts("renamed", &["red"]),
        address: Some("198.51.100.1".into()),
        membership: None,
        last_command: 0,
    };
    let outcome = agents
        .record_hello(agent.id, told.clone(), NOW)
        .await
        .unwrap();
    assert!(outcome.changed);
    assert_eq!(outcome.step, Step::Nothing);
    assert_eq!(outcome.agent.facts, told.facts);
    assert_eq!(outcome.agent.address, "198.51.100.1");
    assert_eq!(bench.agent(agent.id).await, outcome.agent);

    let hidden = Hello {
        facts: facts("again", &[]),
        address: None,
        ..told
    };
    let outcome = agents.record_hello(agent.id, hidden, NOW).await.unwrap();
    assert_eq!(outcome.agent.address, "198.51.100.1");

    let nobody = agents
        .record_hello(AgentId::generate(), hello(&agent, None), NOW)
        .await;
    assert_eq!(refusal(nobody), UnknownAgent);
}

async fn a_hello_that_repeats_itself_changes_nothing(bench: &Bench) {
    let place = bench.project("plant").await;
    let agent = bench.managed("gw", &["neuron"], place).await;
    let membership = agent.state.membership();
    let agents = bench.store.agents();
    let said = hello(&agent, membership);
    let first = agents
        .record_hello(agent.id, said.clone(), NOW)
        .await
        .unwrap();
    assert!(first.changed);
    let second = agents.record_hello(agent.id, said, NOW).await.unwrap();
    assert!(!second.changed);
    assert_eq!(second.agent, first.agent);
    assert_eq!(second.step, Step::Nothing);
}

async fn a_new_offer_of_a_managed_agent_becomes_a_service(bench: &Bench) {
    let place = bench.project("plant").await;
    let agent = bench.managed("gw", &["neuron"], place).await;
    let old = agent.state.membership().unwrap().clone();
    let agents = bench.store.agents();
    let told = Hello {
        facts: facts("gw", &["neuron", "red"]),
        ..hello(&agent, Some(&old))
    };
    let outcome = agents.record_hello(agent.id, told, later(1)).await.unwrap();
    let AgentState::Managed {
        membership,
        confirmed: false,
    } = &outcome.agent.state
    else {
        panic!("{:?}", outcome.agent.state)
    };
    assert_eq!(outcome.step, Step::SendAdopt(membership.clone()));
    assert_eq!(bench.agent(agent.id).await, outcome.agent);
    let neuron = offer_name("neuron");
    assert_eq!(membership.services[&neuron], old.services[&neuron]);
    let id = membership.services[&offer_name("red")];
    let made = bench.store.services().service(id).await.unwrap().unwrap();
    assert_eq!(made.service.name, name("gw red"));
    assert_eq!(made.service.created_at, later(1));
}

async fn a_withdrawn_offer_keeps_its_service(bench: &Bench) {
    let place = bench.project("plant").await;
    let agent = bench.managed("gw", &["neuron", "red"], place).await;
    let membership = agent.state.membership().unwrap().clone();
    let id = membership.services[&offer_name("red")];
    let agents = bench.store.agents();
    let service = async || {
        let found = bench.store.services().service(id).await.unwrap();
        found.unwrap().service
    };
    let mut less = hello(&agent, Some(&membership));
    less.facts.offers.truncate(1);
    let outcome = agents
        .record_hello(agent.id, less.clone(), NOW)
        .await
        .unwrap();
    assert!(outcome.changed);
    assert_eq!(outcome.step, Step::Nothing);
    assert!(!is_offered(&service().await));
    assert_eq!(service().await.description, "what red does");

    let mut back = less;
    let mut other = offer("red");
    other.kind = "node-red".into();
    other.description = "said\0anew".into();
    back.facts.offers.push(other);
    for changed in [true, false] {
        let outcome = agents
            .record_hello(agent.id, back.clone(), NOW)
            .await
            .unwrap();
        assert_eq!(outcome.changed, changed);
    }
    assert!(is_offered(&service().await));
    assert_eq!(service().await.kind, "node-red");
    assert_eq!(service().await.description, "saidanew");
}

async fn a_hello_settles_the_membership(bench: &Bench) {
    let place = bench.project("plant").await;
    let agent = bench.managed("gw", &["neuron"], place).await;
    let membership = agent.state.membership().unwrap().clone();
    let agents = bench.store.agents();
    let tell = async |reported| {
        let hello = hello(&agent, reported);
        agents.record_hello(agent.id, hello, NOW).await.unwrap()
    };
    let confirmed = AgentState::Managed {
        membership: membership.clone(),
        confirmed: true,
    };
    assert_eq!(tell(None).await.step, Step::SendAdopt(membership.clone()));
    let outcome = tell(Some(&membership)).await;
    assert_eq!(
        (outcome.step, outcome.agent.state),
        (Step::Nothing, confirmed)
    );
    agents.release(agent.id, &by(), NOW).await.unwrap();
    assert_eq!(tell(Some(&membership)).await.step, Step::SendRelease);
    assert_eq!(tell(None).await.agent.state, AgentState::Unmanaged);
    // A membership that nobody here knows of, such as after the database was restored.
    let outcome = tell(Some(&membership)).await;
    assert_eq!(outcome.step, Step::SendRelease);
    assert_eq!(outcome.agent.state, AgentState::Released);
}

async fn a_reported_command_number_is_never_given_out_again(bench: &Bench) {
    let agent = bench.unmanaged("gw", &[]).await;
    let agents = bench.store.agents();
    let say = async |last_command| {
        let hello = Hello {
            last_command,
            ..hello(&agent, None)
        };
        let outcome = agents.record_hello(agent.id, hello, NOW).await.unwrap();
        assert!(!outcome.changed);
    };
    let next = async || agents.next_command_number(agent.id).await.unwrap();
    assert_eq!(next().await, 1);
    say(41).await;
    assert_eq!(next().await, 42);
    say(7).await;
    assert_eq!(next().await, 43);
    say(u64::MAX).await;
    assert_eq!(next().await, (1 << 53) + 1);
    assert_eq!(next().await, (1 << 53) + 2);
}

async fn two_hellos_at_once_make_one_service(bench: &Bench) {
    bench.warm_up().await;
    let place = bench.project("plant").await;
    let agent = bench.managed("gw", &["neuron"], place).await;
    let told = Hello {
        facts: facts("gw", &["neuron", "red"]),
        ..hello(&agent, None)
    };
    let tries: Vec<_> = (0..8)
        .map(|_| {
            let agents = bench.store.agents();
            let told = told.clone();
            tokio::spawn(async move { agents.record_hello(agent.id, told, NOW).await })
        })
        .collect();
    for task in tries {
        task.await.unwrap().unwrap();
    }
    let found = bench.agent(agent.id).await;
    assert_eq!(found.state.membership().unwrap().services.len(), 2);
}

async fn when_agents_were_heard_only_goes_forward(bench: &Bench) {
    let first = bench.unmanaged("a", &[]).await.id;
    let second = bench.unmanaged("b", &[]).await.id;
    let agents = bench.store.agents();
    let heard = async |id| bench.agent(id).await.last_heard_at;
    assert_eq!(heard(first).await, None);
    agents.record_heard(&[]).await.unwrap();
    let unknown = AgentId::generate();
    agents
        .record_heard(&[(first, later(5)), (unknown, NOW), (first, later(4))])
        .await
        .unwrap();
    assert_eq!(heard(first).await, Some(later(5)));
    assert_eq!(heard(second).await, None);
    agents
        .record_heard(&[(first, later(3)), (second, NOW)])
        .await
        .unwrap();
    assert_eq!(heard(first).await, Some(later(5)));
    assert_eq!(heard(second).await, Some(NOW));
}
