use edgeward_domain::access::{Grants, OrganisationRole, ProjectRole};
use edgeward_domain::organisation::{OrganisationRefusal, ProjectRefusal};
use edgeward_domain::token::JoinToken;
use edgeward_ids::{OrganisationId, ProjectId, UserId};
use edgeward_store::{EnrolRefusal, PlaceChange, Slice};

use crate::support::{
    Bench, NOW, by, in_organisation, in_project, name, new_agent, refusal, token,
};

crate::on_both!(
    organisations_show_what_may_be_seen,
    whoever_is_named_becomes_administrator,
    places_are_renamed_and_described,
    an_organisation_with_projects_is_not_deleted,
    a_project_in_use_is_not_deleted,
    what_leads_to_a_place_goes_with_it,
    nobody_is_adopted_into_a_project_that_is_deleted_meanwhile,
);

async fn organisations_show_what_may_be_seen(bench: &Bench) {
    let organisations = bench.store.organisations();
    let one = bench.project("one").await;
    let two = bench.project("two").await;
    let other = organisations
        .create_project(one.0, name("other"), "", &[], &by(), NOW)
        .await;
    let other = other.unwrap().id;
    let seen = async |grants: &Grants| {
        let mut text = String::new();
        for organisation in organisations.organisations(grants).await.unwrap() {
            let alone = organisations
                .organisation(organisation.id, grants)
                .await
                .unwrap();
            assert_eq!(alone.as_ref(), Some(&organisation));
            let projects: Vec<_> = organisation
                .projects
                .iter()
                .map(|p| p.name.as_str())
                .collect();
            text += &format!("{}({})", organisation.name, projects.join(" "));
        }
        text
    };
    let of = |membership| Grants::new(false, [membership]);
    assert_eq!(
        seen(&Grants::system_admin()).await,
        "one(one other)two(two)"
    );
    assert_eq!(seen(&Grants::default()).await, "");
    let member = of(in_organisation(one.0, OrganisationRole::Member));
    assert_eq!(seen(&member).await, "one()");
    let viewer = of(in_organisation(one.0, OrganisationRole::Viewer));
    assert_eq!(seen(&viewer).await, "one(one other)");
    let project = of(in_project((one.0, other), ProjectRole::Viewer));
    assert_eq!(seen(&project).await, "one(other)");
    let hidden = organisations.organisation(two.0, &viewer).await.unwrap();
    assert_eq!(hidden, None);
    let found = organisations.project(other).await.unwrap().unwrap();
    assert_eq!(
        (found.project.organisation, found.organisation_name),
        (one.0, name("one"))
    );
    assert_eq!(
        organisations.project(ProjectId::generate()).await.unwrap(),
        None
    );
}

async fn whoever_is_named_becomes_administrator(bench: &Bench) {
    let organisations = bench.store.organisations();
    let ada = bench.member("ada", &[]).await;
    let made = organisations
        .create_organisation(name("o"), "what\0 it is", &[ada], &by(), NOW)
        .await;
    let made = made.unwrap();
    assert_eq!(made.description, "what it is");
    let project = organisations
        .create_project(made.id, name("p"), "d", &[ada], &by(), NOW)
        .await
        .unwrap();
    let expected = [
        in_organisation(made.id, OrganisationRole::Admin),
        in_project((made.id, project.id), ProjectRole::Admin),
    ];
    assert_eq!(bench.grants(ada).await, Grants::new(false, expected));
    let nobody = UserId::generate();
    let refused = organisations
        .create_organisation(name("q"), "", &[nobody], &by(), NOW)
        .await;
    assert_eq!(refusal(refused), OrganisationRefusal::UnknownUser(nobody));
    let refused = organisations
        .create_project(made.id, name("q"), "", &[nobody], &by(), NOW)
        .await;
    assert_eq!(refusal(refused), ProjectRefusal::UnknownUser(nobody));
    let found = organisations
        .organisations(&Grants::system_admin())
        .await
        .unwrap();
    assert_eq!((found.len(), found[0].projects.len()), (1, 1));
    // A project's first administrator becomes a member of the organisation.
    let bob = bench.member("bob", &[]).await;
    let other = organisations
        .create_project(made.id, name("r"), "", &[bob], &by(), NOW)
        .await
        .unwrap();
    let expected = in_project((made.id, other.id), ProjectRole::Admin);
    assert_eq!(bench.grants(bob).await, Grants::new(false, [expected]));
}

