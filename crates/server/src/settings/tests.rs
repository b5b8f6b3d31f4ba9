use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::routing::get;
use axum::{Json, Router};
use edgeward_api::access::Language;
use edgeward_api::settings::{
    ClaimRule, MailRequest, MailSecurity, PasswordRules, ProviderRequest, RootAddressSource,
    SessionRules,
};
use edgeward_api::user::MemberRole;
use edgeward_domain::access::{Action, Grants, Permit, Scope, permit};
use edgeward_domain::audit::By;
use edgeward_ids::{OrganisationId, ProjectId};
use edgeward_pki::{SecretBox, random_bytes, random_text};
use edgeward_store::{AuditFilter, AuditKey, Store};
use uuid::Uuid;

use super::reach::{self, Proof};
use super::{Settings, SettingsError, Start, check};

struct Bench {
    store: Store,
    secrets: Arc<SecretBox>,
    permit: Permit,
    by: By,
}

impl Bench {
    async fn start() -> Self {
        edgeward_pki::install_provider();
        let grants = Grants::system_admin();
        Self {
            store: Store::open("sqlite::memory:", AuditKey::new([1; 32]))
                .await
                .unwrap(),
            secrets: Arc::new(SecretBox::new(&random_bytes()).unwrap()),
            permit: permit(&grants, Action::ManageSettings, Scope::System).unwrap(),
            by: By::system("test"),
        }
    }

    async fn settings(&self, configured: Option<&str>) -> Settings {
        Settings::open(Start {
            store: self.store.settings(),
            secrets: self.secrets.clone(),
            configured_url: configured.map(str::to_owned),
            listening_url: "http://localhost:8080".into(),
            services_domain: "services.example.com".into(),
        })
        .await
        .unwrap()
    }

    /// What the audit log holds, as one text.
    async fn recorded(&self) -> Vec<String> {
        let everything = AuditFilter::new(
            Grants::system_admin().visible(edgeward_domain::access::Role::Viewer),
            true,
        );
        let entries = self
            .store
            .audit()
            .export(&everything, 0, 1000)
            .await
            .unwrap();
        let settings = entries.iter().filter(|e| e.action == "settings.update");
        settings
            .map(|e| format!("{} {:?} -> {:?}", e.object_name, e.before, e.after))
            .collect()
    }
}

fn mail(host: &str, username: Option<&str>, password: Option<&str>) -> MailRequest {
    MailRequest {
        host: host.into(),
        port: 587,
        security: MailSecurity::Starttls,
        username: username.map(str::to_owned),
        password: password.map(str::to_owned),
        from: "Edgeward <edgeward@example.com>".into(),
    }
}

fn provider(issuer: &str, secret: Option<&str>) -> ProviderRequest {
    ProviderRequest {
        name: "Login".parse().unwrap(),
        issuer: issuer.into(),
        client_id: "edgeward".into(),
        client_secret: secret.map(str::to_owned),
        enabled: true,
        create_users: false,
        rules: Vec::new(),
    }
}

#[tokio::test]
async fn the_configuration_comes_before_the_setting_and_that_before_listening() {
    let bench = Bench::start().await;
    let settings = bench.settings(None).await;
    let public = settings.public();
    let shown = settings.shown().root_address;
    assert_eq!(shown.source, RootAddressSource::Listening);
    assert_eq!(shown.url, "http://localhost:8080");

    let set = settings.set_root_address(
        &bench.permit,
        Some("HTTPS://Edge.Example.com:443/"),
        &bench.by,
    );
    set.await.unwrap();
    let shown = settings.shown().root_address;
    assert_eq!(shown.source, RootAddressSource::Setting);
    assert_eq!(shown.url, "https://edge.example.com");
    assert_eq!(
        public.load().console_url,
        "https://edge.example.com",
        "it follows at once"
    );
    assert!(public.load().secure);

    let configured = bench.settings(Some("https://fixed.example.com")).await;
    let shown = configured.shown().root_address;
    assert_eq!(shown.source, RootAddressSource::Configuration);
    assert_eq!(shown.url, "https://fixed.example.com");
    for url in [Some("https://other.example.com"), None] {
        let refused = configured
            .set_root_address(&bench.permit, url, &bench.by)
            .await;
        assert!(
            matches!(refused, Err(SettingsError::Configured)),
            "{refused:?}"
        );
    }

    settings
        .set_root_address(&bench.permit, None, &bench.by)
        .await
        .unwrap();
    assert_eq!(
        settings.shown().root_address.source,
        RootAddressSource::Listening
    );
    assert_eq!(
        bench.recorded().await,
        [
            r#"root_address None -> Some("\"https://edge.example.com\"")"#,
            r#"root_address Some("\"https://edge.example.com\"") -> None"#,
        ]
    );
}

