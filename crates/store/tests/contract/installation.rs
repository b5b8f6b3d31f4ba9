use edgeward_domain::access::Role;
use edgeward_ids::UserId;
use edgeward_store::{NewUser, SetupRefusal};

use crate::support::{Bench, NOW, later, refusal};

crate::on_both!(
    the_installation_is_identified_once,
    a_setting_keeps_its_first_value,
    of_two_first_values_at_once_one_wins,
    the_newest_setup_key_makes_the_first_administrator,
    setup_succeeds_once_however_many_try,
);

fn admin(email: &str) -> NewUser {
    NewUser {
        id: UserId::generate(),
        email: email.parse().unwrap(),
        display_name: "Ada\0".into(),
        password_hash: "$argon2id$x".into(),
    }
}

async fn the_installation_is_identified_once(bench: &Bench) {
    let installation = bench.store.installation();
    let first = installation.installation(NOW).await.unwrap();
    let second = installation.installation(later(5)).await.unwrap();
    assert_eq!(first, second);
    assert_eq!(first.created_at, NOW);
}

async fn a_setting_keeps_its_first_value(bench: &Bench) {
    let installation = bench.store.installation();
    assert_eq!(installation.setting("a").await.unwrap(), None);
    assert_eq!(installation.set_once("a", "1", NOW).await.unwrap(), "1");
    assert_eq!(installation.set_once("a", "2", NOW).await.unwrap(), "1");
    assert_eq!(installation.set_once("b", "2", NOW).await.unwrap(), "2");
    let found = installation.setting("a").await.unwrap();
    assert_eq!(found.as_deref(), Some("1"));
}

async fn of_two_first_values_at_once_one_wins(bench: &Bench) {
    bench.warm_up().await;
    let tries = (0..8).map(|value| {
        let installation = bench.store.installation();
        tokio::spawn(async move {
            let value = value.to_string();
            installation.set_once("a", &value, NOW).await.unwrap()
        })
    });
    let mut answers = Vec::new();
    for task in tries.collect::<Vec<_>>() {
        answers.push(task.await.unwrap());
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
}

async fn the_newest_setup_key_makes_the_first_administrator(bench: &Bench) {
    let installation = bench.store.installation();
    assert!(installation.setup_needed().await.unwrap());
    let without = installation.complete_setup("k", admin("a@b.c"), NOW).await;
    assert_eq!(refusal(without), SetupRefusal::WrongKey);

    installation.set_setup_key("old", NOW).await.unwrap();
    installation.set_setup_key("new", NOW).await.unwrap();
    let old = installation
        .complete_setup("old", admin("a@b.c"), NOW)
        .await;
    assert_eq!(refusal(old), SetupRefusal::WrongKey);
    assert!(installation.setup_needed().await.unwrap());

    let user = installation
        .complete_setup("new", admin("Ada@B.c"), NOW)
        .await
        .unwrap();
    assert_eq!(user.role, Role::SystemAdmin);
    assert_eq!(user.display_name, "Ada");
    assert_eq!(user.created_at, NOW);
    assert!(!installation.setup_needed().await.unwrap());

    let again = installation
        .complete_setup("new", admin("d@e.f"), NOW)
        .await;
    assert_eq!(refusal(again), SetupRefusal::AlreadyDone);
    let key = installation.set_setup_key("late", NOW).await;
    assert_eq!(refusal(key), SetupRefusal::AlreadyDone);
}

async fn setup_succeeds_once_however_many_try(bench: &Bench) {
    bench.warm_up().await;
    let installation = bench.store.installation();
    installation.set_setup_key("key", NOW).await.unwrap();
    let tries: Vec<_> = (0..8)
        .map(|n| {
            let installation = bench.store.installation();
            let admin = admin(&format!("a{n}@b.c"));
            tokio::spawn(async move { installation.complete_setup("key", admin, NOW).await })
        })
        .collect();
    let mut made = 0;
    for task in tries {
        match task.await.unwrap() {
            Ok(_) => made += 1,
            refused => assert_eq!(refusal(refused), SetupRefusal::AlreadyDone),
        }
    }
    assert_eq!(made, 1);
}
