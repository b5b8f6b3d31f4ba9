use std::collections::BTreeSet;

use edgeward_domain::access::Visible;
use edgeward_domain::selection::Tag;
use edgeward_domain::service::{TagLimits, TagRefusal};
use edgeward_ids::ServiceId;
use edgeward_store::{
    AddRefusal, ChangeRefusal, NewDirect, RetagRefusal, Retagging, ServiceChange, ServiceFilter,
    ServiceWay, Tagging,
};

use super::{add, change, names, new, of_agent, view};
use crate::support::{Bench, by, every_service, later, refusal};

crate::on_both!(
    a_service_has_the_tags_that_it_was_given_last,
    there_are_only_so_many_tags,
    many_services_get_tags_each_by_itself,
    many_are_told_of_together,
    tags_are_counted_where_they_may_be_seen,
    services_are_found_by_kind_way_authentication_tag_and_id,
    what_could_not_be_done_is_known_before,
);

const FEW: TagLimits = TagLimits {
    max_chars: 64,
    per_service: 2,
    per_project: 3,
};

fn tags(words: &[&str]) -> BTreeSet<Tag> {
    words.iter().map(|word| word.parse().unwrap()).collect()
}

fn tagging(words: &[&str], limits: TagLimits) -> Tagging {
    Tagging {
        tags: tags(words),
        limits,
    }
}

/// In place of those that it has.
fn tagged(words: &[&str]) -> ServiceChange {
    ServiceChange {
        tagging: Some(tagging(words, FEW)),
        ..ServiceChange::default()
    }
}

async fn a_service_has_the_tags_that_it_was_given_last(bench: &Bench) {
    let place = bench.project("plant").await;
    let wanted = NewDirect {
        tagging: tagging(&["line-3", "hall"], FEW),
        ..new(place.1, "Pump", "pump:7000")
    };
    let id = add(bench, wanted).await;
    assert_eq!(view(bench, id).await.tags, tags(&["hall", "line-3"]));
    let listed = bench.store.services().direct_services(None, 1).await;
    assert_eq!(listed.unwrap(), [view(bench, id).await]);
    let (_, of_agent) = of_agent(bench, "gw", place).await;
    for id in [id, of_agent] {
        change(bench, id, tagged(&["a", "line-3"])).await;
        assert_eq!(view(bench, id).await.tags, tags(&["a", "line-3"]));
        let nothing_said = change(bench, id, ServiceChange::default()).await;
        assert_eq!(nothing_said.tags, tags(&["a", "line-3"]));
    }
    let said = bench.said().await;
    let entry = said.iter().rfind(|entry| entry.action == "service.change");
    assert!(entry.unwrap().after.as_deref().unwrap().contains("line-3"));
    assert!(!entry.unwrap().before.as_deref().unwrap().contains("line-3"));
    let unchanged = bench.said().await.len();
    change(bench, id, tagged(&["line-3", "a"])).await;
    assert_eq!(bench.said().await.len(), unchanged, "nothing was changed");
    assert_eq!(change(bench, id, tagged(&[])).await.tags, tags(&[]));

    // What is gone takes its tags along.
    let services = bench.store.services();
    services.remove_direct(id, &by(), later(1)).await.unwrap();
    let left = services
        .service_tags(None, None, &Visible::Everything)
        .await;
    let left: Vec<_> = left.unwrap();
    assert_eq!(left.len(), 2, "those of the agent's: {left:?}");
    bench.check().await;
}

async fn there_are_only_so_many_tags(bench: &Bench) {
    let (one, two) = (bench.project("one").await, bench.project("two").await);
    let services = bench.store.services();
    let with = |project, text: &str, words: &[&str]| NewDirect {
        tagging: tagging(words, FEW),
        ..new(project, text, &format!("{text}:1"))
    };
    let first = add(bench, with(one.1, "a", &["x", "y"])).await;
    let second = add(bench, with(one.1, "b", &["y", "z"])).await;
    add(bench, with(two.1, "a", &["v", "w"])).await;

    let many = TagRefusal::TooMany { wanted: 3, max: 2 };
    let refused = services
        .add_direct(with(one.1, "c", &["x", "y", "z"]), &by(), later(1))
        .await;
    assert_eq!(refusal(refused), AddRefusal::Tags(many));
    let in_project = TagRefusal::TooManyInProject { wanted: 4, max: 3 };
    let refused = services
        .add_direct(with(one.1, "c", &["v"]), &by(), later(1))
        .await;
    assert_eq!(refusal(refused), AddRefusal::Tags(in_project.clone()));
    let refused = services
        .change_service(second, tagged(&["y", "v"]), &by(), later(1))
        .await;
    // Of its own it gives one back, and the two that others have are still there.
    assert!(refused.is_ok(), "{refused:?}");
    let refused = services
        .change_service(first, tagged(&["w", "u"]), &by(), later(1))
        .await;
    assert_eq!(refusal(refused), ChangeRefusal::Tags(in_project));
    assert_eq!(view(bench, first).await.tags, tags(&["x", "y"]));
    // Nobody else has x, so that another can take its place.
    change(bench, first, tagged(&["w", "y"])).await;

    // What there is too much of can become less, and not more.
    let none = TagLimits {
        per_service: 1,
        per_project: 1,
        ..FEW
    };
    let less = |add: &[&str], remove: &[&str]| Retagging {
        add: tags(add),
        remove: tags(remove),
        limits: none,
    };
    let outcome = services
        .retag(&[second], &less(&["q"], &["y", "v"]), &by(), later(1))
        .await;
    let outcome = outcome.unwrap().pop().unwrap();
    assert!(matches!(outcome, Err(RetagRefusal::Tags(_))), "{outcome:?}");
    let outcome = services
        .retag(&[second], &less(&[], &["y"]), &by(), later(1))
        .await;
    assert_eq!(outcome.unwrap(), [Ok(tags(&["v"]))]);
    bench.check().await;
}

