use edgeward_domain::rollout::{Change, Counts, MAX_UNDER_WAY, Rollout, State};
use edgeward_ids::{OrganisationId, RolloutId, ServiceId};
use edgeward_store::{
    DeliveryView, RolloutChangeRefusal, RolloutRefusal, Side, Slice, Step, Target,
};

use super::{begin, begun, change, course, due, step, target, targets, view, work};
use crate::support::{Bench, NOW, by, later, name, refusal};

crate::on_both!(
    a_delivery_goes_from_wave_to_wave,
    an_end_is_an_end,
    what_was_before_is_written_down_once,
    of_two_ends_at_the_same_moment_one_counts,
    what_is_paused_begins_nothing,
    what_waits_is_cancelled,
    a_delivery_needs_its_place,
    only_so_many_are_under_way,
);

async fn a_delivery_goes_from_wave_to_wave(bench: &Bench) {
    let (course, ids) = begun(bench, &[("b", 2), ("a", 2), ("z", 1)]).await;
    let id = course.id;
    let store = bench.store.deliveries();
    let found = view(bench, id).await;
    let waiting = |waiting| Counts {
        waiting,
        ..Counts::default()
    };
    assert_eq!(found.standing.waves, [waiting(1), waiting(2)]);
    assert_eq!(
        (found.standing.last_end, found.standing.undo),
        (None, Counts::default())
    );
    assert_eq!((&found.course, found.work), (&course, work()));
    assert_eq!(store.deliveries_going_on().await.unwrap(), [id]);
    assert_eq!(due(bench, id, Side::Doing).await, [""; 0]);
    change(bench, id, Change::BeginWave).await;
    assert_eq!(due(bench, id, Side::Doing).await, ["z"]);
    // Also one that is under way, for whoever was at it may be gone.
    assert!(step(bench, id, ids[2], Side::Doing, Step::UnderWay).await);
    assert_eq!(due(bench, id, Side::Doing).await, ["z"]);
    assert_eq!(view(bench, id).await.standing.waves[0].under_way, 1);
    let failed = store.delivery_step(
        id,
        ids[2],
        Side::Doing,
        Step::Failed,
        None,
        "broken",
        later(7),
    );
    assert!(failed.await.unwrap());
    change(bench, id, Change::BeginWave).await;
    assert_eq!(due(bench, id, Side::Doing).await, ["a", "b"]);
    // Whoever was begun with comes first.
    assert!(step(bench, id, ids[0], Side::Doing, Step::UnderWay).await);
    assert_eq!(due(bench, id, Side::Doing).await, ["b", "a"]);
    assert_eq!(
        store.delivery_due(id, Side::Doing, 1).await.unwrap().len(),
        1
    );
    let standing = view(bench, id).await.standing;
    assert_eq!(standing.waves[0].failed, 1);
    assert_eq!(standing.last_end, Some(later(7)));

    let all = targets(bench, id).await;
    let names: Vec<_> = all.iter().map(|target| target.name.as_str()).collect();
    assert_eq!(names, ["z", "a", "b"]);
    let expected = Target {
        service: ids[2],
        name: name("z"),
        wave: 1,
        values: r#"{"host":"z"}"#.to_owned(),
        step: Step::Failed,
        message: "broken".to_owned(),
        has_before: false,
        changed_at: Some(later(7)),
        undo: None,
        undo_message: String::new(),
    };
    assert_eq!(all[0], expected);
    let failed = store.delivery_targets(id, Some(Step::Failed), Slice::FIRST);
    let failed = failed.await.unwrap();
    assert_eq!((failed.items, failed.total), (vec![expected], 1));

    let words = [
        "delivery.create",
        "delivery.begin_wave",
        "delivery.begin_wave",
    ];
    let said = bench.said().await;
    let mine = &said[said.len() - 3..];
    assert_eq!(
        mine.iter()
            .map(|entry| entry.action.as_str())
            .collect::<Vec<_>>(),
        words
    );
    let created = mine[0].after.as_deref().unwrap();
    assert!(created.contains(r#""services":3"#), "{created}");
    assert!(!created.contains("${host}"), "{created}");
}

async fn an_end_is_an_end(bench: &Bench) {
    let (course, ids) = begun(bench, &[("a", 1)]).await;
    let id = course.id;
    change(bench, id, Change::BeginWave).await;
    assert!(step(bench, id, ids[0], Side::Doing, Step::UnderWay).await);
    // Put back, for the service is away.
    assert!(step(bench, id, ids[0], Side::Doing, Step::Waiting).await);
    assert!(step(bench, id, ids[0], Side::Doing, Step::UnderWay).await);
    assert!(step(bench, id, ids[0], Side::Doing, Step::Done).await);
    for next in Step::ALL {
        assert!(
            !step(bench, id, ids[0], Side::Doing, next).await,
            "{next:?}"
        );
        // Nobody asked for it to be undone.
        assert!(
            !step(bench, id, ids[0], Side::Undoing, next).await,
            "{next:?}"
        );
    }
    assert_eq!(targets(bench, id).await[0].step, Step::Done);
    let nobody = ServiceId::generate();
    assert!(!step(bench, id, nobody, Side::Doing, Step::UnderWay).await);
    let nothing = RolloutId::generate();
    assert!(!step(bench, nothing, ids[0], Side::Doing, Step::UnderWay).await);
    assert_eq!(due(bench, nothing, Side::Doing).await, [""; 0]);
}

async fn what_was_before_is_written_down_once(bench: &Bench) {
    let (course, ids) = begun(bench, &[("a", 1), ("b", 1)]).await;
    let id = course.id;
    let store = bench.store.deliveries();
    change(bench, id, Change::BeginWave).await;
    let great = "x".repeat(16 * 1024 * 1024);
    for before in [None, Some(great.as_str()), Some("what was delivered"), None] {
        let written = store
            .delivery_step(id, ids[0], Side::Doing, Step::UnderWay, before, "", NOW)
            .await;
        assert!(written.unwrap());
    }
    let kept = store.delivery_before(id, ids[0]).await.unwrap();
    assert!(kept == Some(great));
    assert_eq!(store.delivery_before(id, ids[1]).await.unwrap(), None);
    let kept: Vec<_> = targets(bench, id)
        .await
        .iter()
        .map(|one| one.has_before)
        .collect();
    assert_eq!(kept, [true, false]);
}

async fn of_two_ends_at_the_same_moment_one_counts(bench: &Bench) {
    let (course, ids) = begun(bench, &[("a", 1)]).await;
    let (id, service) = (course.id, ids[0]);
    change(bench, id, Change::BeginWave).await;
    bench.warm_up().await;
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let store = bench.store.deliveries();
            tokio::spawn(async move {
                store
                    .delivery_step(
                        id,
                        service,
                        Side::Doing,
                        Step::Done,
                        Some("before"),
                        "",
                        NOW,
                    )
                    .await
            })
        })
        .collect();
    let mut written = 0;
    for task in tasks {
        written += u32::from(task.await.unwrap().unwrap());
    }
    assert_eq!(written, 1);
}

