use edgeward_domain::access::Grants;
use edgeward_store::{DatabaseKind, OpenError, Store, StoreError};

use crate::support::{Bench, NOW, facts, key, name};

crate::on_both!(
    the_database_answers_until_it_is_closed,
    what_was_recorded_is_there_after_opening_again,
    many_may_open_a_new_database_at_once,
);

async fn the_database_answers_until_it_is_closed(bench: &Bench) {
    let kind = match bench.url.split(':').next() {
        Some("sqlite") => DatabaseKind::Sqlite,
        _ => DatabaseKind::Postgres,
    };
    assert_eq!(bench.store.database_kind(), kind);
    bench.store.ping().await.unwrap();
    bench.store.close().await;
    let error = bench.store.ping().await.unwrap_err();
    assert!(error.retry_helps(), "{error:?}");
    let error = bench.store.agents().roster().await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
    assert!(error.to_string().contains("roster of agents"), "{error}");
}

async fn what_was_recorded_is_there_after_opening_again(bench: &Bench) {
    let place = bench.project("plant").await;
    let agent = bench.managed("gw", &["neuron"], place).await;
    bench.store.close().await;
    let store = Store::open(&bench.url, key()).await.unwrap();
    let found = store.agents().agent(agent.id).await.unwrap().unwrap();
    assert_eq!(found.agent, agent);
    assert_eq!(found.agent.facts, facts("gw", &["neuron"]));
    assert_eq!(found.place.unwrap().project, name("plant"));
    store.close().await;
}

async fn many_may_open_a_new_database_at_once(bench: &Bench) {
    let tries: Vec<_> = (0..4)
        .map(|_| {
            let url = bench.url.clone();
            tokio::spawn(async move { Store::open(&url, key()).await })
        })
        .collect();
    for task in tries {
        let store = task.await.unwrap().unwrap();
        store.ping().await.unwrap();
        store.close().await;
    }
}

#[tokio::test]
async fn a_database_in_memory_lives_as_long_as_its_store() {
    let store = Store::open("sqlite::memory:", key()).await.unwrap();
    assert!(store.organisations().ensure_default(NOW).await.unwrap());
    assert!(!store.organisations().ensure_default(NOW).await.unwrap());
    let other = Store::open("sqlite::memory:", key()).await.unwrap();
    assert_eq!(
        other
            .organisations()
            .organisations(&Grants::system_admin())
            .await
            .unwrap(),
        []
    );
}

#[tokio::test]
async fn a_database_that_cannot_be_reached_is_named_without_its_password() {
    for (url, shown) in [
        (
            "postgres://ada:s3cret@127.0.0.1:1/edge",
            "postgres://ada@127.0.0.1:1/edge",
        ),
        ("sqlite:/no/such/folder/data.db", "/no/such/folder/data.db"),
    ] {
        let error = Store::open(url, key()).await.err().unwrap();
        assert!(matches!(error, OpenError::Connect { .. }), "{error:?}");
        assert!(error.to_string().contains(shown), "{error}");
        assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
    }
}
