use edgeward_domain::access::Visible;
use std::sync::Arc;

use edgeward_domain::agent::AgentState;
use edgeward_ids::AgentId;
use edgeward_store::{CertificateUse, EnrolRefusal, Homes, NewAgent, Slice, UnknownAgent};

use crate::support::{
    BY_NAME, Bench, MANY, NOW, by, certificate, every_service, facts, later, name, new_agent,
    offer, refusal,
};

crate::on_both!(
    a_token_lets_an_agent_in_and_is_counted,
    a_bad_token_lets_nobody_in,
    a_token_with_a_project_adopts_at_once,
    agents_of_the_same_host_name_get_services_of_different_names,
    of_many_uses_of_a_single_use_token_at_once_one_wins,
    a_counted_token_is_used_exactly_as_often_as_it_may_be,
    unmanaged_agents_are_limited,
    the_limit_of_unmanaged_agents_holds_in_a_rush,
    what_an_agent_says_is_kept_as_said,
    an_enrolment_without_a_certificate_is_forgotten,
    the_last_used_certificate_is_valid_until_the_new_one_is_seen,
    a_renewal_that_never_arrived_locks_nobody_out,
);

async fn a_token_lets_an_agent_in_and_is_counted(bench: &Bench) {
    bench.token("hash", 2, None).await;
    let new = new_agent("gw", &["neuron"]);
    let agents = bench.store.agents();
    let agent = agents
        .enrol_with_token("hash", new.clone(), NOW)
        .await
        .unwrap();
    assert_eq!(agent.id, new.id);
    assert_eq!(agent.state, AgentState::Unmanaged);
    assert_eq!(agent.facts, new.facts);
    assert_eq!(agent.created_at, NOW);
    assert_eq!(bench.agent(agent.id).await, agent);
    let tokens = bench
        .store
        .tokens()
        .tokens(&Visible::Everything, &Homes::Everything)
        .await
        .unwrap();
    assert_eq!(tokens[0].uses_left, 1);
}

async fn a_bad_token_lets_nobody_in(bench: &Bench) {
    bench.token("once", 1, None).await;
    let agents = bench.store.agents();
    let enrol = |hash: &'static str, now| {
        let agents = bench.store.agents();
        async move {
            agents
                .enrol_with_token(hash, new_agent("gw", &[]), now)
                .await
        }
    };
    assert_eq!(
        refusal(enrol("other", NOW).await),
        EnrolRefusal::UnknownToken
    );
    assert_eq!(
        refusal(enrol("once", later(60)).await),
        EnrolRefusal::Expired
    );
    enrol("once", later(59)).await.unwrap();
    assert_eq!(refusal(enrol("once", NOW).await), EnrolRefusal::UsedUp);
    assert_eq!(agents.roster().await.unwrap().len(), 1);
}

async fn a_token_with_a_project_adopts_at_once(bench: &Bench) {
    let (organisation, project) = bench.project("plant").await;
    bench.token("hash", 5, Some(project)).await;
    let agents = bench.store.agents();
    let new = new_agent("gw.example.com", &["neuron", "red"]);
    let agent = agents.enrol_with_token("hash", new, NOW).await.unwrap();
    let membership = agent.state.membership().unwrap();
    assert_eq!(membership.name.as_str(), "gw-example-com");
    assert_eq!(membership.organisation, organisation);
    assert_eq!(membership.project, project);
    assert_eq!(bench.agent(agent.id).await, agent);
    for (offer, id) in &membership.services {
        let found = bench.store.services().service(*id).await.unwrap().unwrap();
        assert_eq!(found.service.offer(), Some(offer));
        assert_eq!(found.service.name, name(&format!("gw-example-com {offer}")));
    }
    let nameless = new_agent("\0 ", &["neuron"]);
    let agent = agents
        .enrol_with_token("hash", nameless, NOW)
        .await
        .unwrap();
    let found = agent.state.membership().unwrap();
    assert_eq!(found.name.as_str(), "-");
    let nameless = new_agent("", &["neuron"]);
    let agent = agents
        .enrol_with_token("hash", nameless, NOW)
        .await
        .unwrap();
    let found = agent.state.membership().unwrap();
    assert_eq!(found.name.as_str(), "agent");
}