#[tokio::test]
async fn another_control_plane_follows_and_the_rules_with_it() {
    let bench = Bench::start().await;
    let (here, there) = (bench.settings(None).await, bench.settings(None).await);
    let rules = there.rules();
    assert!(!there.refresh().await.unwrap(), "nothing has changed");
    let wanted = SessionRules {
        idle_hours: 3,
        remembered_days: 5,
    };
    here.set_sessions(&bench.permit, wanted, &bench.by)
        .await
        .unwrap();
    here.set_language(&bench.permit, Language::Zh, &bench.by)
        .await
        .unwrap();
    assert!(there.refresh().await.unwrap());
    assert_eq!(there.shown(), here.shown());
    assert_eq!(there.language(), Language::Zh);
    assert_eq!(there.language_of(Some("en")), Language::En);
    assert_eq!(there.language_of(Some("?")), Language::Zh);
    assert_eq!(rules.load().idle, Duration::from_secs(3 * 3600));
    assert_eq!(rules.load().remembered, Duration::from_secs(5 * 24 * 3600));
    // What stays as it is is no change.
    here.set_language(&bench.permit, Language::Zh, &bench.by)
        .await
        .unwrap();
    assert_eq!(bench.recorded().await.len(), 2);
}

#[tokio::test]
async fn a_password_is_sealed_kept_and_goes_nowhere_else() {
    let bench = Bench::start().await;
    let settings = bench.settings(None).await;
    assert!(settings.mailer().unwrap().is_none());
    let secret = "a very secret password";
    let first = mail("mail.example.com", Some("edgeward"), Some(secret));
    settings
        .set_mail(&bench.permit, &first, &bench.by)
        .await
        .unwrap();
    assert!(settings.shown().mail.unwrap().password_set);
    let stored = bench
        .store
        .settings()
        .setting("mail")
        .await
        .unwrap()
        .unwrap();
    assert!(!stored.contains(secret), "{stored}");

    // Another sender, the same server: the password stays.
    let mut again = mail("mail.example.com", Some("edgeward"), None);
    again.from = "other@example.com".into();
    settings
        .set_mail(&bench.permit, &again, &bench.by)
        .await
        .unwrap();
    let mailer = settings.mailer().unwrap().unwrap();
    assert_eq!(mailer.password.as_deref(), Some(secret));
    assert_eq!(
        settings.mailer_as(&again).unwrap().password.as_deref(),
        Some(secret)
    );

    // Another server, or another name: it has to be given again.
    for request in [
        mail("mail.evil.example", Some("edgeward"), None),
        mail("mail.example.com", Some("other"), None),
    ] {
        let refused = settings.set_mail(&bench.permit, &request, &bench.by).await;
        assert!(
            matches!(refused, Err(SettingsError::Invalid(_))),
            "{refused:?}"
        );
        assert!(settings.mailer_as(&request).is_err());
    }
    let without = mail("mail.evil.example", None, None);
    assert_eq!(settings.mailer_as(&without).unwrap().password, None);

    let recorded = bench.recorded().await.join("\n");
    assert!(!recorded.contains(secret), "{recorded}");
    assert!(recorded.contains("password_changed"), "{recorded}");
    // Another key does not open it: said, and not passed over.
    let other = Bench {
        secrets: Arc::new(SecretBox::new(&random_bytes()).unwrap()),
        ..bench
    };
    let elsewhere = other.settings(None).await;
    assert!(matches!(
        elsewhere.mailer(),
        Err(SettingsError::Secret("mail", _))
    ));
    settings
        .remove_mail(&other.permit, &other.by)
        .await
        .unwrap();
    assert!(!settings.mail_is_set());
}

