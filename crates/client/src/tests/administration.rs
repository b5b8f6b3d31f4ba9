//! What is sent for each operation on people, places, tokens and settings.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use edgeward_api::access::{
    InvitationAcceptance, InvitationLookup, PasswordChange, PasswordResetRequest, ProfileChange,
};
use edgeward_api::agent::TransferRequest;
use edgeward_api::api_token::ApiTokenRequest;
use edgeward_api::organisation::{PlaceChange, PlaceRequest};
use edgeward_api::settings::{
    GuideRequest, LanguageRequest, LinkRules, MailRequest, MailSecurity, MailTestRequest,
    PasswordRules, ProviderRequest, ProviderTestRequest, RootAddressRequest, SessionRules,
};
use edgeward_api::user::{
    CreateUsers, MemberByEmail, MemberRole, PasswordReset, UserChange, UserFilter, UserState,
};
use edgeward_ids::{AgentId, ApiTokenId, OrganisationId, ProjectId, SessionId, UserId};
use serde_json::{Value, json};
use uuid::Uuid;

use super::client_of;
use crate::{Client, Place};

const ID: Uuid = Uuid::from_u128(7);

/// A control plane that remembers the last request, and has nothing to say.
struct Listener {
    client: Client,
    heard: Arc<Mutex<String>>,
}

impl Listener {
    async fn start() -> Self {
        let heard = Arc::new(Mutex::new(String::new()));
        let router = Router::new().fallback({
            let heard = heard.clone();
            move |request: Request| {
                let heard = heard.clone();
                async move {
                    let (head, body) = request.into_parts();
                    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
                    let path = head.uri.to_string().replace(&ID.to_string(), "ID");
                    let body = String::from_utf8(body.to_vec()).unwrap();
                    let text = format!("{} {path} {body}", head.method);
                    *heard.lock().unwrap() = text.trim_end().replace("/api/v1/", "");
                    StatusCode::NO_CONTENT.into_response()
                }
            }
        });
        Self {
            client: client_of(router).await,
            heard,
        }
    }

    /// The line that was sent: method, path and, if any, body.
    fn heard(&self) -> String {
        std::mem::take(&mut *self.heard.lock().unwrap())
    }
}

/// Carries each operation out and compares what was sent; the answer, which says nothing, does not matter.
macro_rules! sends {
    ($listener:ident, $($operation:expr => $line:expr;)+) => {$(
        let _ = $operation.await;
        assert_eq!($listener.heard(), $line);
    )+};
}

fn line(head: &str, body: Value) -> String {
    format!("{head} {body}")
}

#[tokio::test]
async fn places_and_members() {
    let listener = Listener::start().await;
    let client = &listener.client;
    let organisation = OrganisationId::from_uuid(ID);
    let project = ProjectId::from_uuid(ID);
    let user = UserId::from_uuid(ID);
    let request = PlaceRequest {
        name: "Acme".parse().unwrap(),
        description: "x".into(),
        admins: vec![],
    };
    let change = PlaceChange {
        description: Some(String::new()),
        ..PlaceChange::default()
    };
    let email = MemberByEmail {
        email: "ann@example.com".into(),
        role: MemberRole::Viewer,
    };
    let (at, within) = (Place::Organisation(organisation), Place::Project(project));
    sends! { listener,
        client.organisation(organisation) => "GET organisations/ID";
        client.create_organisation(&request) => r#"POST organisations {"name":"Acme","description":"x","admins":[]}"#;
        client.change_organisation(organisation, &change) => r#"PATCH organisations/ID {"description":""}"#;
        client.delete_organisation(organisation) => "DELETE organisations/ID";
        client.create_project(organisation, &request) => r#"POST organisations/ID/projects {"name":"Acme","description":"x","admins":[]}"#;
        client.project(project) => "GET projects/ID";
        client.change_project(project, &change) => r#"PATCH projects/ID {"description":""}"#;
        client.delete_project(project) => "DELETE projects/ID";
        client.members(at) => "GET organisations/ID/members";
        client.members(within) => "GET projects/ID/members";
        client.set_member(at, user, MemberRole::Admin) => r#"PUT organisations/ID/members/ID {"role":"admin"}"#;
        client.set_member_by_email(within, &email) => r#"PUT projects/ID/members {"email":"ann@example.com","role":"viewer"}"#;
        client.remove_member(within, user) => "DELETE projects/ID/members/ID";
        client.transfer(&TransferRequest { agent_ids: vec![AgentId::from_uuid(ID)], project_id: project })
            => line("POST agents/transfer", json!({"agent_ids": [ID], "project_id": ID}));
    }
}

