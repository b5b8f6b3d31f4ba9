use edgeward_domain::access::{
    Actor, Grants, Membership, OrganisationRole, ProjectRole, Role, Scope, Visible,
};
use edgeward_ids::{ApiTokenId, UserId};
use edgeward_store::{ApiTokenFilter, ApiTokenRefusal, NewApiToken, Slice, TokenFault, UserChange};

use crate::support::{Bench, NOW, by, in_organisation, in_project, later, refusal};

crate::on_both!(
    a_token_is_as_it_was_made,
    a_token_never_allows_more_than_its_owner_may,
    a_token_of_somebody_who_cannot_sign_in_is_refused,
    tokens_are_listed_by_owner_and_by_place,
    a_token_that_was_used_says_when,
    a_deleted_token_is_gone,
    the_number_of_tokens_of_an_owner_is_limited,
    what_was_given_in_a_project_goes_with_it,
);

pub(crate) fn new_token(hash: &str, owner: Option<UserId>, granted: &[Membership]) -> NewApiToken {
    NewApiToken {
        id: ApiTokenId::generate(),
        secret_hash: hash.into(),
        name: format!("token {hash}"),
        owner,
        granted: Grants::new(false, granted.iter().copied()),
        expires_at: Some(later(60)),
    }
}

async fn a_token_is_as_it_was_made(bench: &Bench) {
    let place = bench.project("plant").await;
    let owner = bench.system_admin("ada").await;
    let tokens = bench.store.api_tokens();
    let granted = [
        in_project(place, ProjectRole::Admin),
        in_organisation(place.0, OrganisationRole::Viewer),
    ];
    let new = new_token("a", Some(owner), &granted);
    let made = tokens
        .create_api_token(new.clone(), &by(), NOW)
        .await
        .unwrap();
    let forever = NewApiToken {
        granted: Grants::system_admin(),
        expires_at: None,
        ..new_token("b", None, &[])
    };
    let machine = tokens.create_api_token(forever, &by(), NOW).await.unwrap();
    assert_eq!(tokens.api_token(new.id).await.unwrap(), Some(made.clone()));
    assert_eq!(made.granted, new.granted);
    assert_eq!(made.owner_name.as_deref(), Some("ada"));
    assert_eq!(
        (made.created_at, made.expires_at, made.last_used_at),
        (NOW, Some(later(60)), None)
    );
    let found = tokens.presented_api_token("b").await.unwrap().unwrap();
    assert_eq!((found.token, found.owner), (machine, None));
    assert_eq!(tokens.presented_api_token("c").await.unwrap(), None);
    assert_eq!(
        tokens.api_token(ApiTokenId::generate()).await.unwrap(),
        None
    );
    let entry = bench.said().await.pop().unwrap();
    assert_eq!(entry.action, "api_token.create");
    assert!(entry.after.unwrap().contains("\"system_admin\":true"));
}

async fn a_token_never_allows_more_than_its_owner_may(bench: &Bench) {
    let (one, two) = (bench.project("one").await, bench.project("two").await);
    bench.system_admin("root").await;
    let owner = bench.system_admin("ada").await;
    let tokens = bench.store.api_tokens();
    let new = new_token("a", Some(owner), &[in_project(one, ProjectRole::Admin)]);
    tokens.create_api_token(new, &by(), NOW).await.unwrap();
    let role = async |place: (_, _)| {
        let presented = tokens.presented_api_token("a").await.unwrap().unwrap();
        let identity = presented.identity(NOW).unwrap();
        assert!(matches!(identity.actor, Actor::Token(_)));
        let (organisation, project) = place;
        identity.grants.role_at(Scope::Project {
            organisation,
            project,
        })
    };
    assert_eq!(role(one).await, Some(Role::ProjectAdmin));
    assert_eq!(role(two).await, None);
    let demoted = UserChange {
        system_admin: Some(false),
        ..UserChange::default()
    };
    bench
        .store
        .users()
        .update_user(owner, demoted, &by(), NOW)
        .await
        .unwrap();
    assert_eq!(role(one).await, None);
    let viewer = in_organisation(one.0, OrganisationRole::Viewer);
    bench
        .store
        .members()
        .set_member(owner, viewer, &by(), NOW)
        .await
        .unwrap();
    assert_eq!(role(one).await, Some(Role::Viewer));
}

async fn a_token_of_somebody_who_cannot_sign_in_is_refused(bench: &Bench) {
    let owner = bench.member("ada", &[]).await;
    let tokens = bench.store.api_tokens();
    tokens
        .create_api_token(new_token("a", Some(owner), &[]), &by(), NOW)
        .await
        .unwrap();
    let presented = async || tokens.presented_api_token("a").await.unwrap().unwrap();
    assert!(presented().await.identity(later(59)).is_ok());
    assert_eq!(
        presented().await.identity(later(60)),
        Err(TokenFault::Expired)
    );
    bench
        .store
        .users()
        .set_enabled(owner, false, &by(), NOW)
        .await
        .unwrap();
    assert_eq!(
        presented().await.identity(NOW),
        Err(TokenFault::OwnerNotActive)
    );
    for owner in [owner, UserId::generate()] {
        let refused = tokens
            .create_api_token(new_token("b", Some(owner), &[]), &by(), NOW)
            .await;
        assert_eq!(refusal(refused), ApiTokenRefusal::UnknownOwner);
    }
}

