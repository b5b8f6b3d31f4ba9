use std::time::Duration;

use edgeward_domain::Moment;
use edgeward_domain::access::Visible;
use edgeward_domain::action::{
    Action, Heard, MAX_ENDED, MAX_WAITING, Progress, SILENCE_LIMIT, State,
};
use edgeward_ids::{ActionId, AgentId};
use edgeward_store::{
    ActionFilter, AskRefusal, Asked, CallOffRefusal, HeardOf, HeardOutcome, Slice,
};

use crate::support::{Bench, NOW, by, refusal};

crate::on_both!(
    an_action_goes_from_being_asked_to_its_end,
    all_devices_are_asked_or_none,
    no_more_wait_than_may,
    another_devices_action_is_unknown,
    an_action_is_called_off,
    what_is_overdue_ends,
    the_oldest_ended_actions_are_forgotten,
    lists_are_cut_to_what_may_be_seen,
    many_numbers_are_given_at_once,
);

const LATER: Moment = Moment::from_micros(NOW.as_micros() + 1);

fn asked(name: &str) -> Asked {
    Asked {
        name: name.to_owned(),
        snap: "hello".to_owned(),
        data: "latest/edge".to_owned(),
        not_after: NOW + Duration::from_secs(60),
        rollout: None,
    }
}

async fn device(bench: &Bench) -> AgentId {
    let place = bench.project("plant").await;
    bench.managed("gw", &[], place).await.id
}

async fn ask(bench: &Bench, agent: AgentId) -> Action {
    let actions = bench.store.actions();
    let made = actions.ask(&[agent], &asked("install"), &by(), NOW).await;
    made.unwrap().pop().unwrap()
}

async fn say(bench: &Bench, agent: AgentId, action: ActionId, heard: Heard) -> HeardOutcome {
    let said = HeardOf {
        agent,
        action,
        heard,
        at: LATER,
    };
    let actions = bench.store.actions();
    let mut outcomes = actions.heard_of_actions(vec![said]).await.unwrap();
    outcomes.pop().unwrap()
}

fn all() -> ActionFilter {
    ActionFilter::new(Visible::Everything)
}

async fn an_action_goes_from_being_asked_to_its_end(bench: &Bench) {
    let agent = device(bench).await;
    let actions = bench.store.actions();
    let action = ask(bench, agent).await;
    assert_eq!(action.state, State::Queued);
    assert_eq!(actions.agents_with_open_actions().await.unwrap(), [agent]);
    actions.actions_sent(&[action.id], LATER).await.unwrap();
    let open = actions.open_actions(&[agent]).await.unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].state, State::Sent);
    assert_eq!(open[0].sent_at, Some(LATER));
    let progress = Progress {
        change: Some("77".to_owned()),
        label: "Download snap".to_owned(),
        done: 3,
        total: 10,
        cancelling: false,
    };
    let running = say(bench, agent, action.id, Heard::Running(progress.clone())).await;
    let HeardOutcome::Changed(running) = running else {
        panic!("it runs: {running:?}");
    };
    assert_eq!(running.state, State::Running(progress.clone()));
    assert_eq!(
        say(bench, agent, action.id, Heard::Running(progress)).await,
        HeardOutcome::Same
    );
    let result = Heard::Done("\"77\"".to_owned());
    say(bench, agent, action.id, result.clone()).await;
    assert_eq!(
        say(bench, agent, action.id, result).await,
        HeardOutcome::Same
    );
    let view = actions.action(action.id).await.unwrap().unwrap();
    assert_eq!(view.action.state, State::Done("\"77\"".to_owned()));
    assert_eq!(view.device.as_str(), "gw");
    assert!(actions.open_actions(&[agent]).await.unwrap().is_empty());
    let said = bench.actions().await;
    assert_eq!(said[said.len() - 2..], ["action.ask", "action.end"]);
}

async fn all_devices_are_asked_or_none(bench: &Bench) {
    let agent = device(bench).await;
    let waiting = bench.unmanaged("waiting", &[]).await.id;
    let actions = bench.store.actions();
    let refused = actions
        .ask(&[agent, waiting], &asked("install"), &by(), NOW)
        .await;
    assert_eq!(refusal(refused), AskRefusal::UnknownDevice(waiting));
    assert_eq!(
        actions.actions(&all(), Slice::FIRST).await.unwrap().total,
        0
    );
}

async fn no_more_wait_than_may(bench: &Bench) {
    let agent = device(bench).await;
    for _ in 0..MAX_WAITING {
        ask(bench, agent).await;
    }
    let actions = bench.store.actions();
    let refused = actions.ask(&[agent], &asked("install"), &by(), NOW).await;
    assert!(matches!(refusal(refused), AskRefusal::TooManyWaiting(_)));
}

