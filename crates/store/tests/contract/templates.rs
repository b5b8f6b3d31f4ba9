use std::collections::BTreeSet;

use edgeward_domain::access::Visible;
use edgeward_ids::{ProjectId, TemplateId};
use edgeward_store::{
    MAX_TEMPLATES, MAX_VERSIONS, NewTemplate, NewVersion, Slice, Template, TemplateFilter,
    TemplateRefusal, TemplateVersion, UnknownTemplate, VersionRefusal,
};

use crate::support::{Bench, NOW, by, later, name, refusal};

crate::on_both!(
    a_template_has_versions,
    names_are_unique_in_a_project,
    of_two_at_the_same_moment_one_gets_the_name,
    versions_at_the_same_moment_get_a_number_each,
    templates_are_found,
    what_is_deleted_is_gone,
    a_project_takes_its_templates_along,
    a_project_has_only_so_many,
    a_template_has_only_so_many_versions,
);

fn version(text: &str) -> NewVersion {
    NewVersion {
        extent: "part".into(),
        text: text.into(),
        note: format!("why {text}"),
    }
}

fn new(project: ProjectId, text: &str) -> NewTemplate {
    NewTemplate {
        id: TemplateId::generate(),
        project,
        name: name(text),
        kind: "neuron".into(),
        description: format!("{text} in hall 3"),
        first: version("first"),
    }
}

async fn add(bench: &Bench, new: NewTemplate) -> Template {
    let templates = bench.store.templates();
    templates.add_template(new, &by(), NOW).await.unwrap()
}

async fn names(bench: &Bench, filter: TemplateFilter) -> Vec<String> {
    let page = bench.store.templates();
    let page = page.templates(&filter, Slice::FIRST).await.unwrap();
    assert_eq!(page.total, page.items.len() as u64);
    let names = page.items.iter().map(|template| template.name.to_string());
    names.collect()
}

async fn a_template_has_versions(bench: &Bench) {
    let (organisation, project) = bench.project("plant").await;
    let templates = bench.store.templates();
    let new = new(project, "line");
    let made = add(bench, new.clone()).await;
    let expected = Template {
        id: new.id,
        project,
        organisation,
        name: new.name,
        kind: new.kind,
        description: new.description,
        created_at: NOW,
        created_by: "a case".into(),
        newest: 1,
        changed_at: NOW,
    };
    assert_eq!(made, expected);
    let after = templates
        .add_version(made.id, version("second"), &by(), later(5))
        .await
        .unwrap();
    let expected = Template {
        newest: 2,
        changed_at: later(5),
        ..expected
    };
    assert_eq!(after, expected);
    assert_eq!(templates.template(made.id).await.unwrap(), Some(expected));

    let first = templates.version(made.id, 1).await.unwrap().unwrap();
    let expected = TemplateVersion {
        number: 1,
        extent: "part".into(),
        text: "first".into(),
        note: "why first".into(),
        created_at: NOW,
        created_by: "a case".into(),
    };
    assert_eq!(first, expected);
    let second = templates.version(made.id, 2).await.unwrap().unwrap();
    assert_eq!(
        (second.text.as_str(), second.created_at),
        ("second", later(5))
    );
    for nothing in [0, 3, u32::MAX] {
        assert_eq!(templates.version(made.id, nothing).await.unwrap(), None);
    }
    let versions = templates.versions(made.id).await.unwrap();
    let said: Vec<_> = versions
        .iter()
        .map(|version| (version.number, version.note.as_str(), version.created_at))
        .collect();
    assert_eq!(said, [(2, "why second", later(5)), (1, "why first", NOW)]);

    let nobody = TemplateId::generate();
    let refused = templates
        .add_version(nobody, version("x"), &by(), NOW)
        .await;
    assert_eq!(refusal(refused), VersionRefusal::Unknown);
    assert_eq!(templates.template(nobody).await.unwrap(), None);
    assert_eq!(templates.versions(nobody).await.unwrap(), []);

    let said = bench.said().await;
    let [create, add] = &said[said.len() - 2..] else {
        panic!("{said:?}")
    };
    assert_eq!(create.action, "template.create");
    assert_eq!(create.object_id, Some(made.id.to_string()));
    assert_eq!(
        (create.organisation, create.project),
        (Some(organisation), Some(project))
    );
    assert_eq!(add.action, "template.add_version");
    assert_eq!(add.before.as_deref(), Some(r#"{"version":1}"#));
    assert!(!format!("{said:?}").contains("text"), "{said:?}");
}

async fn names_are_unique_in_a_project(bench: &Bench) {
    let (_, project) = bench.project("plant").await;
    let (_, other) = bench.project("office").await;
    let templates = bench.store.templates();
    add(bench, new(project, "line")).await;
    let refused = templates
        .add_template(new(project, "line"), &by(), NOW)
        .await;
    assert_eq!(refusal(refused), TemplateRefusal::NameTaken);
    add(bench, new(other, "line")).await;
    let nowhere = new(ProjectId::generate(), "line");
    let refused = templates.add_template(nowhere, &by(), NOW).await;
    assert_eq!(refusal(refused), TemplateRefusal::UnknownProject);
}

async fn of_two_at_the_same_moment_one_gets_the_name(bench: &Bench) {
    let (_, project) = bench.project("plant").await;
    bench.warm_up().await;
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let templates = bench.store.templates();
            tokio::spawn(async move {
                templates
                    .add_template(new(project, "line"), &by(), NOW)
                    .await
            })
        })
        .collect();
    let mut made = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => made += 1,
            refused => assert_eq!(refusal(refused), TemplateRefusal::NameTaken),
        }
    }
    assert_eq!(made, 1);
}

