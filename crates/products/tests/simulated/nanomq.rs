//! NanoMQ, which wants a token or a password, and says 103 to whatever is wrong with it.

use edgeward_products::{Apart, Call, Credential, Kind, Verdict, Wanted, mask, product, validate};
use edgeward_simulated::Signer;
use edgeward_simulated::nanomq::{Access, NanoMq, NanoMqOptions, PRIVATE_KEY, VERSION};
use tempfile::TempDir;

use crate::caller::{examine, examine_as, send};
use crate::{FILE, OURS, THEIRS};

/// A NanoMQ that wants tokens, with this key under this name.
async fn nanomq(name: &str, key: Option<&Signer>) -> (NanoMq, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    if let Some(key) = key {
        key.put(folder.path(), name).unwrap();
    }
    let options = NanoMqOptions::token(folder.path().join(name));
    (NanoMq::start(options).await.unwrap(), folder)
}

async fn verdict(nanomq: &NanoMq, credential: Credential) -> Verdict {
    let finding = examine(Kind::NanoMq, credential, nanomq.address()).await;
    finding.verdict
}

fn proven() -> Verdict {
    Verdict::Proven {
        version: Some(VERSION.to_owned()),
        clock_ahead_s: None,
    }
}

#[tokio::test]
async fn what_is_wrong_with_the_key_is_told_as_far_as_it_can_be() {
    let found = Some("jwt-ecp.pub".to_owned());
    for (name, key, expected) in [
        (FILE, Some(&*OURS), proven()),
        (FILE, None, Verdict::KeyFileOrKey),
        (FILE, Some(&*THEIRS), Verdict::KeyFileOrKey),
        ("some.pub", Some(&*OURS), Verdict::KeyFileOrKey),
        (
            "jwt-ecp.pub",
            Some(&*OURS),
            Verdict::OtherFileName { found },
        ),
    ] {
        let (service, _folder) = nanomq(name, key).await;
        assert_eq!(verdict(&service, Credential::Token).await, expected);
    }
}

#[tokio::test]
async fn a_clock_that_is_ahead_is_told_by_bounds() {
    let (service, _folder) = nanomq(FILE, Some(&OURS)).await;
    for (offset_s, expected) in [
        (400, proven()),
        (-1_000_000, proven()),
        (
            7_200,
            Verdict::ClockApart {
                by: Apart::Ahead {
                    at_least_s: 3_800,
                    at_most_s: Some(21_800),
                },
            },
        ),
    ] {
        service.clock().set_offset_s(offset_s);
        assert_eq!(verdict(&service, Credential::Token).await, expected);
    }
}

#[tokio::test]
async fn token_and_password_are_told_apart_both_ways() {
    let basic = NanoMq::start(NanoMqOptions::basic()).await.unwrap();
    assert_eq!(verdict(&basic, Credential::Basic).await, proven());
    let wants = Wanted::Basic;
    let wrong = Verdict::WrongScheme { wants };
    assert_eq!(verdict(&basic, Credential::Token).await, wrong);
    let other = ("admin", "wrong");
    let finding = examine_as(Kind::NanoMq, Credential::Basic, basic.address(), other).await;
    assert_eq!(finding.verdict, Verdict::WrongPassword);

    let (token, _folder) = nanomq(FILE, Some(&OURS)).await;
    let wants = Wanted::Token;
    let wrong = Verdict::WrongScheme { wants };
    assert_eq!(verdict(&token, Credential::Basic).await, wrong);

    let options = NanoMqOptions::new(Access::Open);
    let open = NanoMq::start(options).await.unwrap();
    for credential in [Credential::None, Credential::Basic, Credential::Token] {
        let version = Some(VERSION.to_owned());
        let expected = Verdict::NoAuthentication { version };
        assert_eq!(verdict(&open, credential).await, expected);
    }
}

#[tokio::test]
async fn its_secrets_are_hidden_its_figures_read_and_what_kills_it_is_not_sent() {
    let options = NanoMqOptions::new(Access::Open);
    let service = NanoMq::start(options).await.unwrap();
    let path = "/api/v4/configuration";
    let shown = send(service.address(), Call::get(path), None)
        .await
        .unwrap();
    let clear = String::from_utf8(shown.body.to_vec()).unwrap();
    let line = PRIVATE_KEY.lines().nth(1).unwrap();
    assert!(clear.contains(line));
    let masked = mask(Kind::NanoMq, path, shown.body);
    let masked = String::from_utf8(masked.to_vec()).unwrap();
    assert!(
        !masked.contains(line) && !masked.contains("PRIVATE KEY"),
        "{masked}"
    );

    let product = product(Kind::NanoMq);
    let mut answers = Vec::new();
    for call in product.health_calls() {
        answers.push(send(service.address(), call, None).await.ok());
    }
    let health = product.health(&answers);
    assert_eq!(health.figure("connections"), Some(0));
    assert_eq!(health.figure("messages_sent"), Some(0));

    let mut update = Call::get("/api/v4/config_update");
    update.method = http::Method::POST;
    update.body = Some("{{{ bad".into());
    assert!(validate(Kind::NanoMq, &update).is_err());
    send(service.address(), update, None).await.unwrap_err();
    assert!(
        service.has_ended(),
        "the simulated one would have died of it"
    );
}
