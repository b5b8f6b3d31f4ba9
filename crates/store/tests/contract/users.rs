use edgeward_domain::access::{LastAdmin, OrganisationRole, ProjectRole, UserState, Visible};
use edgeward_domain::audit::{Author, AuthorKind, By};
use edgeward_ids::{OrganisationId, ProjectId, UserId};
use edgeward_store::{
    CreateRefusal, Direction, NewInvitation, NewSession, NewUser, Slice, Sort, UserChange,
    UserColumn, UserFilter, UserRefusal,
};

use crate::sessions::session;
use crate::support::{Bench, NOW, by, in_organisation, in_project, later, new_user, refusal};

crate::on_both!(
    a_user_is_found_by_address_whatever_its_case,
    users_are_made_with_all_that_they_are_given,
    one_that_is_refused_does_not_keep_the_others_from_being_made,
    of_one_address_at_once_one_user_comes,
    users_are_filtered,
    users_are_sorted_and_come_in_pages,
    a_user_is_changed,
    a_disabled_user_has_no_sessions_and_can_be_enabled,
    a_password_ends_the_other_sessions,
    a_deleted_user_leaves_nothing,
    the_last_system_administrator_stays,
    of_two_last_administrators_at_once_one_stays,
);

async fn a_user_is_found_by_address_whatever_its_case(bench: &Bench) {
    let made = bench.make(NewUser {
        email: "Zoë@Example.com".parse().unwrap(),
        ..new_user("Zoë")
    });
    let made = made.await;
    let users = bench.store.users();
    let email = "zoË@eXAMPLE.com".parse().unwrap();
    let found = users.credentials(&email).await.unwrap().unwrap();
    assert_eq!(found.user, made.user);
    assert_eq!(found.user.email.as_str(), "Zoë@Example.com");
    assert_eq!(found.password_hash.as_deref(), Some("$argon2id$x"));
    let other = "zoe@example.com".parse().unwrap();
    assert!(users.credentials(&other).await.unwrap().is_none());
    assert_eq!(users.user(UserId::generate()).await.unwrap(), None);
}

async fn users_are_made_with_all_that_they_are_given(bench: &Bench) {
    let place = bench.project("plant").await;
    let made = bench
        .make(NewUser {
            phone: "+49\0 30".into(),
            state: UserState::Invited,
            password_hash: None,
            sso_only: true,
            memberships: vec![in_project(place, ProjectRole::Admin)],
            invitation: Some(NewInvitation {
                token_hash: "link".into(),
                expires_at: later(5),
            }),
            ..new_user("ada")
        })
        .await;
    let users = bench.store.users();
    let found = users.user(made.user.id).await.unwrap().unwrap();
    assert_eq!(found, made);
    assert_eq!(found.user.phone, "+49 30");
    assert_eq!(found.user.state, UserState::Invited);
    assert!(found.user.sso_only && !found.has_password && !found.grants.is_system_admin());
    assert_eq!(
        (found.user.created_at, found.user.last_sign_in_at),
        (NOW, None)
    );
    let expected = [
        in_organisation(place.0, OrganisationRole::Member),
        in_project(place, ProjectRole::Admin),
    ];
    assert_eq!(found.grants.memberships().collect::<Vec<_>>(), expected);
    let link = users.invitation("link", NOW).await.unwrap().unwrap();
    assert_eq!(link.user, made.user);
    let said = bench.said().await;
    let made_here: Vec<_> = said
        .iter()
        .filter(|entry| entry.object_id == Some(made.user.id.to_string()))
        .map(|entry| (entry.action.as_str(), entry.organisation, entry.project))
        .collect();
    let (here, project) = (Some(place.0), Some(place.1));
    assert_eq!(
        made_here,
        [
            ("user.create", here, None),
            ("member.add", here, None),
            ("member.add", here, project),
            ("user.invite", here, None),
        ]
    );
    assert!(
        said.iter()
            .all(|entry| entry.by == by() || entry.by == By::system("first start"))
    );
}

