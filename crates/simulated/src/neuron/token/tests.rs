use axum::http::HeaderValue;

use super::*;
use crate::Signer;

fn signer() -> Signer {
    Signer::generate().unwrap()
}

fn bearer(signer: &Signer, claims: &Value) -> String {
    format!("Bearer {}", signer.token(claims).unwrap())
}

fn gate(folder: PathBuf) -> Gate {
    Gate::new(folder, Access::Token, Clock::default())
}

fn check(gate: &Gate, authorization: Option<&str>) -> Result<(), Code> {
    let mut headers = HeaderMap::new();
    if let Some(value) = authorization {
        headers.insert(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
    }
    gate.check(&headers)
}

#[test]
fn every_row_of_the_table() {
    use Code::{TokenExpired, TokenInvalid, TokenMissing, TokenNotYetValid};
    let folder = tempfile::tempdir().unwrap();
    let (good, other) = (signer(), signer());
    good.put(folder.path(), "ecp-test.pub").unwrap();
    let gate = gate(folder.path().to_owned());
    let now = Clock::default().now_s();
    let full = json!({
        "iss": "ecp-test.pub", "aud": "neuron", "iat": now, "exp": now + 600, "bodyEncode": "0",
    });
    let with = |name: &str, value: Value| {
        let mut claims = full.clone();
        claims[name] = value;
        bearer(&good, &claims)
    };
    let raw = good.token(&full).unwrap();
    let (head_and_claims, signature) = raw.rsplit_once('.').unwrap();
    let (_, claims) = head_and_claims.split_once('.').unwrap();
    // {"alg":"none","typ":"JWT"}
    let unsigned = format!("Bearer eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{claims}.");
    let rows: Vec<(&str, Option<String>, Result<(), Code>)> = vec![
        ("no header", None, Err(TokenMissing)),
        ("empty", Some(String::new()), Err(TokenMissing)),
        ("scheme only", Some("Bearer ".into()), Err(TokenMissing)),
        (
            "shorter than a scheme",
            Some("abc".into()),
            Err(TokenMissing),
        ),
        ("good", Some(bearer(&good, &full)), Ok(())),
        (
            "only iss",
            Some(bearer(&good, &json!({"iss": "ecp-test.pub"}))),
            Ok(()),
        ),
        ("foreign aud", Some(with("aud", json!("eKuiper"))), Ok(())),
        ("iss a prefix", Some(with("iss", json!("ecp-test"))), Ok(())),
        ("iss one letter", Some(with("iss", json!("e"))), Ok(())),
        ("iss empty", Some(with("iss", json!(""))), Ok(())),
        ("lower-case scheme", Some(format!("bearer {raw}")), Ok(())),
        (
            "any seven characters",
            Some(format!("1234567{raw}")),
            Ok(()),
        ),
        ("exp as text", Some(with("exp", json!("1"))), Ok(())),
        (
            "iat in the future",
            Some(with("iat", json!(now + 600))),
            Ok(()),
        ),
        (
            "unknown iss",
            Some(with("iss", json!("nobody.pub"))),
            Err(TokenInvalid),
        ),
        (
            "no iss",
            Some(bearer(&good, &json!({"exp": now + 600}))),
            Err(TokenInvalid),
        ),
        (
            "iss not a text",
            Some(with("iss", json!(7))),
            Err(TokenInvalid),
        ),
        ("wrong key", Some(bearer(&other, &full)), Err(TokenInvalid)),
        (
            "RS512",
            Some(format!(
                "Bearer {}",
                good.sign(Algorithm::RS512, &full).unwrap()
            )),
            Err(TokenInvalid),
        ),
        ("alg none", Some(unsigned), Err(TokenInvalid)),
        ("garbage", Some("Bearer garbage".into()), Err(TokenInvalid)),
        ("raw token", Some(raw.clone()), Err(TokenInvalid)),
        (
            "Basic",
            Some("Basic YWRtaW46MDAwMA==".into()),
            Err(TokenInvalid),
        ),
        (
            "foreign signature",
            Some(format!("Bearer eyJhbGciOiJSUzI1NiJ9.{claims}.{signature}")),
            Err(TokenInvalid),
        ),
        (
            "iss neuron, foreign key",
            Some(with("iss", json!("neuron"))),
            Err(TokenInvalid),
        ),
        (
            "expired",
            Some(with("exp", json!(now - 2))),
            Err(TokenExpired),
        ),
        (
            "expired and wrong key",
            Some(bearer(&other, &json!({"iss": "ecp-test.pub", "exp": 1}))),
            Err(TokenInvalid),
        ),
        (
            "nbf in the future",
            Some(with("nbf", json!(now + 60))),
            Err(TokenNotYetValid),
        ),
        (
            "expired and not yet valid",
            Some(bearer(
                &good,
                &json!({"iss": "e", "exp": 1, "nbf": now + 60}),
            )),
            Err(TokenExpired),
        ),
        (
            "login",
            Some(format!("Bearer {}", gate.login_token().unwrap())),
            Ok(()),
        ),
    ];
    for (case, header, expected) in rows {
        assert_eq!(check(&gate, header.as_deref()), expected, "{case}");
    }
}

#[test]
fn a_key_added_at_run_time_fails_once_and_then_works() {
    let folder = tempfile::tempdir().unwrap();
    let gate = gate(folder.path().join("certs"));
    let signer = signer();
    let token = bearer(&signer, &json!({"iss": "late.pub"}));
    assert_eq!(check(&gate, Some(&token)), Err(Code::TokenInvalid));
    std::fs::create_dir(folder.path().join("certs")).unwrap();
    signer
        .put(&folder.path().join("certs"), "late.pub")
        .unwrap();
    assert_eq!(check(&gate, Some(&token)), Err(Code::TokenInvalid));
    assert_eq!(check(&gate, Some(&token)), Ok(()));
}

#[test]
fn only_key_files_count_and_a_file_comes_before_the_built_in_key() {
    let folder = tempfile::tempdir().unwrap();
    let signer = signer();
    signer.put(folder.path(), "a.txt").unwrap();
    std::fs::write(folder.path().join("b.pub"), "not a key").unwrap();
    signer.put(folder.path(), "neuron.pem").unwrap();
    let gate = gate(folder.path().to_owned());
    let token = |issuer: &str| bearer(&signer, &json!({"iss": issuer}));
    assert_eq!(check(&gate, Some(&token("a"))), Err(Code::TokenInvalid));
    assert_eq!(check(&gate, Some(&token("b"))), Err(Code::TokenInvalid));
    assert_eq!(check(&gate, Some(&token("neuron"))), Ok(()));
}

#[test]
fn a_viewer_may_bring_the_pages_cookie() {
    let folder = tempfile::tempdir().unwrap();
    let gate = gate(folder.path().to_owned());
    let viewer = |cookie: &str| {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::from_str(cookie).unwrap());
        (gate.check_viewer(&headers), gate.check(&headers))
    };
    let token = gate.login_token().unwrap();
    let cookie = format!("other=1; neuron_token={token}");
    assert_eq!(viewer(&cookie), (Ok(()), Err(Code::TokenMissing)));
    assert_eq!(viewer("neuron_token=").0, Err(Code::TokenMissing));
    assert_eq!(viewer("neuron_token=abc").0, Err(Code::TokenInvalid));
}
