use edgeward_domain::agent::AgentState;
use edgeward_domain::hosting::{State, Wish};
use edgeward_domain::service::{Authentication, TagLimits, TagRefusal, Way};
use edgeward_ids::{AgentId, ServiceId};
use edgeward_store::{Capability, HostRefusal, MAX_HOSTED_SERVICES, Needs, NewHosted, Tagging};

use super::{docker, host, hosted, made, make, new, open, view};
use crate::support::{Bench, NOW, hello, later, name, offer_name, refusal};

crate::on_both!(
    a_hosted_service_is_made_with_its_place_in_the_membership,
    only_an_agent_that_may_hosts_a_service,
    what_an_agent_lacks_is_said,
    names_and_tags_are_as_those_of_other_services,
    two_at_once_of_one_name_are_one,
    an_agent_hosts_only_so_many,
);

async fn a_hosted_service_is_made_with_its_place_in_the_membership(bench: &Bench) {
    let place = bench.project("plant").await;
    let agent = host(bench, "gw", place).await;
    let agents = bench.store.agents();
    let membership = agent.state.membership().unwrap().clone();
    let confirmed = agents.confirm_membership(agent.id, Some(&membership), NOW);
    confirmed.await.unwrap();

    let new = NewHosted {
        authentication: Authentication::Token,
        tagging: Tagging {
            tags: ["hall".parse().unwrap()].into(),
            ..Tagging::default()
        },
        ..new(&agent, place.1, "Neuron 1")
    };
    let id = new.id;
    let made = make(bench, new).await.unwrap();
    assert_eq!(view(bench, id).await.unwrap(), made);
    assert_eq!(
        made.service.way,
        Way::Agent {
            agent: agent.id,
            offer: offer_name("neuron-1"),
            offered: false,
        }
    );
    assert_eq!(made.service.authentication, Authentication::Token);
    assert_eq!(made.agent_name, Some(name("gw")));
    assert_eq!(made.tags.len(), 1);
    let course = made.hosted.unwrap();
    assert_eq!(
        (course.wish, course.state()),
        (Wish::Present, State::Waiting)
    );
    assert_eq!((course.generation, course.running), (1, true));

    let AgentState::Managed {
        membership,
        confirmed: false,
    } = bench.agent(agent.id).await.state
    else {
        panic!("the agent is to be told")
    };
    assert_eq!(membership.services[&offer_name("neuron-1")], id);
    assert_eq!(membership.services.len(), 2);
    let kept = hosted(bench, id).await;
    assert_eq!((kept.agent, kept.service), (agent.id, Some(id)));
    assert_eq!(kept.hosted.spec, "sealed one");
    assert!(kept.wants_tokens);
    assert_eq!(open(bench, agent.id).await, [("neuron-1".to_owned(), 1)]);
    assert!(bench.actions().await.contains(&"service.host".to_owned()));
    bench.check().await;

    // Once its agent offers it, it is that service and no other.
    let mut told = hello(&agent, Some(&membership));
    told.facts.offers.push(edgeward_domain::agent::Offer {
        name: offer_name("neuron-1"),
        kind: "neuron".into(),
        description: "as the agent says".into(),
    });
    agents.record_hello(agent.id, told, later(1)).await.unwrap();
    let offered = view(bench, id).await.unwrap().service;
    assert!(crate::support::is_offered(&offered));
    assert_eq!(offered.description, "as the agent says");
}

async fn only_an_agent_that_may_hosts_a_service(bench: &Bench) {
    let (here, there) = (bench.project("here").await, bench.project("there").await);
    let agent = host(bench, "gw", here).await;
    let silent = bench.managed("silent", &[], here).await;
    let waiting = bench.unmanaged("waiting", &[]).await;
    let unknown = NewHosted {
        agent: AgentId::generate(),
        ..new(&agent, here.1, "a")
    };
    for (new, expected) in [
        (unknown, HostRefusal::UnknownAgent),
        (new(&waiting, here.1, "a"), HostRefusal::NotManaged),
        (new(&agent, there.1, "a"), HostRefusal::OtherProject),
        (new(&silent, here.1, "a"), HostRefusal::NotHosting),
    ] {
        assert_eq!(refusal(make(bench, new).await), expected);
    }
}

