use edgeward_api::settings::ClaimRule;
use edgeward_api::user::MemberRole;
use edgeward_domain::access::{Membership, OrganisationRole, ProjectRole};
use edgeward_ids::{OrganisationId, ProjectId};
use serde_json::{Value, json};

use super::Refusal;
use super::claims::Claims;
use super::provider::{ProviderError, Providers};
use crate::settings::SsoProvider;

fn claims(value: Value) -> Claims {
    match value {
        Value::Object(fields) => Claims(fields),
        _ => Claims::default(),
    }
}

fn provider(rules: Vec<ClaimRule>) -> SsoProvider {
    SsoProvider {
        id: "main".into(),
        issuer: "https://login.example.com".into(),
        client_id: "edgeward".into(),
        client_secret: None,
        create_users: true,
        rules,
    }
}

fn rule(claim: &str, value: &str) -> ClaimRule {
    ClaimRule {
        claim: claim.into(),
        value: value.into(),
        system_admin: false,
        organisation_id: None,
        project_id: None,
        role: None,
    }
}

#[test]
fn rules_give_what_matches_and_nothing_else() {
    let (organisation, project) = (OrganisationId::generate(), ProjectId::generate());
    let at = |role, project_id| ClaimRule {
        organisation_id: Some(organisation),
        project_id,
        role: Some(role),
        ..rule("", "")
    };
    let rules = vec![
        ClaimRule {
            claim: "groups".into(),
            value: "admins".into(),
            ..at(MemberRole::Admin, None)
        },
        ClaimRule {
            claim: "groups".into(),
            value: "staff".into(),
            ..at(MemberRole::Viewer, Some(project))
        },
        ClaimRule {
            claim: "department".into(),
            value: "42".into(),
            ..at(MemberRole::Member, None)
        },
        ClaimRule {
            claim: "contractor".into(),
            value: "true".into(),
            ..at(MemberRole::Admin, Some(project))
        },
    ];
    let given = |more: Value| {
        let mut said = claims(json!({"sub": "1", "email": "a@example.com"}));
        said.0.extend(claims(more).0);
        said.sign_in(&provider(rules.clone())).unwrap().memberships
    };
    let organisation = |role| Membership::Organisation {
        id: organisation,
        role,
    };
    let project = |role| Membership::Project {
        id: project,
        organisation: match organisation(OrganisationRole::Admin) {
            Membership::Organisation { id, .. }
            | Membership::Project {
                organisation: id, ..
            } => id,
        },
        role,
    };
    assert_eq!(given(json!({})), []);
    assert_eq!(
        given(json!({"groups": ["admins"]})),
        [organisation(OrganisationRole::Admin)]
    );
    assert_eq!(
        given(json!({"groups": "staff"})),
        [project(ProjectRole::Viewer)]
    );
    assert_eq!(
        given(json!({"groups": ["staff", "admins"]})),
        [
            organisation(OrganisationRole::Admin),
            project(ProjectRole::Viewer)
        ]
    );
    assert_eq!(
        given(json!({"department": 42})),
        [organisation(OrganisationRole::Member)]
    );
    assert_eq!(
        given(json!({"contractor": true})),
        [project(ProjectRole::Admin)]
    );
    for nothing in [
        json!({"groups": "admins staff"}),
        json!({"groups": ["Admins", " admins", "adminsx"]}),
        json!({"groups": {"admins": true}}),
        json!({"groups": null}),
        json!({"groups": [["admins"]]}),
        json!({"contractor": false}),
    ] {
        assert_eq!(given(nothing.clone()), [], "{nothing}");
    }
}

#[test]
fn system_administrators_are_made_and_unmade_only_where_a_rule_speaks_of_them() {
    let said = claims(json!({"sub": "1", "email": "a@example.com", "groups": ["root"]}));
    let system = |value: &str| ClaimRule {
        system_admin: true,
        ..rule("groups", value)
    };
    let of = |rules| said.sign_in(&provider(rules)).unwrap().system_admin;
    assert_eq!(of(vec![]), None);
    assert_eq!(of(vec![system("root")]), Some(true));
    assert_eq!(of(vec![system("other")]), Some(false));
    assert_eq!(of(vec![system("other"), system("root")]), Some(true));
}

