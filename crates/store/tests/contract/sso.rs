use edgeward_domain::access::{Grants, Membership, OrganisationRole, ProjectRole, UserState};
use edgeward_ids::{OrganisationId, ProjectId};
use edgeward_store::{NewUser, SsoRefusal, SsoSignIn};

use crate::support::{Bench, NOW, by, in_organisation, in_project, new_user, refusal};

crate::on_both!(
    somebody_new_is_made_where_that_is_allowed,
    an_account_is_linked_by_a_confirmed_address_and_found_for_good,
    what_the_rules_give_is_replaced_and_what_hands_gave_stays,
    the_last_administrators_stay_what_the_rules_say_or_not,
    a_disabled_user_is_not_let_in,
    of_two_first_sign_ins_at_once_one_user_comes,
);

fn sign_in(subject: &str, memberships: &[Membership]) -> SsoSignIn {
    SsoSignIn {
        issuer: "https://id.example.com".into(),
        subject: subject.into(),
        email: format!("{subject}@example.com").parse().unwrap(),
        email_verified: true,
        display_name: subject.into(),
        memberships: memberships.to_vec(),
        system_admin: None,
        create: true,
    }
}

async fn given(bench: &Bench, new: SsoSignIn) -> Grants {
    let signed_in = bench
        .store
        .users()
        .sign_in_with_sso(new, &by(), NOW)
        .await
        .unwrap();
    assert_eq!(
        bench.grants(signed_in.view.user.id).await,
        signed_in.view.grants
    );
    signed_in.view.grants
}

async fn somebody_new_is_made_where_that_is_allowed(bench: &Bench) {
    let users = bench.store.users();
    let place = bench.project("plant").await;
    let new = sign_in("ada", &[in_project(place, ProjectRole::Viewer)]);
    let none = SsoSignIn {
        create: false,
        ..new.clone()
    };
    let refused = users.sign_in_with_sso(none, &by(), NOW).await;
    assert_eq!(refusal(refused), SsoRefusal::NotAllowed);
    let unverified = SsoSignIn {
        email_verified: false,
        ..new.clone()
    };
    let refused = users.sign_in_with_sso(unverified, &by(), NOW).await;
    assert_eq!(refusal(refused), SsoRefusal::Unverified);

    let made = users
        .sign_in_with_sso(new.clone(), &by(), NOW)
        .await
        .unwrap();
    assert!(made.created && !made.view.has_password);
    assert_eq!(made.view.user.state, UserState::Active);
    assert_eq!(
        made.view.grants,
        Grants::new(false, new.memberships.clone())
    );
    let again = users.sign_in_with_sso(new, &by(), NOW).await.unwrap();
    assert!(!again.created);
    assert_eq!(again.view, made.view);
}

async fn an_account_is_linked_by_a_confirmed_address_and_found_for_good(bench: &Bench) {
    let users = bench.store.users();
    let invited = NewUser {
        state: UserState::Invited,
        password_hash: None,
        ..new_user("ada")
    };
    let id = bench.make(invited).await.user.id;
    let new = SsoSignIn {
        create: false,
        email: "ADA@example.com".parse().unwrap(),
        ..sign_in("ada", &[])
    };
    let unverified = SsoSignIn {
        email_verified: false,
        ..new.clone()
    };
    let refused = users.sign_in_with_sso(unverified.clone(), &by(), NOW).await;
    assert_eq!(refusal(refused), SsoRefusal::Unverified);
    let linked = users
        .sign_in_with_sso(new.clone(), &by(), NOW)
        .await
        .unwrap();
    assert_eq!((linked.view.user.id, linked.created), (id, false));
    assert_eq!(linked.view.user.state, UserState::Active);
    // From now on by the account, whatever address it has.
    let moved = SsoSignIn {
        email: "other@example.com".parse().unwrap(),
        ..unverified
    };
    let found = users.sign_in_with_sso(moved, &by(), NOW).await.unwrap();
    assert_eq!(found.view.user.id, id);
    assert_eq!(found.view.user.email.as_str(), "ada@example.com");
    // The same subject elsewhere is somebody else.
    let elsewhere = SsoSignIn {
        issuer: "https://other.example.com".into(),
        email: "x@y".parse().unwrap(),
        ..new
    };
    let refused = users.sign_in_with_sso(elsewhere, &by(), NOW).await;
    assert_eq!(refusal(refused), SsoRefusal::NotAllowed);
    assert!(bench.actions().await.contains(&"sso.link".to_owned()));
}

