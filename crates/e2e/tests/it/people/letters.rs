//! Mail that the control plane sends, taken by a real mail server; and the settings that it goes by.

use std::time::{Duration, SystemTime};

use edgeward_testkit::mail::{MailOptions, MailServer};
use http::StatusCode;
use reqwest::Method;
use serde_json::{Value, json};

use super::cast::{Api, PASSWORD, id_of};
use crate::system::{EMBEDDED, LIMIT, Parts, System, with_both_parts};

with_both_parts! {
    invitations_and_resets_come_by_mail_in_the_readers_language,
}

async fn mail_server() -> MailServer {
    edgeward_pki::install_provider();
    let now = SystemTime::now();
    let authority = edgeward_pki::Authority::generate("mail", now).unwrap();
    let identity = authority
        .issue_server(&["localhost".into()], Duration::from_secs(3600), now)
        .unwrap();
    let options = MailOptions {
        certificate_pem: identity.certificate_pem,
        key_pem: identity.key_pem,
        username: "edgeward".into(),
        password: "sesame".into(),
    };
    MailServer::start(options).await.unwrap()
}

fn plain(server: &MailServer) -> Value {
    json!({
        "host": "127.0.0.1", "port": server.plain().port(), "security": "none",
        "from": "Edgeward <edgeward@example.com>",
    })
}

/// The token of the link in a letter.
fn token(text: &str, root: &str) -> String {
    let start = format!("{root}/invitation#");
    let rest = &text[text.find(&start).unwrap() + start.len()..];
    rest.split_whitespace().next().unwrap().to_owned()
}