#[test]
fn whoever_signs_in_has_a_subject_and_an_address() {
    let of = |said: Value| claims(said).sign_in(&provider(vec![]));
    for (said, refusal) in [
        (json!({"email": "a@example.com"}), Refusal::Answer),
        (
            json!({"sub": "", "email": "a@example.com"}),
            Refusal::Answer,
        ),
        (
            json!({"sub": "x".repeat(256), "email": "a@example.com"}),
            Refusal::Answer,
        ),
        (json!({"sub": "1"}), Refusal::NoEmail),
        (json!({"sub": "1", "email": "nobody"}), Refusal::NoEmail),
        (
            json!({"sub": "1", "email": ["a@example.com"]}),
            Refusal::NoEmail,
        ),
    ] {
        assert_eq!(of(said.clone()).err(), Some(refusal), "{said}");
    }
    let verified = |said: Value| of(said).unwrap().email_verified;
    let with =
        |value: Value| json!({"sub": "1", "email": "a@example.com", "email_verified": value});
    assert!(verified(with(json!(true))));
    assert!(verified(with(json!("true"))));
    assert!(!verified(with(json!(false))));
    assert!(!verified(with(json!("yes"))));
    assert!(!verified(with(json!(null))));
    assert!(!verified(json!({"sub": "1", "email": "a@example.com"})));
    let name = |more: Value| {
        let mut said = claims(json!({"sub": "1", "email": "a@example.com"}));
        said.0.extend(claims(more).0);
        said.sign_in(&provider(vec![])).unwrap().display_name
    };
    assert_eq!(name(json!({})), "a@example.com");
    assert_eq!(
        name(json!({"name": " ", "preferred_username": "anna"})),
        "anna"
    );
    assert_eq!(name(json!({"name": "An\r\nna"})), "Anna");
    assert_eq!(name(json!({"name": "a".repeat(200)})).chars().count(), 100);
}

#[test]
fn what_the_provider_has_signed_is_not_changed_by_what_it_says_later() {
    let mut said = claims(json!({"sub": "1", "email": "a@example.com"}));
    let rules = [rule("groups", "staff")];
    assert!(said.lacks_any(&rules));
    said.add(
        claims(
            json!({"sub": "2", "email": "b@example.com", "email_verified": true, "groups": null}),
        )
        .0,
    );
    assert_eq!(said.0["sub"], "1");
    assert_eq!(said.0["email"], "a@example.com");
    assert!(said.lacks_any(&rules), "null is nothing");
    said.add(claims(json!({"groups": ["staff"]})).0);
    assert!(!said.lacks_any(&rules));
}

#[test]
fn refusals_have_words_of_their_own() {
    let words: std::collections::BTreeSet<_> = Refusal::ALL.iter().map(|r| r.as_str()).collect();
    assert_eq!(words.len(), Refusal::ALL.len());
    let web = std::fs::read_to_string("../../openapi.json").unwrap_or_default();
    if web.contains("/sso/{id}/callback") {
        for word in words {
            assert!(
                web.contains(&format!("`{word}`")),
                "{word} is not described"
            );
        }
    }
}

#[tokio::test]
async fn an_issuer_that_is_no_provider_is_said_to_be_none() {
    edgeward_pki::install_provider();
    let providers = Providers::default();
    let service = edgeward_testkit::services::Service::start().await.unwrap();
    let error = providers
        .test(&format!("http://{}", service.address()))
        .await
        .unwrap_err();
    assert!(
        matches!(error, ProviderError::Discovery { .. }),
        "{error:?}"
    );
    assert!(
        error
            .to_string()
            .contains("/.well-known/openid-configuration"),
        "{error}"
    );
    let refusing = edgeward_testkit::services::Refusing::bind().unwrap();
    let error = providers
        .test(&format!("http://{}", refusing.address()))
        .await
        .unwrap_err();
    assert!(matches!(error, ProviderError::Fetch(_)), "{error:?}");
    let error = providers
        .test("http://login.example.com")
        .await
        .unwrap_err();
    assert!(
        edgeward_runtime::Chain(&error)
            .to_string()
            .contains("not protected"),
        "{error:?}"
    );
}
