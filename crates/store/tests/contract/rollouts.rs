use std::collections::BTreeSet;
use std::time::Duration;

use edgeward_domain::access::Visible;
use edgeward_domain::action::Heard;
use edgeward_domain::rollout::{Change, Counts, Plan, Rollout, Size, State};
use edgeward_domain::selection::Tag;
use edgeward_ids::{AgentId, OrganisationId, ProjectId, RolloutId};
use edgeward_store::{
    ActionFilter, Asked, HeardOf, RolloutAsk, RolloutChangeRefusal, RolloutFilter, RolloutRefusal,
    RolloutView, Side, Slice, UnknownDevice, UnknownOrganisation, Work,
};

use crate::support::{Bench, NOW, by, refusal};

crate::on_both!(
    tags_choose_devices,
    a_rollout_goes_from_wave_to_wave,
    nobody_is_asked_twice,
    what_is_paused_waits,
    what_waits_is_called_off,
    what_was_done_is_undone,
    devices_join_the_last_wave,
    a_device_that_leaves_is_not_asked,
    rollouts_are_cut_to_what_may_be_seen,
    actions_of_rollouts_are_kept,
);

type Place = (OrganisationId, ProjectId);

fn tags(words: &[&str]) -> BTreeSet<Tag> {
    words.iter().map(|word| word.parse().unwrap()).collect()
}

fn rollout((organisation, project): Place) -> Rollout {
    Rollout {
        id: RolloutId::generate(),
        name: "update".parse().unwrap(),
        organisation,
        project: Some(project),
        plan: Plan {
            waves: vec![Size::Number(1), Size::PerCent(50)],
            failure_limit: Size::PerCent(10),
            watch: Duration::from_secs(60),
            wait_for_away: true,
            include_later: true,
            lifetime: Duration::from_secs(3600),
        },
        state: State::Running,
        reason: String::new(),
        begun: 0,
        forgiven: 0,
        created_at: NOW,
        created_by: "a case".to_owned(),
        changed_at: NOW,
    }
}

fn work() -> Work {
    Work {
        selection: "{}".to_owned(),
        action: "refresh".to_owned(),
        snap: "hello".to_owned(),
        data: "latest/edge".to_owned(),
    }
}

/// Devices of a new project, and a rollout with the first in wave 1 and the others in wave 2.
async fn begun(bench: &Bench, devices: usize) -> (RolloutId, Vec<AgentId>, Place) {
    let place = bench.project("plant").await;
    let mut agents = Vec::new();
    for number in 0..devices {
        agents.push(bench.managed(&format!("gw{number}"), &[], place).await.id);
    }
    let rollout = rollout(place);
    let waves: Vec<(AgentId, u32)> = agents
        .iter()
        .enumerate()
        .map(|(place, agent)| (*agent, if place == 0 { 1 } else { 2 }))
        .collect();
    let store = bench.store.rollouts();
    store
        .begin_rollout(&rollout, &work(), &waves, &by())
        .await
        .unwrap();
    (rollout.id, agents, place)
}

async fn view(bench: &Bench, id: RolloutId) -> RolloutView {
    bench.store.rollouts().rollout(id).await.unwrap().unwrap()
}

async fn change(bench: &Bench, id: RolloutId, change: Change) {
    let store = bench.store.rollouts();
    store.change_rollout(id, &change, &by(), NOW).await.unwrap();
}

fn ask_of(id: RolloutId, agent: AgentId, undo: Option<&str>) -> RolloutAsk {
    RolloutAsk {
        agent,
        asked: Asked {
            name: "refresh".to_owned(),
            snap: "hello".to_owned(),
            data: String::new(),
            not_after: NOW + Duration::from_secs(60),
            rollout: Some(id),
        },
        undo: undo.map(str::to_owned),
    }
}

/// Asks everybody who is due.
async fn ask(bench: &Bench, id: RolloutId, side: Side, undo: Option<&str>) -> Vec<AgentId> {
    let store = bench.store.rollouts();
    let due = store.rollout_due(id, side, 100).await.unwrap();
    let asks = due.iter().map(|due| ask_of(id, due.agent, undo)).collect();
    let asked = store.ask_for_rollout(id, side, asks, &by(), NOW).await;
    asked.unwrap()
}

/// All actions of this device end so.
async fn end(bench: &Bench, agent: AgentId, heard: Heard) {
    let actions = bench.store.actions();
    let open = actions.open_actions(&[agent]).await.unwrap();
    let said = open.iter().map(|action| HeardOf {
        agent,
        action: action.id,
        heard: heard.clone(),
        at: NOW,
    });
    actions.heard_of_actions(said.collect()).await.unwrap();
}

