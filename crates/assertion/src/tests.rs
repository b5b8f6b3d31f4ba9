use proptest::prelude::*;

use super::sign::{Brand, SigningKey};
use super::*;

const ACCOUNT: &[u8] = include_bytes!("../fixtures/canonical-account.assertion");
const ROOT_KEY: &[u8] = include_bytes!("../fixtures/canonical-root.account-key.assertion");
const MODELS_KEY: &[u8] = include_bytes!("../fixtures/generic-models.account-key.assertion");
const CLASSIC_MODEL: &[u8] = include_bytes!("../fixtures/generic-classic.model.assertion");

fn one(text: &[u8]) -> Assertion {
    let mut all = decode_stream(text).unwrap();
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn stream(parts: &[&[u8]]) -> Vec<u8> {
    parts.join(&b'\n')
}

#[test]
fn the_chain_that_every_snapd_carries_verifies() {
    let root = PublicKey::from_account_key(&one(ROOT_KEY)).unwrap();
    assert_eq!(
        root.id(),
        "-CvQKAwRQ5h3Ffn10FILJoEZUXOv6km9FwA80-Rcj-f-6jadQ89VRswHNiEB9Lxk"
    );
    for signed_by_root in [ROOT_KEY, ACCOUNT, MODELS_KEY] {
        one(signed_by_root).verify(&root).unwrap();
    }
    let models = PublicKey::from_account_key(&one(MODELS_KEY)).unwrap();
    let classic = one(CLASSIC_MODEL);
    classic.verify(&models).unwrap();
    assert!(matches!(
        classic.verify(&root),
        Err(VerifyError::OtherKey { .. })
    ));
    let said = model(&classic).unwrap();
    assert_eq!((&*said.brand, &*said.model), ("generic", "generic-classic"));
    assert_eq!((said.store, said.serial_authority), (None, vec![]));
    assert_eq!(one(ROOT_KEY).body().len(), 1406);
}

#[test]
fn what_is_read_is_written_again_byte_for_byte() {
    for text in [ACCOUNT, ROOT_KEY, MODELS_KEY, CLASSIC_MODEL] {
        assert_eq!(one(text).encoded(), text);
    }
    let key = PublicKey::from_account_key(&one(ROOT_KEY)).unwrap();
    assert_eq!(key.to_base64().as_bytes(), one(ROOT_KEY).body());
}

#[test]
fn a_changed_letter_is_a_forgery() {
    let root = PublicKey::from_account_key(&one(ROOT_KEY)).unwrap();
    let text = String::from_utf8(ACCOUNT.to_vec()).unwrap();
    let forged = text.replace("display-name: Canonical", "display-name: Canonicol");
    assert_ne!(forged, text);
    let error = one(forged.as_bytes()).verify(&root).unwrap_err();
    assert_eq!(error, VerifyError::Forged);
    let (content, _) = text.split_once("\n\n").unwrap();
    let other = format!("{content}\n\nAQID\n");
    let error = one(other.as_bytes()).verify(&root).unwrap_err();
    assert_eq!(error, VerifyError::Signature);
}

#[test]
fn our_own_assertions_are_as_snapds() {
    let authority = Brand::new("authority").unwrap();
    let brand = Brand::new("acme").unwrap();
    let device = SigningKey::generate().unwrap();
    let account_key = one(&brand.account_key(&authority).unwrap().encoded());
    account_key.verify(authority.key.public()).unwrap();
    let key = PublicKey::from_account_key(&account_key).unwrap();
    assert_eq!(&key, brand.key.public());

    let model_text = brand
        .model("gateway-1", Some("acme-store"))
        .unwrap()
        .encoded();
    let serial_assertion = brand
        .serial("gateway-1", "A-0001", device.public())
        .unwrap();
    let both = decode_stream(&stream(&[&model_text, &serial_assertion.encoded()])).unwrap();
    for assertion in &both {
        assertion.verify(&key).unwrap();
    }
    let said = model(&both[0]).unwrap();
    assert_eq!(said.store.as_deref(), Some("acme-store"));
    let said = serial(&both[1]).unwrap();
    assert_eq!((&*said.brand, &*said.model), ("acme", "gateway-1"));
    assert_eq!(said.serial, "A-0001");
    assert_eq!(said.device_key_sha3_384, device.public().id());
    assert_eq!(
        PublicKey::from_base64(&said.device_key).unwrap(),
        *device.public()
    );
    assert!(matches!(
        serial(&both[0]),
        Err(StatementError::OtherType {
            wanted: "serial",
            ..
        })
    ));
}

#[test]
fn another_device_key_than_is_said_is_refused() {
    let brand = Brand::new("acme").unwrap();
    let (one_key, other_key) = (
        SigningKey::generate().unwrap(),
        SigningKey::generate().unwrap(),
    );
    let text = one_key.public().to_base64();
    let headers = [
        ("type", "serial"),
        ("authority-id", "acme"),
        ("brand-id", "acme"),
        ("model", "m"),
        ("serial", "1"),
        ("device-key", text.as_str()),
        ("device-key-sha3-384", other_key.public().id()),
    ];
    let assertion = brand.key.sign(&headers, "").unwrap();
    assert!(matches!(
        serial(&assertion),
        Err(StatementError::DeviceKey(KeyError::OtherKey { .. }))
    ));
}

#[test]
fn several_assertions_follow_one_another_in_any_order() {
    let both = decode_stream(&stream(&[MODELS_KEY, CLASSIC_MODEL])).unwrap();
    let types: Vec<_> = both.iter().map(Assertion::type_).collect();
    assert_eq!(types, ["account-key", "model"]);
    assert_eq!(both[1], one(CLASSIC_MODEL));
    assert_eq!(decode_stream(b"").unwrap(), []);
    assert_eq!(decode_stream(b"\n").unwrap(), []);
    // without the end of the first one's last line, the second one is part of its signature
    let joined = stream(&[CLASSIC_MODEL.strip_suffix(b"\n").unwrap(), MODELS_KEY]);
    assert_eq!(decode_stream(&joined), Err(DecodeError::Signature));
    let many = stream(&vec![CLASSIC_MODEL; MAX_ASSERTIONS + 1]);
    assert_eq!(decode_stream(&many), Err(DecodeError::TooMany));
}

fn with_headers(headers: &str) -> Vec<u8> {
    format!("type: x\n{headers}sign-key-sha3-384: k\n\nAQ==\n").into_bytes()
}

#[test]
fn lists_maps_and_lines_are_told_by_indentation() {
    let text = with_headers(
        "lines:\n    one\n      two\nlist:\n  - a\n  -\n    - b\n  -\n    key: c\nmap:\n  k: v\n  deep:\n    - d\nempty: \n",
    );
    let assertion = one(&text);
    let text = |text: &str| Value::Text(text.to_owned());
    assert_eq!(assertion.header("lines"), Some("one\n  two"));
    assert_eq!(assertion.header("empty"), Some(""));
    assert_eq!(assertion.header("list"), None);
    let list = assertion.headers()["list"].as_list().unwrap();
    let map = |name: &str, value| Value::Map([(name.to_owned(), value)].into());
    assert_eq!(
        list,
        [
            text("a"),
            Value::List(vec![text("b")]),
            map("key", text("c"))
        ]
    );
    let Value::Map(map) = &assertion.headers()["map"] else {
        panic!()
    };
    assert_eq!(map["deep"], Value::List(vec![text("d")]));
}

#[test]
fn what_is_wrong_is_named() {
    let header = |text: &str| DecodeError::Header(text.to_owned());
    for (text, expected) in [
        (&b"type: x"[..], DecodeError::Incomplete),
        (b"type x\n\nAQ==\n", header("type x")),
        (b"Type: x\n\nAQ==\n", header("Type: x")),
        (b"a--b: x\n\nAQ==\n", header("a--b: x")),
        (b"type:x\n\nAQ==\n", header("type:x")),
        (b"type:\n  x\n\nAQ==\n", header("  x")),
        (b"type: \xff\n\nAQ==\n", DecodeError::NotText("headers")),
        (
            b"type: x\n\nAQ==\n",
            DecodeError::Missing("sign-key-sha3-384"),
        ),
        (b"a: x\n\nAQ==\n", DecodeError::Missing("type")),
    ] {
        let found = decode_stream(text);
        if text.starts_with(b"type:\n") {
            assert!(matches!(found, Err(DecodeError::Header(_))), "{found:?}");
        } else {
            assert_eq!(found, Err(expected));
        }
    }
    for (headers, expected) in [
        ("type: y\n", DecodeError::Repeated("type".into())),
        ("body-length: -1\n", DecodeError::BodyLength("-1".into())),
        ("body-length: 9\n", DecodeError::Incomplete),
        ("body-length: 3\n", DecodeError::BodyEnd),
    ] {
        assert_eq!(decode_stream(&with_headers(headers)), Err(expected));
    }
}

#[test]
fn sizes_and_depths_have_limits() {
    let large = |part, limit_bytes| Err(DecodeError::TooLarge { part, limit_bytes });
    let headers = with_headers(&format!("a: {}\n", "x".repeat(MAX_HEADERS_BYTES)));
    assert_eq!(decode_stream(&headers), large("headers", MAX_HEADERS_BYTES));
    let body = with_headers(&format!("body-length: {}\n", MAX_BODY_BYTES + 1));
    assert_eq!(decode_stream(&body), large("body", MAX_BODY_BYTES));
    let mut signature = with_headers("");
    signature.extend(vec![b'A'; MAX_SIGNATURE_BYTES]);
    assert_eq!(
        decode_stream(&signature),
        large("signature", MAX_SIGNATURE_BYTES)
    );
    let nested = |levels: usize| {
        let mut headers = "deep:\n".to_owned();
        for level in 1..levels {
            headers += &format!("{}-\n", " ".repeat(level * 2));
        }
        headers += &format!("{}- x\n", " ".repeat(levels * 2));
        with_headers(&headers)
    };
    assert!(decode_stream(&nested(MAX_NESTING - 1)).is_ok());
    assert_eq!(
        decode_stream(&nested(MAX_NESTING)),
        Err(DecodeError::TooDeep)
    );
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _either = decode_stream(&bytes);
    }

    #[test]
    fn no_headers_make_it_panic(text in "[a-b:\\- \n]{0,60}") {
        let _either = decode_stream(&with_headers(&text));
    }

    #[test]
    fn what_is_signed_cannot_be_damaged_unnoticed(at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let root = PublicKey::from_account_key(&one(ROOT_KEY)).unwrap();
        let signed = ACCOUNT.windows(2).position(|pair| pair == b"\n\n").unwrap();
        let mut text = ACCOUNT.to_vec();
        text[at.index(signed)] ^= 1 << bit;
        for assertion in decode_stream(&text).unwrap_or_default() {
            prop_assert!(assertion.verify(&root).is_err());
        }
    }

    #[test]
    fn no_key_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        use base64::Engine as _;
        let text = base64::engine::general_purpose::STANDARD.encode([&[1, 0xc6][..], &bytes].concat());
        let _either = PublicKey::from_base64(&text);
    }
}