async fn one_that_is_refused_does_not_keep_the_others_from_being_made(bench: &Bench) {
    let place = bench.project("plant").await;
    let lost = (place.0, ProjectId::generate());
    let nowhere = OrganisationId::generate();
    let users = vec![
        new_user("a"),
        new_user("A"),
        NewUser {
            memberships: vec![in_project(lost, ProjectRole::Viewer)],
            ..new_user("b")
        },
        NewUser {
            memberships: vec![in_organisation(nowhere, OrganisationRole::Admin)],
            ..new_user("c")
        },
        new_user("d"),
    ];
    let made = bench
        .store
        .users()
        .create_users(users, &by(), NOW)
        .await
        .unwrap();
    let made: Vec<_> = made
        .into_iter()
        .map(|made| made.map(|view| view.user.display_name))
        .collect();
    assert_eq!(
        made,
        [
            Ok("a".into()),
            Err(CreateRefusal::EmailTaken),
            Err(CreateRefusal::UnknownProject),
            Err(CreateRefusal::UnknownOrganisation),
            Ok("d".into()),
        ]
    );
    bench.check().await;
}

async fn of_one_address_at_once_one_user_comes(bench: &Bench) {
    bench.warm_up().await;
    let tries: Vec<_> = (0..8)
        .map(|_| {
            let users = bench.store.users();
            tokio::spawn(async move {
                let mut made = users
                    .create_users(vec![new_user("a")], &by(), NOW)
                    .await
                    .unwrap();
                made.pop().unwrap()
            })
        })
        .collect();
    let mut made = 0;
    for task in tries {
        match task.await.unwrap() {
            Ok(_) => made += 1,
            Err(refusal) => assert_eq!(refusal, CreateRefusal::EmailTaken),
        }
    }
    assert_eq!(made, 1);
    bench.check().await;
}

async fn found(bench: &Bench, filter: UserFilter) -> Vec<String> {
    let sort = Sort::ascending(UserColumn::Name);
    let users = bench.store.users();
    let page = users.users(&filter, sort, Slice::FIRST).await.unwrap();
    assert_eq!(page.items.len() as u64, page.total);
    let names = page.items.into_iter().map(|view| view.user.display_name);
    names.collect()
}

async fn users_are_filtered(bench: &Bench) {
    let (one, two) = (bench.project("one").await, bench.project("two").await);
    bench.system_admin("root").await;
    bench
        .member("Ada", &[in_organisation(one.0, OrganisationRole::Admin)])
        .await;
    bench
        .member("bob", &[in_project(one, ProjectRole::Viewer)])
        .await;
    bench
        .member("cy", &[in_project(two, ProjectRole::Viewer)])
        .await;
    bench
        .make(NewUser {
            state: UserState::Invited,
            phone: "030 7".into(),
            ..new_user("dä%y")
        })
        .await;
    let all = || UserFilter::new(Visible::Everything);
    let only = |organisations: &[OrganisationId], projects: &[ProjectId]| Visible::Only {
        organisations: organisations.iter().copied().collect(),
        projects: projects.iter().copied().collect(),
    };
    let text = |text: &str| UserFilter {
        text: Some(text.into()),
        ..all()
    };
    for (filter, expected) in [
        (all(), &["Ada", "bob", "cy", "dä%y", "root"][..]),
        (text("BOB@"), &["bob"]),
        (text("DÄ"), &["dä%y"]),
        (text("%"), &["dä%y"]),
        (text("30 7"), &["dä%y"]),
        (
            UserFilter {
                state: Some(UserState::Invited),
                ..all()
            },
            &["dä%y"],
        ),
        (
            UserFilter {
                organisation: Some(one.0),
                ..all()
            },
            &["Ada", "bob"],
        ),
        (
            UserFilter {
                project: Some(one.1),
                ..all()
            },
            &["bob"],
        ),
        (
            UserFilter {
                system_admin: Some(true),
                ..all()
            },
            &["root"],
        ),
        (
            UserFilter {
                system_admin: Some(false),
                ..all()
            },
            &["Ada", "bob", "cy", "dä%y"],
        ),
        (UserFilter::new(only(&[one.0], &[])), &["Ada", "bob"]),
        (UserFilter::new(only(&[], &[two.1])), &["cy"]),
        (
            UserFilter::new(only(&[one.0], &[two.1])),
            &["Ada", "bob", "cy"],
        ),
        (UserFilter::new(only(&[], &[])), &[]),
        (
            UserFilter {
                organisation: Some(two.0),
                ..UserFilter::new(only(&[one.0], &[]))
            },
            &[],
        ),
    ] {
        assert_eq!(found(bench, filter.clone()).await, expected, "{filter:?}");
    }
}

