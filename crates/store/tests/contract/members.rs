use edgeward_domain::access::{LastAdmin, OrganisationRole, ProjectRole};
use edgeward_ids::{OrganisationId, ProjectId, UserId};
use edgeward_store::{MemberChange, MemberOf, MemberRefusal, Origin, Slice, UserRefusal};

use crate::support::{Bench, NOW, by, in_organisation, in_project, name, refusal};

crate::on_both!(
    a_member_of_a_project_is_one_of_its_organisation,
    a_membership_is_changed_and_ended,
    whoever_leaves_an_organisation_leaves_its_projects,
    memberships_need_what_they_are_of,
    members_are_listed_by_name,
    the_last_administrators_stay,
    of_two_last_administrators_who_leave_at_once_one_stays,
);

async fn a_member_of_a_project_is_one_of_its_organisation(bench: &Bench) {
    let place = bench.project("plant").await;
    let ada = bench.member("ada", &[]).await;
    let members = bench.store.members();
    let viewer = in_project(place, ProjectRole::Viewer);
    let change = members.set_member(ada, viewer, &by(), NOW).await.unwrap();
    assert_eq!(change, MemberChange::Added);
    let expected = [in_organisation(place.0, OrganisationRole::Member), viewer];
    let grants = bench.grants(ada).await;
    assert_eq!(grants.memberships().collect::<Vec<_>>(), expected);
    // What is there already stays.
    let admin = in_organisation(place.0, OrganisationRole::Admin);
    members.set_member(ada, admin, &by(), NOW).await.unwrap();
    let project = in_project(place, ProjectRole::Admin);
    members.set_member(ada, project, &by(), NOW).await.unwrap();
    let grants = bench.grants(ada).await;
    assert_eq!(grants.memberships().collect::<Vec<_>>(), [admin, project]);
}

async fn a_membership_is_changed_and_ended(bench: &Bench) {
    let place = bench.project("plant").await;
    let ada = bench
        .member("ada", &[in_project(place, ProjectRole::Viewer)])
        .await;
    let members = bench.store.members();
    let admin = in_project(place, ProjectRole::Admin);
    for expected in [MemberChange::Changed, MemberChange::Unchanged] {
        let change = members.set_member(ada, admin, &by(), NOW).await.unwrap();
        assert_eq!(change, expected);
    }
    bench.member("bob", &[admin]).await;
    let of = MemberOf::Project(place.1);
    members.remove_member(ada, of, &by(), NOW).await.unwrap();
    let again = members.remove_member(ada, of, &by(), NOW).await;
    assert_eq!(refusal(again), MemberRefusal::NotAMember);
    let left = in_organisation(place.0, OrganisationRole::Member);
    let grants = bench.grants(ada).await;
    assert_eq!(grants.memberships().collect::<Vec<_>>(), [left]);
    let said = bench.said().await;
    let [.., change, _, _, _, remove] = said.as_slice() else {
        panic!("{said:?}")
    };
    assert_eq!(
        (change.action.as_str(), remove.action.as_str()),
        ("member.change", "member.remove")
    );
    assert_eq!(
        (change.organisation, change.project),
        (Some(place.0), Some(place.1))
    );
    assert!(
        change
            .before
            .as_deref()
            .unwrap()
            .contains("\"role\":\"viewer\"")
    );
    assert!(
        change
            .after
            .as_deref()
            .unwrap()
            .contains("\"role\":\"admin\"")
    );
    assert_eq!(remove.object_name, "ada@example.com");
}

async fn whoever_leaves_an_organisation_leaves_its_projects(bench: &Bench) {
    let (one, two) = (bench.project("one").await, bench.project("two").await);
    let memberships = [
        in_project(one, ProjectRole::Viewer),
        in_project(two, ProjectRole::Viewer),
    ];
    let ada = bench.member("ada", &memberships).await;
    let members = bench.store.members();
    let of = MemberOf::Organisation(one.0);
    members.remove_member(ada, of, &by(), NOW).await.unwrap();
    let expected = [
        in_organisation(two.0, OrganisationRole::Member),
        memberships[1],
    ];
    let grants = bench.grants(ada).await;
    assert_eq!(grants.memberships().collect::<Vec<_>>(), expected);
}

async fn memberships_need_what_they_are_of(bench: &Bench) {
    let (one, two) = (bench.project("one").await, bench.project("two").await);
    let ada = bench.member("ada", &[]).await;
    let members = bench.store.members();
    let nobody = members
        .set_member(
            UserId::generate(),
            in_project(one, ProjectRole::Viewer),
            &by(),
            NOW,
        )
        .await;
    assert_eq!(refusal(nobody), MemberRefusal::UnknownUser);
    let nowhere = in_organisation(OrganisationId::generate(), OrganisationRole::Viewer);
    let nowhere = members.set_member(ada, nowhere, &by(), NOW).await;
    assert_eq!(refusal(nowhere), MemberRefusal::UnknownOrganisation);
    for place in [(one.0, two.1), (one.0, ProjectId::generate())] {
        let membership = in_project(place, ProjectRole::Viewer);
        let refused = members.set_member(ada, membership, &by(), NOW).await;
        assert_eq!(refusal(refused), MemberRefusal::UnknownProject);
    }
    assert_eq!(bench.grants(ada).await.memberships().count(), 0);
    for (of, expected) in [
        (
            MemberOf::Organisation(OrganisationId::generate()),
            MemberRefusal::UnknownOrganisation,
        ),
        (
            MemberOf::Project(ProjectId::generate()),
            MemberRefusal::UnknownProject,
        ),
        (MemberOf::Organisation(one.0), MemberRefusal::NotAMember),
    ] {
        let refused = members.remove_member(ada, of, &by(), NOW).await;
        assert_eq!(refusal(refused), expected);
    }
    let nobody = members
        .remove_member(
            UserId::generate(),
            MemberOf::Organisation(one.0),
            &by(),
            NOW,
        )
        .await;
    assert_eq!(refusal(nobody), MemberRefusal::UnknownUser);
}

