use edgeward_domain::access::UserState;
use edgeward_store::{NewUser, SetupRefusal};

use crate::support::{Bench, NOW, by, later, refusal};

crate::on_both!(
    the_installation_is_identified_once,
    the_newest_setup_key_makes_the_first_administrator,
    setup_succeeds_once_however_many_try,
);

fn admin(email: &str) -> NewUser {
    NewUser {
        password_hash: Some("$argon2id$x".into()),
        ..NewUser::new(email.parse().unwrap(), "Ada\0")
    }
}

async fn the_installation_is_identified_once(bench: &Bench) {
    let installation = bench.store.installation();
    let first = installation.installation(NOW).await.unwrap();
    let second = installation.installation(later(5)).await.unwrap();
    assert_eq!(first, second);
    assert_eq!(first.created_at, NOW);
}

async fn the_newest_setup_key_makes_the_first_administrator(bench: &Bench) {
    let installation = bench.store.installation();
    assert!(installation.setup_needed().await.unwrap());
    let without = installation
        .complete_setup("k", admin("a@b.c"), &by(), NOW)
        .await;
    assert_eq!(refusal(without), SetupRefusal::WrongKey);

    installation.set_setup_key("old", NOW).await.unwrap();
    installation.set_setup_key("new", NOW).await.unwrap();
    let old = installation
        .complete_setup("old", admin("a@b.c"), &by(), NOW)
        .await;
    assert_eq!(refusal(old), SetupRefusal::WrongKey);
    assert!(installation.setup_needed().await.unwrap());

    let user = installation
        .complete_setup("new", admin("Ada@B.c"), &by(), NOW)
        .await
        .unwrap();
    let found = bench.store.users().user(user.id).await.unwrap().unwrap();
    assert!(found.grants.is_system_admin());
    assert_eq!(user.state, UserState::Active);
    assert_eq!(user.display_name, "Ada");
    assert_eq!(user.created_at, NOW);
    assert!(!installation.setup_needed().await.unwrap());

    let again = installation
        .complete_setup("new", admin("d@e.f"), &by(), NOW)
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
            tokio::spawn(async move { installation.complete_setup("key", admin, &by(), NOW).await })
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