async fn places_are_renamed_and_described(bench: &Bench) {
    let organisations = bench.store.organisations();
    let place = bench.project("one").await;
    bench.project("two").await;
    organisations
        .create_project(place.0, name("other"), "", &[], &by(), NOW)
        .await
        .unwrap();
    let change = |text: &str| PlaceChange {
        name: Some(name(text)),
        description: None,
    };
    let changed = organisations
        .update_organisation(place.0, change("three"), &by(), NOW)
        .await
        .unwrap();
    assert_eq!(
        (changed.name, changed.description.as_str()),
        (name("three"), "")
    );
    let taken = organisations
        .update_organisation(place.0, change("two"), &by(), NOW)
        .await;
    assert_eq!(refusal(taken), OrganisationRefusal::NameTaken);
    let unknown = organisations
        .update_organisation(OrganisationId::generate(), change("x"), &by(), NOW)
        .await;
    assert_eq!(refusal(unknown), OrganisationRefusal::Unknown);

    let described = PlaceChange {
        name: None,
        description: Some("d".into()),
    };
    let changed = organisations
        .update_project(place.1, described, &by(), NOW)
        .await
        .unwrap();
    assert_eq!(
        (&changed.name, changed.description.as_str()),
        (&name("one"), "d")
    );
    let taken = organisations
        .update_project(place.1, change("other"), &by(), NOW)
        .await;
    assert_eq!(refusal(taken), ProjectRefusal::NameTaken);
    let same = organisations
        .update_project(place.1, change("one"), &by(), NOW)
        .await
        .unwrap();
    assert_eq!(same, changed);
    let unknown = organisations
        .update_project(ProjectId::generate(), change("x"), &by(), NOW)
        .await;
    assert_eq!(refusal(unknown), ProjectRefusal::Unknown);

    let found = organisations.project(place.1).await.unwrap().unwrap();
    assert_eq!(
        (found.project, found.organisation_name),
        (changed, name("three"))
    );
    let actions = bench.actions().await;
    let updates: Vec<_> = actions
        .iter()
        .filter(|action| action.ends_with(".update"))
        .collect();
    assert_eq!(updates, ["organisation.update", "project.update"]);
}

async fn an_organisation_with_projects_is_not_deleted(bench: &Bench) {
    let organisations = bench.store.organisations();
    let place = bench.project("one").await;
    let refused = organisations.delete_organisation(place.0, &by(), NOW).await;
    assert_eq!(refusal(refused), OrganisationRefusal::HasProjects(1));
    organisations
        .delete_project(place.1, &by(), NOW)
        .await
        .unwrap();
    organisations
        .delete_organisation(place.0, &by(), NOW)
        .await
        .unwrap();
    let again = organisations.delete_organisation(place.0, &by(), NOW).await;
    assert_eq!(refusal(again), OrganisationRefusal::Unknown);
    let again = organisations.delete_project(place.1, &by(), NOW).await;
    assert_eq!(refusal(again), ProjectRefusal::Unknown);
    let entry = bench.said().await.pop().unwrap();
    assert_eq!(
        (entry.action.as_str(), entry.organisation),
        ("organisation.delete", Some(place.0))
    );
}