async fn invitations_and_resets_come_by_mail_in_the_readers_language(parts: Parts) {
    let system = System::start(parts).await;
    let operator = Api::new(&system, Some(system.operator_token.clone()));
    let nobody = operator.with_token(None);
    let server = mail_server().await;
    let forgotten = json!({"email": "ada@example.com"});
    let answer = nobody
        .call(Method::POST, "/password-reset", Some(&forgotten))
        .await;
    assert_eq!(answer.status, StatusCode::CONFLICT, "no mail server is set");

    let settings = operator.put("/settings/mail", plain(&server)).await;
    assert_eq!(settings["mail"]["password_set"], false);
    let settings = operator
        .put("/settings/language", json!({"language": "zh"}))
        .await;
    let root = settings["root_address"]["url"].as_str().unwrap();
    let options = nobody.get("/session/options").await;
    assert_eq!(options["password_reset"], true);
    assert_eq!(options["language"], "zh");

    let request = json!({"emails": ["ada@example.com", "nobody@example.com"], "memberships": [], "system_admin": true});
    let made = operator.post("/users", request).await["results"].clone();
    assert_eq!(made[0]["link"]["mailed"], true, "{made}");
    assert_eq!(
        made[0]["link"]["url"],
        Value::Null,
        "who gets it by mail need not be told it"
    );
    // What the server refuses comes back with its words, and with the link.
    assert_eq!(made[1]["link"]["mailed"], false);
    let problem = made[1]["link"]["mail_error"].as_str().unwrap();
    assert!(problem.contains("nobody of that name here"), "{problem}");
    assert!(made[1]["link"]["url"].as_str().unwrap().starts_with(root));

    let letter = server.letter_to("ada@example.com", LIMIT).await.unwrap();
    assert_eq!(letter.headers["subject"], "Edgeward 邀请");
    let accept = json!({"token": token(&letter.text, root), "password": PASSWORD});
    let session = nobody.post("/invitations/accept", accept).await;
    assert_eq!(session["user"]["email"], "ada@example.com");

    // She reads English; the link for another password comes so.
    let ada = nobody.person("ada@example.com").await;
    ada.patch("/profile", json!({"language": "en"})).await;
    let sent = server.taken().len();
    let unknown = json!({"email": "unknown@example.com"});
    for request in [&unknown, &forgotten] {
        let answer = nobody
            .call(Method::POST, "/password-reset", Some(request))
            .await;
        assert_eq!(answer.status, StatusCode::ACCEPTED);
    }
    let letter = edgeward_testkit::eventually("a second letter", LIMIT, async || {
        let taken = server.taken();
        let new = taken
            .iter()
            .skip(sent)
            .find(|t| t.to == ["ada@example.com"]);
        new.cloned().ok_or_else(|| taken.len().to_string())
    });
    let letter = letter.await.unwrap();
    assert_eq!(letter.headers["subject"], "Another password for Edgeward");
    let accept = json!({"token": token(&letter.text, root), "password": "another horse 2"});
    nobody.post("/invitations/accept", accept).await;
    let old = nobody.sign_in("ada@example.com", PASSWORD).await;
    assert_eq!(old.status, StatusCode::UNAUTHORIZED);
    assert_eq!(server.taken().len(), sent + 1, "nobody else was written to");
    assert_eq!(system.plane.stop().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mail_server_is_tried_out_before_it_is_set() {
    let system = System::start(EMBEDDED).await;
    let operator = Api::new(&system, Some(system.operator_token.clone()));
    let server = mail_server().await;
    let to = json!({"to": "ada@example.com"});
    let answer = operator
        .call(Method::POST, "/settings/mail/test", Some(&to))
        .await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::CONFLICT, "no_mail")
    );

    let with = |settings: Value| json!({"to": "ada@example.com", "settings": settings});
    let tested = operator
        .post("/settings/mail/test", with(plain(&server)))
        .await;
    assert_eq!(tested, json!({"sent": true, "problem": null}));
    assert_eq!(
        server.taken()[0].headers["subject"],
        "Edgeward can send e-mail"
    );
    assert_eq!(
        operator.get("/settings").await["mail"],
        Value::Null,
        "nothing was set"
    );

    let mut refused = with(plain(&server));
    refused["to"] = "nobody@example.com".into();
    let tested = operator.post("/settings/mail/test", refused).await;
    assert_eq!(tested["sent"], false);
    assert!(
        tested["problem"].as_str().unwrap().contains("550"),
        "{tested}"
    );

    let mut unknown = plain(&server);
    unknown["security"] = "tls".into();
    unknown["port"] = server.tls().port().into();
    let tested = operator.post("/settings/mail/test", with(unknown)).await;
    assert!(
        tested["problem"].as_str().unwrap().contains("certificate"),
        "{tested}"
    );

    let entries = operator.get("/audit?action=mail.test").await;
    let outcomes: Vec<_> = entries["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["outcome"].clone())
        .collect();
    assert_eq!(outcomes, ["refused", "refused", "done"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_root_address_is_tried_set_and_used_at_once() {
    let system = System::start(EMBEDDED).await;
    let operator = Api::new(&system, Some(system.operator_token.clone()));
    let root = format!("http://localhost:{}", system.console.port());
    let url = |url: &str| json!({"url": url});
    let tested = operator
        .post("/settings/root-address/test", url(&root))
        .await;
    assert_eq!(tested, json!({"reached": true, "problem": null}));

    let other = System::start(EMBEDDED).await;
    let elsewhere = format!("http://{}", other.console);
    let tested = operator
        .post("/settings/root-address/test", url(&elsewhere))
        .await;
    assert_eq!(tested["reached"], false);
    assert!(
        tested["problem"]
            .as_str()
            .unwrap()
            .contains("another installation"),
        "{tested}"
    );

    let bad = operator
        .call(
            Method::PUT,
            "/settings/root-address",
            Some(&url("edge.example.com")),
        )
        .await;
    assert_eq!(
        (bad.status, bad.code()),
        (StatusCode::BAD_REQUEST, "invalid_request")
    );
    let settings = operator
        .put("/settings/root-address", url("https://edge.example.com/"))
        .await;
    assert_eq!(settings["root_address"]["url"], "https://edge.example.com");
    assert_eq!(settings["root_address"]["source"], "setting");
    let request = json!({"emails": ["ada@example.com"], "memberships": [], "system_admin": true});
    let made = operator.post("/users", request).await["results"][0].clone();
    let link = made["link"]["url"].as_str().unwrap();
    assert!(
        link.starts_with("https://edge.example.com/invitation#"),
        "{link}"
    );
    let settings = operator
        .call(Method::DELETE, "/settings/root-address", None)
        .await
        .ok();
    assert_eq!(settings["root_address"]["source"], "listening");
    assert_eq!(settings["root_address"]["url"], root);

    // What everybody may ask of every host, and no more.
    let nobody = operator.with_token(None);
    let said = nobody.http_get("/.edgeward/installation?nonce=x").await;
    assert_eq!(said["error"]["code"], "invalid_request");
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_fetch_the_key_for_edge_services_and_see_the_agent_service() {
    let system = System::start(EMBEDDED).await;
    let operator = Api::new(&system, Some(system.operator_token.clone()));
    let first = operator.get("/organisations").await["items"][0].clone();
    let project = id_of(&first["projects"][0]);
    for (email, role) in [
        ("lead@example.com", "admin"),
        ("viewer@example.com", "viewer"),
    ] {
        let memberships = json!([{"project_id": project, "role": role}]);
        let request = json!({"emails": [email], "password": PASSWORD, "memberships": memberships});
        operator.post("/users", request).await;
    }
    let lead = operator.person("lead@example.com").await;
    let key = lead.get("/keys/edge-services").await;
    assert_eq!(key["file_name"], "edgeward.pub");
    assert!(
        key["pem"]
            .as_str()
            .unwrap()
            .starts_with("-----BEGIN PUBLIC KEY-----")
    );
    assert_eq!(key["fingerprint"].as_str().unwrap().len(), 64);
    let entries = operator.get("/audit?action=key.download").await;
    assert_eq!(entries["items"][0]["author_name"], "lead@example.com");

    let _agent = system.join(&[]).await;
    let state = lead.get("/agent-service").await;
    assert_eq!(state["kind"], "embedded");
    assert_eq!(state["connected"], true);
    assert_eq!(state["agents_online"], 1);
    assert_eq!(state["clients"], 1);
    assert!(
        state["messages_in_per_s"].as_f64().unwrap() > 0.0,
        "{state}"
    );
    assert!(
        state["messages_out_per_s"].as_f64().unwrap() > 0.0,
        "{state}"
    );
    assert!(state["ca_expires_at"].as_str().unwrap() > "2040", "{state}");

    let viewer = operator.person("viewer@example.com").await;
    for path in ["/keys/edge-services", "/agent-service", "/settings"] {
        let answer = viewer.call(Method::GET, path, None).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
    }
}
