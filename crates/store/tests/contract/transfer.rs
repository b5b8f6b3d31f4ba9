use edgeward_domain::access::{Grants, OrganisationRole, ProjectRole, Visible};
use edgeward_domain::agent::{AgentState, Step, TransferRefusal};
use edgeward_domain::token::JoinToken;
use edgeward_ids::{AgentId, OrganisationId, ProjectId};
use edgeward_store::{Homes, ServiceFilter, Slice, TokenRefusal};

use crate::support::{
    BY_NAME, Bench, NOW, by, every_service, hello, in_organisation, in_project, name, new_agent,
    refusal, token,
};

crate::on_both!(
    agents_move_with_their_services_and_are_told_again,
    taken_names_get_a_number,
    all_of_them_move_or_none,
    a_token_for_an_organisation_lets_agents_wait_there,
    tokens_are_listed_where_they_may_be_seen,
    a_token_needs_an_organisation_that_exists,
    homes_are_where_one_may_look_at_members,
);

async fn services_of(bench: &Bench, project: ProjectId) -> Vec<String> {
    let filter = ServiceFilter {
        project: Some(project),
        ..every_service()
    };
    let services = bench.store.services();
    let page = services
        .services(&filter, BY_NAME, Slice::FIRST)
        .await
        .unwrap();
    page.items
        .iter()
        .map(|view| view.service.name.to_string())
        .collect()
}

async fn agents_move_with_their_services_and_are_told_again(bench: &Bench) {
    let (one, two) = (bench.project("one").await, bench.project("two").await);
    let agent = bench.managed("gw", &["x", "y"], one).await;
    let agents = bench.store.agents();
    let membership = agent.state.membership().unwrap().clone();
    agents
        .confirm_membership(agent.id, Some(&membership), NOW)
        .await
        .unwrap();

    let moved = agents
        .transfer_agents(&[agent.id], two.1, &by(), NOW)
        .await
        .unwrap();
    assert_eq!(moved.len(), 1);
    assert_eq!((moved[0].from, &moved[0].renamed), (one.1, &vec![]));
    let view = bench.view(agent.id).await.unwrap();
    assert_eq!(view.agent, moved[0].agent);
    assert_eq!(view.place.unwrap().project, name("two"));
    let AgentState::Managed {
        membership: after,
        confirmed: false,
    } = &view.agent.state
    else {
        panic!("{:?}", view.agent.state)
    };
    assert_eq!((after.organisation, after.project), two);
    assert_eq!(
        after.services, membership.services,
        "the services are the same ones"
    );
    assert_eq!(services_of(bench, one.1).await, [""; 0]);
    assert_eq!(services_of(bench, two.1).await, ["gw x", "gw y"]);
    let outcome = agents
        .record_hello(agent.id, hello(&agent, Some(&membership)), NOW)
        .await
        .unwrap();
    assert_eq!(outcome.step, Step::SendAdopt(after.clone()));

    let again = agents
        .transfer_agents(&[agent.id], two.1, &by(), NOW)
        .await
        .unwrap();
    assert_eq!(again, []);
    let said = bench.said().await;
    let said = said.iter().filter(|entry| entry.action == "agent.transfer");
    let places: Vec<_> = said
        .map(|entry| (entry.organisation, entry.project))
        .collect();
    assert_eq!(
        places,
        [(Some(one.0), Some(one.1)), (Some(two.0), Some(two.1))]
    );
}

async fn taken_names_get_a_number(bench: &Bench) {
    let (one, two) = (bench.project("one").await, bench.project("two").await);
    bench.managed("gw", &["x"], two).await;
    let a = bench.managed("gw", &["x"], one).await;
    let b = bench.managed("gw", &["x"], one).await;
    let agents = bench.store.agents();
    let moved = agents
        .transfer_agents(&[b.id, a.id, a.id], two.1, &by(), NOW)
        .await
        .unwrap();
    assert_eq!(services_of(bench, two.1).await, ["gw", "gw 2", "gw 3"]);
    let renamed: Vec<_> = moved.iter().flat_map(|moved| &moved.renamed).collect();
    let service = *a
        .state
        .membership()
        .unwrap()
        .services
        .values()
        .next()
        .unwrap();
    // "gw 2" was free when the second one came, which had that name: it got another since the first took it.
    assert_eq!(renamed[0], &(service, name("gw"), name("gw 2")));
    let text = ServiceFilter {
        text: Some("gw 3".into()),
        ..every_service()
    };
    let found = bench
        .store
        .services()
        .services(&text, BY_NAME, Slice::FIRST)
        .await
        .unwrap();
    assert_eq!(found.total, 1, "found under its new name");
}

