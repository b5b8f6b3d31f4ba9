//! The agent dies at each state that the journal knows. Nothing is lost, nothing is done twice, every action ends.

use edgeward_testkit::snapd::Behaviour;
use serde_json::json;

use super::uploads::Sink;
use super::*;

/// Where the agent dies.
#[derive(Clone, Copy, Debug)]
enum At {
    /// It is written down, and its turn has not come.
    Received,
    /// snapd has not been asked, or has not heard it.
    BeforeSnapd,
    /// snapd has begun, and its answer was not read.
    BeforeAnswer,
    /// The change goes on.
    Change,
    /// It goes on, and ends while the agent is dead.
    ChangeOver,
    /// It has ended, and nobody has heard.
    Untold,
}

const PLACES: [At; 6] = [
    At::Received,
    At::BeforeSnapd,
    At::BeforeAnswer,
    At::Change,
    At::ChangeOver,
    At::Untold,
];

/// Snapd's name of the operation, the question that starts it, the action, its snap and its data.
fn operations(sink: &Sink) -> [(&'static str, &'static str, &'static str, String); 5] {
    [
        ("install", "POST /v2/snaps/gamma", "gamma", String::new()),
        ("refresh", "POST /v2/snaps/alpha", "alpha", String::new()),
        ("remove", "POST /v2/snaps/alpha", "alpha", String::new()),
        (
            "setconf",
            "PUT /v2/snaps/alpha/conf",
            "alpha",
            json!({"x": 1}).to_string(),
        ),
        (
            "snapshot",
            "POST /v2/snaps",
            "alpha",
            json!({"url": sink.url("/set")}).to_string(),
        ),
    ]
}

#[tokio::test]
async fn whatever_the_agent_did_when_it_died_is_done_once_and_told() {
    let all = PLACES
        .into_iter()
        .flat_map(|at| (0..5).map(move |index| die(at, index)));
    let ended = futures::future::join_all(all).await;
    assert_eq!(ended.len(), PLACES.len() * 5);
}

async fn die(at: At, index: usize) {
    let sink = Sink::start().await;
    let (name, question, snap, data) = operations(&sink)[index].clone();
    let mut rig = Rig::new();
    let control = rig.control();
    let asked = format!("{question} {name}");
    let what = format!("{name} at {at:?}");
    let action = match at {
        At::Received => {
            control.on("disable", Behaviour::Held);
            let before = rig.ask("disable", "beta", "");
            rig.running(before).await;
            let action = rig.ask(name, snap, data);
            rig.kill().await;
            control.finish_all();
            action
        }
        At::BeforeSnapd => {
            control.on(name, Behaviour::QuestionHeld);
            let action = rig.ask(name, snap, data);
            rig.asked(&asked).await;
            rig.kill().await;
            control.on(name, Behaviour::Prompt);
            // Whoever asked is gone; so opening the gate begins nothing.
            control.open();
            action
        }
        At::BeforeAnswer => {
            control.on(name, Behaviour::AnswerHeld);
            let action = rig.ask(name, snap, data);
            rig.asked(&asked).await;
            eventually("the change", LIMIT, async || {
                let changes = control.changes();
                if changes.is_empty() {
                    Err("none")
                } else {
                    Ok(())
                }
            })
            .await
            .unwrap();
            rig.kill().await;
            control.on(name, Behaviour::Prompt);
            control.open();
            action
        }
        At::Change | At::ChangeOver => {
            control.on(name, Behaviour::Held);
            let action = rig.ask(name, snap, data);
            let change = rig.running(action).await;
            rig.kill().await;
            if matches!(at, At::ChangeOver) {
                control.finish(change);
            }
            action
        }
        At::Untold => {
            // What was not delivered is not heard.
            rig.listening.take().unwrap().abort();
            let action = rig.ask(name, snap, data);
            let ended = rig.actions.ended();
            let ended = eventually(&what, LIMIT, async || {
                if *ended.borrow() > 0 {
                    Ok(())
                } else {
                    Err("it goes on")
                }
            });
            ended.await.unwrap();
            rig.kill().await;
            action
        }
    };
    rig.run();
    if matches!(at, At::Change) {
        rig.running(action).await;
    }
    let finish = async {
        // Whatever is held goes on to its end.
        loop {
            control.finish_all();
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let step = tokio::select! {
        step = rig.end(action) => step,
        () = finish => unreachable!(),
    };
    assert!(matches!(step, Step::Done { .. }), "{what}: {step:?}");
    assert_eq!(control.carried_out(name, snap), 1, "{what}");
    if name == "snapshot" {
        assert_eq!(sink.bodies().last(), Some(&control.export_of(1)), "{what}");
    }
    // Asked for again, also after yet another death, it is answered and not done.
    rig.kill().await;
    rig.heard.lock().unwrap().clear();
    rig.run();
    rig.ask_as(action, name, snap, "");
    assert_eq!(rig.end(action).await, step, "{what}");
    assert_eq!(control.carried_out(name, snap), 1, "{what}");
}

#[tokio::test]
async fn an_answer_that_was_lost_is_looked_up() {
    let rig = Rig::new();
    let control = rig.control();
    control.on("remove", Behaviour::Unanswered);
    let action = rig.ask("remove", "alpha", "");
    rig.done(action).await;
    assert_eq!(control.carried_out("remove", "alpha"), 1);
    let posts = control.asked();
    let posts = posts.iter().filter(|asked| asked.starts_with("POST"));
    assert_eq!(posts.count(), 1);
}

#[tokio::test]
async fn what_snapd_has_forgotten_is_not_done_again() {
    let mut rig = Rig::new();
    let control = rig.control();
    control.on("remove", Behaviour::AnswerHeld);
    let action = rig.ask("remove", "alpha", "");
    rig.asked("POST /v2/snaps/alpha remove").await;
    rig.kill().await;
    control.finish_all();
    control.prune();
    let long_ago_us = now_micros() - u64::try_from(lookup::FORGOTTEN.as_micros()).unwrap();
    let state = State::AboutTo(entry::Before {
        at_us: long_ago_us,
        highest_change: 0,
        highest_set: None,
    });
    rig.actions.journal.note(action, &state).await.unwrap();
    rig.run();
    let message = rig.failed(action).await;
    assert!(message.contains("too long ago"), "{message}");
    assert_eq!(control.carried_out("remove", "alpha"), 1);
}

#[tokio::test]
async fn what_snapd_has_forgotten_among_many_others_is_not_done_again() {
    let mut rig = Rig::new();
    let control = rig.control();
    control.on("remove", Behaviour::AnswerHeld);
    let action = rig.ask("remove", "alpha", "");
    rig.asked("POST /v2/snaps/alpha remove").await;
    rig.kill().await;
    control.finish_all();
    let snapd = Snapd::new(rig.simulated.socket());
    for number in 0..=lookup::REMEMBERED {
        let conf = [("number".to_owned(), number.into())].into_iter().collect();
        snapd.set_conf("beta", &conf).await.unwrap();
    }
    rig.run();
    let message = rig.failed(action).await;
    assert!(message.contains("too much has happened"), "{message}");
    assert_eq!(control.carried_out("remove", "alpha"), 1);
}

#[tokio::test]
async fn a_change_that_snapd_does_not_know_any_more_has_an_end() {
    let mut rig = Rig::new();
    let control = rig.control();
    control.on("remove", Behaviour::Held);
    let action = rig.ask("remove", "alpha", "");
    rig.running(action).await;
    rig.kill().await;
    control.finish_all();
    control.prune();
    rig.run();
    assert!(rig.failed(action).await.contains("not known"));
}

#[tokio::test]
async fn a_cancelling_is_remembered() {
    let mut rig = Rig::new();
    let control = rig.control();
    control.on("remove", Behaviour::Held);
    let action = rig.ask("remove", "alpha", "");
    rig.running(action).await;
    rig.kill().await;
    rig.actions.cancel(action).unwrap();
    rig.run();
    assert_eq!(rig.end(action).await, Step::Cancelled);
    assert_eq!(control.carried_out("remove", "alpha"), 0);
}