async fn what_an_agent_lacks_is_said(bench: &Bench) {
    let place = bench.project("plant").await;
    let agent = bench.managed("gw", &[], place).await;
    let store = bench.store.hosting();
    let broken = Capability {
        engine: None,
        snaps: true,
        problem: "the socket does not answer".into(),
    };
    let heard = store.record_hosting(agent.id, broken, Vec::new(), NOW);
    heard.await.unwrap();
    let refused = refusal(make(bench, new(&agent, place.1, "a")).await);
    assert_eq!(
        refused.to_string(),
        "nothing runs containers there: the socket does not answer"
    );
    let snap = NewHosted {
        needs: Needs::Snaps,
        ..new(&agent, place.1, "a")
    };
    make(bench, snap.clone()).await.unwrap();
    let heard = store.record_hosting(agent.id, docker(), Vec::new(), NOW);
    assert!(heard.await.unwrap().changed);
    let snap = NewHosted {
        id: ServiceId::generate(),
        name: name("b"),
        ..snap
    };
    assert_eq!(refusal(make(bench, snap).await), HostRefusal::NoSnaps);
}

async fn names_and_tags_are_as_those_of_other_services(bench: &Bench) {
    let place = bench.project("plant").await;
    let agent = host(bench, "gw", place).await;
    let refused = refusal(make(bench, new(&agent, place.1, "gw")).await);
    assert_eq!(refused, HostRefusal::NameTaken(name("gw")));
    let limits = TagLimits {
        per_service: 1,
        ..TagLimits::default()
    };
    let tagged = NewHosted {
        tagging: Tagging {
            tags: ["a".parse().unwrap(), "b".parse().unwrap()].into(),
            limits,
        },
        ..new(&agent, place.1, "tagged")
    };
    let refused = refusal(make(bench, tagged).await);
    let expected = TagRefusal::TooMany { wanted: 2, max: 1 };
    assert_eq!(refused, HostRefusal::Tags(expected));
    // Offers are told apart by a number where names are not.
    for (text, expected) in [("X", "x-2"), ("X ü", "x-3")] {
        let (_, offer) = made(bench, &agent, place, text).await;
        assert_eq!(offer.as_str(), expected);
    }
}

async fn two_at_once_of_one_name_are_one(bench: &Bench) {
    bench.warm_up().await;
    let place = bench.project("plant").await;
    let (one, two) = (
        host(bench, "one", place).await,
        host(bench, "two", place).await,
    );
    let (first, second) = tokio::join!(
        make(bench, new(&one, place.1, "a")),
        make(bench, new(&two, place.1, "a"))
    );
    let refused = [first, second].into_iter().filter_map(Result::err);
    assert_eq!(refused.count(), 1);
}

async fn an_agent_hosts_only_so_many(bench: &Bench) {
    let place = bench.project("plant").await;
    let agent = host(bench, "gw", place).await;
    for number in 0..MAX_HOSTED_SERVICES {
        made(bench, &agent, place, &format!("n {number}")).await;
    }
    let refused = refusal(make(bench, new(&agent, place.1, "more")).await);
    assert_eq!(refused, HostRefusal::TooManyHosted);
    let offers: Vec<String> = (0..64).map(|number| format!("o{number}")).collect();
    let offers: Vec<&str> = offers.iter().map(String::as_str).collect();
    let full = bench.managed("full", &offers, place).await;
    super::report(bench, full.id, &[]).await;
    let refused = refusal(make(bench, new(&full, place.1, "more")).await);
    assert_eq!(refused, HostRefusal::TooManyOffers);
}
