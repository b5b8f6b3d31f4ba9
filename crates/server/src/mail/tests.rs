use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use edgeward_api::access::Language;
use edgeward_api::settings::MailSecurity;
use edgeward_domain::Moment;
use edgeward_pki::Authority;
use edgeward_testkit::mail::{MailOptions, MailServer};

use super::{Letter, MailError, Mailer};

const LIMIT: Duration = Duration::from_secs(10);

struct Post {
    server: MailServer,
    authority: String,
}

impl Post {
    async fn start() -> Self {
        edgeward_pki::install_provider();
        let now = SystemTime::now();
        let authority = Authority::generate("test", now).unwrap();
        let identity = authority
            .issue_server(&["localhost".into()], Duration::from_secs(3600), now)
            .unwrap();
        let server = MailServer::start(MailOptions {
            certificate_pem: identity.certificate_pem,
            key_pem: identity.key_pem,
            username: "edgeward".into(),
            password: "päss word".into(),
        });
        Self {
            server: server.await.unwrap(),
            authority: authority.certificate_pem().to_owned(),
        }
    }

    async fn send(&self, mailer: &Mailer, to: &str) -> Result<(), MailError> {
        let letter = invitation();
        mailer
            .send_trusting(to, Language::Zh, &letter, Some(&self.authority))
            .await
    }
}

fn mailer(at: SocketAddr, security: MailSecurity) -> Mailer {
    let known = security != MailSecurity::None;
    Mailer {
        host: "localhost".into(),
        port: at.port(),
        security,
        username: known.then(|| "edgeward".into()),
        password: known.then(|| "päss word".into()),
        from: "Edgeward 平台 <edgeward@example.com>".into(),
        own_name: "console.example.com".into(),
    }
}

fn invitation() -> Letter {
    Letter::Invitation {
        link: "https://console.example.com/invitation#token".into(),
        expires_at: Moment::from_micros(1_700_000_000_000_000),
    }
}

#[tokio::test]
async fn a_letter_arrives_whole_in_every_way_of_protecting_it() {
    let post = Post::start().await;
    for (at, security, to) in [
        (post.server.plain(), MailSecurity::None, "plain@example.com"),
        (
            post.server.starttls(),
            MailSecurity::Starttls,
            "starttls@example.com",
        ),
        (post.server.tls(), MailSecurity::Tls, "tls@example.com"),
    ] {
        post.send(&mailer(at, security), to).await.unwrap();
        let taken = post.server.letter_to(to, LIMIT).await.unwrap();
        let protected = security != MailSecurity::None;
        assert_eq!(taken.over_tls, protected, "{to}");
        assert_eq!(
            taken.user.as_deref(),
            protected.then_some("edgeward"),
            "{to}"
        );
        assert_eq!(taken.hello, "console.example.com");
        assert_eq!(taken.from, "edgeward@example.com");
        assert_eq!(taken.to, [to]);
        assert_eq!(taken.headers["subject"], "Edgeward 邀请");
        assert!(taken.headers["from"].contains("平台"), "{taken:?}");
        assert_eq!(taken.headers["auto-submitted"], "auto-generated");
        assert!(taken.headers["message-id"].ends_with("@console.example.com>"));
        assert!(taken.headers.contains_key("date"));
        assert!(
            taken
                .text
                .contains("https://console.example.com/invitation#token")
        );
        assert!(
            taken.text.contains("2023-11-14 22:13 UTC"),
            "{}",
            taken.text
        );
    }
}

