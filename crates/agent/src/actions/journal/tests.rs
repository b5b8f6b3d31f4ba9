use serde_json::json;

use super::*;

const NOW: u64 = 1_800_000_000_000_000;
const MANY: usize = 100;

fn request(name: ActionName) -> ActionRequest {
    ActionRequest {
        name,
        snap: "alpha".into(),
        data: String::new(),
    }
}

struct Rig {
    dir: tempfile::TempDir,
    agent: AgentId,
}

impl Rig {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            agent: AgentId::generate(),
        }
    }

    fn open(&self) -> Journal {
        Journal::open(self.dir.path(), self.agent).unwrap()
    }
}

impl Journal {
    fn take(&self, action: ActionId) -> Accepted {
        self.accept(action, &request(ActionName::Remove), 7, None, NOW, MANY)
            .unwrap()
    }
}

#[tokio::test]
async fn what_is_written_is_there_after_a_restart() {
    let rig = Rig::new();
    let journal = rig.open();
    let (one, two) = (ActionId::generate(), ActionId::generate());
    assert_eq!(journal.take(one), Accepted::New);
    assert_eq!(journal.take(two), Accepted::New);
    let state = State::Uploading {
        set: edgeward_snapd::SetId(3),
    };
    journal.note(two, &state).await.unwrap();
    let journal = rig.open();
    let all = journal.unfinished().await.unwrap();
    let found: Vec<_> = all
        .iter()
        .map(|entry| (entry.action, &entry.state))
        .collect();
    assert_eq!(found, [(one, &State::Received), (two, &state)]);
    assert_eq!((all[0].not_after_us, all[0].cancelled), (7, false));
    assert_eq!(journal.take(two), Accepted::Known(state));
}

#[tokio::test]
async fn an_end_is_told_until_it_was_heard_and_nothing_changes_it() {
    let rig = Rig::new();
    let journal = rig.open();
    let action = ActionId::generate();
    journal.take(action);
    assert_eq!(journal.tell(action).await.unwrap(), None);
    let step = Step::Done {
        result: json!("77"),
    };
    journal.end(action, &step, NOW).await.unwrap();
    journal.note(action, &State::Received).await.unwrap();
    assert!(journal.has_ended(action).await.unwrap());
    assert_eq!(journal.untold().await.unwrap(), [(action, step.clone())]);
    assert_eq!(
        journal.tell(action).await.unwrap(),
        Some(ActionName::Remove)
    );
    assert_eq!(journal.untold().await.unwrap(), []);
    // asked for again, it is told again
    assert_eq!(
        journal.take(action),
        Accepted::Known(State::Ended { step: step.clone() })
    );
    assert_eq!(journal.untold().await.unwrap(), [(action, step)]);
}

#[tokio::test]
async fn what_was_cancelled_before_it_came_has_ended() {
    let rig = Rig::new();
    let journal = rig.open();
    let action = ActionId::generate();
    assert_eq!(journal.cancel(action, NOW).unwrap(), State::CANCELLED);
    assert_eq!(journal.take(action), Accepted::Known(State::CANCELLED));
    assert_eq!(journal.tell(action).await.unwrap(), None);
    let other = ActionId::generate();
    journal.take(other);
    assert_eq!(journal.cancel(other, NOW).unwrap(), State::Received);
    assert!(journal.unfinished().await.unwrap()[0].cancelled);
}

#[tokio::test]
async fn only_so_many_wait() {
    let rig = Rig::new();
    let journal = rig.open();
    for _ in 0..MANY {
        journal.take(ActionId::generate());
    }
    let one_more = ActionId::generate();
    assert_eq!(journal.take(one_more), Accepted::Full);
    let first = journal.unfinished().await.unwrap()[0].action;
    journal.end(first, &Step::Cancelled, NOW).await.unwrap();
    assert_eq!(journal.take(one_more), Accepted::New);
}

