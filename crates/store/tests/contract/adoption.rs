use edgeward_domain::agent::{AdoptRefusal, AgentState, DeleteRefusal, ReleaseRefusal, Step};
use edgeward_domain::service::{Authentication, Way};
use edgeward_ids::{AgentId, ProjectId};
use edgeward_store::{Slice, UnknownAgent};

use crate::support::{BY_NAME, Bench, NOW, by, every_service, name, offer_name, refusal};

crate::on_both!(
    adoption_makes_the_agent_managed_and_its_services,
    adoption_is_refused_for_a_reason,
    of_two_adoptions_at_once_one_wins,
    a_reported_membership_is_confirmed,
    a_wrong_report_takes_the_confirmation_back,
    release_ends_the_services_and_stays_marked_until_told,
    of_two_releases_at_once_one_wins,
    a_confirmation_does_not_undo_a_release_at_the_same_time,
    a_released_agent_can_be_adopted_again,
    only_an_unmanaged_agent_can_be_deleted,
    unsettled_agents_are_found,
);

async fn services(bench: &Bench) -> Vec<String> {
    let services = bench.store.services();
    let page = services
        .services(&every_service(), BY_NAME, Slice::FIRST)
        .await
        .unwrap();
    let names = page.items.iter().map(|view| view.service.name.to_string());
    names.collect()
}

async fn adoption_makes_the_agent_managed_and_its_services(bench: &Bench) {
    let (organisation, project) = bench.project("plant").await;
    let agent = bench.unmanaged("gw", &["neuron", "red"]).await;
    let agents = bench.store.agents();
    let adopted = agents
        .adopt(agent.id, name("Pump"), organisation, project, &by(), NOW)
        .await
        .unwrap();
    assert_eq!(bench.view(agent.id).await, Some(adopted.clone()));
    let place = adopted.place.unwrap();
    assert_eq!(place.organisation, name("plant"));
    assert_eq!(place.project, name("plant"));
    let AgentState::Managed {
        membership,
        confirmed: false,
    } = adopted.agent.state
    else {
        panic!("{:?}", adopted.agent.state)
    };
    assert_eq!(membership.name, name("Pump"));
    assert_eq!(
        (membership.organisation, membership.project),
        (organisation, project)
    );
    assert_eq!(membership.services.len(), 2);

    let id = membership.services[&offer_name("neuron")];
    let view = bench.store.services().service(id).await.unwrap().unwrap();
    assert_eq!(view.agent_name, Some(name("Pump")));
    assert_eq!(view.organisation_name, name("plant"));
    assert_eq!(view.project_name, name("plant"));
    let service = view.service;
    assert_eq!(service.id, id);
    assert_eq!(service.name, name("Pump neuron"));
    assert_eq!(
        service.way,
        Way::Agent {
            agent: agent.id,
            offer: offer_name("neuron"),
            offered: true
        }
    );
    assert_eq!(service.authentication, Authentication::None);
    assert_eq!(service.kind, "http");
    assert_eq!(service.description, "what neuron does");
    assert_eq!(
        (service.organisation, service.project),
        (organisation, project)
    );
    assert_eq!(service.created_at, NOW);
}

async fn adoption_is_refused_for_a_reason(bench: &Bench) {
    let (organisation, project) = bench.project("plant").await;
    let (elsewhere, _) = bench.project("elsewhere").await;
    let agent = bench.unmanaged("gw", &["neuron"]).await;
    let agents = bench.store.agents();
    let by = by();
    let adopt =
        |id, organisation, project| agents.adopt(id, name("Pump"), organisation, project, &by, NOW);
    let nobody = adopt(AgentId::generate(), organisation, project).await;
    assert_eq!(refusal(nobody), AdoptRefusal::UnknownAgent);
    for (organisation, project) in [(elsewhere, project), (organisation, ProjectId::generate())] {
        let nowhere = adopt(agent.id, organisation, project).await;
        assert_eq!(refusal(nowhere), AdoptRefusal::UnknownProject);
    }
    assert_eq!(bench.agent(agent.id).await.state, AgentState::Unmanaged);
    adopt(agent.id, organisation, project).await.unwrap();
    let again = adopt(agent.id, organisation, project).await;
    assert_eq!(refusal(again), AdoptRefusal::AlreadyManaged(name("Pump")));
    assert_eq!(services(bench).await, ["Pump"]);
}