#[tokio::test]
async fn a_refusal_is_told_in_the_servers_words() {
    let post = Post::start().await;
    let plain = mailer(post.server.plain(), MailSecurity::None);
    let error = post.send(&plain, "nobody@example.com").await.unwrap_err();
    assert!(matches!(error, MailError::Refused { .. }), "{error:?}");
    assert!(
        error.to_string().contains("550") && error.to_string().contains("nobody of that name here"),
        "{error}"
    );

    let mut wrong = mailer(post.server.starttls(), MailSecurity::Starttls);
    wrong.password = Some("wrong".into());
    let error = post.send(&wrong, "a@example.com").await.unwrap_err();
    assert!(matches!(error, MailError::Refused { .. }), "{error:?}");
    assert!(error.to_string().contains("535"), "{error}");
    assert!(!error.to_string().contains("wrong"), "{error}");

    let mut nobody = mailer(post.server.tls(), MailSecurity::Tls);
    (nobody.username, nobody.password) = (None, None);
    let error = post.send(&nobody, "a@example.com").await.unwrap_err();
    assert!(error.to_string().contains("530"), "{error}");
    assert_eq!(post.server.taken(), []);
}

#[tokio::test]
async fn nothing_goes_out_unprotected_that_was_to_be_protected() {
    let post = Post::start().await;
    // A server without STARTTLS.
    let error = post
        .send(
            &mailer(post.server.plain(), MailSecurity::Starttls),
            "a@example.com",
        )
        .await
        .unwrap_err();
    assert!(error.to_string().contains("STARTTLS"), "{error}");
    // A certificate that this machine does not believe.
    let unknown = mailer(post.server.tls(), MailSecurity::Tls);
    let error = unknown
        .send("a@example.com", Language::En, &invitation())
        .await
        .unwrap_err();
    assert!(matches!(error, MailError::Tls { .. }), "{error:?}");
    assert!(error.to_string().contains("certificate"), "{error}");
    // A certificate for another name.
    let mut other = mailer(post.server.tls(), MailSecurity::Tls);
    other.host = "127.0.0.1".into();
    let error = post.send(&other, "a@example.com").await.unwrap_err();
    assert!(matches!(error, MailError::Tls { .. }), "{error:?}");
    assert_eq!(post.server.taken(), []);
}

#[tokio::test]
async fn who_is_not_there_and_who_says_nothing_are_told_apart() {
    edgeward_pki::install_provider();
    let refusing = edgeward_testkit::services::Refusing::bind().unwrap();
    let mut nobody = mailer(refusing.address(), MailSecurity::None);
    nobody.host = "127.0.0.1".into();
    let error = nobody
        .send("a@example.com", Language::En, &invitation())
        .await
        .unwrap_err();
    assert!(matches!(error, MailError::Connection { .. }), "{error:?}");
    assert!(error.to_string().contains("refused"), "{error}");

    nobody.host = "mail.invalid".into();
    let error = nobody
        .send("a@example.com", Language::En, &invitation())
        .await
        .unwrap_err();
    assert!(matches!(error, MailError::Connection { .. }), "{error:?}");
}

#[tokio::test]
async fn what_is_no_address_is_not_sent_to() {
    let plain = mailer(SocketAddr::from(([127, 0, 0, 1], 1)), MailSecurity::None);
    for to in [
        "",
        "nobody",
        "a@example.com\r\nBcc: b@example.com",
        "a b@example.com",
    ] {
        let error = plain
            .send(to, Language::En, &invitation())
            .await
            .unwrap_err();
        assert!(matches!(error, MailError::Address(_)), "{to:?}: {error:?}");
    }
}

#[test]
fn every_letter_is_there_in_both_languages() {
    let at = Moment::from_micros(0);
    let link = "https://console.example.com/x".to_owned();
    let letters = [
        invitation(),
        Letter::PasswordReset {
            link: link.clone(),
            expires_at: at,
        },
        Letter::Test { console_url: link },
    ];
    for letter in letters {
        let [en, zh] = [Language::En, Language::Zh].map(|language| letter.text(language));
        assert!(en.subject.is_ascii() && en.body.is_ascii(), "{en:?}");
        assert!(!zh.subject.is_ascii() && !zh.body.is_ascii(), "{zh:?}");
        for text in [en, zh] {
            assert!(
                text.body.contains("https://console.example.com/"),
                "{text:?}"
            );
            assert!(
                text.body.lines().all(|line| line.chars().count() < 100),
                "{text:?}"
            );
        }
    }
}
