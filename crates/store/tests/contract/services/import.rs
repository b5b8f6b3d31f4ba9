use std::collections::BTreeSet;

use edgeward_domain::service::{TagLimits, TagRefusal};
use edgeward_ids::ProjectId;
use edgeward_store::{AddRefusal, NewDirect, Tagging};

use super::{add, basic, names, new, view};
use crate::support::{Bench, by, every_service, later, name, refusal};

crate::on_both!(
    of_a_batch_those_are_added_that_can_be,
    a_large_batch_is_one_entry_of_the_log,
    of_two_batches_at_once_one_gets_the_names,
);

async fn of_a_batch_those_are_added_that_can_be(bench: &Bench) {
    let (one, two) = (bench.project("one").await, bench.project("two").await);
    let limits = TagLimits {
        max_chars: 64,
        per_service: 2,
        per_project: 3,
    };
    let with = |words: &[&str], new: NewDirect| NewDirect {
        tagging: Tagging {
            tags: words.iter().map(|word| word.parse().unwrap()).collect(),
            limits,
        },
        ..new
    };
    add(bench, with(&["t0"], new(one.1, "Pump", "pump:7000"))).await;
    add(bench, new(two.1, "a", "a:1")).await;
    let secret = NewDirect {
        authentication: basic("admin", "sealed:1"),
        ..new(one.1, "a", "a:1")
    };
    let good = secret.id;
    let batch = vec![
        with(&["t0", "t1"], secret),
        new(one.1, "Pump", "b:1"),
        new(one.1, "b", "PUMP:7000"),
        // What the batch itself has taken is taken.
        new(one.1, "a", "c:1"),
        new(one.1, "c", "a:1"),
        with(&["t2"], new(one.1, "d", "d:1")),
        with(&["t3"], new(one.1, "e", "e:1")),
        with(&["t0", "t1", "t2"], new(one.1, "f", "f:1")),
        // Another project is not looked at, but the one that is said.
        with(&["t2", "t1"], new(two.1, "g", "g:1")),
    ];
    let services = bench.store.services();
    let imported = services
        .import_direct(one.1, batch, &by(), later(1))
        .await
        .unwrap();
    let in_project = TagRefusal::TooManyInProject { wanted: 4, max: 3 };
    let expected = [
        (1, AddRefusal::NameTaken),
        (2, AddRefusal::AddressTaken(name("Pump"))),
        (3, AddRefusal::NameTaken),
        (4, AddRefusal::AddressTaken(name("a"))),
        (6, AddRefusal::Tags(in_project)),
        (
            7,
            AddRefusal::Tags(TagRefusal::TooMany { wanted: 3, max: 2 }),
        ),
    ];
    assert_eq!((imported.added, imported.refused), (3, expected.to_vec()));
    let added = view(bench, good).await;
    assert_eq!((added.service.organisation, added.service.project), one);
    assert_eq!(added.service.authentication, basic("admin", "sealed:1"));
    assert_eq!(added.tags.len(), 2);
    assert_eq!((added.check, added.agent_name), (None, None));
    let g = edgeward_store::ServiceFilter {
        project: Some(one.1),
        ..every_service()
    };
    assert_eq!(names(bench, g).await, ["Pump", "a", "d", "g"]);
    let said = bench.said().await;
    let told = said.iter().filter(|entry| entry.action == "service.add");
    let told: BTreeSet<_> = told.map(|entry| entry.object_name.as_str()).collect();
    assert_eq!(told, BTreeSet::from(["Pump", "a", "d", "g"]));

    let nowhere = ProjectId::generate();
    let refused = services
        .import_direct(nowhere, vec![new(nowhere, "x", "x:1")], &by(), later(1))
        .await;
    assert_eq!(refusal(refused), AddRefusal::UnknownProject);
    bench.check().await;
}

async fn a_large_batch_is_one_entry_of_the_log(bench: &Bench) {
    let place = bench.project("plant").await;
    let services = bench.store.services();
    // More than one statement has room for.
    let batch = |from: usize| -> Vec<NewDirect> {
        let numbers = from..from + 3000;
        let some =
            numbers.map(|number| new(place.1, &format!("s{number}"), &format!("s{number}:1")));
        some.collect()
    };
    let before = bench.said().await.len();
    let imported = services
        .import_direct(place.1, batch(0), &by(), later(1))
        .await;
    assert_eq!(imported.unwrap().added, 3000);
    let again = services
        .import_direct(place.1, batch(1000), &by(), later(1))
        .await;
    let again = again.unwrap();
    assert_eq!((again.added, again.refused.len()), (1000, 2000));
    let said = bench.said().await.split_off(before);
    let told: Vec<_> = said.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(told, ["service.import"; 2]);
    assert_eq!(said[0].object_name, "plant");
    assert_eq!(
        (said[0].organisation, said[0].project),
        (Some(place.0), Some(place.1))
    );
    assert!(said[0].after.as_deref().unwrap().contains("3000"));
    bench.check().await;
}

async fn of_two_batches_at_once_one_gets_the_names(bench: &Bench) {
    let place = bench.project("plant").await;
    bench.warm_up().await;
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let services = bench.store.services();
            let batch = (0..50)
                .map(|number| new(place.1, &format!("s{number}"), &format!("s{number}:1")))
                .collect();
            tokio::spawn(async move {
                let imported = services
                    .import_direct(place.1, batch, &by(), later(1))
                    .await;
                imported.unwrap().added
            })
        })
        .collect();
    let mut added = Vec::new();
    for task in tasks {
        added.push(task.await.unwrap());
    }
    added.sort_unstable();
    assert_eq!(added, [0, 0, 0, 50]);
    bench.check().await;
}