#[tokio::test]
async fn what_ended_is_known_for_30_days() {
    let rig = Rig::new();
    let journal = rig.open();
    let (old, young, going_on) = (
        ActionId::generate(),
        ActionId::generate(),
        ActionId::generate(),
    );
    for action in [old, young, going_on] {
        journal.take(action);
    }
    journal.end(old, &Step::Cancelled, NOW).await.unwrap();
    journal.end(young, &Step::Cancelled, NOW + 2).await.unwrap();
    journal.prune(NOW + RETENTION_US + 1).await.unwrap();
    assert_eq!(journal.take(young), Accepted::Known(State::CANCELLED));
    assert_eq!(journal.take(going_on), Accepted::Known(State::Received));
    assert_eq!(journal.take(old), Accepted::New);
}

#[tokio::test]
async fn of_old_large_results_only_the_end_is_kept() {
    let rig = Rig::new();
    let journal = rig.open();
    let large = Step::Done {
        result: "x".repeat(1000).into(),
    };
    let actions: Vec<_> = (0..=WHOLE_RESULTS).map(|_| ActionId::generate()).collect();
    for action in &actions {
        journal
            .accept(*action, &request(ActionName::Remove), 7, None, NOW, 10_000)
            .unwrap();
        journal.end(*action, &large, NOW).await.unwrap();
    }
    journal.prune(NOW).await.unwrap();
    let untold = State::Ended { step: large };
    assert_eq!(journal.take(actions[0]), Accepted::Known(untold.clone()));
    journal.tell(actions[0]).await.unwrap();
    journal.tell(actions[1]).await.unwrap();
    journal.prune(NOW).await.unwrap();
    let bare = State::done(serde_json::Value::Null);
    assert_eq!(journal.take(actions[0]), Accepted::Known(bare));
    assert_eq!(journal.take(actions[1]), Accepted::Known(untold));
}

#[tokio::test]
async fn a_journal_belongs_to_one_identity() {
    let rig = Rig::new();
    let action = ActionId::generate();
    rig.open().take(action);
    let other = Journal::open(rig.dir.path(), AgentId::generate()).unwrap();
    assert_eq!(other.unfinished().await.unwrap(), []);
    assert_eq!(other.take(action), Accepted::New);
}

#[tokio::test]
async fn after_a_damage_nothing_older_is_done() {
    let rig = Rig::new();
    let (before, done) = (ActionId::generate(), ActionId::generate());
    rig.open().take(done);
    let file = rig.dir.path().join(FILE);
    std::fs::write(&file, "this is no database any more".repeat(500)).unwrap();
    let journal = rig.open();
    for action in [before, done] {
        let Accepted::Known(State::Ended {
            step: Step::Failed { message },
        }) = journal.take(action)
        else {
            panic!("it may be done twice")
        };
        assert!(message.contains("damaged"), "{message}");
    }
    // time is counted in milliseconds
    let after = edgeward_testkit::eventually(
        "a later id",
        std::time::Duration::from_secs(5),
        async || {
            let id = ActionId::generate();
            let later = id.as_uuid().as_u128() >> 80 > done.as_uuid().as_u128() >> 80;
            if later && journal.take(id) == Accepted::New {
                Ok(id)
            } else {
                Err("the same millisecond")
            }
        },
    );
    after.await.unwrap();
}

#[tokio::test]
async fn an_unregistered_device_is_one_that_was_heard() {
    let rig = Rig::new();
    let journal = rig.open();
    let action = ActionId::generate();
    let unregister = ActionRequest {
        name: ActionName::Unregister,
        snap: String::new(),
        data: String::new(),
    };
    journal
        .accept(action, &unregister, 7, None, NOW, MANY)
        .unwrap();
    assert!(!journal.is_unregistered().await.unwrap());
    let done = Step::Done {
        result: json!({"deviceId": "x"}),
    };
    journal.end(action, &done, NOW).await.unwrap();
    assert!(!journal.is_unregistered().await.unwrap());
    assert_eq!(
        journal.tell(action).await.unwrap(),
        Some(ActionName::Unregister)
    );
    assert!(journal.is_unregistered().await.unwrap());
}
