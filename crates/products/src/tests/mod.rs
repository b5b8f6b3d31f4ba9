mod clocks;
mod configurations;
mod examinations;
mod excerpts;
mod hazards;
mod health;
mod readings;
mod templates;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::*;

/// An answer with this text, and no headers.
fn answer(status: u16, body: &str) -> Answer {
    let status = StatusCode::from_u16(status).unwrap();
    Answer::new(status, &HeaderMap::new(), body.to_owned().into())
}

/// The same answer with a header more.
fn with(answer: Answer, name: HeaderName, value: &str) -> Answer {
    let mut headers = HeaderMap::new();
    let old = [
        (http::header::CONTENT_TYPE, &answer.content_type),
        (http::header::DATE, &answer.date),
        (http::header::LOCATION, &answer.location),
    ];
    for (name, old) in old {
        if let Some(old) = old {
            headers.insert(name, old.parse().unwrap());
        }
    }
    headers.insert(name, HeaderValue::from_str(value).unwrap());
    Answer::new(answer.status, &headers, answer.body)
}

#[test]
fn kinds_have_words_both_ways() {
    for (word, kind) in [
        ("neuron", Kind::Neuron),
        ("nanomq", Kind::NanoMq),
        ("ekuiper", Kind::EKuiper),
        ("neuronex", Kind::NeuronEx),
        ("http", Kind::Http),
    ] {
        assert_eq!(word.parse(), Ok(kind));
        assert_eq!(kind.to_string(), word);
        assert_eq!(serde_json::to_value(kind).unwrap(), word);
        assert_eq!(product(kind).kind(), kind);
    }
    assert_eq!(Kind::of("node-red"), Kind::Http);
    assert_eq!(Kind::of("Neuron"), Kind::Neuron);
    let unknown = UnknownKind("node-red".to_owned());
    assert_eq!("node-red".parse::<Kind>(), Err(unknown));
}

#[test]
fn tokens_claim_what_each_product_wants_and_points_in_time_are_numbers() {
    let audiences = [
        (Kind::Neuron, Some("neuron"), Some("0"), "Bearer x"),
        (Kind::NanoMq, None, Some("0"), "Bearer x"),
        (Kind::EKuiper, Some("eKuiper"), Some("0"), "x"),
        (Kind::NeuronEx, Some("neuronex"), Some("0"), "Bearer x"),
        (Kind::Http, None, None, "Bearer x"),
    ];
    for (kind, audience, encode, authorization) in audiences {
        let product = product(kind);
        let claims = product.claims("edgeward.pub", 1_000_000, 300).json();
        assert_eq!(claims["iss"], "edgeward.pub");
        assert_eq!(claims["exp"], 1_000_300);
        assert!(claims["iat"].as_i64().unwrap() <= 1_000_000);
        assert_eq!(claims.get("aud").and_then(|aud| aud.as_str()), audience);
        let told = claims.get("bodyEncode").and_then(|told| told.as_str());
        assert_eq!(told, encode);
        assert_eq!(product.authorization("x"), authorization);
    }
}

#[test]
fn bodies_are_cut_at_the_limit() {
    let long = "x".repeat(MAX_BODY_BYTES + 1);
    assert_eq!(answer(200, &long).body.len(), MAX_BODY_BYTES);
    assert!(answer(200, &long).is_cut());
    assert!(!answer(200, &long[..MAX_BODY_BYTES - 1]).is_cut());
}