async fn a_project_in_use_is_not_deleted(bench: &Bench) {
    let organisations = bench.store.organisations();
    let place = bench.project("one").await;
    let agent = bench.managed("gw", &["x", "y"], place).await.id;
    let refused = organisations.delete_project(place.1, &by(), NOW).await;
    assert_eq!(
        refusal(refused),
        ProjectRefusal::InUse {
            agents: 1,
            services: 2
        }
    );
    bench
        .store
        .agents()
        .release(agent, &by(), NOW)
        .await
        .unwrap();
    let home = bench.view(agent).await.unwrap().home.unwrap();
    assert_eq!((home.organisation, home.name), (place.0, name("one")));
    organisations
        .delete_project(place.1, &by(), NOW)
        .await
        .unwrap();
    organisations
        .delete_organisation(place.0, &by(), NOW)
        .await
        .unwrap();
    assert_eq!(
        bench.view(agent).await.unwrap().home,
        None,
        "waits for the system administrator"
    );
}

async fn what_leads_to_a_place_goes_with_it(bench: &Bench) {
    let organisations = bench.store.organisations();
    let place = bench.project("one").await;
    let memberships = [
        in_project(place, ProjectRole::Admin),
        in_organisation(place.0, OrganisationRole::Admin),
    ];
    let ada = bench.member("ada", &memberships).await;
    bench.token("project", 1, Some(place.1)).await;
    let waiting = JoinToken {
        organisation: Some(place.0),
        ..token(1)
    };
    bench
        .store
        .tokens()
        .create_token(waiting, "organisation", &by(), NOW)
        .await
        .unwrap();
    let enrol = async |hash| {
        let agents = bench.store.agents();
        agents
            .enrol_with_token(hash, new_agent("gw", &[]), NOW)
            .await
    };
    organisations
        .delete_project(place.1, &by(), NOW)
        .await
        .unwrap();
    assert_eq!(refusal(enrol("project").await), EnrolRefusal::UnknownToken);
    let waits = enrol("organisation").await;
    assert!(waits.is_err() || bench.view(waits.unwrap().id).await.unwrap().home.is_some());
    organisations
        .delete_organisation(place.0, &by(), NOW)
        .await
        .unwrap();
    assert_eq!(
        refusal(enrol("organisation").await),
        EnrolRefusal::UnknownToken
    );
    assert_eq!(bench.grants(ada).await, Grants::default());
    let members = bench
        .store
        .members()
        .organisation_members(place.0, None, Slice::FIRST)
        .await;
    assert_eq!(members.unwrap().total, 0);
}

async fn nobody_is_adopted_into_a_project_that_is_deleted_meanwhile(bench: &Bench) {
    bench.warm_up().await;
    for round in 0..10 {
        let place = bench.project(&format!("p{round}")).await;
        bench.token(&format!("t{round}"), 10, Some(place.1)).await;
        let waiting = bench.unmanaged("gw", &["x"]).await.id;
        let joining = {
            let agents = bench.store.agents();
            tokio::spawn(async move {
                let hash = format!("t{round}");
                agents
                    .enrol_with_token(&hash, new_agent("gw", &["x"]), NOW)
                    .await
                    .map(drop)
            })
        };
        let adopting = {
            let agents = bench.store.agents();
            tokio::spawn(async move {
                agents
                    .adopt(waiting, name("gw"), place.0, place.1, &by(), NOW)
                    .await
                    .map(drop)
            })
        };
        let deleted = bench
            .store
            .organisations()
            .delete_project(place.1, &by(), NOW)
            .await;
        let joined = joining.await.unwrap();
        let adopted = adopting.await.unwrap();
        match deleted {
            Ok(()) => {
                assert_eq!(refusal(joined), EnrolRefusal::UnknownToken);
                adopted.unwrap_err().refusal().unwrap();
            }
            Err(error) => {
                assert!(
                    matches!(error.refusal(), Some(ProjectRefusal::InUse { .. })),
                    "{error:?}"
                );
            }
        }
    }
}
