use edgeward_domain::access::UserState;
use edgeward_domain::audit::By;
use edgeward_ids::UserId;
use edgeward_store::{InvitationPurpose, InvitationRefusal, NewInvitation, NewUser, UserRefusal};

use crate::sessions::session;
use crate::support::{Bench, NOW, by, later, new_user, refusal};

crate::on_both!(
    an_invitation_makes_the_user_active_and_works_once,
    a_link_ends_and_is_replaced,
    a_reset_ends_the_sessions,
    a_disabled_user_has_no_link,
    of_two_uses_at_once_one_succeeds,
);

fn link(hash: &str) -> NewInvitation {
    NewInvitation {
        token_hash: hash.into(),
        expires_at: later(10),
    }
}

async fn invited(bench: &Bench, name: &str, hash: &str) -> UserId {
    let user = NewUser {
        state: UserState::Invited,
        password_hash: None,
        invitation: Some(link(hash)),
        ..new_user(name)
    };
    bench.make(user).await.user.id
}

async fn an_invitation_makes_the_user_active_and_works_once(bench: &Bench) {
    let id = invited(bench, "ada", "l").await;
    let users = bench.store.users();
    let found = users.invitation("l", NOW).await.unwrap().unwrap();
    assert_eq!(
        (found.user.id, found.purpose),
        (id, InvitationPurpose::Invite)
    );
    assert_eq!(found.expires_at, later(10));
    let anonymous = By::anonymous("", "192.0.2.9");
    let name = Some("Ada L.".to_owned());
    let accepted = users
        .accept_invitation("l", "$p", name, &anonymous, NOW)
        .await
        .unwrap();
    assert_eq!(
        (accepted.state, accepted.display_name.as_str()),
        (UserState::Active, "Ada L.")
    );
    let email = "ada@example.com".parse().unwrap();
    let credentials = users.credentials(&email).await.unwrap().unwrap();
    assert_eq!(credentials.password_hash.as_deref(), Some("$p"));
    assert_eq!(credentials.user, accepted);
    let again = users
        .accept_invitation("l", "$q", None, &anonymous, NOW)
        .await;
    assert_eq!(refusal(again), InvitationRefusal::NotValid);
    assert_eq!(users.invitation("l", NOW).await.unwrap(), None);
    let entry = bench.said().await.pop().unwrap();
    assert_eq!(
        (entry.action.as_str(), entry.by),
        ("invitation.accept", anonymous)
    );
    assert_eq!(entry.object_id, Some(id.to_string()));
}

async fn a_link_ends_and_is_replaced(bench: &Bench) {
    let id = invited(bench, "ada", "old").await;
    let users = bench.store.users();
    assert_eq!(users.invitation("old", later(10)).await.unwrap(), None);
    let late = users
        .accept_invitation("old", "$p", None, &by(), later(10))
        .await;
    assert_eq!(refusal(late), InvitationRefusal::NotValid);
    let purpose = InvitationPurpose::Reset;
    users
        .new_invitation(id, purpose, link("new"), &by(), NOW)
        .await
        .unwrap();
    assert_eq!(users.invitation("old", NOW).await.unwrap(), None);
    let found = users.invitation("new", NOW).await.unwrap().unwrap();
    assert_eq!(
        found.purpose,
        InvitationPurpose::Invite,
        "has no password yet"
    );
    let actions = bench.actions().await;
    assert_eq!(actions.last().unwrap(), "invitation.renew");
    let nobody = users
        .new_invitation(UserId::generate(), purpose, link("x"), &by(), NOW)
        .await;
    assert_eq!(refusal(nobody), UserRefusal::Unknown);
}

async fn a_reset_ends_the_sessions(bench: &Bench) {
    let id = bench.member("ada", &[]).await;
    let (users, sessions) = (bench.store.users(), bench.store.sessions());
    sessions
        .create_session(session("s", Some(id)), &by(), NOW)
        .await
        .unwrap();
    let purpose = InvitationPurpose::Reset;
    users
        .new_invitation(id, purpose, link("l"), &by(), NOW)
        .await
        .unwrap();
    assert!(
        sessions.session("s", NOW).await.unwrap().is_some(),
        "asking changes nothing"
    );
    let found = users.invitation("l", NOW).await.unwrap().unwrap();
    assert_eq!(found.purpose, InvitationPurpose::Reset);
    let after = users
        .accept_invitation("l", "$p", None, &by(), NOW)
        .await
        .unwrap();
    assert_eq!(after.display_name, "ada");
    assert_eq!(sessions.session("s", NOW).await.unwrap(), None);
}

async fn a_disabled_user_has_no_link(bench: &Bench) {
    let id = invited(bench, "ada", "l").await;
    let users = bench.store.users();
    users.set_enabled(id, false, &by(), NOW).await.unwrap();
    assert_eq!(users.invitation("l", NOW).await.unwrap(), None);
    let refused = users.accept_invitation("l", "$p", None, &by(), NOW).await;
    assert_eq!(refusal(refused), InvitationRefusal::NotValid);
    let found = users.user(id).await.unwrap().unwrap();
    assert_eq!(
        (found.user.state, found.has_password),
        (UserState::Disabled, false)
    );
}

async fn of_two_uses_at_once_one_succeeds(bench: &Bench) {
    bench.warm_up().await;
    invited(bench, "ada", "l").await;
    let tries: Vec<_> = (0..8)
        .map(|n| {
            let users = bench.store.users();
            tokio::spawn(async move {
                users
                    .accept_invitation("l", &format!("${n}"), None, &by(), NOW)
                    .await
            })
        })
        .collect();
    let mut accepted = 0;
    for task in tries {
        match task.await.unwrap() {
            Ok(_) => accepted += 1,
            refused => assert_eq!(refusal(refused), InvitationRefusal::NotValid),
        }
    }
    assert_eq!(accepted, 1);
}
