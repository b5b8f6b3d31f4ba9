use std::collections::HashSet;

use super::*;

const NOW: Moment = Moment::from_micros(7);

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn offer(text: &str) -> Offer {
    Offer {
        name: text.parse().unwrap(),
        kind: "http".into(),
        description: String::new(),
    }
}

fn agent(offers: &[&str]) -> Agent {
    Agent {
        id: AgentId::generate(),
        state: AgentState::Unmanaged,
        facts: AgentFacts {
            offers: offers.iter().map(|o| offer(o)).collect(),
            ..AgentFacts::default()
        },
        address: String::new(),
        certificate: None,
        created_at: NOW,
        last_heard_at: None,
    }
}

fn adopted(agent: &Agent, taken: &[&str]) -> (Agent, Vec<crate::service::Service>) {
    let taken = taken.iter().map(|t| name(t)).collect();
    adopt(
        agent,
        name("Pump"),
        OrganisationId::generate(),
        ProjectId::generate(),
        taken,
        NOW,
    )
    .unwrap()
}

#[test]
fn adoption_makes_one_service_for_each_offer() {
    for (offers, taken, expected) in [
        (&[][..], &[][..], &[][..]),
        (&["neuron"], &[], &["Pump"]),
        (&["neuron"], &["Pump"], &["Pump 2"]),
        (&["neuron", "red"], &[], &["Pump neuron", "Pump red"]),
        (
            &["neuron", "red"],
            &["Pump red"],
            &["Pump neuron", "Pump red 2"],
        ),
        (&["neuron", "neuron"], &[], &["Pump"]),
    ] {
        let (agent, services) = adopted(&agent(offers), taken);
        let names: Vec<_> = services.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names, expected);
        let membership = agent.state.membership().unwrap();
        let ids: HashSet<_> = membership.services.values().copied().collect();
        assert_eq!(ids, services.iter().map(|s| s.id).collect());
        assert!(matches!(
            agent.state,
            AgentState::Managed {
                confirmed: false,
                ..
            }
        ));
    }
}

#[test]
fn a_later_offer_gets_a_service_of_its_own_and_no_other_changes() {
    let (mut agent, services) = adopted(&agent(&["neuron"]), &[]);
    agent.facts.offers = vec![offer("red")];
    let membership = agent.state.membership().unwrap().clone();
    let more = missing_services(&agent, &membership, HashSet::from([name("Pump")]), NOW);
    assert_eq!(more.len(), 1);
    assert_eq!(more[0].name.as_str(), "Pump red");
    assert_eq!(membership.services.len(), services.len());
}

#[test]
fn one_agent_has_at_most_64_services() {
    let offers: Vec<String> = (0..100).map(|i| format!("o{i}")).collect();
    let offers: Vec<&str> = offers.iter().map(String::as_str).collect();
    let (mut agent, services) = adopted(&agent(&offers), &[]);
    assert_eq!(services.len(), MAX_OFFERS);
    agent.facts.offers = vec![offer("late")];
    let membership = agent.state.membership().unwrap();
    assert_eq!(
        missing_services(&agent, membership, HashSet::new(), NOW),
        []
    );
}

#[test]
fn adopt_release_delete_in_every_state() {
    let unmanaged = agent(&["neuron"]);
    let (managed, _) = adopted(&unmanaged, &[]);
    let released = release(&managed).unwrap();
    assert_eq!(released.state, AgentState::Released);

    let again = |agent: &Agent| {
        adopt(
            agent,
            name("Other"),
            OrganisationId::generate(),
            ProjectId::generate(),
            HashSet::new(),
            NOW,
        )
        .map(|_| ())
    };
    assert_eq!(again(&unmanaged), Ok(()));
    assert_eq!(again(&released), Ok(()));
    assert_eq!(
        again(&managed),
        Err(AdoptRefusal::AlreadyManaged(name("Pump")))
    );

    assert_eq!(release(&unmanaged), Err(ReleaseRefusal::NotManaged));
    assert_eq!(release(&released), Err(ReleaseRefusal::NotManaged));

    assert_eq!(may_delete(&unmanaged), Ok(()));
    assert_eq!(may_delete(&released), Ok(()));
    assert_eq!(
        may_delete(&managed),
        Err(DeleteRefusal::Managed(name("Pump")))
    );
}

