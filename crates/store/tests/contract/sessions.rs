use edgeward_domain::access::{Actor, ProjectRole, SessionKind};
use edgeward_ids::{SessionId, UserId};
use edgeward_store::{Failure, NewSession, SessionRefusal, StoreError};

use crate::support::{Bench, NOW, by, in_project, later, new_user, refusal};

crate::on_both!(
    a_session_is_found_until_it_ends,
    a_session_carries_what_its_user_was_given,
    a_used_session_lasts_longer_and_never_shorter,
    an_ended_session_is_gone,
    all_sessions_but_one_end,
    ended_sessions_are_forgotten,
    a_token_is_one_sessions_only,
    only_an_active_user_gets_a_session,
    nobody_signs_in_while_being_disabled,
);

pub(crate) fn session(hash: &str, user: Option<UserId>) -> NewSession {
    NewSession {
        id: SessionId::generate(),
        token_hash: hash.into(),
        user,
        kind: SessionKind::Browser,
        remembered: false,
        address: "198.51.100.7".into(),
        program: "Mozilla\0 ".to_owned() + &"x".repeat(500),
        expires_at: later(10),
    }
}

async fn a_session_is_found_until_it_ends(bench: &Bench) {
    let user = bench.member("ada", &[]).await;
    let sessions = bench.store.sessions();
    let person = NewSession {
        remembered: true,
        ..session("a", Some(user))
    };
    let machine = NewSession {
        kind: SessionKind::Bearer,
        ..session("b", None)
    };
    let made = sessions
        .create_session(person.clone(), &by(), NOW)
        .await
        .unwrap();
    sessions.create_session(machine, &by(), NOW).await.unwrap();

    let found = sessions.session("a", later(9)).await.unwrap().unwrap();
    assert_eq!(found, made);
    assert_eq!(found.id, person.id);
    let Actor::User(actor) = &found.identity.actor else {
        panic!("{found:?}")
    };
    assert_eq!((actor.id, actor.last_sign_in_at), (user, Some(NOW)));
    let recorded = bench.store.users().user(user).await.unwrap().unwrap();
    assert_eq!(recorded.user.last_sign_in_at, Some(NOW));
    assert_eq!((found.kind, found.remembered), (SessionKind::Browser, true));
    assert_eq!(found.address, "198.51.100.7");
    assert!(found.program.starts_with("Mozilla xxx"));
    assert_eq!(found.program.chars().count(), 200);
    assert_eq!(
        (found.created_at, found.last_used_at, found.expires_at),
        (NOW, NOW, later(10))
    );

    let found = sessions.session("b", later(9)).await.unwrap().unwrap();
    assert_eq!(found.identity.actor, Actor::Machine);
    assert!(found.identity.grants.is_system_admin());
    assert_eq!((found.kind, found.remembered), (SessionKind::Bearer, false));

    assert_eq!(sessions.session("a", later(10)).await.unwrap(), None);
    assert_eq!(sessions.session("c", NOW).await.unwrap(), None);
}

async fn a_session_carries_what_its_user_was_given(bench: &Bench) {
    let place = bench.project("plant").await;
    let user = bench.member("ada", &[]).await;
    let sessions = bench.store.sessions();
    sessions
        .create_session(session("a", Some(user)), &by(), NOW)
        .await
        .unwrap();
    let membership = in_project(place, ProjectRole::Admin);
    bench
        .store
        .members()
        .set_member(user, membership, &by(), NOW)
        .await
        .unwrap();
    let found = sessions.session("a", NOW).await.unwrap().unwrap();
    assert!(
        found
            .identity
            .grants
            .memberships()
            .any(|given| given == membership)
    );
    let listed = sessions.sessions_of(user, NOW).await.unwrap();
    assert_eq!(listed, [found]);
}

async fn a_used_session_lasts_longer_and_never_shorter(bench: &Bench) {
    let sessions = bench.store.sessions();
    let new = session("a", None);
    sessions
        .create_session(new.clone(), &by(), NOW)
        .await
        .unwrap();
    assert!(
        sessions
            .session_used(new.id, later(5), later(20))
            .await
            .unwrap()
    );
    assert!(
        sessions
            .session_used(new.id, later(3), later(15))
            .await
            .unwrap()
    );
    let found = sessions.session("a", later(19)).await.unwrap().unwrap();
    assert_eq!(
        (found.last_used_at, found.expires_at),
        (later(5), later(20))
    );
    let unknown = SessionId::generate();
    assert!(
        !sessions
            .session_used(unknown, NOW, later(20))
            .await
            .unwrap()
    );
}