async fn all_of_them_move_or_none(bench: &Bench) {
    let (one, two) = (bench.project("one").await, bench.project("two").await);
    let agent = bench.managed("gw", &["x"], one).await.id;
    let waiting = bench.unmanaged("u", &[]).await.id;
    let agents = bench.store.agents();
    let nobody = AgentId::generate();
    let many: Vec<_> = (0..1001).map(|_| AgentId::generate()).collect();
    for (ids, to, expected) in [
        (
            &[agent, waiting][..],
            two.1,
            TransferRefusal::NotManaged(waiting),
        ),
        (
            &[agent, nobody],
            two.1,
            TransferRefusal::UnknownAgent(nobody),
        ),
        (&many, two.1, TransferRefusal::TooMany(1001)),
    ] {
        let refused = agents.transfer_agents(ids, to, &by(), NOW).await;
        assert_eq!(refusal(refused), expected);
    }
    let nowhere = agents
        .transfer_agents(&[agent], ProjectId::generate(), &by(), NOW)
        .await;
    assert_eq!(refusal(nowhere), TransferRefusal::UnknownProject);
    assert_eq!(services_of(bench, one.1).await, ["gw"]);
}

async fn a_token_for_an_organisation_lets_agents_wait_there(bench: &Bench) {
    let place = bench.project("plant").await;
    let waiting = JoinToken {
        organisation: Some(place.0),
        ..token(1)
    };
    bench
        .store
        .tokens()
        .create_token(waiting, "t", &by(), NOW)
        .await
        .unwrap();
    let agents = bench.store.agents();
    let agent = agents
        .enrol_with_token("t", new_agent("gw", &["x"]), NOW)
        .await
        .unwrap();
    assert_eq!(agent.state, AgentState::Unmanaged);
    let home = bench.view(agent.id).await.unwrap().home.unwrap();
    assert_eq!((home.organisation, home.name), (place.0, name("plant")));
    let adopted = agents
        .adopt(agent.id, name("gw"), place.0, place.1, &by(), NOW)
        .await
        .unwrap();
    assert_eq!(adopted.home, None);
    let said = bench.said().await;
    let [.., enrolled, adopted] = said.as_slice() else {
        panic!("{said:?}")
    };
    assert_eq!(
        (enrolled.action.as_str(), enrolled.organisation),
        ("agent.enrol", Some(place.0))
    );
    assert_eq!(enrolled.by.author.id, Some(agent.id.as_uuid()));
    assert_eq!(
        (adopted.action.as_str(), adopted.project),
        ("agent.adopt", Some(place.1))
    );
    assert_eq!(adopted.by, by());
}

async fn tokens_are_listed_where_they_may_be_seen(bench: &Bench) {
    let (one, two) = (bench.project("one").await, bench.project("two").await);
    let adopting = bench.token("a", 1, Some(one.1)).await;
    assert_eq!(adopting.organisation, Some(one.0));
    let waiting = JoinToken {
        organisation: Some(two.0),
        ..token(1)
    };
    let tokens = bench.store.tokens();
    let waiting = tokens.create_token(waiting, "b", &by(), NOW).await.unwrap();
    let nowhere = bench.token("c", 1, None).await;
    assert_eq!(
        tokens.token(waiting.id).await.unwrap().as_ref(),
        Some(&waiting)
    );
    let only = |organisations: &[_], projects: &[_]| Visible::Only {
        organisations: organisations.iter().copied().collect(),
        projects: projects.iter().copied().collect(),
    };
    let of = |ids: &[OrganisationId]| Homes::Of(ids.iter().copied().collect());
    for (visible, homes, expected) in [
        (
            Visible::Everything,
            Homes::Everything,
            vec![&nowhere, &waiting, &adopting],
        ),
        (only(&[], &[one.1]), of(&[]), vec![&adopting]),
        (only(&[one.0], &[]), of(&[two.0]), vec![&waiting, &adopting]),
        (only(&[two.0], &[]), of(&[one.0]), vec![]),
    ] {
        let found = tokens.tokens(&visible, &homes).await.unwrap();
        assert_eq!(found.iter().collect::<Vec<_>>(), expected);
    }
}

async fn a_token_needs_an_organisation_that_exists(bench: &Bench) {
    let lost = JoinToken {
        organisation: Some(OrganisationId::generate()),
        ..token(1)
    };
    let refused = bench
        .store
        .tokens()
        .create_token(lost, "a", &by(), NOW)
        .await;
    assert_eq!(refusal(refused), TokenRefusal::UnknownOrganisation);
}

async fn homes_are_where_one_may_look_at_members(_: &Bench) {
    let (a, b, c) = (
        OrganisationId::generate(),
        OrganisationId::generate(),
        OrganisationId::generate(),
    );
    let grants = Grants::new(
        false,
        [
            in_organisation(a, OrganisationRole::Admin),
            in_project((b, ProjectId::generate()), ProjectRole::Admin),
            in_organisation(c, OrganisationRole::Viewer),
        ],
    );
    let homes = Homes::seen_with(&grants);
    assert_eq!(homes, Homes::Of([a, b].into()));
    assert!(homes.contains(Some(a)) && !homes.contains(Some(c)) && !homes.contains(None));
    let all = Homes::seen_with(&Grants::system_admin());
    assert!(all == Homes::Everything && all.contains(None));
}