async fn many_services_get_tags_each_by_itself(bench: &Bench) {
    let place = bench.project("plant").await;
    let mut ids = Vec::new();
    for (text, words) in [("a", &["x"][..]), ("b", &["x", "y"]), ("c", &["z", "x"])] {
        let wanted = NewDirect {
            tagging: tagging(words, FEW),
            ..new(place.1, text, &format!("{text}:1"))
        };
        ids.push(add(bench, wanted).await);
    }
    let gone = ServiceId::generate();
    let services = bench.store.services();
    let before = bench.said().await.len();
    let retagging = Retagging {
        add: tags(&["y"]),
        remove: tags(&["z", "y"]),
        limits: FEW,
    };
    let asked = [ids[2], gone, ids[1], ids[0]];
    let outcomes = services.retag(&asked, &retagging, &by(), later(1)).await;
    let expected = [
        Ok(tags(&["x", "y"])),
        Err(RetagRefusal::Unknown),
        Ok(tags(&["x", "y"])),
        Ok(tags(&["x", "y"])),
    ];
    assert_eq!(outcomes.unwrap(), expected);
    for id in ids {
        assert_eq!(view(bench, id).await.tags, tags(&["x", "y"]));
    }
    let said = bench.said().await.split_off(before);
    let told: Vec<_> = said
        .iter()
        .map(|entry| (entry.action.as_str(), entry.object_name.as_str()))
        .collect();
    assert_eq!(told, [("service.tag", "c"), ("service.tag", "a")]);
    assert!(said[0].before.as_deref().unwrap().contains('z'));
    bench.check().await;
}

async fn many_are_told_of_together(bench: &Bench) {
    let place = bench.project("plant").await;
    let mut ids = Vec::new();
    for number in 0..25 {
        let text = format!("s{number}");
        ids.push(add(bench, new(place.1, &text, &format!("{text}:1"))).await);
    }
    let before = bench.said().await.len();
    let retagging = Retagging {
        add: tags(&["x"]),
        ..Retagging::default()
    };
    let services = bench.store.services();
    let outcomes = services.retag(&ids, &retagging, &by(), later(1)).await;
    assert!(outcomes.unwrap().iter().all(Result::is_ok));
    let said = bench.said().await.split_off(before);
    let [entry] = said.as_slice() else {
        panic!("{said:?}");
    };
    assert_eq!(
        (entry.action.as_str(), entry.object_name.as_str()),
        ("service.tag", "plant")
    );
    assert_eq!(
        (entry.organisation, entry.project),
        (Some(place.0), Some(place.1))
    );
    assert!(entry.after.as_deref().unwrap().contains("25"), "{entry:?}");
    bench.check().await;
}

async fn tags_are_counted_where_they_may_be_seen(bench: &Bench) {
    let (one, two) = (bench.project("one").await, bench.project("two").await);
    for (project, text, words) in [
        (one.1, "a", &["x", "y"][..]),
        (one.1, "b", &["y"]),
        (two.1, "c", &["y", "z"]),
        (two.1, "d", &[]),
    ] {
        let wanted = NewDirect {
            tagging: tagging(words, FEW),
            ..new(project, text, &format!("{text}:1"))
        };
        add(bench, wanted).await;
    }
    let counted = async |organisation, project, visible| {
        let services = bench.store.services();
        let found = services.service_tags(organisation, project, &visible).await;
        let words = found.unwrap().into_iter();
        words
            .map(|(tag, count)| format!("{tag} {count}"))
            .collect::<Vec<_>>()
    };
    let everything = || Visible::Everything;
    let two_only = || Visible::Only {
        organisations: BTreeSet::new(),
        projects: BTreeSet::from([two.1]),
    };
    assert_eq!(
        counted(None, None, everything()).await,
        ["x 1", "y 3", "z 1"]
    );
    assert_eq!(
        counted(Some(one.0), None, everything()).await,
        ["x 1", "y 2"]
    );
    assert_eq!(
        counted(None, Some(two.1), everything()).await,
        ["y 1", "z 1"]
    );
    assert_eq!(counted(None, None, two_only()).await, ["y 1", "z 1"]);
    assert_eq!(counted(None, Some(one.1), two_only()).await, [""; 0]);
}