/// Asks this device, whoever is due.
async fn ask_one(bench: &Bench, id: RolloutId, agent: AgentId, undo: Option<&str>) -> Vec<AgentId> {
    let asks = vec![ask_of(id, agent, undo)];
    let store = bench.store.rollouts();
    let asked = store
        .ask_for_rollout(id, Side::Doing, asks, &by(), NOW)
        .await;
    asked.unwrap()
}

fn done() -> Heard {
    Heard::Done("null".to_owned())
}

async fn tags_choose_devices(bench: &Bench) {
    let place = bench.project("plant").await;
    let other = bench.project("office").await;
    let a = bench.managed("a", &[], place).await.id;
    let b = bench.managed("b", &[], place).await.id;
    let c = bench.managed("c", &[], other).await.id;
    let waiting = bench.unmanaged("waiting", &[]).await.id;
    let store = bench.store.rollouts();
    for (agent, words) in [(a, &["x", "line-1"][..]), (b, &["x"]), (c, &["x"])] {
        let set = store.set_tags(agent, &tags(words), &by(), NOW).await;
        set.unwrap();
    }
    assert_eq!(store.tags(a).await.unwrap(), ["line-1", "x"]);
    let refused = store.set_tags(waiting, &tags(&["x"]), &by(), NOW).await;
    assert_eq!(refusal(refused), UnknownDevice);
    let names = async |project, words: &[&str]| -> Vec<String> {
        let found = store.candidates(place.0, project, &tags(words)).await;
        let found = found.unwrap().into_iter();
        found.map(|device| device.name.to_string()).collect()
    };
    assert_eq!(names(None, &["x"]).await, ["a", "b"]);
    assert_eq!(names(Some(place.1), &["x", "line-1"]).await, ["a"]);
    assert_eq!(names(Some(other.1), &[]).await, [""; 0]);
    let in_use = async |visible: Visible| store.tags_in_use(None, None, &visible).await.unwrap();
    assert_eq!(
        in_use(Visible::Everything).await,
        [("line-1".to_owned(), 1), ("x".to_owned(), 3)]
    );
    let seen = Visible::Only {
        organisations: BTreeSet::from([other.0]),
        projects: BTreeSet::new(),
    };
    let only_other = seen.clone();
    assert_eq!(in_use(seen).await, [("x".to_owned(), 1)]);
    for _ in 0..2 {
        let empty = "empty".parse().unwrap();
        let declared = store.declare_tag(place.0, &empty, &by(), NOW).await;
        declared.unwrap();
    }
    let everywhere = in_use(Visible::Everything).await;
    assert_eq!(everywhere[0], ("empty".to_owned(), 0));
    assert_eq!(everywhere.len(), 3);
    assert_eq!(in_use(only_other).await.len(), 1);
    let nowhere = OrganisationId::generate();
    let refused = store
        .declare_tag(nowhere, &"x".parse().unwrap(), &by(), NOW)
        .await;
    assert_eq!(refusal(refused), UnknownOrganisation);
    store
        .set_tags(a, &BTreeSet::new(), &by(), NOW)
        .await
        .unwrap();
    assert_eq!(names(None, &["line-1"]).await, [""; 0]);
    assert_eq!(bench.actions().await.last().unwrap(), "device.tag");
}

async fn a_rollout_goes_from_wave_to_wave(bench: &Bench) {
    let (id, agents, place) = begun(bench, 3).await;
    let store = bench.store.rollouts();
    let expected = Rollout {
        id,
        ..rollout(place)
    };
    let found = view(bench, id).await;
    assert_eq!((found.rollout, found.work), (expected, work()));
    assert_eq!(store.rollouts_going_on().await.unwrap(), [id]);
    assert_eq!(ask(bench, id, Side::Doing, None).await, []);
    change(bench, id, Change::BeginWave).await;
    assert_eq!(ask(bench, id, Side::Doing, Some("back")).await, [agents[0]]);
    end(bench, agents[0], Heard::Failed("broken".to_owned())).await;
    change(bench, id, Change::BeginWave).await;
    assert_eq!(ask(bench, id, Side::Doing, None).await.len(), 2);
    end(bench, agents[1], done()).await;
    let standing = view(bench, id).await.standing;
    let first = Counts {
        failed: 1,
        ..Counts::default()
    };
    let second = Counts {
        queued: 1,
        done: 1,
        ..Counts::default()
    };
    assert_eq!(standing.waves, [first, second]);
    assert_eq!(standing.last_end, Some(NOW));
    let page = store.rollout_devices(id, Slice::FIRST).await.unwrap();
    assert_eq!(page.total, 3);
    let device = &page.items[0];
    assert_eq!((device.name.as_str(), device.wave), ("gw0", 1));
    assert_eq!(device.undo.as_deref(), Some("back"));
    let asking = device.action.as_ref().unwrap();
    assert_eq!(
        (asking.state.as_str(), asking.message.as_str()),
        ("failed", "broken")
    );
    let unknown = RolloutId::generate();
    let gone = store
        .change_rollout(unknown, &Change::Resume, &by(), NOW)
        .await;
    assert_eq!(refusal(gone), RolloutChangeRefusal::Unknown);
    let nowhere = Rollout {
        organisation: OrganisationId::generate(),
        ..rollout(place)
    };
    let refused = store.begin_rollout(&nowhere, &work(), &[], &by()).await;
    assert_eq!(refusal(refused), RolloutRefusal::UnknownPlace);
}