#[tokio::test]
async fn a_providers_secret_belongs_to_its_issuer() {
    let bench = Bench::start().await;
    let settings = bench.settings(None).await;
    let issuer = "https://login.example.com/realms/main/";
    let put =
        |id: &'static str, request| settings.set_provider(&bench.permit, id, request, &bench.by);
    put("main", provider(issuer, Some("sesame"))).await.unwrap();
    put("main", provider(issuer, None)).await.unwrap();
    let found = settings.provider("main").unwrap().unwrap();
    assert_eq!(found.client_secret.as_deref(), Some("sesame"));
    assert_eq!(found.issuer, issuer, "to the last slash");
    let shown = settings.shown().providers.remove(0);
    assert!(shown.client_secret_set);
    assert_eq!(
        shown.redirect_url,
        "http://localhost:8080/api/v1/sso/main/callback"
    );

    let moved = put("main", provider("https://evil.example.com", None)).await;
    assert!(matches!(moved, Err(SettingsError::Invalid(_))), "{moved:?}");

    let mut off = provider(issuer, None);
    off.enabled = false;
    put("main", off).await.unwrap();
    assert!(settings.provider("main").unwrap().is_none());
    assert_eq!(settings.providers_offered(), []);

    let removed = settings
        .remove_provider(&bench.permit, "other", &bench.by)
        .await;
    assert!(
        matches!(removed, Err(SettingsError::UnknownProvider)),
        "{removed:?}"
    );
    settings
        .remove_provider(&bench.permit, "main", &bench.by)
        .await
        .unwrap();
    for n in 0..20 {
        let id = format!("p{n}");
        let request = provider(issuer, None);
        settings
            .set_provider(&bench.permit, &id, request, &bench.by)
            .await
            .unwrap();
    }
    let many = put("one-more", provider(issuer, None)).await;
    assert!(
        matches!(many, Err(SettingsError::TooManyProviders)),
        "{many:?}"
    );
    assert!(!bench.recorded().await.join("\n").contains("sesame"));
}

#[tokio::test]
async fn changes_at_the_same_moment_are_all_there_afterwards() {
    let bench = Bench::start().await;
    let settings = Arc::new(bench.settings(None).await);
    let changes = (0..8).map(|n| {
        let (settings, permit, by) = (settings.clone(), bench.permit.clone(), bench.by.clone());
        tokio::spawn(async move {
            let request = provider("https://login.example.com", None);
            settings
                .set_provider(&permit, &format!("p{n}"), request, &by)
                .await
        })
    });
    for change in changes.collect::<Vec<_>>() {
        change.await.unwrap().unwrap();
    }
    assert_eq!(settings.shown().providers.len(), 8);
}

#[test]
fn root_addresses() {
    for (text, kept) in [
        ("https://edge.example.com", "https://edge.example.com"),
        ("http://192.0.2.1:8080/", "http://192.0.2.1:8080"),
        ("https://[2001:DB8::1]:8443", "https://[2001:db8::1]:8443"),
        ("https://例え.example", "https://xn--r8jz45g.example"),
    ] {
        assert_eq!(check::root_address(text).as_deref(), Ok(kept), "{text}");
    }
    for bad in [
        "",
        "edge.example.com",
        "ftp://edge.example.com",
        "https://",
        "https://edge.example.com/console",
        "https://edge.example.com/?a",
        "https://edge.example.com/#a",
        "https://user@edge.example.com",
        "https://edge.example.com:99999",
        "https://edge example.com",
        "javascript:alert(1)",
        &format!("https://{}.example.com", "a".repeat(600)),
    ] {
        assert!(check::root_address(bad).is_err(), "{bad}");
    }
}

#[test]
fn issuers_are_protected_on_their_way() {
    for good in [
        "https://login.example.com",
        "https://login.example.com/realms/main",
        "http://localhost:4000",
        "http://127.0.0.1:4000/x",
        "http://[::1]:4000",
    ] {
        assert!(check::issuer(good).is_ok(), "{good}");
    }
    for bad in [
        "http://login.example.com",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "https://login.example.com?x=1",
        "https://login.example.com/#x",
        "https://u:p@login.example.com",
        "file:///etc/passwd",
        "login.example.com",
    ] {
        assert!(check::issuer(bad).is_err(), "{bad}");
    }
}

