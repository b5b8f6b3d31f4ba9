//! Single sign-on with a real provider: who gets in, as what, and who does not.

use edgeward_testkit::oidc::{OidcOptions, OidcProvider};
use http::StatusCode;
use reqwest::Method;
use serde_json::{Value, json};

use super::cast::{Api, PASSWORD, id_of};
use super::surfer::{Page, Surfer};
use crate::system::{EMBEDDED, LIMIT, Parts, System, with_both_parts};

with_both_parts! {
    somebody_is_what_the_rules_say_at_each_sign_in,
    whoever_is_not_to_get_in_does_not,
}

const CALLBACK: &str = "/callback";

struct Stage {
    system: System,
    operator: Api,
    provider: OidcProvider,
    /// The console's address.
    root: String,
    organisation: String,
    project: String,
}

impl Stage {
    async fn start(parts: Parts) -> Self {
        let system = System::start(parts).await;
        let operator = Api::new(&system, Some(system.operator_token.clone()));
        let root = operator.get("/settings").await["root_address"]["url"].clone();
        let root = root.as_str().unwrap().to_owned();
        let embedded = parts == EMBEDDED;
        let provider = OidcProvider::start(OidcOptions {
            redirect_urls: vec![format!("{root}/api/v1/sso/login/callback")],
            client_id: "edgeward".into(),
            client_secret: "the secret of a client in tests".into(),
            secret_in_body: !embedded,
            claims_in_id_token: embedded,
        });
        let provider = provider.await.unwrap();
        let first = operator.get("/organisations").await["items"][0].clone();
        let stage = Self {
            organisation: id_of(&first),
            project: id_of(&first["projects"][0]),
            system,
            operator,
            provider,
            root,
        };
        // Somebody else leads the project, so that rules may take it from whoever signs in.
        let lead = json!([{"project_id": stage.project, "role": "admin"}]);
        let lead =
            json!({"emails": ["lead@example.com"], "password": PASSWORD, "memberships": lead});
        stage.operator.post("/users", lead).await;
        stage.configure(json!({})).await;
        stage
    }

    /// The provider's settings, with this changed.
    async fn configure(&self, change: Value) {
        let rule = |value: &str, role: &str| {
            json!({
                "claim": "groups", "value": value, "role": role,
                "organisation_id": self.organisation, "project_id": self.project,
            })
        };
        let mut request = json!({
            "name": "Company login",
            "issuer": self.provider.issuer(),
            "client_id": "edgeward",
            "client_secret": "the secret of a client in tests",
            "enabled": true,
            "create_users": true,
            "rules": [rule("staff", "viewer"), rule("leads", "admin")],
        });
        let fields = request.as_object_mut().unwrap();
        fields.extend(change.as_object().unwrap().clone());
        self.operator.put("/settings/sso/login", request).await;
    }

    fn account(&self, name: &str, verified: bool, groups: &[&str]) {
        let claims = json!({
            "email": format!("{name}@example.com"), "email_verified": verified,
            "name": name.to_uppercase(), "groups": groups,
        });
        self.provider.set_account(name, &claims).unwrap();
    }

    fn begin(&self, return_to: &str) -> String {
        format!("{}/api/v1/sso/login/start?return_to={return_to}", self.root)
    }

    /// Goes through the provider's pages, up to where it sends the browser back.
    async fn at_provider(&self, browser: &mut Surfer, account: &str) -> Page {
        let form = browser.go(&self.begin("/agents?page=2"), None).await;
        assert_eq!(form.status, StatusCode::OK, "{form:?}");
        assert!(
            form.url.as_str().starts_with(self.provider.issuer()),
            "{}",
            form.url
        );
        let login = [("login", account), ("password", "any")];
        let consent = browser.send(&form, &login, Some(CALLBACK)).await;
        let back = browser.send(&consent, &[], Some(CALLBACK)).await;
        assert!(
            back.url.path().ends_with("/api/v1/sso/login/callback"),
            "{}",
            back.url
        );
        back
    }