async fn services_are_found_by_kind_way_authentication_tag_and_id(bench: &Bench) {
    let place = bench.project("plant").await;
    let (_, of_agent) = of_agent(bench, "gw", place).await;
    change(bench, of_agent, tagged(&["x"])).await;
    let wanted = NewDirect {
        kind: "NanoMQ".into(),
        authentication: super::basic("admin", "sealed"),
        tagging: tagging(&["x", "y"], FEW),
        ..new(place.1, "a", "a:1")
    };
    let a = add(bench, wanted).await;
    let b = add(bench, new(place.1, "b", "b:1")).await;
    let all = every_service;
    for (filter, expected) in [
        (
            ServiceFilter {
                kind: Some("nanomq".into()),
                ..all()
            },
            &["a"][..],
        ),
        (
            ServiceFilter {
                kind: Some("neuron".into()),
                ..all()
            },
            &["b"],
        ),
        (
            ServiceFilter {
                way: Some(ServiceWay::Direct),
                ..all()
            },
            &["a", "b"],
        ),
        (
            ServiceFilter {
                way: Some(ServiceWay::Agent),
                ..all()
            },
            &["gw"],
        ),
        (
            ServiceFilter {
                authentication: Some("basic"),
                ..all()
            },
            &["a"],
        ),
        (
            ServiceFilter {
                authentication: Some("none"),
                ..all()
            },
            &["b", "gw"],
        ),
        (
            ServiceFilter {
                tag: Some("x".parse().unwrap()),
                ..all()
            },
            &["a", "gw"],
        ),
        (
            ServiceFilter {
                tag: Some("z".parse().unwrap()),
                ..all()
            },
            &[],
        ),
        (
            ServiceFilter {
                ids: Some(vec![b, of_agent, ServiceId::generate()]),
                ..all()
            },
            &["b", "gw"],
        ),
        (
            ServiceFilter {
                ids: Some(Vec::new()),
                ..all()
            },
            &[],
        ),
        (
            ServiceFilter {
                after: Some(a),
                ..all()
            },
            &["b"],
        ),
        (
            ServiceFilter {
                tag: Some("x".parse().unwrap()),
                way: Some(ServiceWay::Direct),
                ..all()
            },
            &["a"],
        ),
    ] {
        let shown = format!("{filter:?}");
        assert_eq!(names(bench, filter).await, expected, "{shown}");
    }
}

async fn what_could_not_be_done_is_known_before(bench: &Bench) {
    let place = bench.project("plant").await;
    let first = add(bench, new(place.1, "Pump", "pump:7000")).await;
    let second = add(bench, new(place.1, "Fan", "fan:7000")).await;
    let services = bench.store.services();
    let said = bench.said().await.len();
    services.could_add(&new(place.1, "c", "c:1")).await.unwrap();
    let refused = services.could_add(&new(place.1, "Pump", "c:1")).await;
    assert_eq!(refusal(refused), AddRefusal::NameTaken);
    let refused = services.could_add(&new(place.1, "c", "fan:7000")).await;
    assert!(matches!(refusal(refused), AddRefusal::AddressTaken(_)));
    let elsewhere = new(edgeward_ids::ProjectId::generate(), "c", "c:1");
    let refused = services.could_add(&elsewhere).await;
    assert_eq!(refusal(refused), AddRefusal::UnknownProject);

    let moved = |address: &str| ServiceChange {
        address: Some(address.parse().unwrap()),
        ..ServiceChange::default()
    };
    services
        .could_change(second, &moved("fan:7000"))
        .await
        .unwrap();
    let refused = services.could_change(second, &moved("pump:7000")).await;
    assert!(matches!(refusal(refused), ChangeRefusal::AddressTaken(_)));
    let refused = services
        .could_change(first, &tagged(&["a", "b", "c"]))
        .await;
    assert!(matches!(refusal(refused), ChangeRefusal::Tags(_)));
    let refused = services
        .could_change(ServiceId::generate(), &moved("x:1"))
        .await;
    assert_eq!(refusal(refused), ChangeRefusal::Unknown);
    assert_eq!(bench.said().await.len(), said);
    assert_eq!(names(bench, every_service()).await, ["Fan", "Pump"]);
}