#[test]
fn the_next_step_for_every_pair() {
    let (managed, _) = adopted(&agent(&["neuron"]), &[]);
    let membership = managed.state.membership().unwrap().clone();
    let confirmed = AgentState::Managed {
        membership: membership.clone(),
        confirmed: true,
    };
    let mut other = membership.clone();
    other.name = name("Other");
    let mut fewer = membership.clone();
    fewer.services.clear();
    let adopt = || Step::SendAdopt(membership.clone());

    for (recorded, reported, expected) in [
        (&AgentState::Unmanaged, None, Step::Nothing),
        (&AgentState::Unmanaged, Some(&other), Step::SendRelease),
        (&AgentState::Released, None, Step::MarkConfirmed),
        (&AgentState::Released, Some(&other), Step::SendRelease),
        (&managed.state, None, adopt()),
        (&managed.state, Some(&other), adopt()),
        (&managed.state, Some(&fewer), adopt()),
        (&managed.state, Some(&membership), Step::MarkConfirmed),
        (&confirmed, None, adopt()),
        (&confirmed, Some(&other), adopt()),
        (&confirmed, Some(&membership), Step::Nothing),
    ] {
        assert_eq!(
            next_step(recorded, reported),
            expected,
            "{recorded:?} {reported:?}"
        );
    }
}

#[test]
fn settling_records_what_the_report_means() {
    let (managed, _) = adopted(&agent(&["neuron"]), &[]);
    let membership = managed.state.membership().unwrap().clone();
    let confirmed = AgentState::Managed {
        membership: membership.clone(),
        confirmed: true,
    };
    let unconfirmed = managed.state;
    let adopt = || Step::SendAdopt(membership.clone());
    let (unmanaged, released) = (AgentState::Unmanaged, AgentState::Released);

    for (recorded, reported, then, step) in [
        (&unmanaged, None, &unmanaged, Step::Nothing),
        (&unmanaged, Some(&membership), &released, Step::SendRelease),
        (&released, None, &unmanaged, Step::Nothing),
        (&released, Some(&membership), &released, Step::SendRelease),
        (&unconfirmed, None, &unconfirmed, adopt()),
        (&unconfirmed, Some(&membership), &confirmed, Step::Nothing),
        (&confirmed, None, &unconfirmed, adopt()),
        (&confirmed, Some(&membership), &confirmed, Step::Nothing),
    ] {
        assert_eq!(settle(recorded, reported), (then.clone(), step));
    }
}

#[test]
fn a_host_name_becomes_a_name() {
    for (hostname, expected) in [
        ("gw-7.example.com", Some("gw-7-example-com")),
        (" gw ", Some("gw")),
        ("", None),
        ("   ", None),
    ] {
        let found = name_from_hostname(hostname);
        assert_eq!(found.as_ref().map(Name::as_str), expected, "{hostname:?}");
    }
    let cut = name_from_hostname(&"x".repeat(80)).unwrap();
    assert_eq!(cut.as_str().len(), 50);
}

#[test]
fn a_transferred_agent_is_to_be_told_and_its_services_keep_their_names_where_they_can() {
    let waiting = agent(&["neuron", "red"]);
    let (agent, services) = adopted(&waiting, &[]);
    let told = Agent {
        state: AgentState::Managed {
            membership: agent.state.membership().unwrap().clone(),
            confirmed: true,
        },
        ..agent
    };
    let (organisation, project) = (OrganisationId::generate(), ProjectId::generate());
    let taken = HashSet::from([name("Pump neuron"), name("Pump neuron 2")]);
    let (moved, moved_services) = transfer(&told, &services, organisation, project, taken).unwrap();
    let AgentState::Managed {
        membership,
        confirmed: false,
    } = &moved.state
    else {
        panic!("{:?}", moved.state)
    };
    assert_eq!(membership.organisation, organisation);
    assert_eq!(membership.project, project);
    assert_eq!(membership.name, name("Pump"));
    let names: Vec<_> = moved_services.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names, ["Pump neuron 3", "Pump red"]);
    for (before, after) in services.iter().zip(&moved_services) {
        assert_eq!(after.id, before.id);
        assert_eq!((after.organisation, after.project), (organisation, project));
    }
    let refused = transfer(&waiting, &[], organisation, project, HashSet::new());
    assert_eq!(refused, None);
}