async fn users_are_sorted_and_come_in_pages(bench: &Bench) {
    let users = bench.store.users();
    for (name, email) in [("b", "1@x"), ("C", "3@x"), ("ä", "0@x"), ("a", "2@x")] {
        let user = NewUser {
            email: email.parse().unwrap(),
            ..new_user(name)
        };
        bench.make(user).await;
    }
    let id = users
        .credentials(&"1@x".parse().unwrap())
        .await
        .unwrap()
        .unwrap()
        .user
        .id;
    let session = session("s", Some(id));
    bench
        .store
        .sessions()
        .create_session(session, &by(), later(1))
        .await
        .unwrap();
    let sorted = async |by, direction, offset, limit| {
        let filter = UserFilter::new(Visible::Everything);
        let slice = Slice { offset, limit };
        let page = users
            .users(&filter, Sort { by, direction }, slice)
            .await
            .unwrap();
        assert_eq!(page.total, 4);
        let names = page.items.into_iter().map(|view| view.user.display_name);
        names.collect::<Vec<_>>().join("")
    };
    use Direction::{Ascending, Descending};
    assert_eq!(sorted(UserColumn::Name, Ascending, 0, 9).await, "Cabä");
    assert_eq!(sorted(UserColumn::Name, Descending, 1, 2).await, "ba");
    assert_eq!(sorted(UserColumn::Email, Ascending, 0, 9).await, "äbaC");
    assert_eq!(sorted(UserColumn::Created, Descending, 0, 9).await, "aäCb");
    assert_eq!(sorted(UserColumn::LastSignIn, Descending, 0, 1).await, "b");
    assert_eq!(sorted(UserColumn::LastSignIn, Ascending, 3, 9).await, "b");
    assert_eq!(
        sorted(UserColumn::Name, Ascending, u64::MAX, u64::MAX).await,
        ""
    );
}

async fn a_user_is_changed(bench: &Bench) {
    bench.system_admin("root").await;
    let id = bench.member("ada", &[]).await;
    let users = bench.store.users();
    let change = UserChange {
        display_name: Some("Ada L.".into()),
        phone: Some("1".into()),
        language: Some(Some("zh".into())),
        system_admin: Some(true),
        sso_only: Some(true),
    };
    let changed = users.update_user(id, change, &by(), NOW).await.unwrap();
    assert_eq!(users.user(id).await.unwrap().unwrap(), changed);
    assert_eq!(changed.user.display_name, "Ada L.");
    assert_eq!(
        (
            changed.user.phone.as_str(),
            changed.user.language.as_deref()
        ),
        ("1", Some("zh"))
    );
    assert!(changed.user.sso_only && changed.grants.is_system_admin());
    let text = UserFilter {
        text: Some("ada l".into()),
        ..UserFilter::new(Visible::Everything)
    };
    assert_eq!(found(bench, text).await, ["Ada L."]);
    let entry = bench.said().await.pop().unwrap();
    assert_eq!(entry.action, "user.update");
    assert!(entry.before.unwrap().contains("\"language\":null"));
    let after = entry.after.unwrap();
    assert!(
        after.contains("\"language\":\"zh\"") && !after.contains("argon"),
        "{after}"
    );

    let back = UserChange {
        language: Some(None),
        system_admin: Some(false),
        ..UserChange::default()
    };
    let changed = users.update_user(id, back, &by(), NOW).await.unwrap();
    assert_eq!(
        (changed.user.language, changed.grants.is_system_admin()),
        (None, false)
    );
    let entries = bench.said().await.len();
    users
        .update_user(id, UserChange::default(), &by(), NOW)
        .await
        .unwrap();
    assert_eq!(bench.said().await.len(), entries, "nothing changed");
    let nobody = users
        .update_user(UserId::generate(), UserChange::default(), &by(), NOW)
        .await;
    assert_eq!(refusal(nobody), UserRefusal::Unknown);
}

