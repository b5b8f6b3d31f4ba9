use edgeward_domain::access::Grants;
use edgeward_domain::organisation::{OrganisationRefusal, ProjectRefusal};
use edgeward_ids::OrganisationId;

use crate::support::{Bench, NOW, by, name, refusal};

crate::on_both!(
    organisations_and_projects_are_listed_by_name,
    names_are_unique_where_they_must_be,
    the_limits_hold,
    of_one_name_at_once_one_organisation_comes,
    the_first_organisation_is_made_once,
);

async fn organisations_and_projects_are_listed_by_name(bench: &Bench) {
    let organisations = bench.store.organisations();
    assert_eq!(
        organisations
            .organisations(&Grants::system_admin())
            .await
            .unwrap(),
        []
    );
    let mut made = Vec::new();
    for text in ["b", "Z", "a"] {
        made.push(
            organisations
                .create_organisation(name(text), "", &[], &by(), NOW)
                .await
                .unwrap(),
        );
    }
    for text in ["y", "X", "z"] {
        organisations
            .create_project(made[0].id, name(text), "", &[], &by(), NOW)
            .await
            .unwrap();
    }
    let found = organisations
        .organisations(&Grants::system_admin())
        .await
        .unwrap();
    let names: Vec<_> = found.iter().map(|o| o.name.as_str()).collect();
    assert_eq!(names, ["Z", "a", "b"]);
    assert_eq!(found[0].projects, []);
    assert_eq!((found[2].id, found[2].created_at), (made[0].id, NOW));
    let projects: Vec<_> = found[2].projects.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(projects, ["X", "y", "z"]);
    assert_eq!(found[2].projects[0].organisation, made[0].id);
}

async fn names_are_unique_where_they_must_be(bench: &Bench) {
    let organisations = bench.store.organisations();
    let one = organisations
        .create_organisation(name("one"), "", &[], &by(), NOW)
        .await
        .unwrap();
    let two = organisations
        .create_organisation(name("two"), "", &[], &by(), NOW)
        .await
        .unwrap();
    let again = organisations
        .create_organisation(name("one"), "", &[], &by(), NOW)
        .await;
    assert_eq!(refusal(again), OrganisationRefusal::NameTaken);

    for organisation in [one.id, two.id] {
        organisations
            .create_project(organisation, name("same"), "", &[], &by(), NOW)
            .await
            .unwrap();
    }
    let again = organisations
        .create_project(one.id, name("same"), "", &[], &by(), NOW)
        .await;
    assert_eq!(refusal(again), ProjectRefusal::NameTaken);
    let nowhere = organisations
        .create_project(OrganisationId::generate(), name("x"), "", &[], &by(), NOW)
        .await;
    assert_eq!(refusal(nowhere), ProjectRefusal::UnknownOrganisation);
}

async fn the_limits_hold(bench: &Bench) {
    let organisations = bench.store.organisations();
    let mut made = Vec::new();
    for number in 0..100 {
        let name = name(&format!("o{number}"));
        made.push(
            organisations
                .create_organisation(name, "", &[], &by(), NOW)
                .await
                .unwrap()
                .id,
        );
    }
    let more = organisations
        .create_organisation(name("more"), "", &[], &by(), NOW)
        .await;
    assert_eq!(refusal(more), OrganisationRefusal::TooMany);

    for organisation in &made[..10] {
        for number in 0..100 {
            let name = name(&format!("p{number}"));
            organisations
                .create_project(*organisation, name, "", &[], &by(), NOW)
                .await
                .unwrap();
        }
    }
    let here = organisations
        .create_project(made[0], name("more"), "", &[], &by(), NOW)
        .await;
    assert_eq!(refusal(here), ProjectRefusal::TooManyInOrganisation);
    let anywhere = organisations
        .create_project(made[50], name("more"), "", &[], &by(), NOW)
        .await;
    assert_eq!(refusal(anywhere), ProjectRefusal::TooMany);
    let found = organisations
        .organisations(&Grants::system_admin())
        .await
        .unwrap();
    let projects: usize = found.iter().map(|o| o.projects.len()).sum();
    assert_eq!((found.len(), projects), (100, 1000));
}

async fn of_one_name_at_once_one_organisation_comes(bench: &Bench) {
    bench.warm_up().await;
    let tries: Vec<_> = (0..8)
        .map(|_| {
            let organisations = bench.store.organisations();
            tokio::spawn(async move {
                organisations
                    .create_organisation(name("one"), "", &[], &by(), NOW)
                    .await
            })
        })
        .collect();
    let mut made = 0;
    for task in tries {
        match task.await.unwrap() {
            Ok(_) => made += 1,
            refused => assert_eq!(refusal(refused), OrganisationRefusal::NameTaken),
        }
    }
    assert_eq!(made, 1);
}

async fn the_first_organisation_is_made_once(bench: &Bench) {
    let organisations = bench.store.organisations();
    assert!(organisations.ensure_default(NOW).await.unwrap());
    assert!(!organisations.ensure_default(NOW).await.unwrap());
    let found = organisations
        .organisations(&Grants::system_admin())
        .await
        .unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].name.as_str(), "Default");
    assert_eq!(found[0].projects.len(), 1);
    assert_eq!(found[0].projects[0].name.as_str(), "Default");
}