async fn what_the_rules_give_is_replaced_and_what_hands_gave_stays(bench: &Bench) {
    let (one, two) = (bench.project("one").await, bench.project("two").await);
    let three = bench.project("three").await;
    let by_hand = in_project(three, ProjectRole::Viewer);
    let admin = in_project(one, ProjectRole::Admin);
    bench.member("bob", &[admin]).await;
    let ada = bench.member("ada", &[by_hand]).await;
    let member =
        |place: (OrganisationId, ProjectId)| in_organisation(place.0, OrganisationRole::Member);
    let first = [
        in_project(one, ProjectRole::Viewer),
        in_organisation(two.0, OrganisationRole::Viewer),
        in_project(three, ProjectRole::Admin),
        in_organisation(OrganisationId::generate(), OrganisationRole::Admin),
    ];
    let grants = given(bench, sign_in("ada", &first)).await;
    let expected = Grants::new(
        false,
        [member(one), first[0], first[1], member(three), by_hand],
    );
    assert_eq!(
        grants, expected,
        "what a hand gave is not changed; what is not there, not given"
    );
    let grants = given(
        bench,
        sign_in("ada", &[in_project(one, ProjectRole::Admin)]),
    )
    .await;
    let expected = [
        member(one),
        in_project(one, ProjectRole::Admin),
        member(three),
        by_hand,
    ];
    assert_eq!(grants, Grants::new(false, expected));
    // A hand puts her into a project of an organisation that the rules gave: she stays in it, plainly.
    let viewer = in_organisation(two.0, OrganisationRole::Viewer);
    given(bench, sign_in("ada", &[viewer])).await;
    let project = in_project(two, ProjectRole::Viewer);
    bench
        .store
        .members()
        .set_member(ada, project, &by(), NOW)
        .await
        .unwrap();
    let grants = given(bench, sign_in("ada", &[])).await;
    assert_eq!(
        grants,
        Grants::new(false, [member(two), project, member(three), by_hand])
    );
    bench.check().await;
}

async fn the_last_administrators_stay_what_the_rules_say_or_not(bench: &Bench) {
    let place = bench.project("one").await;
    let admin = in_project(place, ProjectRole::Admin);
    let first = SsoSignIn {
        system_admin: Some(true),
        ..sign_in("ada", &[admin])
    };
    assert!(given(bench, first).await.is_system_admin());
    let nothing = SsoSignIn {
        system_admin: Some(false),
        ..sign_in("ada", &[])
    };
    let grants = given(bench, nothing.clone()).await;
    assert_eq!(grants, Grants::new(true, [admin]));
    assert!(
        bench
            .actions()
            .await
            .contains(&"sso.keep_last_admin".to_owned())
    );
    let demoted = in_project(place, ProjectRole::Viewer);
    assert_eq!(
        given(bench, sign_in("ada", &[demoted])).await,
        Grants::new(true, [admin])
    );

    bench.system_admin("root").await;
    bench.member("bob", &[admin]).await;
    assert_eq!(given(bench, nothing).await, Grants::default());
    let unsaid = sign_in("root", &[]);
    assert!(
        given(bench, unsaid).await.is_system_admin(),
        "no rule speaks of it"
    );
}

async fn a_disabled_user_is_not_let_in(bench: &Bench) {
    let users = bench.store.users();
    let id = bench.member("ada", &[]).await;
    for _ in 0..2 {
        users.set_enabled(id, false, &by(), NOW).await.unwrap();
        let refused = users
            .sign_in_with_sso(sign_in("ada", &[]), &by(), NOW)
            .await;
        assert_eq!(refusal(refused), SsoRefusal::Disabled);
        users.set_enabled(id, true, &by(), NOW).await.unwrap();
        // Linked from now on.
        given(bench, sign_in("ada", &[])).await;
    }
}

async fn of_two_first_sign_ins_at_once_one_user_comes(bench: &Bench) {
    bench.warm_up().await;
    let tries: Vec<_> = (0..8)
        .map(|_| {
            let users = bench.store.users();
            tokio::spawn(async move {
                users
                    .sign_in_with_sso(sign_in("ada", &[]), &by(), NOW)
                    .await
            })
        })
        .collect();
    let mut created = 0;
    for task in tries {
        created += u32::from(task.await.unwrap().unwrap().created);
    }
    assert_eq!(created, 1);
}