async fn begin(bench: &Bench, hash: &str, user: UserId) -> NewSession {
    let new = session(hash, Some(user));
    let sessions = bench.store.sessions();
    sessions
        .create_session(new.clone(), &by(), NOW)
        .await
        .unwrap();
    new
}

async fn a_disabled_user_has_no_sessions_and_can_be_enabled(bench: &Bench) {
    let id = bench.member("ada", &[]).await;
    begin(bench, "a", id).await;
    let users = bench.store.users();
    let disabled = users.set_enabled(id, false, &by(), NOW).await.unwrap();
    assert_eq!(disabled.user.state, UserState::Disabled);
    assert_eq!(
        bench.store.sessions().session("a", NOW).await.unwrap(),
        None
    );
    users.set_enabled(id, false, &by(), NOW).await.unwrap();
    let enabled = users.set_enabled(id, true, &by(), NOW).await.unwrap();
    assert_eq!(enabled.user.state, UserState::Active);
    assert_eq!(
        bench.store.sessions().session("a", NOW).await.unwrap(),
        None
    );

    let never = NewUser {
        state: UserState::Invited,
        password_hash: None,
        ..new_user("bob")
    };
    let never = bench.make(never).await.user.id;
    users.set_enabled(never, false, &by(), NOW).await.unwrap();
    let enabled = users.set_enabled(never, true, &by(), NOW).await.unwrap();
    assert_eq!(enabled.user.state, UserState::Invited);
    let actions = bench.actions().await;
    let disabled = actions.iter().filter(|action| *action == "user.disable");
    assert_eq!(disabled.count(), 2, "once each");
    let nobody = users
        .set_enabled(UserId::generate(), true, &by(), NOW)
        .await;
    assert_eq!(refusal(nobody), UserRefusal::Unknown);
}

async fn a_password_ends_the_other_sessions(bench: &Bench) {
    let id = bench.member("ada", &[]).await;
    let kept = begin(bench, "a", id).await;
    begin(bench, "b", id).await;
    let (users, sessions) = (bench.store.users(), bench.store.sessions());
    let ada = By {
        author: Author {
            kind: AuthorKind::User,
            id: Some(id.as_uuid()),
            name: "ada".into(),
        },
        ..by()
    };
    users
        .set_password(id, "$new", Some(kept.id), &ada, NOW)
        .await
        .unwrap();
    assert!(sessions.session("a", NOW).await.unwrap().is_some());
    assert!(sessions.session("b", NOW).await.unwrap().is_none());
    let email = "ada@example.com".parse().unwrap();
    let found = users.credentials(&email).await.unwrap().unwrap();
    assert_eq!(found.password_hash.as_deref(), Some("$new"));
    users
        .set_password(id, "$newer", None, &by(), NOW)
        .await
        .unwrap();
    assert!(sessions.session("a", NOW).await.unwrap().is_none());
    let actions = bench.actions().await;
    assert!(actions.ends_with(&["user.change_password".into(), "user.reset_password".into()]));

    let invited = NewUser {
        state: UserState::Invited,
        password_hash: None,
        invitation: Some(NewInvitation {
            token_hash: "l".into(),
            expires_at: later(9),
        }),
        ..new_user("bob")
    };
    let invited = bench.make(invited).await.user.id;
    users
        .set_password(invited, "$x", None, &by(), NOW)
        .await
        .unwrap();
    let found = users.user(invited).await.unwrap().unwrap();
    assert!(found.has_password);
    assert_eq!(found.user.state, UserState::Active);
    assert_eq!(users.invitation("l", NOW).await.unwrap(), None);
    let nobody = users
        .set_password(UserId::generate(), "$x", None, &by(), NOW)
        .await;
    assert_eq!(refusal(nobody), UserRefusal::Unknown);
}