async fn what_is_paused_begins_nothing(bench: &Bench) {
    let (course, ids) = begun(bench, &[("a", 1), ("b", 1)]).await;
    let id = course.id;
    change(bench, id, Change::BeginWave).await;
    assert!(step(bench, id, ids[0], Side::Doing, Step::UnderWay).await);
    change(bench, id, Change::Pause("wait".to_owned())).await;
    let store = bench.store.deliveries();
    assert!(!step(bench, id, ids[1], Side::Doing, Step::UnderWay).await);
    // What is under way goes on, or back.
    assert_eq!(store.deliveries_going_on().await.unwrap(), [id]);
    assert!(step(bench, id, ids[0], Side::Doing, Step::Waiting).await);
    assert_eq!(targets(bench, id).await[0].step, Step::Waiting);
    assert_eq!(store.deliveries_going_on().await.unwrap(), []);
    assert_eq!(view(bench, id).await.course.reason, "wait");
    change(bench, id, Change::Resume).await;
    assert!(step(bench, id, ids[1], Side::Doing, Step::UnderWay).await);
    let said = bench.actions().await;
    assert_eq!(
        said[said.len() - 2..],
        ["delivery.pause", "delivery.resume"]
    );
    let refused = store.change_delivery(id, &Change::Resume, &by(), NOW).await;
    assert!(matches!(refusal(refused), RolloutChangeRefusal::Change(_)));
    let nothing = RolloutId::generate();
    let refused = store
        .change_delivery(nothing, &Change::Resume, &by(), NOW)
        .await;
    assert_eq!(refusal(refused), RolloutChangeRefusal::Unknown);
}

async fn what_waits_is_cancelled(bench: &Bench) {
    let (course, ids) = begun(bench, &[("a", 1), ("b", 1), ("c", 1), ("d", 2)]).await;
    let id = course.id;
    change(bench, id, Change::BeginWave).await;
    for service in &ids[..2] {
        assert!(step(bench, id, *service, Side::Doing, Step::UnderWay).await);
    }
    change(bench, id, Change::Abort).await;
    let standing = view(bench, id).await.standing;
    assert_eq!(
        (standing.waves[0].cancelled, standing.waves[0].under_way),
        (1, 2)
    );
    assert_eq!(standing.waves[1].cancelled, 1);
    // What was under way has its end, and what would wait again never will be done.
    assert!(step(bench, id, ids[0], Side::Doing, Step::Done).await);
    assert!(step(bench, id, ids[1], Side::Doing, Step::Waiting).await);
    let steps: Vec<_> = targets(bench, id)
        .await
        .iter()
        .map(|one| one.step)
        .collect();
    assert_eq!(steps[0], Step::Done);
    assert_eq!(steps[1..], [Step::Cancelled; 3]);
    assert_eq!(view(bench, id).await.course.state, State::Aborted);
}

async fn a_delivery_needs_its_place(bench: &Bench) {
    let place = bench.project("plant").await;
    let other = bench.project("office").await;
    let store = bench.store.deliveries();
    let whole = Rollout {
        project: None,
        ..course(place)
    };
    let nowhere = course((OrganisationId::generate(), place.1));
    for course in [whole, nowhere, course((place.0, other.1))] {
        let refused = store.begin_delivery(&course, &work(), &[], &by()).await;
        assert_eq!(refusal(refused), RolloutRefusal::UnknownPlace);
    }
    let here = course(place);
    begin(bench, &here, &[target("a", 1)]).await;
    let organisations = bench.store.organisations();
    let deleted = organisations.delete_project(place.1, &by(), NOW).await;
    deleted.unwrap();
    assert_eq!(store.delivery(here.id).await.unwrap(), None::<DeliveryView>);
}

async fn only_so_many_are_under_way(bench: &Bench) {
    let place = bench.project("plant").await;
    let mut last = course(place);
    for _ in 0..MAX_UNDER_WAY {
        last = course(place);
        begin(bench, &last, &[]).await;
    }
    let store = bench.store.deliveries();
    let more = course(place);
    let refused = store.begin_delivery(&more, &work(), &[], &by()).await;
    assert_eq!(refusal(refused), RolloutRefusal::TooMany);
    begin(bench, &course(bench.project("office").await), &[]).await;
    change(bench, last.id, Change::Finish).await;
    begin(bench, &more, &[]).await;
}