async fn another_devices_action_is_unknown(bench: &Bench) {
    let place = bench.project("plant").await;
    let agent = bench.managed("gw", &[], place).await.id;
    let other = bench.managed("other", &[], place).await.id;
    let action = ask(bench, agent).await;
    let lie = Heard::Done("null".to_owned());
    assert_eq!(
        say(bench, other, action.id, lie.clone()).await,
        HeardOutcome::Unknown
    );
    assert_eq!(
        say(bench, agent, ActionId::generate(), lie).await,
        HeardOutcome::Unknown
    );
    let open = bench.store.actions().open_actions(&[agent]).await.unwrap();
    assert_eq!(open[0].state, State::Queued);
}

async fn an_action_is_called_off(bench: &Bench) {
    let agent = device(bench).await;
    let actions = bench.store.actions();
    let (first, second) = (ask(bench, agent).await, ask(bench, agent).await);
    let ended = actions.call_off(first.id, &by(), LATER).await.unwrap();
    assert_eq!(ended.state, State::Cancelled);
    let again = actions.call_off(first.id, &by(), LATER).await;
    assert!(matches!(refusal(again), CallOffRefusal::Ended(_)));
    let nothing = actions.call_off(ActionId::generate(), &by(), LATER).await;
    assert_eq!(refusal(nothing), CallOffRefusal::Unknown);
    actions.actions_sent(&[second.id], NOW).await.unwrap();
    let asked = actions.call_off(second.id, &by(), LATER).await.unwrap();
    assert!(matches!(asked.state, State::Running(progress) if progress.cancelling));
    say(bench, agent, second.id, Heard::Cancelled).await;
    let view = actions.action(second.id).await.unwrap().unwrap();
    assert_eq!(view.action.state, State::Cancelled);
}

async fn what_is_overdue_ends(bench: &Bench) {
    let agent = device(bench).await;
    let actions = bench.store.actions();
    let (waits, runs) = (ask(bench, agent).await, ask(bench, agent).await);
    say(bench, agent, runs.id, Heard::Running(Progress::default())).await;
    assert!(actions.end_overdue(NOW).await.unwrap().is_empty());
    let expired = actions.end_overdue(waits.not_after).await.unwrap();
    assert_eq!(expired.len(), 1);
    assert_eq!(
        (expired[0].id, &expired[0].state),
        (waits.id, &State::Expired)
    );
    let silent = actions.end_overdue(LATER + SILENCE_LIMIT).await.unwrap();
    assert_eq!(silent.len(), 1);
    assert!(matches!(silent[0].state, State::Failed(_)));
    assert!(actions.agents_with_open_actions().await.unwrap().is_empty());
}

async fn the_oldest_ended_actions_are_forgotten(bench: &Bench) {
    let agent = device(bench).await;
    let actions = bench.store.actions();
    let mut first = None;
    for _ in 0..MAX_ENDED + 3 {
        let action = ask(bench, agent).await;
        first.get_or_insert(action.id);
        actions.call_off(action.id, &by(), LATER).await.unwrap();
    }
    let open = ask(bench, agent).await;
    assert_eq!(actions.forget_ended_actions().await.unwrap(), 3);
    assert_eq!(actions.action(first.unwrap()).await.unwrap(), None);
    assert!(actions.action(open.id).await.unwrap().is_some());
}

async fn lists_are_cut_to_what_may_be_seen(bench: &Bench) {
    let (here, there) = (bench.project("here").await, bench.project("there").await);
    let agent = bench.managed("gw", &[], here).await.id;
    let other = bench.managed("other", &[], there).await.id;
    let actions = bench.store.actions();
    actions
        .ask(&[agent, other], &asked("refresh"), &by(), NOW)
        .await
        .unwrap();
    let seen = async |filter: ActionFilter| {
        let page = actions.actions(&filter, Slice::FIRST).await.unwrap();
        let names: Vec<_> = page.items.iter().map(|v| v.device.to_string()).collect();
        assert_eq!(page.total, names.len() as u64);
        names
    };
    assert_eq!(seen(all()).await, ["other", "gw"]);
    let visible = Visible::Only {
        organisations: Default::default(),
        projects: [here.1].into(),
    };
    assert_eq!(seen(ActionFilter { visible, ..all() }).await, ["gw"]);
    let of_organisation = ActionFilter {
        organisation: Some(there.0),
        states: vec!["queued"],
        name: Some("refresh".to_owned()),
        ..all()
    };
    assert_eq!(seen(of_organisation).await, ["other"]);
    let ended = ActionFilter {
        states: vec!["done"],
        ..all()
    };
    assert!(seen(ended).await.is_empty());
}

async fn many_numbers_are_given_at_once(bench: &Bench) {
    let one = bench.unmanaged("one", &[]).await.id;
    let two = bench.unmanaged("two", &[]).await.id;
    let agents = bench.store.agents();
    assert_eq!(agents.next_command_number(one).await.unwrap(), 1);
    let ids = [one, two, AgentId::generate(), one];
    assert_eq!(
        agents.next_command_numbers(&ids).await.unwrap(),
        [Some(2), Some(1), None, Some(3)]
    );
    assert_eq!(agents.next_command_number(one).await.unwrap(), 4);
    assert_eq!(agents.next_command_number(two).await.unwrap(), 2);
}
