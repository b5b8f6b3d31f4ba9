use std::time::Duration;

use edgeward_domain::access::Visible;
use edgeward_domain::twin::{MAX_CHANGES, MAX_DOCUMENT_BYTES, Part, Sections, Twin, WriteRefusal};
use edgeward_ids::AgentId;
use edgeward_store::{DifferingFilter, ReportOutcome, Reported, Wish, WishRefusal};
use serde_json::{Map, Value, json};

use crate::support::{Bench, NOW, by, refusal};

crate::on_both!(
    what_is_reported_is_kept_section_by_section,
    reports_of_one_device_in_one_batch_follow_each_other,
    only_managed_devices_have_twins,
    a_wish_is_merged_or_replaced_and_noted,
    of_two_wishes_that_saw_the_same_version_one_is_refused,
    a_twin_differs_from_the_wish_until_the_device_follows,
    the_oldest_changes_are_forgotten,
    a_released_device_leaves_nothing,
);

fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

fn reported(agent: AgentId, sections: Value) -> Reported {
    Reported {
        agent,
        sections: Sections::new(object(sections)),
        at: NOW,
    }
}

async fn report(bench: &Bench, agent: AgentId, sections: Value) -> ReportOutcome {
    let twins = bench.store.twins();
    let outcomes = twins.record_reported(&[reported(agent, sections)]).await;
    outcomes.unwrap().pop().unwrap()
}

async fn device(bench: &Bench) -> AgentId {
    let place = bench.project("plant").await;
    bench.managed("gw", &[], place).await.id
}

async fn what_is_reported_is_kept_section_by_section(bench: &Bench) {
    let agent = device(bench).await;
    let twins = bench.store.twins();
    assert_eq!(twins.twin(agent).await.unwrap(), Twin::default());
    let first = json!({"os": {"id": "core"}, "snaps": {"gone": {}, "here": {"version": "1", "note": null}}});
    assert_eq!(
        report(bench, agent, first).await,
        ReportOutcome::Written {
            version: 1,
            turned: false
        }
    );
    let second = json!({"snaps": {"here": {"version": "2"}}});
    report(bench, agent, second.clone()).await;
    assert_eq!(report(bench, agent, second).await, ReportOutcome::Same);
    let twin = twins.twin(agent).await.unwrap();
    assert_eq!(twin.reported.version, 2);
    assert_eq!(twin.reported.at, Some(NOW));
    let expected = json!({"os": {"id": "core"}, "snaps": {"here": {"version": "2"}}});
    assert_eq!(twin.reported.value, object(expected));
    let changes = twins.twin_changes(agent, None, None, 10).await.unwrap();
    let seen: Vec<_> = changes.iter().map(|c| (c.version, c.part)).collect();
    assert_eq!(seen, [(2, Part::Reported), (1, Part::Reported)]);
    assert_eq!(
        changes[0].patch,
        json!({"snaps": {"gone": null, "here": {"version": "2"}}})
    );
    let others = twins.twins(&[agent, AgentId::generate()]).await.unwrap();
    assert_eq!(others, [(agent, twin)]);
}

async fn reports_of_one_device_in_one_batch_follow_each_other(bench: &Bench) {
    let agent = device(bench).await;
    let twins = bench.store.twins();
    let large = "x".repeat(MAX_DOCUMENT_BYTES);
    let batch = vec![
        reported(agent, json!({"os": {"id": 1}})),
        reported(agent, json!({"os": {"id": 1}})),
        reported(agent, json!({"os": large})),
        reported(AgentId::generate(), json!({"os": {"id": 1}})),
        reported(agent, json!({"os": {"id": 2}})),
    ];
    let outcomes = twins.record_reported(&batch).await.unwrap();
    assert!(matches!(
        outcomes[..],
        [
            ReportOutcome::Written { version: 1, .. },
            ReportOutcome::Same,
            ReportOutcome::Refused(WriteRefusal::TooLarge { .. }),
            ReportOutcome::NotManaged,
            ReportOutcome::Written { version: 2, .. },
        ]
    ));
    let twin = twins.twin(agent).await.unwrap();
    assert_eq!(twin.reported.value, object(json!({"os": {"id": 2}})));
}

async fn only_managed_devices_have_twins(bench: &Bench) {
    let agent = bench.unmanaged("gw", &[]).await.id;
    assert_eq!(
        report(bench, agent, json!({"os": {}})).await,
        ReportOutcome::NotManaged
    );
    let wish = Wish::Replace(object(json!({"a": 1})));
    let twins = bench.store.twins();
    let refused = twins.wish(agent, wish, None, &by(), NOW).await;
    assert_eq!(refusal(refused), WishRefusal::UnknownDevice);
}

