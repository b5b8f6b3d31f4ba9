use edgeward_domain::rollout::{Change, State};
use edgeward_store::{Side, Step};

use super::{begun, change, deliver, due, step, targets, view};
use crate::support::Bench;

crate::on_both!(
    what_was_done_is_undone,
    what_is_done_meanwhile_is_undone_too,
    an_undoing_that_was_aborted_can_be_asked_for_again,
);

async fn what_was_done_is_undone(bench: &Bench) {
    let (course, ids) = begun(bench, &[("a", 1), ("b", 1), ("c", 1), ("d", 1)]).await;
    let id = course.id;
    change(bench, id, Change::BeginWave).await;
    // Of the second there is no way back; the third fails; the fourth waits.
    deliver(bench, id, ids[0], Some("old")).await;
    deliver(bench, id, ids[1], None).await;
    assert!(step(bench, id, ids[2], Side::Doing, Step::Failed).await);
    assert_eq!(due(bench, id, Side::Undoing).await, [""; 0]);
    change(bench, id, Change::Undo).await;
    assert_eq!(due(bench, id, Side::Undoing).await, ["a"]);
    assert_eq!(due(bench, id, Side::Doing).await, [""; 0]);
    let standing = view(bench, id).await.standing;
    assert_eq!((standing.undo.waiting, standing.undo.total()), (1, 1));
    assert_eq!(standing.all().cancelled, 1);
    for other in &ids[1..] {
        assert!(!step(bench, id, *other, Side::Undoing, Step::UnderWay).await);
    }
    assert!(step(bench, id, ids[0], Side::Undoing, Step::UnderWay).await);
    assert_eq!(due(bench, id, Side::Undoing).await, ["a"]);
    let store = bench.store.deliveries();
    assert_eq!(store.deliveries_going_on().await.unwrap(), [id]);
    assert!(step(bench, id, ids[0], Side::Undoing, Step::Done).await);
    assert!(!step(bench, id, ids[0], Side::Undoing, Step::Failed).await);
    let first = &targets(bench, id).await[0];
    assert_eq!((first.step, first.undo), (Step::Done, Some(Step::Done)));
    change(bench, id, Change::Finish).await;
    let found = view(bench, id).await;
    assert_eq!(found.course.state, State::Undone);
    assert_eq!(
        found.course.reason,
        "undone on 1 of 2; on 1 there was no way back"
    );
    assert_eq!(store.deliveries_going_on().await.unwrap(), []);
}

async fn what_is_done_meanwhile_is_undone_too(bench: &Bench) {
    let (course, ids) = begun(bench, &[("a", 1), ("b", 1)]).await;
    let id = course.id;
    change(bench, id, Change::BeginWave).await;
    for service in &ids {
        assert!(step(bench, id, *service, Side::Doing, Step::UnderWay).await);
    }
    change(bench, id, Change::Undo).await;
    // After a crash somebody has to end them.
    assert_eq!(due(bench, id, Side::Doing).await, ["a", "b"]);
    let store = bench.store.deliveries();
    let done = store
        .delivery_step(
            id,
            ids[0],
            Side::Doing,
            Step::Done,
            Some("old"),
            "",
            crate::support::NOW,
        )
        .await;
    assert!(done.unwrap());
    assert!(step(bench, id, ids[1], Side::Doing, Step::Done).await);
    assert_eq!(due(bench, id, Side::Undoing).await, ["a"]);
    let undo: Vec<_> = targets(bench, id)
        .await
        .iter()
        .map(|one| one.undo)
        .collect();
    assert_eq!(undo, [Some(Step::Waiting), None]);
}

async fn an_undoing_that_was_aborted_can_be_asked_for_again(bench: &Bench) {
    let (course, ids) = begun(bench, &[("a", 1), ("b", 1), ("c", 1)]).await;
    let id = course.id;
    change(bench, id, Change::BeginWave).await;
    for service in &ids {
        deliver(bench, id, *service, Some("old")).await;
    }
    change(bench, id, Change::Undo).await;
    assert!(step(bench, id, ids[0], Side::Undoing, Step::Done).await);
    assert!(step(bench, id, ids[1], Side::Undoing, Step::UnderWay).await);
    change(bench, id, Change::Abort).await;
    let store = bench.store.deliveries();
    assert_eq!(store.deliveries_going_on().await.unwrap(), [id]);
    assert!(step(bench, id, ids[1], Side::Undoing, Step::Waiting).await);
    let undo = view(bench, id).await.standing.undo;
    assert_eq!((undo.done, undo.cancelled, undo.total()), (1, 2, 3));
    assert_eq!(store.deliveries_going_on().await.unwrap(), []);
    assert_eq!(due(bench, id, Side::Undoing).await, [""; 0]);
    assert!(!step(bench, id, ids[2], Side::Undoing, Step::UnderWay).await);
    change(bench, id, Change::Undo).await;
    assert_eq!(due(bench, id, Side::Undoing).await, ["b", "c"]);
}