async fn of_two_adoptions_at_once_one_wins(bench: &Bench) {
    bench.warm_up().await;
    let place = bench.project("plant").await;
    let agent = bench.unmanaged("gw", &["neuron"]).await;
    let tries: Vec<_> = (0..8)
        .map(|n| {
            let agents = bench.store.agents();
            let name = name(&format!("Pump {n}"));
            tokio::spawn(async move {
                agents
                    .adopt(agent.id, name, place.0, place.1, &by(), NOW)
                    .await
            })
        })
        .collect();
    let mut won = 0;
    for task in tries {
        match task.await.unwrap() {
            Ok(_) => won += 1,
            refused => {
                let refusal = refusal(refused);
                assert!(matches!(refusal, AdoptRefusal::AlreadyManaged(_)));
            }
        }
    }
    assert_eq!(won, 1);
    assert_eq!(services(bench).await.len(), 1);
}

async fn a_reported_membership_is_confirmed(bench: &Bench) {
    let place = bench.project("plant").await;
    let agent = bench.managed("gw", &["neuron"], place).await;
    let membership = agent.state.membership().unwrap().clone();
    let agents = bench.store.agents();
    let none = agents
        .confirm_membership(agent.id, None, NOW)
        .await
        .unwrap();
    assert_eq!(none, Step::SendAdopt(membership.clone()));
    let right = agents
        .confirm_membership(agent.id, Some(&membership), NOW)
        .await
        .unwrap();
    assert_eq!(right, Step::Nothing);
    let confirmed = AgentState::Managed {
        membership,
        confirmed: true,
    };
    assert_eq!(bench.agent(agent.id).await.state, confirmed);
    let nobody = agents
        .confirm_membership(AgentId::generate(), None, NOW)
        .await;
    assert_eq!(refusal(nobody), UnknownAgent);
}

async fn a_wrong_report_takes_the_confirmation_back(bench: &Bench) {
    let place = bench.project("plant").await;
    let agent = bench.managed("gw", &["neuron"], place).await;
    let membership = agent.state.membership().unwrap().clone();
    let agents = bench.store.agents();
    agents
        .confirm_membership(agent.id, Some(&membership), NOW)
        .await
        .unwrap();
    let mut wrong = membership.clone();
    wrong.name = name("other");
    let step = agents
        .confirm_membership(agent.id, Some(&wrong), NOW)
        .await
        .unwrap();
    assert_eq!(step, Step::SendAdopt(membership));
    assert_eq!(bench.agent(agent.id).await.state, agent.state);
    assert_eq!(agents.unsettled().await.unwrap().len(), 1);
}

async fn release_ends_the_services_and_stays_marked_until_told(bench: &Bench) {
    let place = bench.project("plant").await;
    let agent = bench.managed("gw", &["neuron", "red"], place).await;
    let membership = agent.state.membership().unwrap().clone();
    let agents = bench.store.agents();

    let released = agents.release(agent.id, &by(), NOW).await.unwrap();
    assert_eq!(released.agent.state, AgentState::Released);
    let mut ended = released.services;
    ended.sort();
    let mut expected: Vec<_> = membership.services.values().copied().collect();
    expected.sort();
    assert_eq!(ended, expected);
    assert_eq!(services(bench).await, [""; 0]);
    assert_eq!(bench.view(agent.id).await.unwrap().place, None);
    let again = agents.release(agent.id, &by(), NOW).await;
    assert_eq!(refusal(again), ReleaseRefusal::NotManaged);

    let step = agents
        .confirm_membership(agent.id, Some(&membership), NOW)
        .await
        .unwrap();
    assert_eq!(step, Step::SendRelease);
    assert_eq!(bench.agent(agent.id).await.state, AgentState::Released);
    let step = agents
        .confirm_membership(agent.id, None, NOW)
        .await
        .unwrap();
    assert_eq!(step, Step::Nothing);
    assert_eq!(bench.agent(agent.id).await.state, AgentState::Unmanaged);

    let nobody = agents.release(AgentId::generate(), &by(), NOW).await;
    assert_eq!(refusal(nobody), ReleaseRefusal::UnknownAgent);
}