async fn a_wish_is_merged_or_replaced_and_noted(bench: &Bench) {
    let agent = device(bench).await;
    let twins = bench.store.twins();
    let replace = Wish::Replace(object(json!({"snaps": {"a": {"channel": "edge"}}, "b": 1})));
    twins
        .wish(agent, replace, Some(0), &by(), NOW)
        .await
        .unwrap();
    let merge = Wish::Merge(object(
        json!({"b": null, "snaps": {"a": {"config": {"port": 1}}}}),
    ));
    let twin = twins.wish(agent, merge, Some(1), &by(), NOW).await.unwrap();
    let expected = json!({"snaps": {"a": {"channel": "edge", "config": {"port": 1}}}});
    assert_eq!(twin.desired.value, object(expected));
    assert_eq!(twin.desired.version, 2);
    let said = bench.actions().await;
    assert_eq!(said[said.len() - 2..], ["twin.wish", "twin.wish"]);
    let changes = twins
        .twin_changes(agent, Some(Part::Desired), None, 10)
        .await;
    assert_eq!(changes.unwrap()[0].writer, by().author.name);
}

async fn of_two_wishes_that_saw_the_same_version_one_is_refused(bench: &Bench) {
    bench.warm_up().await;
    let agent = device(bench).await;
    let tries: Vec<_> = (0..6)
        .map(|number| {
            let twins = bench.store.twins();
            tokio::spawn(async move {
                let wish = Wish::Replace(object(json!({"number": number})));
                twins.wish(agent, wish, Some(0), &by(), NOW).await
            })
        })
        .collect();
    let mut done = 0;
    for task in tries {
        match task.await.unwrap() {
            Ok(twin) => {
                done += 1;
                assert_eq!(twin.desired.version, 1);
            }
            refused => assert_eq!(
                refusal(refused),
                WishRefusal::Write(WriteRefusal::Conflict {
                    expected: 0,
                    found: 1
                })
            ),
        }
    }
    assert_eq!(done, 1);
}

async fn a_twin_differs_from_the_wish_until_the_device_follows(bench: &Bench) {
    let place = bench.project("plant").await;
    let agent = bench.managed("gw", &[], place).await.id;
    let other = bench.managed("other", &[], place).await.id;
    let twins = bench.store.twins();
    report(bench, agent, json!({"os": {"id": "a"}})).await;
    for id in [agent, other] {
        let wish = Wish::Merge(object(json!({"os": {"id": "b"}})));
        twins.wish(id, wish, None, &by(), NOW).await.unwrap();
    }
    let differing = async |visible: Visible, since| {
        let filter = DifferingFilter {
            organisation: Some(place.0),
            project: Some(place.1),
            visible,
            since,
        };
        let found = twins.differing(&filter).await.unwrap();
        found
            .into_iter()
            .map(|d| d.name.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(differing(Visible::Everything, NOW).await, ["gw", "other"]);
    let before = NOW - Duration::from_micros(1);
    assert!(differing(Visible::Everything, before).await.is_empty());
    let nothing = Visible::Only {
        organisations: Default::default(),
        projects: Default::default(),
    };
    assert!(differing(nothing, NOW).await.is_empty());
    assert_eq!(
        report(bench, agent, json!({"os": {"id": "b", "more": 1}})).await,
        ReportOutcome::Written {
            version: 2,
            turned: true
        }
    );
    assert_eq!(differing(Visible::Everything, NOW).await, ["other"]);
}

async fn the_oldest_changes_are_forgotten(bench: &Bench) {
    let agent = device(bench).await;
    let twins = bench.store.twins();
    let last = MAX_CHANGES + 60;
    let batch: Vec<Reported> = (0..last)
        .map(|number| reported(agent, json!({"os": {"number": number}})))
        .collect();
    twins.record_reported(&batch).await.unwrap();
    let changes = twins.twin_changes(agent, None, None, 10_000).await.unwrap();
    assert_eq!(changes[0].version, last);
    let kept = changes.len() as u64;
    assert!((MAX_CHANGES..MAX_CHANGES + 60).contains(&kept), "{kept}");
}

async fn a_released_device_leaves_nothing(bench: &Bench) {
    let agent = device(bench).await;
    report(bench, agent, json!({"os": {"id": 1}})).await;
    let agents = bench.store.agents();
    agents.release(agent, &by(), NOW).await.unwrap();
    let twins = bench.store.twins();
    assert_eq!(twins.twin(agent).await.unwrap(), Twin::default());
    assert!(
        twins
            .twin_changes(agent, None, None, 10)
            .await
            .unwrap()
            .is_empty()
    );
}