async fn nobody_is_asked_twice(bench: &Bench) {
    let (id, agents, _) = begun(bench, 1).await;
    change(bench, id, Change::BeginWave).await;
    // Whoever looked before somebody else asked.
    for wanted in [vec![agents[0]], vec![]] {
        assert_eq!(ask_one(bench, id, agents[0], None).await, wanted);
    }
    let open = bench.store.actions().open_actions(&agents).await.unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].rollout, Some(id));
}

async fn what_is_paused_waits(bench: &Bench) {
    let (id, agents, _) = begun(bench, 1).await;
    change(bench, id, Change::BeginWave).await;
    ask(bench, id, Side::Doing, None).await;
    let actions = bench.store.actions();
    assert_eq!(actions.open_actions(&agents).await.unwrap().len(), 1);
    change(bench, id, Change::Pause("wait".to_owned())).await;
    assert_eq!(actions.open_actions(&agents).await.unwrap(), []);
    assert_eq!(actions.agents_with_open_actions().await.unwrap(), []);
    assert_eq!(ask_one(bench, id, agents[0], None).await, []);
    assert_eq!(view(bench, id).await.rollout.reason, "wait");
    change(bench, id, Change::Resume).await;
    assert_eq!(actions.open_actions(&agents).await.unwrap().len(), 1);
    let said = bench.actions().await;
    assert_eq!(said[said.len() - 2..], ["rollout.pause", "rollout.resume"]);
}

async fn what_waits_is_called_off(bench: &Bench) {
    let (id, agents, _) = begun(bench, 2).await;
    change(bench, id, Change::BeginWave).await;
    ask(bench, id, Side::Doing, None).await;
    change(bench, id, Change::Abort).await;
    let found = view(bench, id).await;
    assert_eq!(found.rollout.state, State::Aborted);
    assert_eq!(found.standing.waves[0].cancelled, 1);
    assert_eq!(found.standing.waves[1].waiting, 1);
    let actions = bench.store.actions();
    assert_eq!(actions.open_actions(&agents).await.unwrap(), []);
    let store = bench.store.rollouts();
    let refused = store.change_rollout(id, &Change::Abort, &by(), NOW).await;
    assert!(matches!(refusal(refused), RolloutChangeRefusal::Change(_)));
}

async fn what_was_done_is_undone(bench: &Bench) {
    let (id, agents, _) = begun(bench, 4).await;
    change(bench, id, Change::BeginWave).await;
    change(bench, id, Change::BeginWave).await;
    let store = bench.store.rollouts();
    // Of the second there is no way back; the third fails; the fourth is away.
    for (place, undo) in [
        (0, Some("back")),
        (1, None),
        (2, Some("back")),
        (3, Some("back")),
    ] {
        assert_eq!(ask_one(bench, id, agents[place], undo).await.len(), 1);
    }
    end(bench, agents[0], done()).await;
    end(bench, agents[1], done()).await;
    end(bench, agents[2], Heard::Failed(String::new())).await;
    change(bench, id, Change::Undo).await;
    let due = store.rollout_due(id, Side::Undoing, 10).await.unwrap();
    assert_eq!(due.len(), 1);
    assert_eq!(
        (due[0].agent, due[0].undo.as_deref()),
        (agents[0], Some("back"))
    );
    assert_eq!(ask(bench, id, Side::Undoing, None).await, [agents[0]]);
    assert_eq!(ask(bench, id, Side::Undoing, None).await, []);
    let counted = view(bench, id).await.standing;
    assert_eq!(counted.undo.queued, 1);
    assert_eq!(counted.undo.total(), 1);
    assert_eq!(counted.all().cancelled, 1);
    end(bench, agents[0], done()).await;
    change(bench, id, Change::Finish).await;
    let found = view(bench, id).await;
    assert_eq!(found.rollout.state, State::Undone);
    assert_eq!(
        found.rollout.reason,
        "undone on 1 of 2; on 1 there was no way back"
    );
    assert_eq!(store.rollouts_going_on().await.unwrap(), []);
}