#[tokio::test]
async fn people_and_their_sessions() {
    let listener = Listener::start().await;
    let client = &listener.client;
    let user = UserId::from_uuid(ID);
    let filter = UserFilter {
        text: Some("ä b".into()),
        state: Some(UserState::Invited),
        ..UserFilter::default()
    };
    let create = CreateUsers {
        emails: vec!["ann@example.com".into()],
        display_name: None,
        phone: None,
        password: None,
        sso_only: false,
        system_admin: false,
        memberships: vec![],
    };
    let change = UserChange {
        system_admin: Some(true),
        ..UserChange::default()
    };
    let profile = ProfileChange {
        phone: Some("1".into()),
        ..ProfileChange::default()
    };
    let password = PasswordChange {
        current_password: "a".into(),
        new_password: "b".into(),
    };
    let accept = InvitationAcceptance {
        token: "t".into(),
        password: "p".into(),
        display_name: None,
    };
    sends! { listener,
        client.users(&filter) => "GET users?text=%C3%A4+b&state=invited";
        client.user(user) => "GET users/ID";
        client.create_users(&create) => r#"POST users {"emails":["ann@example.com"],"sso_only":false,"system_admin":false,"memberships":[]}"#;
        client.change_user(user, &change) => r#"PATCH users/ID {"system_admin":true}"#;
        client.delete_user(user) => "DELETE users/ID";
        client.enable_user(user) => "POST users/ID/enable";
        client.disable_user(user) => "POST users/ID/disable";
        client.reset_password(user, &PasswordReset::default()) => "POST users/ID/reset-password {}";
        client.invite_user(user) => "POST users/ID/invite";
        client.sessions_of(user) => "GET users/ID/sessions";
        client.end_sessions_of(user) => "DELETE users/ID/sessions";
        client.change_profile(&profile) => r#"PATCH profile {"phone":"1"}"#;
        client.change_password(&password) => r#"POST profile/password {"current_password":"a","new_password":"b"}"#;
        client.sessions() => "GET sessions";
        client.end_session(SessionId::from_uuid(ID)) => "DELETE sessions/ID";
        client.end_other_sessions() => "DELETE sessions";
        client.sign_in_options() => "GET session/options";
        client.request_password_reset(&PasswordResetRequest { email: "a@b.c".into() }) => r#"POST password-reset {"email":"a@b.c"}"#;
        client.invitation(&InvitationLookup { token: "t".into() }) => r#"POST invitations/lookup {"token":"t"}"#;
        client.accept_invitation(&accept) => r#"POST invitations/accept {"token":"t","password":"p"}"#;
    }
}

#[tokio::test]
async fn api_tokens_and_keys() {
    let listener = Listener::start().await;
    let client = &listener.client;
    let request = ApiTokenRequest {
        name: "ci".into(),
        system_admin: true,
        membership: None,
        expires_in_s: Some(60),
    };
    sends! { listener,
        client.api_tokens(false) => "GET api-tokens";
        client.api_tokens(true) => "GET api-tokens?all=true";
        client.create_api_token(&request) => r#"POST api-tokens {"name":"ci","system_admin":true,"expires_in_s":60}"#;
        client.delete_api_token(ApiTokenId::from_uuid(ID)) => "DELETE api-tokens/ID";
        client.agent_service() => "GET agent-service";
        client.edge_services_key() => "GET keys/edge-services";
        client.ca() => "GET ca";
    }
}

#[tokio::test]
async fn settings() {
    let listener = Listener::start().await;
    let client = &listener.client;
    let url = RootAddressRequest {
        url: "https://a".into(),
    };
    let language = LanguageRequest {
        language: edgeward_api::access::Language::Zh,
    };
    let passwords = PasswordRules {
        min_chars: 12,
        letter: true,
        digit: false,
        symbol: false,
    };
    let mail = MailRequest {
        host: "mail".into(),
        port: 465,
        security: MailSecurity::Tls,
        username: None,
        password: None,
        from: "a@b.c".into(),
    };
    let test = MailTestRequest {
        to: "d@e.f".into(),
        settings: None,
    };
    let provider = ProviderRequest {
        name: "Acme".parse().unwrap(),
        issuer: "https://idp".into(),
        client_id: "edgeward".into(),
        client_secret: None,
        enabled: true,
        create_users: false,
        rules: vec![],
    };
    let issuer = ProviderTestRequest {
        issuer: "https://idp".into(),
    };
    sends! { listener,
        client.settings() => "GET settings";
        client.set_root_address(&url) => r#"PUT settings/root-address {"url":"https://a"}"#;
        client.remove_root_address() => "DELETE settings/root-address";
        client.test_root_address(&url) => r#"POST settings/root-address/test {"url":"https://a"}"#;
        client.set_language(language) => r#"PUT settings/language {"language":"zh"}"#;
        client.set_password_rules(passwords) => r#"PUT settings/passwords {"min_chars":12,"letter":true,"digit":false,"symbol":false}"#;
        client.set_session_rules(SessionRules { idle_hours: 1, remembered_days: 2 }) => r#"PUT settings/sessions {"idle_hours":1,"remembered_days":2}"#;
        client.set_link_rules(LinkRules { invitation_hours: 3, reset_hours: 4 }) => r#"PUT settings/links {"invitation_hours":3,"reset_hours":4}"#;
        client.set_guide(GuideRequest { done: true }) => r#"PUT settings/guide {"done":true}"#;
        client.set_mail(&mail) => r#"PUT settings/mail {"host":"mail","port":465,"security":"tls","from":"a@b.c"}"#;
        client.remove_mail() => "DELETE settings/mail";
        client.test_mail(&test) => r#"POST settings/mail/test {"to":"d@e.f"}"#;
        client.set_provider("acme-1", &provider)
            => r#"PUT settings/sso/acme-1 {"name":"Acme","issuer":"https://idp","client_id":"edgeward","enabled":true,"create_users":false,"rules":[]}"#;
        client.remove_provider("../mail") => "DELETE settings/sso/___mail";
        client.test_provider(&issuer) => r#"POST settings/sso/test {"issuer":"https://idp"}"#;
    }
}