async fn agents_of_the_same_host_name_get_services_of_different_names(bench: &Bench) {
    let (_, project) = bench.project("plant").await;
    // A token each, so that they do not wait for each other's.
    for number in 0..20 {
        let hash = number.to_string();
        bench.token(&hash, 1, Some(project)).await;
    }
    bench.warm_up().await;
    let tries: Vec<_> = (0..20)
        .map(|number: i32| {
            let agents = bench.store.agents();
            let new = new_agent("raspberrypi", &["neuron"]);
            let hash = number.to_string();
            tokio::spawn(async move { agents.enrol_with_token(&hash, new, NOW).await })
        })
        .collect();
    for task in tries {
        task.await.unwrap().unwrap();
    }
    let services = bench.store.services();
    let found = services
        .services(&every_service(), BY_NAME, Slice::FIRST)
        .await
        .unwrap();
    let mut names: Vec<_> = found.items.iter().map(|v| v.service.name.clone()).collect();
    names.dedup();
    assert_eq!(names.len(), 20, "{names:?}");
    assert!(names.contains(&name("raspberrypi 20")), "{names:?}");
}

async fn of_many_uses_of_a_single_use_token_at_once_one_wins(bench: &Bench) {
    bench.warm_up().await;
    for round in 0..20 {
        let hash: Arc<str> = format!("hash{round}").into();
        bench.token(&hash, 1, None).await;
        let tries: Vec<_> = (0..8)
            .map(|_| {
                let (agents, hash) = (bench.store.agents(), Arc::clone(&hash));
                let new = new_agent("gw", &[]);
                tokio::spawn(async move { agents.enrol_with_token(&hash, new, NOW).await })
            })
            .collect();
        let mut let_in = 0;
        for task in tries {
            match task.await.unwrap() {
                Ok(_) => let_in += 1,
                refused => assert_eq!(refusal(refused), EnrolRefusal::UsedUp),
            }
        }
        assert_eq!(let_in, 1, "in round {round}");
    }
}

async fn a_counted_token_is_used_exactly_as_often_as_it_may_be(bench: &Bench) {
    bench.token("hash", 25, None).await;
    let tries: Vec<_> = (0..40)
        .map(|_| {
            let agents = bench.store.agents();
            let new = new_agent("gw", &[]);
            tokio::spawn(async move { agents.enrol_with_token("hash", new, NOW).await.is_ok() })
        })
        .collect();
    let mut let_in = 0;
    for task in tries {
        let_in += u32::from(task.await.unwrap());
    }
    assert_eq!(let_in, 25);
    assert_eq!(bench.store.agents().roster().await.unwrap().len(), 25);
}

async fn unmanaged_agents_are_limited(bench: &Bench) {
    let place = bench.project("plant").await;
    let agents = bench.store.agents();
    let enrol = || agents.enrol_unmanaged(new_agent("gw", &[]), 2, NOW);
    let first = enrol().await.unwrap();
    enrol().await.unwrap();
    let full = EnrolRefusal::TooManyUnmanaged { limit: 2 };
    assert_eq!(refusal(enrol().await), full);
    agents
        .adopt(first.id, name("gw"), place.0, place.1, &by(), NOW)
        .await
        .unwrap();
    enrol().await.unwrap();
    assert_eq!(refusal(enrol().await), full);
    agents.release(first.id, &by(), NOW).await.unwrap();
    agents.delete(first.id, &by(), NOW).await.unwrap();
    assert_eq!(refusal(enrol().await), full);
}

async fn the_limit_of_unmanaged_agents_holds_in_a_rush(bench: &Bench) {
    bench.warm_up().await;
    let tries: Vec<_> = (0..20)
        .map(|_| {
            let agents = bench.store.agents();
            let new = new_agent("gw", &[]);
            tokio::spawn(async move { agents.enrol_unmanaged(new, 5, NOW).await.is_ok() })
        })
        .collect();
    let mut let_in = 0;
    for task in tries {
        let_in += u32::from(task.await.unwrap());
    }
    assert_eq!(let_in, 5);
}