async fn tokens_are_listed_by_owner_and_by_place(bench: &Bench) {
    let (one, two) = (bench.project("one").await, bench.project("two").await);
    let (ada, bob) = (
        bench.member("ada", &[]).await,
        bench.member("bob", &[]).await,
    );
    let tokens = bench.store.api_tokens();
    for (hash, owner, granted) in [
        ("a", Some(ada), vec![in_project(one, ProjectRole::Viewer)]),
        (
            "b",
            Some(bob),
            vec![in_organisation(two.0, OrganisationRole::Admin)],
        ),
        ("c", None, vec![]),
    ] {
        let new = new_token(hash, owner, &granted);
        tokens.create_api_token(new, &by(), NOW).await.unwrap();
    }
    let only = |organisations: &[_], projects: &[_]| Visible::Only {
        organisations: organisations.iter().copied().collect(),
        projects: projects.iter().copied().collect(),
    };
    for (owner, visible, expected) in [
        (None, Visible::Everything, "cba"),
        (Some(ada), Visible::Everything, "a"),
        (None, only(&[one.0], &[]), "a"),
        (None, only(&[], &[one.1]), "a"),
        (None, only(&[two.0], &[one.1]), "ba"),
        (Some(ada), only(&[two.0], &[]), ""),
        (None, only(&[], &[two.1]), ""),
    ] {
        let filter = ApiTokenFilter { owner, visible };
        let page = tokens.api_tokens(&filter, Slice::FIRST).await.unwrap();
        let names = page
            .items
            .iter()
            .map(|token| token.name.replace("token ", ""));
        assert_eq!(names.collect::<String>(), expected, "{filter:?}");
        assert_eq!(page.total, expected.len() as u64);
    }
    let filter = ApiTokenFilter {
        owner: None,
        visible: Visible::Everything,
    };
    let page = tokens
        .api_tokens(
            &filter,
            Slice {
                offset: 1,
                limit: 1,
            },
        )
        .await
        .unwrap();
    assert_eq!((page.items[0].name.as_str(), page.total), ("token b", 3));
}

async fn a_token_that_was_used_says_when(bench: &Bench) {
    let tokens = bench.store.api_tokens();
    let new = new_token("a", None, &[]);
    let id = new.id;
    tokens.create_api_token(new, &by(), NOW).await.unwrap();
    for at in [5, 3] {
        assert!(tokens.api_token_used(id, later(at)).await.unwrap());
        let found = tokens.api_token(id).await.unwrap().unwrap();
        assert_eq!(found.last_used_at, Some(later(5)));
    }
    assert!(
        !tokens
            .api_token_used(ApiTokenId::generate(), NOW)
            .await
            .unwrap()
    );
}

async fn a_deleted_token_is_gone(bench: &Bench) {
    let place = bench.project("one").await;
    let tokens = bench.store.api_tokens();
    let new = new_token("a", None, &[in_project(place, ProjectRole::Admin)]);
    let id = new.id;
    tokens.create_api_token(new, &by(), NOW).await.unwrap();
    assert!(tokens.delete_api_token(id, &by(), NOW).await.unwrap());
    assert!(!tokens.delete_api_token(id, &by(), NOW).await.unwrap());
    assert_eq!(tokens.presented_api_token("a").await.unwrap(), None);
    let entry = bench.said().await.pop().unwrap();
    assert_eq!(entry.action, "api_token.delete");
    assert_eq!(
        (entry.object_name.as_str(), entry.organisation),
        ("token a", Some(place.0))
    );
}

async fn the_number_of_tokens_of_an_owner_is_limited(bench: &Bench) {
    let tokens = bench.store.api_tokens();
    for number in 0..1000 {
        let new = new_token(&number.to_string(), None, &[]);
        tokens.create_api_token(new, &by(), NOW).await.unwrap();
    }
    let more = tokens
        .create_api_token(new_token("more", None, &[]), &by(), NOW)
        .await;
    assert_eq!(refusal(more), ApiTokenRefusal::TooMany);
    let ada = bench.member("ada", &[]).await;
    tokens
        .create_api_token(new_token("more", Some(ada), &[]), &by(), NOW)
        .await
        .unwrap();
}

async fn what_was_given_in_a_project_goes_with_it(bench: &Bench) {
    let place = bench.project("one").await;
    let tokens = bench.store.api_tokens();
    let new = new_token("a", None, &[in_project(place, ProjectRole::Admin)]);
    tokens.create_api_token(new, &by(), NOW).await.unwrap();
    let organisations = bench.store.organisations();
    organisations
        .delete_project(place.1, &by(), NOW)
        .await
        .unwrap();
    organisations
        .delete_organisation(place.0, &by(), NOW)
        .await
        .unwrap();
    let found = tokens.presented_api_token("a").await.unwrap().unwrap();
    assert_eq!(found.token.granted, Grants::default());
}