async fn a_deleted_user_leaves_nothing(bench: &Bench) {
    let place = bench.project("plant").await;
    let id = bench
        .member("ada", &[in_project(place, ProjectRole::Viewer)])
        .await;
    begin(bench, "a", id).await;
    let token = crate::api_tokens::new_token("t", Some(id), &[]);
    bench
        .store
        .api_tokens()
        .create_api_token(token, &by(), NOW)
        .await
        .unwrap();
    let users = bench.store.users();
    let link = NewInvitation {
        token_hash: "l".into(),
        expires_at: later(9),
    };
    let reset = edgeward_store::InvitationPurpose::Reset;
    users
        .new_invitation(id, reset, link, &by(), NOW)
        .await
        .unwrap();
    users.delete_user(id, &by(), NOW).await.unwrap();
    assert_eq!(users.user(id).await.unwrap(), None);
    assert_eq!(users.invitation("l", NOW).await.unwrap(), None);
    assert_eq!(
        bench.store.sessions().session("a", NOW).await.unwrap(),
        None
    );
    assert_eq!(
        bench
            .store
            .api_tokens()
            .presented_api_token("t")
            .await
            .unwrap(),
        None
    );
    let members = bench.store.members();
    let left = members
        .project_members(place.1, None, Slice::FIRST)
        .await
        .unwrap();
    assert_eq!(left.total, 0);
    let again = users.delete_user(id, &by(), NOW).await;
    assert_eq!(refusal(again), UserRefusal::Unknown);
    // The address is free again.
    bench.member("ada", &[]).await;
    bench.check().await;
}

async fn the_last_system_administrator_stays(bench: &Bench) {
    let users = bench.store.users();
    let root = bench.system_admin("root").await;
    let asleep = NewUser {
        state: UserState::Invited,
        system_admin: true,
        ..new_user("asleep")
    };
    bench.make(asleep).await;
    let last = || UserRefusal::LastAdmin(LastAdmin::System);
    let demoted = UserChange {
        system_admin: Some(false),
        ..UserChange::default()
    };
    for refused in [
        users.set_enabled(root, false, &by(), NOW).await.map(drop),
        users.delete_user(root, &by(), NOW).await,
        users
            .update_user(root, demoted.clone(), &by(), NOW)
            .await
            .map(drop),
    ] {
        assert_eq!(refusal(refused), last());
    }
    let other = bench.system_admin("other").await;
    users.update_user(root, demoted, &by(), NOW).await.unwrap();
    let refused = users.delete_user(other, &by(), NOW).await;
    assert_eq!(refusal(refused), last());
}

async fn of_two_last_administrators_at_once_one_stays(bench: &Bench) {
    bench.warm_up().await;
    for round in 0..10 {
        let mut admins = vec![];
        for number in 0..4 {
            admins.push(bench.system_admin(&format!("r{round}n{number}")).await);
        }
        if round == 0 {
            continue;
        }
        let filter = UserFilter {
            system_admin: Some(true),
            state: Some(UserState::Active),
            ..UserFilter::new(Visible::Everything)
        };
        let sort = Sort::ascending(UserColumn::Created);
        let users = bench.store.users();
        let all = users.users(&filter, sort, Slice::FIRST).await.unwrap();
        let tries: Vec<_> = all
            .items
            .into_iter()
            .map(|view| {
                let users = bench.store.users();
                tokio::spawn(
                    async move { users.set_enabled(view.user.id, false, &by(), NOW).await },
                )
            })
            .collect();
        let mut refused = 0;
        for task in tries {
            refused += u32::from(task.await.unwrap().is_err());
        }
        assert_eq!(refused, 1);
        let left = users.users(&filter, sort, Slice::FIRST).await.unwrap();
        assert_eq!(left.total, 1);
    }
}