async fn of_two_releases_at_once_one_wins(bench: &Bench) {
    let place = bench.project("plant").await;
    bench.warm_up().await;
    for _ in 0..10 {
        let agent = bench.managed("gw", &["neuron"], place).await;
        let tries: Vec<_> = (0..8)
            .map(|_| {
                let agents = bench.store.agents();
                tokio::spawn(async move { agents.release(agent.id, &by(), NOW).await })
            })
            .collect();
        let mut released = 0;
        for task in tries {
            match task.await.unwrap() {
                Ok(_) => released += 1,
                refused => assert_eq!(refusal(refused), ReleaseRefusal::NotManaged),
            }
        }
        assert_eq!(released, 1);
    }
}

async fn a_confirmation_does_not_undo_a_release_at_the_same_time(bench: &Bench) {
    let place = bench.project("plant").await;
    bench.warm_up().await;
    for _ in 0..20 {
        let agent = bench.managed("gw", &["neuron"], place).await;
        let membership = agent.state.membership().unwrap().clone();
        let confirming: Vec<_> = (0..6)
            .map(|_| {
                let (agents, membership) = (bench.store.agents(), membership.clone());
                tokio::spawn(async move {
                    agents
                        .confirm_membership(agent.id, Some(&membership), NOW)
                        .await
                })
            })
            .collect();
        bench
            .store
            .agents()
            .release(agent.id, &by(), NOW)
            .await
            .unwrap();
        for task in confirming {
            task.await.unwrap().unwrap();
        }
        assert_eq!(bench.agent(agent.id).await.state, AgentState::Released);
    }
}

async fn a_released_agent_can_be_adopted_again(bench: &Bench) {
    let place = bench.project("plant").await;
    let agent = bench.managed("gw", &["neuron"], place).await;
    let old = agent.state.membership().unwrap().clone();
    let agents = bench.store.agents();
    agents.release(agent.id, &by(), NOW).await.unwrap();
    let adopted = agents
        .adopt(agent.id, name("gw"), place.0, place.1, &by(), NOW)
        .await
        .unwrap();
    let new = adopted.agent.state.membership().unwrap();
    assert_ne!(new.services, old.services);
    // The agent still has the old membership, whose service does not exist any more.
    let step = agents
        .confirm_membership(agent.id, Some(&old), NOW)
        .await
        .unwrap();
    assert_eq!(step, Step::SendAdopt(new.clone()));
}

async fn only_an_unmanaged_agent_can_be_deleted(bench: &Bench) {
    let place = bench.project("plant").await;
    let agent = bench.managed("gw", &["neuron"], place).await;
    let agents = bench.store.agents();
    agents.record_heard(&[(agent.id, NOW)]).await.unwrap();
    let managed = agents.delete(agent.id, &by(), NOW).await;
    assert_eq!(refusal(managed), DeleteRefusal::Managed(name("gw")));
    agents.release(agent.id, &by(), NOW).await.unwrap();
    agents.delete(agent.id, &by(), NOW).await.unwrap();
    assert_eq!(bench.view(agent.id).await, None);
    let again = agents.delete(agent.id, &by(), NOW).await;
    assert_eq!(refusal(again), DeleteRefusal::UnknownAgent);
}

async fn unsettled_agents_are_found(bench: &Bench) {
    let place = bench.project("plant").await;
    bench.unmanaged("u", &[]).await;
    let adopted = bench.managed("a", &["neuron"], place).await;
    let confirmed = bench.managed("c", &["neuron"], place).await;
    let released = bench.managed("r", &["neuron"], place).await;
    let agents = bench.store.agents();
    agents
        .confirm_membership(confirmed.id, confirmed.state.membership(), NOW)
        .await
        .unwrap();
    agents.release(released.id, &by(), NOW).await.unwrap();
    let found = agents.unsettled().await.unwrap();
    let found: Vec<_> = found.iter().map(|a| (a.id, a.state.clone())).collect();
    assert_eq!(
        found,
        [
            (released.id, AgentState::Released),
            (adopted.id, adopted.state)
        ]
    );
}