async fn what_an_agent_says_is_kept_as_said(bench: &Bench) {
    let mut facts = facts("gw\0\"'%上海", &["neuron"]);
    facts.offers.push(offer("neuron"));
    facts.offers.push(offer("red"));
    let new = NewAgent {
        facts: facts.clone(),
        ..new_agent("", &[])
    };
    let agents = bench.store.agents();
    let agent = agents.enrol_unmanaged(new, MANY, NOW).await.unwrap();
    facts.offers.remove(1);
    assert_eq!(agent.facts, facts, "an offer's name counts once");
    assert_eq!(bench.agent(agent.id).await.facts, facts);
}

async fn an_enrolment_without_a_certificate_is_forgotten(bench: &Bench) {
    let (_, project) = bench.project("plant").await;
    bench.token("hash", 2, Some(project)).await;
    let agents = bench.store.agents();
    let mut ids = Vec::new();
    for _ in 0..2 {
        let new = new_agent("gw", &["neuron"]);
        let agent = agents.enrol_with_token("hash", new, NOW).await.unwrap();
        ids.push(agent.id);
    }
    agents
        .record_certificate(ids[0], certificate("aa"), NOW)
        .await
        .unwrap();
    agents.record_heard(&[(ids[1], NOW)]).await.unwrap();
    assert_eq!(agents.forget_unfinished(NOW, NOW).await.unwrap(), 0);
    assert_eq!(agents.forget_unfinished(later(1), NOW).await.unwrap(), 1);
    assert!(bench.view(ids[0]).await.is_some());
    assert!(bench.view(ids[1]).await.is_none());
    let services = bench.store.services();
    let left = services
        .services(&every_service(), BY_NAME, Slice::FIRST)
        .await
        .unwrap();
    assert_eq!(left.total, 1);
}

async fn the_last_used_certificate_is_valid_until_the_new_one_is_seen(bench: &Bench) {
    let agents = bench.store.agents();
    let id = bench.unmanaged("gw", &[]).await.id;
    let found = async |serial: &str| agents.find_by_certificate(id, serial).await.unwrap();
    assert_eq!(found("aa").await, None);

    agents
        .record_certificate(id, certificate("aa"), NOW)
        .await
        .unwrap();
    assert_eq!(found("aa").await, Some(CertificateUse::Current));
    assert_eq!(bench.agent(id).await.certificate, Some(certificate("aa")));

    agents
        .record_certificate(id, certificate("bb"), NOW)
        .await
        .unwrap();
    assert_eq!(found("aa").await, Some(CertificateUse::Previous));
    assert_eq!(found("bb").await, Some(CertificateUse::New));
    agents.certificate_seen(id, "aa").await.unwrap();
    agents.certificate_seen(id, "zz").await.unwrap();
    assert_eq!(found("aa").await, Some(CertificateUse::Previous));

    agents.certificate_seen(id, "bb").await.unwrap();
    assert_eq!(found("aa").await, None);
    assert_eq!(found("bb").await, Some(CertificateUse::Current));
    assert_eq!(bench.agent(id).await.certificate, Some(certificate("bb")));

    let nobody = AgentId::generate();
    let other = agents.find_by_certificate(nobody, "bb").await.unwrap();
    assert_eq!(other, None);
    let lost = agents
        .record_certificate(nobody, certificate("cc"), NOW)
        .await;
    assert_eq!(refusal(lost), UnknownAgent);
    agents.certificate_seen(nobody, "cc").await.unwrap();
}

async fn a_renewal_that_never_arrived_locks_nobody_out(bench: &Bench) {
    let agents = bench.store.agents();
    let id = bench.unmanaged("gw", &[]).await.id;
    for serial in ["aa", "lost", "lost", "bb"] {
        agents
            .record_certificate(id, certificate(serial), NOW)
            .await
            .unwrap();
    }
    let found = async |serial: &str| agents.find_by_certificate(id, serial).await.unwrap();
    assert_eq!(found("aa").await, Some(CertificateUse::Previous));
    assert_eq!(found("lost").await, None);
    assert_eq!(found("bb").await, Some(CertificateUse::New));
}
