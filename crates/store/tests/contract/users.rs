use edgeward_domain::access::{Actor, SessionKind, User};
use edgeward_ids::{SessionId, UserId};
use edgeward_store::{NewSession, NewUser, StoreError};

use crate::support::{Bench, NOW, later};

crate::on_both!(
    a_user_is_found_by_address_whatever_its_case,
    a_session_is_found_until_it_ends,
    a_session_is_extended_and_never_shortened,
    an_ended_session_is_gone,
    ended_sessions_are_forgotten,
    a_token_is_one_sessions_only,
);

async fn user(bench: &Bench) -> User {
    let installation = bench.store.installation();
    installation.set_setup_key("key", NOW).await.unwrap();
    let user = NewUser {
        id: UserId::generate(),
        email: "Zoë@Example.com".parse().unwrap(),
        display_name: "Zoë".into(),
        password_hash: "$argon2id$x".into(),
    };
    installation.complete_setup("key", user, NOW).await.unwrap()
}

fn session(hash: &str, user: Option<UserId>, kind: SessionKind) -> NewSession {
    NewSession {
        id: SessionId::generate(),
        token_hash: hash.into(),
        user,
        kind,
        expires_at: later(10),
    }
}

async fn a_user_is_found_by_address_whatever_its_case(bench: &Bench) {
    let user = user(bench).await;
    let users = bench.store.users();
    let email = "zoË@eXAMPLE.com".parse().unwrap();
    let found = users.credentials(&email).await.unwrap().unwrap();
    assert_eq!(found.user, user);
    assert_eq!(found.user.email.as_str(), "Zoë@Example.com");
    assert_eq!(found.password_hash, "$argon2id$x");
    let other = "zoe@example.com".parse().unwrap();
    assert!(users.credentials(&other).await.unwrap().is_none());
}

async fn a_session_is_found_until_it_ends(bench: &Bench) {
    let user = user(bench).await;
    let users = bench.store.users();
    let person = session("a", Some(user.id), SessionKind::Browser);
    let machine = session("b", None, SessionKind::Bearer);
    let made = users.create_session(person.clone(), NOW).await.unwrap();
    users.create_session(machine, NOW).await.unwrap();

    let found = users.session("a", later(9)).await.unwrap().unwrap();
    assert_eq!(found, made);
    assert_eq!(found.id, person.id);
    assert_eq!(found.actor, Actor::User(user));
    assert_eq!(found.kind, SessionKind::Browser);
    assert_eq!((found.created_at, found.expires_at), (NOW, later(10)));

    let found = users.session("b", later(9)).await.unwrap().unwrap();
    assert_eq!(found.actor, Actor::Machine);
    assert_eq!(found.kind, SessionKind::Bearer);

    assert_eq!(users.session("a", later(10)).await.unwrap(), None);
    assert_eq!(users.session("c", NOW).await.unwrap(), None);
}

async fn a_session_is_extended_and_never_shortened(bench: &Bench) {
    let users = bench.store.users();
    let new = session("a", None, SessionKind::Bearer);
    users.create_session(new.clone(), NOW).await.unwrap();
    assert!(users.extend_session(new.id, later(20)).await.unwrap());
    assert!(users.extend_session(new.id, later(15)).await.unwrap());
    let found = users.session("a", later(19)).await.unwrap().unwrap();
    assert_eq!(found.expires_at, later(20));
    let unknown = SessionId::generate();
    assert!(!users.extend_session(unknown, later(20)).await.unwrap());
}

async fn an_ended_session_is_gone(bench: &Bench) {
    let users = bench.store.users();
    let new = session("a", None, SessionKind::Bearer);
    users.create_session(new.clone(), NOW).await.unwrap();
    assert!(users.end_session(new.id).await.unwrap());
    assert!(!users.end_session(new.id).await.unwrap());
    assert_eq!(users.session("a", NOW).await.unwrap(), None);
}

async fn ended_sessions_are_forgotten(bench: &Bench) {
    let users = bench.store.users();
    let long = NewSession {
        expires_at: later(11),
        ..session("long", None, SessionKind::Bearer)
    };
    let short = session("short", None, SessionKind::Bearer);
    users.create_session(long, NOW).await.unwrap();
    users.create_session(short, NOW).await.unwrap();
    assert_eq!(users.forget_ended_sessions(later(9)).await.unwrap(), 0);
    assert_eq!(users.forget_ended_sessions(later(10)).await.unwrap(), 1);
    assert!(users.session("long", NOW).await.unwrap().is_some());
    assert!(users.session("short", NOW).await.unwrap().is_none());
}

async fn a_token_is_one_sessions_only(bench: &Bench) {
    let users = bench.store.users();
    let first = session("a", None, SessionKind::Bearer);
    users.create_session(first.clone(), NOW).await.unwrap();
    let second = session("a", None, SessionKind::Bearer);
    let error = users.create_session(second, NOW).await.unwrap_err();
    assert!(matches!(error, StoreError::Refused { .. }), "{error:?}");
    assert!(!error.retry_helps());
    let found = users.session("a", NOW).await.unwrap().unwrap();
    assert_eq!(found.id, first.id);
}