#[test]
fn numbers_have_ends() {
    let words = |min_chars| PasswordRules {
        min_chars,
        letter: true,
        digit: false,
        symbol: false,
    };
    assert_eq!(check::passwords(&words(8)), Ok(()));
    assert_eq!(check::passwords(&words(128)), Ok(()));
    assert!(
        check::passwords(&words(7))
            .unwrap_err()
            .contains("8 to 128, and not 7")
    );
    assert!(check::passwords(&words(129)).is_err());
    let lasting = |idle_hours, remembered_days| SessionRules {
        idle_hours,
        remembered_days,
    };
    assert_eq!(check::sessions(&lasting(720, 365)), Ok(()));
    for rules in [
        lasting(0, 1),
        lasting(721, 1),
        lasting(1, 0),
        lasting(1, 366),
    ] {
        assert!(check::sessions(&rules).is_err(), "{rules:?}");
    }
}

#[test]
fn mail_settings_that_cannot_work_are_refused() {
    let good = mail("mail.example.com", Some("edgeward"), Some("x"));
    assert_eq!(check::mail(&good, true), Ok(()));
    type Change = fn(&mut MailRequest);
    let changes: [(&str, Change); 8] = [
        ("host name", |m| m.host = "mail example".into()),
        ("host name", |m| m.host = String::new()),
        ("port", |m| m.port = 0),
        ("sender", |m| m.from = "Edgeward".into()),
        ("sender", |m| {
            m.from = "a@example.com\r\nBcc: b@example.com".into()
        }),
        ("empty", |m| m.username = Some(String::new())),
        ("needs a user name", |m| m.username = None),
        ("without TLS", |m| m.security = MailSecurity::None),
    ];
    for (said, change) in changes {
        let mut request = good.clone();
        change(&mut request);
        let fault = check::mail(&request, true).unwrap_err();
        assert!(fault.contains(said), "{said}: {fault}");
    }
    let here = MailRequest {
        host: "127.0.0.1".into(),
        security: MailSecurity::None,
        ..good
    };
    assert_eq!(check::mail(&here, true), Ok(()));
    assert!(check::mail(&here, false).unwrap_err().contains("password"));
}

#[test]
fn rules_of_providers_lead_somewhere() {
    let rule = ClaimRule {
        claim: "groups".into(),
        value: "staff".into(),
        system_admin: false,
        organisation_id: Some(OrganisationId::generate()),
        project_id: None,
        role: Some(MemberRole::Viewer),
    };
    let with = |rule: ClaimRule| ProviderRequest {
        rules: vec![rule],
        ..provider("https://login.example.com", None)
    };
    assert_eq!(check::provider(&with(rule.clone())), Ok(()));
    let system = ClaimRule {
        system_admin: true,
        organisation_id: None,
        role: None,
        ..rule.clone()
    };
    assert_eq!(check::provider(&with(system)), Ok(()));
    let project = Some(ProjectId::generate());
    for (said, wrong) in [
        (
            "claim",
            ClaimRule {
                claim: String::new(),
                ..rule.clone()
            },
        ),
        (
            "value",
            ClaimRule {
                value: String::new(),
                ..rule.clone()
            },
        ),
        (
            "role is missing",
            ClaimRule {
                role: None,
                ..rule.clone()
            },
        ),
        (
            "organisation is missing",
            ClaimRule {
                organisation_id: None,
                ..rule.clone()
            },
        ),
        (
            "needs no organisation",
            ClaimRule {
                system_admin: true,
                ..rule.clone()
            },
        ),
        (
            "admin or viewer",
            ClaimRule {
                project_id: project,
                role: Some(MemberRole::Member),
                ..rule.clone()
            },
        ),
    ] {
        let fault = check::provider(&with(wrong)).unwrap_err();
        assert!(
            fault.starts_with("rule 1: ") && fault.contains(said),
            "{said}: {fault}"
        );
    }
    let many = ProviderRequest {
        rules: vec![rule; 101],
        ..with_none()
    };
    assert!(check::provider(&many).is_err());
    for bad in ["", "Main", "a b", "a/b", "ä", &"a".repeat(33)] {
        assert!(check::provider_id(bad).is_err(), "{bad}");
    }
}

fn with_none() -> ProviderRequest {
    provider("https://login.example.com", None)
}