async fn members_are_listed_by_name(bench: &Bench) {
    let place = bench.project("plant").await;
    bench
        .member("b", &[in_organisation(place.0, OrganisationRole::Viewer)])
        .await;
    bench
        .member("C", &[in_project(place, ProjectRole::Admin)])
        .await;
    bench
        .member("a", &[in_organisation(place.0, OrganisationRole::Admin)])
        .await;
    bench.member("d", &[]).await;
    let members = bench.store.members();
    let page = members
        .organisation_members(place.0, None, Slice::FIRST)
        .await
        .unwrap();
    let found: Vec<_> = page
        .items
        .iter()
        .map(|member| {
            (
                member.user.user.display_name.as_str(),
                member.role,
                member.origin,
            )
        })
        .collect();
    use OrganisationRole::{Admin, Member, Viewer};
    let hand = Origin::Hand;
    assert_eq!(
        found,
        [("C", Member, hand), ("a", Admin, hand), ("b", Viewer, hand)]
    );
    let slice = Slice {
        offset: 1,
        limit: 1,
    };
    let page = members
        .organisation_members(place.0, None, slice)
        .await
        .unwrap();
    assert_eq!(
        (page.items[0].user.user.display_name.as_str(), page.total),
        ("a", 3)
    );
    let page = members
        .organisation_members(place.0, Some("B@"), Slice::FIRST)
        .await
        .unwrap();
    assert_eq!((page.items[0].role, page.total), (Viewer, 1));
    let page = members
        .project_members(place.1, None, Slice::FIRST)
        .await
        .unwrap();
    assert_eq!((page.items[0].role, page.total), (ProjectRole::Admin, 1));
    let nowhere = members
        .project_members(ProjectId::generate(), None, Slice::FIRST)
        .await;
    assert_eq!(nowhere.unwrap().total, 0);
}

async fn the_last_administrators_stay(bench: &Bench) {
    let place = bench.project("plant").await;
    bench.system_admin("root").await;
    let (organisation, project) = (MemberOf::Organisation(place.0), MemberOf::Project(place.1));
    let in_both = [
        in_organisation(place.0, OrganisationRole::Admin),
        in_project(place, ProjectRole::Admin),
    ];
    let ada = bench.member("ada", &in_both).await;
    let (members, users) = (bench.store.members(), bench.store.users());
    let of_organisation = || MemberRefusal::LastAdmin(LastAdmin::Organisation(name("plant")));
    let of_project = || MemberRefusal::LastAdmin(LastAdmin::Project(name("plant")));
    let viewer = in_organisation(place.0, OrganisationRole::Viewer);
    for (refused, expected) in [
        (
            members.remove_member(ada, organisation, &by(), NOW).await,
            of_organisation(),
        ),
        (
            members.remove_member(ada, project, &by(), NOW).await,
            of_project(),
        ),
        (
            members.set_member(ada, viewer, &by(), NOW).await.map(drop),
            of_organisation(),
        ),
        (
            members
                .set_member(ada, in_project(place, ProjectRole::Viewer), &by(), NOW)
                .await
                .map(drop),
            of_project(),
        ),
    ] {
        assert_eq!(refusal(refused), expected);
    }
    let refused = users.set_enabled(ada, false, &by(), NOW).await;
    assert!(matches!(
        refusal(refused),
        UserRefusal::LastAdmin(LastAdmin::Organisation(_))
    ));

    // With another organisation's administrator, the project still has only her.
    let bob = bench.member("bob", &[in_both[0]]).await;
    let refused = members.remove_member(ada, organisation, &by(), NOW).await;
    assert_eq!(refusal(refused), of_project());
    let refused = users.delete_user(ada, &by(), NOW).await;
    assert_eq!(
        refusal(refused),
        UserRefusal::LastAdmin(LastAdmin::Project(name("plant")))
    );
    members.set_member(ada, viewer, &by(), NOW).await.unwrap();

    members
        .set_member(bob, in_both[1], &by(), NOW)
        .await
        .unwrap();
    users.delete_user(ada, &by(), NOW).await.unwrap();
    let refused = users.delete_user(bob, &by(), NOW).await;
    assert!(matches!(refusal(refused), UserRefusal::LastAdmin(_)));
    bench.check().await;
}

async fn of_two_last_administrators_who_leave_at_once_one_stays(bench: &Bench) {
    bench.warm_up().await;
    for round in 0..10 {
        let place = bench.project(&format!("p{round}")).await;
        let admin = in_organisation(place.0, OrganisationRole::Admin);
        let mut tries = Vec::new();
        let mut admins = Vec::new();
        for number in 0..4 {
            admins.push(bench.member(&format!("r{round}n{number}"), &[admin]).await);
        }
        for ada in admins {
            let members = bench.store.members();
            let of = MemberOf::Organisation(place.0);
            tries.push(tokio::spawn(async move {
                members.remove_member(ada, of, &by(), NOW).await
            }));
        }
        let mut left = 0;
        for task in tries {
            match task.await.unwrap() {
                Ok(()) => left += 1,
                refused => assert!(matches!(refusal(refused), MemberRefusal::LastAdmin(_))),
            }
        }
        assert_eq!(left, 3);
    }
    bench.check().await;
}
