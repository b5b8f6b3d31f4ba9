use std::collections::HashSet;

use edgeward_ids::AgentId;
use edgeward_store::{Management, UnknownAgent};

use crate::support::{Bench, NOW, new_agent, refusal};

crate::on_both!(
    command_numbers_rise_and_never_repeat,
    the_roster_has_everyone,
    a_whole_fleet_is_heard_at_once,
    readers_and_writers_do_not_fail_each_other,
);

async fn command_numbers_rise_and_never_repeat(bench: &Bench) {
    bench.warm_up().await;
    let agent = bench.unmanaged("gw", &[]).await.id;
    let other = bench.unmanaged("gw", &[]).await.id;
    let tries: Vec<_> = (0..8)
        .map(|_| {
            let agents = bench.store.agents();
            tokio::spawn(async move {
                let mut numbers = Vec::new();
                for _ in 0..10 {
                    numbers.push(agents.next_command_number(agent).await.unwrap());
                }
                assert!(numbers.is_sorted());
                numbers
            })
        })
        .collect();
    let mut numbers = HashSet::new();
    for task in tries {
        numbers.extend(task.await.unwrap());
    }
    assert_eq!(numbers, (1..=80).collect());
    let agents = bench.store.agents();
    assert_eq!(agents.next_command_number(other).await.unwrap(), 1);
    let nobody = agents.next_command_number(AgentId::generate()).await;
    assert_eq!(refusal(nobody), UnknownAgent);
}

async fn the_roster_has_everyone(bench: &Bench) {
    let place = bench.project("plant").await;
    let agents = bench.store.agents();
    assert_eq!(agents.roster().await.unwrap(), []);
    let unmanaged = bench.unmanaged("u", &[]).await.id;
    let managed = bench.managed("m", &["neuron", "red"], place).await.id;
    agents.record_heard(&[(managed, NOW)]).await.unwrap();
    let roster = agents.roster().await.unwrap();
    let found: Vec<_> = roster
        .iter()
        .map(|entry| (entry.id, entry.management, entry.last_heard_at))
        .collect();
    assert_eq!(
        found,
        [
            (managed, Management::Managed, Some(NOW)),
            (unmanaged, Management::Unmanaged, None)
        ]
    );
}

async fn a_whole_fleet_is_heard_at_once(bench: &Bench) {
    let known = bench.unmanaged("gw", &[]).await.id;
    let mut heard: Vec<_> = (0..20_000).map(|_| (AgentId::generate(), NOW)).collect();
    heard.push((known, NOW));
    let agents = bench.store.agents();
    agents.record_heard(&heard).await.unwrap();
    assert_eq!(bench.agent(known).await.last_heard_at, Some(NOW));
    assert_eq!(agents.roster().await.unwrap().len(), 1);
}

async fn readers_and_writers_do_not_fail_each_other(bench: &Bench) {
    let agent = bench.unmanaged("gw", &["neuron"]).await.id;
    let tasks: Vec<_> = (0..16)
        .map(|n| {
            let agents = bench.store.agents();
            tokio::spawn(async move {
                for _ in 0..10 {
                    if n % 2 == 0 {
                        assert!(agents.agent(agent).await.unwrap().is_some());
                    } else {
                        let new = new_agent("gw", &[]);
                        agents.enrol_unmanaged(new, 1000, NOW).await.unwrap();
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(bench.store.agents().roster().await.unwrap().len(), 81);
}