async fn devices_join_the_last_wave(bench: &Bench) {
    let (id, agents, place) = begun(bench, 2).await;
    let new = bench.managed("new", &[], place).await.id;
    let store = bench.store.rollouts();
    let joined = store.join_rollout(id, &[agents[0], new]).await.unwrap();
    assert_eq!(joined, 1);
    assert_eq!(view(bench, id).await.standing.waves[1].waiting, 2);
    change(bench, id, Change::Pause(String::new())).await;
    let late = bench.managed("late", &[], place).await.id;
    assert_eq!(store.join_rollout(id, &[late]).await.unwrap(), 0);
}

async fn a_device_that_leaves_is_not_asked(bench: &Bench) {
    let (id, agents, place) = begun(bench, 3).await;
    let store = bench.store.rollouts();
    store
        .set_tags(agents[0], &tags(&["x"]), &by(), NOW)
        .await
        .unwrap();
    let released = bench.store.agents().release(agents[0], &by(), NOW).await;
    released.unwrap();
    assert_eq!(store.tags(agents[0]).await.unwrap(), [""; 0]);
    let office = bench
        .store
        .organisations()
        .create_project(place.0, "office".parse().unwrap(), "", &[], &by(), NOW)
        .await
        .unwrap();
    let moved = bench
        .store
        .agents()
        .transfer_agents(&agents[1..2], office.id, &by(), NOW)
        .await;
    assert_eq!(moved.unwrap().len(), 1);
    change(bench, id, Change::BeginWave).await;
    change(bench, id, Change::BeginWave).await;
    assert_eq!(ask(bench, id, Side::Doing, None).await, [agents[2]]);
    let found = view(bench, id).await;
    assert_eq!(found.standing.all().total(), 1);
    assert_eq!(found.standing.waves.len(), 2);
}

async fn rollouts_are_cut_to_what_may_be_seen(bench: &Bench) {
    let (id, _, (organisation, project)) = begun(bench, 0).await;
    let whole = Rollout {
        project: None,
        ..rollout((organisation, project))
    };
    let store = bench.store.rollouts();
    store
        .begin_rollout(&whole, &work(), &[], &by())
        .await
        .unwrap();
    let seen = async |visible: Visible, state: Option<State>| -> Vec<RolloutId> {
        let filter = RolloutFilter {
            organisation: Some(organisation),
            project: None,
            state,
            visible,
        };
        let page = store.rollouts(&filter, Slice::FIRST).await.unwrap();
        assert_eq!(page.total, page.items.len() as u64);
        page.items.iter().map(|view| view.rollout.id).collect()
    };
    let only = |organisations: &[OrganisationId], projects: &[ProjectId]| Visible::Only {
        organisations: organisations.iter().copied().collect(),
        projects: projects.iter().copied().collect(),
    };
    assert_eq!(seen(Visible::Everything, None).await, [whole.id, id]);
    assert_eq!(seen(only(&[organisation], &[]), None).await, [whole.id, id]);
    assert_eq!(seen(only(&[], &[project]), None).await, [id]);
    assert_eq!(seen(only(&[], &[]), None).await, []);
    change(bench, id, Change::Pause(String::new())).await;
    assert_eq!(seen(Visible::Everything, Some(State::Paused)).await, [id]);
}

async fn actions_of_rollouts_are_kept(bench: &Bench) {
    let (id, agents, _) = begun(bench, 1).await;
    change(bench, id, Change::BeginWave).await;
    ask(bench, id, Side::Doing, None).await;
    end(bench, agents[0], done()).await;
    let actions = bench.store.actions();
    let asked = Asked {
        rollout: None,
        ..ask_of(id, agents[0], None).asked
    };
    for _ in 0..=edgeward_domain::action::MAX_ENDED {
        actions.ask(&agents, &asked, &by(), NOW).await.unwrap();
        end(bench, agents[0], done()).await;
    }
    assert_eq!(actions.forget_ended_actions().await.unwrap(), 1);
    let filter = ActionFilter {
        rollout: Some(id),
        ..ActionFilter::new(Visible::Everything)
    };
    let kept = actions.actions(&filter, Slice::FIRST).await.unwrap();
    assert_eq!(kept.total, 1);
}