async fn an_ended_session_is_gone(bench: &Bench) {
    let sessions = bench.store.sessions();
    let new = session("a", None);
    sessions
        .create_session(new.clone(), &by(), NOW)
        .await
        .unwrap();
    assert!(sessions.end_session(new.id, &by(), NOW).await.unwrap());
    assert!(!sessions.end_session(new.id, &by(), NOW).await.unwrap());
    assert_eq!(sessions.session("a", NOW).await.unwrap(), None);
    assert_eq!(bench.actions().await, ["session.begin", "session.end"]);
}

async fn all_sessions_but_one_end(bench: &Bench) {
    let user = bench.member("ada", &[]).await;
    let sessions = bench.store.sessions();
    let mut made = vec![];
    for (hash, at) in [("a", 1), ("b", 2), ("c", 3)] {
        let new = session(hash, Some(user));
        made.push(
            sessions
                .create_session(new, &by(), later(at))
                .await
                .unwrap(),
        );
    }
    let listed: Vec<_> = sessions.sessions_of(user, NOW).await.unwrap();
    let listed: Vec<_> = listed.iter().map(|session| session.id).collect();
    assert_eq!(listed, [made[2].id, made[1].id, made[0].id]);
    let ended = sessions
        .end_sessions_of(user, Some(made[1].id), &by(), NOW)
        .await;
    assert_eq!(ended.unwrap(), 2);
    let left = sessions.sessions_of(user, NOW).await.unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].id, made[1].id);
    assert_eq!(sessions.sessions_of(user, later(10)).await.unwrap(), []);
    assert_eq!(
        sessions
            .end_sessions_of(user, None, &by(), NOW)
            .await
            .unwrap(),
        1
    );
    let nobody = UserId::generate();
    assert_eq!(
        sessions
            .end_sessions_of(nobody, None, &by(), NOW)
            .await
            .unwrap(),
        0
    );
}

async fn ended_sessions_are_forgotten(bench: &Bench) {
    let sessions = bench.store.sessions();
    let long = NewSession {
        expires_at: later(11),
        ..session("long", None)
    };
    sessions.create_session(long, &by(), NOW).await.unwrap();
    sessions
        .create_session(session("short", None), &by(), NOW)
        .await
        .unwrap();
    assert_eq!(sessions.forget_ended_sessions(later(9)).await.unwrap(), 0);
    assert_eq!(sessions.forget_ended_sessions(later(10)).await.unwrap(), 1);
    assert!(sessions.session("long", NOW).await.unwrap().is_some());
    assert!(sessions.session("short", NOW).await.unwrap().is_none());
    let entry = bench.said().await.pop().unwrap();
    assert_eq!(
        (entry.action.as_str(), entry.at),
        ("session.expire", later(10))
    );
    assert_eq!(entry.by.author.kind.as_str(), "system");
}

async fn a_token_is_one_sessions_only(bench: &Bench) {
    let sessions = bench.store.sessions();
    let first = session("a", None);
    sessions
        .create_session(first.clone(), &by(), NOW)
        .await
        .unwrap();
    let error = sessions
        .create_session(session("a", None), &by(), NOW)
        .await
        .unwrap_err();
    let Failure::Store(error @ StoreError::Refused { .. }) = error else {
        panic!("{error:?}")
    };
    assert!(!error.retry_helps());
    let found = sessions.session("a", NOW).await.unwrap().unwrap();
    assert_eq!(found.id, first.id);
}

async fn only_an_active_user_gets_a_session(bench: &Bench) {
    let sessions = bench.store.sessions();
    let unknown = session("a", Some(UserId::generate()));
    let refused = sessions.create_session(unknown, &by(), NOW).await;
    assert_eq!(refusal(refused), SessionRefusal::UnknownUser);
    let user = bench.make(new_user("ada")).await.user.id;
    bench
        .store
        .users()
        .set_enabled(user, false, &by(), NOW)
        .await
        .unwrap();
    let refused = sessions
        .create_session(session("a", Some(user)), &by(), NOW)
        .await;
    assert_eq!(refusal(refused), SessionRefusal::NotActive);
}

async fn nobody_signs_in_while_being_disabled(bench: &Bench) {
    bench.warm_up().await;
    for round in 0..10 {
        let user = bench.member(&format!("u{round}"), &[]).await;
        let tries: Vec<_> = (0..6)
            .map(|number| {
                let sessions = bench.store.sessions();
                let new = session(&format!("{round}-{number}"), Some(user));
                tokio::spawn(async move { sessions.create_session(new, &by(), NOW).await })
            })
            .collect();
        bench
            .store
            .users()
            .set_enabled(user, false, &by(), NOW)
            .await
            .unwrap();
        for task in tries {
            if let Err(refused) = task.await.unwrap() {
                assert_eq!(refused.refusal(), Some(&SessionRefusal::NotActive));
            }
        }
        let left = bench.store.sessions().sessions_of(user, NOW).await.unwrap();
        assert_eq!(left, []);
    }
}