#[derive(serde::Deserialize)]
struct Question {
    nonce: String,
}

/// A control plane's answer at every host name.
async fn answering(proof: Arc<Proof>) -> SocketAddr {
    async fn answer(
        State(proof): State<Arc<Proof>>,
        Query(question): Query<Question>,
    ) -> Json<reach::Answer> {
        Json(proof.answer(&question.nonce).unwrap())
    }
    serve(
        Router::new()
            .route(reach::PATH, get(answer))
            .with_state(proof),
    )
    .await
}

async fn serve(router: Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

#[tokio::test]
async fn an_address_that_leads_here_is_told_from_all_others() {
    edgeward_pki::install_provider();
    let id = Uuid::now_v7();
    let own = Arc::new(Proof::new(id, &random_bytes()).unwrap());
    let here = answering(own.clone()).await;
    let root = format!("http://localhost:{}", here.port());
    let result = own.test(&root, "localhost").await;
    assert!(result.reached && result.problem.is_none(), "{result:?}");

    let other = Arc::new(Proof::new(Uuid::now_v7(), &random_bytes()).unwrap());
    let elsewhere = answering(other.clone()).await;
    // Whoever only knows the id is not this installation.
    let pretender = answering(Arc::new(Proof::new(id, &random_bytes()).unwrap())).await;
    let program = serve(Router::new().fallback(async || "hello")).await;
    let moved = serve(
        Router::new()
            .fallback(async || axum::response::Redirect::to("https://edge.example.com/login")),
    )
    .await;
    let refusing = edgeward_testkit::services::Refusing::bind().unwrap();
    for (root, said) in [
        (
            format!("http://{elsewhere}"),
            "another installation of Edgeward",
        ),
        (
            format!("http://{pretender}"),
            "another installation of Edgeward",
        ),
        (format!("http://{program}"), "another program answers"),
        (
            format!("http://{moved}"),
            "sends on to https://edge.example.com/login",
        ),
        (
            format!("http://{}", refusing.address()),
            "nothing accepts connections",
        ),
        (
            format!("https://{here}"),
            "does not speak as its address says",
        ),
        ("https://edge.invalid".into(), "cannot be resolved"),
    ] {
        let result = own.test(&root, "localhost").await;
        let problem = result.problem.unwrap_or_default();
        assert!(
            !result.reached && problem.contains(said),
            "{root}: {problem}"
        );
    }
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_said() {
    use edgeward_pki::tls::Acceptor;
    edgeward_pki::install_provider();
    let now = std::time::SystemTime::now();
    let authority = edgeward_pki::Authority::generate("test", now).unwrap();
    let identity = authority
        .issue_server(&["localhost".into()], Duration::from_secs(3600), now)
        .unwrap();
    let acceptor = Acceptor::https(&identity.certificate_pem, &identity.key_pem).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _refused = acceptor.accept(stream).await;
        }
    });
    let own = Proof::new(Uuid::now_v7(), &random_bytes()).unwrap();
    let result = own
        .test(&format!("https://localhost:{port}"), "localhost")
        .await;
    let problem = result.problem.unwrap();
    assert!(
        !result.reached && problem.contains("the certificate at localhost"),
        "{problem}"
    );
}

#[tokio::test]
async fn services_that_are_not_reached_are_a_reservation() {
    edgeward_pki::install_provider();
    let own = Arc::new(Proof::new(Uuid::now_v7(), &random_bytes()).unwrap());
    let here = answering(own.clone()).await;
    let result = own
        .test(&format!("http://{here}"), "services.invalid")
        .await;
    assert!(result.reached);
    let problem = result.problem.unwrap();
    assert!(problem.contains("*.services.invalid"), "{problem}");
}

#[test]
fn a_nonce_is_one_of_ours() {
    let proof = Proof::new(Uuid::now_v7(), &random_bytes()).unwrap();
    let nonce = random_text();
    assert_eq!(proof.answer(&nonce), proof.answer(&nonce));
    assert_ne!(proof.answer(&nonce), proof.answer(&random_text()));
    for bad in [
        "",
        "short",
        &nonce[1..],
        &format!("{nonce}0"),
        &format!("{}/", &nonce[1..]),
    ] {
        assert_eq!(proof.answer(bad), None, "{bad}");
    }
}