async fn versions_at_the_same_moment_get_a_number_each(bench: &Bench) {
    let (_, project) = bench.project("plant").await;
    let id = add(bench, new(project, "line")).await.id;
    bench.warm_up().await;
    let tasks: Vec<_> = (0..8)
        .map(|place| {
            let templates = bench.store.templates();
            let version = version(&place.to_string());
            tokio::spawn(async move { templates.add_version(id, version, &by(), NOW).await })
        })
        .collect();
    let mut numbers = BTreeSet::new();
    for task in tasks {
        numbers.insert(task.await.unwrap().unwrap().newest);
    }
    assert_eq!(numbers, (2..=9).collect());
    let templates = bench.store.templates();
    assert_eq!(templates.versions(id).await.unwrap().len(), 9);
    bench.check().await;
}

async fn templates_are_found(bench: &Bench) {
    let (plant, halls) = bench.project("plant").await;
    let (office, desks) = bench.project("office").await;
    for text in ["b", "a", "Z"] {
        add(bench, new(halls, text)).await;
    }
    let other = NewTemplate {
        kind: "ekuiper".into(),
        description: "100% ÜBER".into(),
        ..new(desks, "c")
    };
    add(bench, other).await;
    let all = || TemplateFilter::new(Visible::Everything);
    assert_eq!(names(bench, all()).await, ["Z", "a", "b", "c"]);
    let of = |organisation, project| TemplateFilter {
        organisation,
        project,
        ..all()
    };
    assert_eq!(names(bench, of(Some(plant), None)).await, ["Z", "a", "b"]);
    assert_eq!(names(bench, of(None, Some(desks))).await, ["c"]);
    assert_eq!(names(bench, of(Some(plant), Some(desks))).await, [""; 0]);
    let kind = TemplateFilter {
        kind: Some("ekuiper".into()),
        ..all()
    };
    assert_eq!(names(bench, kind).await, ["c"]);
    for (text, expected) in [
        ("über", &["c"][..]),
        ("0%", &["c"]),
        ("Neuron", &["Z", "a", "b"]),
        ("z", &["Z"]),
        ("_", &[]),
    ] {
        let filter = TemplateFilter {
            text: Some(text.into()),
            ..all()
        };
        assert_eq!(names(bench, filter).await, expected, "{text}");
    }
    let only = |organisations: &[_], projects: &[_]| {
        TemplateFilter::new(Visible::Only {
            organisations: organisations.iter().copied().collect(),
            projects: projects.iter().copied().collect(),
        })
    };
    assert_eq!(names(bench, only(&[office], &[])).await, ["c"]);
    assert_eq!(names(bench, only(&[], &[halls])).await, ["Z", "a", "b"]);
    assert_eq!(names(bench, only(&[], &[])).await, [""; 0]);
    let slice = Slice {
        offset: 1,
        limit: 2,
    };
    let page = bench.store.templates();
    let page = page.templates(&all(), slice).await.unwrap();
    let part: Vec<_> = page.items.iter().map(|one| one.name.as_str()).collect();
    assert_eq!((part, page.total), (vec!["a", "b"], 4));
}

async fn what_is_deleted_is_gone(bench: &Bench) {
    let (_, project) = bench.project("plant").await;
    let templates = bench.store.templates();
    let made = add(bench, new(project, "line")).await;
    let gone = templates.remove_template(made.id, &by(), NOW).await;
    assert_eq!(gone.unwrap(), made);
    assert_eq!(templates.template(made.id).await.unwrap(), None);
    assert_eq!(templates.version(made.id, 1).await.unwrap(), None);
    assert_eq!(bench.actions().await.last().unwrap(), "template.delete");
    let again = templates.remove_template(made.id, &by(), NOW).await;
    assert_eq!(refusal(again), UnknownTemplate);
    add(bench, new(project, "line")).await;
}

async fn a_project_takes_its_templates_along(bench: &Bench) {
    let (_, project) = bench.project("plant").await;
    let made = add(bench, new(project, "line")).await;
    let organisations = bench.store.organisations();
    let deleted = organisations.delete_project(project, &by(), NOW).await;
    deleted.unwrap();
    let templates = bench.store.templates();
    assert_eq!(templates.template(made.id).await.unwrap(), None);
    assert_eq!(templates.versions(made.id).await.unwrap(), []);
}

async fn a_project_has_only_so_many(bench: &Bench) {
    let (_, project) = bench.project("plant").await;
    let (_, other) = bench.project("office").await;
    for number in 0..MAX_TEMPLATES {
        add(bench, new(project, &format!("t{number}"))).await;
    }
    let templates = bench.store.templates();
    let refused = templates
        .add_template(new(project, "more"), &by(), NOW)
        .await;
    assert_eq!(refusal(refused), TemplateRefusal::TooMany);
    add(bench, new(other, "more")).await;
}

async fn a_template_has_only_so_many_versions(bench: &Bench) {
    let (_, project) = bench.project("plant").await;
    let id = add(bench, new(project, "line")).await.id;
    let templates = bench.store.templates();
    for _ in 1..MAX_VERSIONS {
        let added = templates.add_version(id, version("x"), &by(), NOW).await;
        added.unwrap();
    }
    let refused = templates.add_version(id, version("x"), &by(), NOW).await;
    assert_eq!(refusal(refused), VersionRefusal::TooMany);
    let found = templates.template(id).await.unwrap().unwrap();
    assert_eq!(found.newest, MAX_VERSIONS);
}