    /// Signs in with a new browser, all the way.
    async fn sign_in(&self, account: &str) -> (Surfer, Page) {
        let mut browser = Surfer::new();
        let back = self.at_provider(&mut browser, account).await;
        let page = browser.go(back.url.as_str(), None).await;
        (browser, page)
    }

    /// Who is signed in, if anybody is.
    async fn session(&self, browser: &mut Surfer) -> Option<Value> {
        let url = format!("{}/api/v1/session", self.root).parse().unwrap();
        let answer = browser.ask(Method::GET, &url, None).await;
        match answer.status() {
            StatusCode::OK => Some(answer.json().await.unwrap()),
            StatusCode::UNAUTHORIZED => None,
            other => panic!("{other}"),
        }
    }

    /// Signs in, and must be refused so.
    async fn refused(&self, account: &str, word: &str) {
        let (mut browser, page) = self.sign_in(account).await;
        let at = format!("{}/sign-in?sso_error={word}", self.root);
        assert_eq!(page.url.as_str(), at);
        assert!(self.session(&mut browser).await.is_none());
    }
}

/// The role in the one project that there is.
fn role(session: &Value) -> Option<&str> {
    let organisations = session["permissions"]["organisations"].as_array().unwrap();
    organisations.first()?["projects"].as_array()?.first()?["role"].as_str()
}

async fn somebody_is_what_the_rules_say_at_each_sign_in(parts: Parts) {
    let stage = Stage::start(parts).await;
    let options = stage
        .operator
        .with_token(None)
        .get("/session/options")
        .await;
    assert_eq!(
        options["providers"],
        json!([{"id": "login", "name": "Company login"}])
    );

    stage.account("ada", true, &["staff", "others"]);
    let (mut browser, page) = stage.sign_in("ada").await;
    assert_eq!(page.url.as_str(), format!("{}/agents?page=2", stage.root));
    assert_eq!(page.status, StatusCode::OK);
    let session = stage.session(&mut browser).await.unwrap();
    assert_eq!(session["user"]["email"], "ada@example.com");
    assert_eq!(session["user"]["display_name"], "ADA");
    assert_eq!(session["user"]["has_password"], false);
    assert_eq!(session["permissions"]["system_admin"], false);
    assert_eq!(role(&session), Some("viewer"));
    assert!(
        browser.cookie(&stage.root, "edgeward_sso").is_none(),
        "it is used up"
    );
    let id = id_of(&session["user"]);

    // Other groups, another role; and the one who signs in again is the same.
    stage.account("ada", true, &["leads"]);
    let (mut browser, _) = stage.sign_in("ada").await;
    let session = stage.session(&mut browser).await.unwrap();
    assert_eq!(role(&session), Some("project_admin"));
    assert_eq!(id_of(&session["user"]), id);

    // The rules themselves change.
    stage.configure(json!({"rules": []})).await;
    let (mut browser, _) = stage.sign_in("ada").await;
    let session = stage.session(&mut browser).await.unwrap();
    assert_eq!(role(&session), None);

    let system = json!({"rules": [{"claim": "groups", "value": "leads", "system_admin": true}]});
    stage.configure(system).await;
    let (mut browser, _) = stage.sign_in("ada").await;
    let session = stage.session(&mut browser).await.unwrap();
    assert_eq!(session["permissions"]["system_admin"], true);

    // Somebody who is in already leaves that session behind.
    let url = format!("{}/api/v1/sessions", stage.root).parse().unwrap();
    let answer: Value = browser
        .ask(Method::GET, &url, None)
        .await
        .json()
        .await
        .unwrap();
    let before = answer["total"].as_u64().unwrap();
    let again = browser.go(&stage.begin("/"), None).await;
    assert_eq!(
        again.url.as_str(),
        format!("{}/", stage.root),
        "the provider knows them"
    );
    let answer: Value = browser
        .ask(Method::GET, &url, None)
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(answer["total"].as_u64().unwrap(), before);

    let recorded = stage
        .operator
        .get("/audit?action=session.begin&limit=50")
        .await;
    let authors = recorded["items"].as_array().unwrap().iter();
    assert!(
        authors
            .filter(|e| e["author_name"] == "ada@example.com")
            .count()
            >= 5
    );
    assert_eq!(stage.system.plane.stop().await, Vec::<String>::new());
}

