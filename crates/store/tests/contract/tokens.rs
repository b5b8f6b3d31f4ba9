use edgeward_domain::access::Visible;
use edgeward_domain::token::JoinToken;
use edgeward_ids::{JoinTokenId, ProjectId};
use edgeward_store::{Homes, TokenRefusal};

use crate::support::{Bench, NOW, by, later, refusal, token};

crate::on_both!(
    tokens_are_listed_the_newest_first,
    a_deleted_token_is_gone,
    a_token_needs_a_project_that_exists,
    there_is_a_limit_to_tokens,
    expired_tokens_are_forgotten,
);

async fn tokens_are_listed_the_newest_first(bench: &Bench) {
    let (_, project) = bench.project("plant").await;
    let first = bench.token("a", 1, None).await;
    let second = bench.token("b", 10_000, Some(project)).await;
    let found = bench
        .store
        .tokens()
        .tokens(&Visible::Everything, &Homes::Everything)
        .await
        .unwrap();
    assert_eq!(found, [second, first]);
}

async fn a_deleted_token_is_gone(bench: &Bench) {
    let tokens = bench.store.tokens();
    let made = bench.token("a", 1, None).await;
    assert!(
        !tokens
            .delete_token(JoinTokenId::generate(), &by(), NOW)
            .await
            .unwrap()
    );
    assert!(tokens.delete_token(made.id, &by(), NOW).await.unwrap());
    assert!(!tokens.delete_token(made.id, &by(), NOW).await.unwrap());
    assert_eq!(
        tokens
            .tokens(&Visible::Everything, &Homes::Everything)
            .await
            .unwrap(),
        []
    );
}

async fn a_token_needs_a_project_that_exists(bench: &Bench) {
    let lost = JoinToken {
        project: Some(ProjectId::generate()),
        ..token(1)
    };
    let refused = bench
        .store
        .tokens()
        .create_token(lost, "a", &by(), NOW)
        .await;
    assert_eq!(refusal(refused), TokenRefusal::UnknownProject);
}

async fn there_is_a_limit_to_tokens(bench: &Bench) {
    let tokens = bench.store.tokens();
    for number in 0..1000 {
        tokens
            .create_token(token(1), &number.to_string(), &by(), NOW)
            .await
            .unwrap();
    }
    let more = tokens.create_token(token(1), "more", &by(), NOW).await;
    assert_eq!(refusal(more), TokenRefusal::TooMany);
}

async fn expired_tokens_are_forgotten(bench: &Bench) {
    let tokens = bench.store.tokens();
    bench.token("a", 1, None).await;
    assert_eq!(
        tokens.forget_expired_tokens(later(60), NOW).await.unwrap(),
        0
    );
    assert_eq!(
        tokens.forget_expired_tokens(later(61), NOW).await.unwrap(),
        1
    );
    assert_eq!(
        tokens
            .tokens(&Visible::Everything, &Homes::Everything)
            .await
            .unwrap(),
        []
    );
}