async fn whoever_is_not_to_get_in_does_not(parts: Parts) {
    let stage = Stage::start(parts).await;
    stage.configure(json!({"create_users": false})).await;
    stage.account("bob", true, &["staff"]);
    stage.refused("bob", "unknown_user").await;

    // An account that is there already is taken over by nobody who only says that the address is theirs.
    let request = json!({"emails": ["eve@example.com"], "password": PASSWORD, "memberships": []});
    let made = stage.operator.post("/users", request).await["results"][0]["user"].clone();
    stage.account("eve", false, &["leads"]);
    stage.refused("eve", "unverified_email").await;
    stage.account("eve", true, &["leads"]);
    let (mut browser, _) = stage.sign_in("eve").await;
    let session = stage.session(&mut browser).await.unwrap();
    assert_eq!(id_of(&session["user"]), id_of(&made));
    assert_eq!(role(&session), Some("project_admin"));
    // Once linked, it is the account at the provider that counts, whatever its address is now.
    let moved = json!({"sub": "eve", "email": "moved@example.com", "email_verified": true});
    stage.provider.set_account("eve", &moved).unwrap();
    let (mut browser, _) = stage.sign_in("eve").await;
    let session = stage.session(&mut browser).await.unwrap();
    assert_eq!(id_of(&session["user"]), id_of(&made));

    let disable = format!("/users/{}/disable", id_of(&made));
    stage.operator.call(Method::POST, &disable, None).await.ok();
    assert!(stage.session(&mut browser).await.is_none(), "out at once");
    stage.refused("eve", "disabled").await;

    stage
        .provider
        .set_account("nomail", &json!({"name": "x"}))
        .unwrap();
    stage.refused("nomail", "no_email").await;

    stage.configure(json!({"enabled": false})).await;
    let (status, _) = Surfer::new().step(&stage.begin("/")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let refusals = stage.operator.get("/audit?action=session.refuse").await;
    let reasons: Vec<_> = refusals["items"].as_array().unwrap().iter().collect();
    assert_eq!(reasons.len(), 4, "{reasons:?}");
    assert!(
        reasons
            .iter()
            .all(|e| e["outcome"] == "refused" && e["after"]["provider"] == "login")
    );
    assert_eq!(stage.system.plane.stop().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_comes_back_in_anothers_place() {
    let stage = Stage::start(EMBEDDED).await;
    stage.account("ada", true, &["staff"]);
    stage.account("mallory", true, &["staff"]);
    let state_error = format!("{}/sign-in?sso_error=state", stage.root);

    // Mallory's finished sign-in, put into Ada's browser: she would be signed in as him.
    let mut mallory = Surfer::new();
    let trap = stage.at_provider(&mut mallory, "mallory").await;
    let mut ada = Surfer::new();
    let (status, to) = ada.step(trap.url.as_str()).await;
    assert_eq!(
        (status, to.unwrap().as_str()),
        (StatusCode::SEE_OTHER, state_error.as_str())
    );
    // The same while she has begun one of her own.
    ada.step(&stage.begin("/")).await;
    let (_, to) = ada.step(trap.url.as_str()).await;
    assert_eq!(to.unwrap().as_str(), state_error);
    assert!(stage.session(&mut ada).await.is_none());

    // Ada's code, caught on its way, with Mallory's own state: the code was bound to her browser (PKCE).
    let mut ada = Surfer::new();
    let caught = stage.at_provider(&mut ada, "ada").await;
    let code = |page: &Page| {
        let pairs = page.url.query_pairs();
        let found = pairs.into_iter().find(|(name, _)| name == "code");
        found.unwrap().1.into_owned()
    };
    let mut bent = trap.url.clone();
    let pairs: Vec<_> = bent.query_pairs().into_owned().collect();
    bent.query_pairs_mut()
        .clear()
        .extend_pairs(pairs.iter().map(|(name, value)| {
            let value = if name == "code" {
                code(&caught)
            } else {
                value.clone()
            };
            (name.clone(), value)
        }));
    let kept = mallory.cookie(&stage.root, "edgeward_sso").unwrap();
    let (_, to) = mallory.step(bent.as_str()).await;
    assert_eq!(
        to.unwrap().as_str(),
        format!("{}/sign-in?sso_error=answer", stage.root)
    );
    assert!(stage.session(&mut mallory).await.is_none());
    // A state is used once, even by whoever has kept the cookie.
    mallory.set_cookie(&stage.root, "edgeward_sso", &kept);
    let (_, to) = mallory.step(trap.url.as_str()).await;
    assert_eq!(to.unwrap().as_str(), state_error);

    // What the provider refuses.
    let mut browser = Surfer::new();
    let (_, to) = browser.step(&stage.begin("/")).await;
    let state = to.unwrap();
    let state = state
        .query_pairs()
        .find(|(name, _)| name == "state")
        .unwrap()
        .1
        .into_owned();
    let denied = format!(
        "{}/api/v1/sso/login/callback?error=access_denied&state={state}",
        stage.root
    );
    let (_, to) = browser.step(&denied).await;
    assert_eq!(
        to.unwrap().as_str(),
        format!("{}/sign-in?sso_error=denied", stage.root)
    );

    let cookie = "edgeward_session=planted";
    let url = format!("{}/api/v1/session", stage.root);
    let answer = reqwest::Client::new()
        .get(url)
        .header("cookie", cookie)
        .send()
        .await;
    assert_eq!(answer.unwrap().status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_ends_at_the_console_and_nowhere_else() {
    let stage = Stage::start(EMBEDDED).await;
    let mut browser = Surfer::new();
    for elsewhere in [
        "https://evil.example",
        "//evil.example",
        "/%5Cevil.example",
        "/%09/evil.example",
        "javascript:alert(1)",
        "/api/v1/audit/export",
        "",
    ] {
        let (status, to) = browser.step(&stage.begin(elsewhere)).await;
        assert_eq!((status, to), (StatusCode::BAD_REQUEST, None), "{elsewhere}");
    }
    let start = stage.begin("/").parse().unwrap();
    let answer = browser.ask(Method::GET, &start, None).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    let cookie = header("set-cookie");
    for part in [
        "HttpOnly",
        "SameSite=Lax",
        "Path=/api/v1/sso",
        "Max-Age=600",
    ] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert_eq!(header("cache-control"), "no-store");
    let to = header("location");
    for part in [
        "code_challenge_method=S256",
        "nonce=",
        "state=",
        "response_type=code",
        "scope=openid",
    ] {
        assert!(to.contains(part), "{to}");
    }
    let usable = json!({"issuer": stage.provider.issuer()});
    let tested = stage.operator.post("/settings/sso/test", usable).await;
    assert_eq!(tested["usable"], true, "{tested}");

    // A provider that is gone is said at the sign-in page.
    let gone = edgeward_testkit::services::Refusing::bind().unwrap();
    let issuer = format!("http://{}", gone.address());
    stage.configure(json!({"issuer": issuer})).await;
    let (_, to) = browser.step(&stage.begin("/")).await;
    let at = format!("{}/sign-in?sso_error=provider_unavailable", stage.root);
    assert_eq!(to.unwrap().as_str(), at);
    let tested = stage
        .operator
        .post("/settings/sso/test", json!({"issuer": issuer}))
        .await;
    assert_eq!(tested["usable"], false);
    assert!(
        tested["problem"].as_str().unwrap().contains("refused"),
        "{tested}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_exchanges_its_keys() {
    let mut stage = Stage::start(EMBEDDED).await;
    stage.account("ada", true, &["staff"]);
    let (mut browser, _) = stage.sign_in("ada").await;
    assert!(stage.session(&mut browser).await.is_some());
    stage.provider.exchange_keys().await.unwrap();
    // Keys that were asked for a moment ago are not asked for again at once.
    let signed_in = edgeward_testkit::eventually("a sign-in with other keys", LIMIT, async || {
        let (mut browser, page) = stage.sign_in("ada").await;
        let session = stage.session(&mut browser).await;
        session.ok_or_else(|| page.url.to_string())
    });
    assert_eq!(signed_in.await.unwrap()["user"]["email"], "ada@example.com");
}
