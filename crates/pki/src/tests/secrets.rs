//! Sealed secrets, and the key for edge services.

use jsonwebtoken::{Algorithm, DecodingKey, Validation};

use crate::{CommandSigner, PkiError, SecretBox, ServiceKey, random_bytes, sha256_hex};

fn a_box() -> SecretBox {
    SecretBox::new(&random_bytes()).unwrap()
}

#[test]
fn a_sealed_secret_opens_with_its_key_for_its_purpose_only() {
    let own = a_box();
    for secret in ["", "pässword", &"x".repeat(100_000)] {
        let sealed = own.seal("mail", secret).unwrap();
        assert_eq!(own.open("mail", &sealed).unwrap(), secret);
        for refused in [
            own.open("sso", &sealed),
            own.open("", &sealed),
            a_box().open("mail", &sealed),
        ] {
            assert!(matches!(refused, Err(PkiError::Sealed)), "{refused:?}");
        }
    }
}

#[test]
fn one_secret_is_never_sealed_the_same_way_twice() {
    let own = a_box();
    let (one, two) = (own.seal("p", "secret"), own.seal("p", "secret"));
    assert_ne!(one.unwrap(), two.unwrap());
}

#[test]
fn a_damaged_text_does_not_open() {
    let own = a_box();
    let sealed = own.seal("p", "secret").unwrap();
    assert!(sealed.starts_with("v1."));
    for at in 0..sealed.len() - 1 {
        let mut bent = sealed.clone().into_bytes();
        bent[at] = if bent[at] == b'A' { b'B' } else { b'A' };
        let bent = String::from_utf8(bent).unwrap();
        assert!(own.open("p", &bent).is_err(), "{at}: {bent}");
    }
    for bad in ["", "v1.", "v1.AAAA", "v2.AAAA", "secret", &sealed[..30]] {
        assert!(own.open("p", bad).is_err(), "{bad}");
    }
    assert_eq!(format!("{own:?}"), "SecretBox(secret)");
}

#[test]
fn a_service_key_survives_storage_and_its_public_half_is_a_key_of_its_own() {
    let key = ServiceKey::generate().unwrap();
    let pem = key.to_pem();
    assert!(pem.starts_with("-----BEGIN PRIVATE KEY-----"));
    let again = ServiceKey::from_pem(&pem).unwrap();
    assert_eq!(again.public_pem(), key.public_pem());
    let public = key.public_pem();
    assert!(public.starts_with("-----BEGIN PUBLIC KEY-----"));
    let der = rustls_pki_types::pem::PemObject::from_pem_slice(public.as_bytes());
    let der: rustls_pki_types::SubjectPublicKeyInfoDer<'_> = der.unwrap();
    // 2048 bits of modulus and what is around it.
    assert_eq!(der.len(), 294);
    assert_eq!(key.fingerprint(), sha256_hex(&*der));
    assert!(!format!("{key:?}").contains("PRIVATE"));
    let other = CommandSigner::generate().unwrap().to_pem();
    assert!(matches!(
        ServiceKey::from_pem(&other),
        Err(PkiError::Key { .. })
    ));
}

#[test]
fn a_token_says_what_it_was_given_and_only_the_own_key_checks_it() {
    let (key, other) = (
        ServiceKey::generate().unwrap(),
        ServiceKey::generate().unwrap(),
    );
    let claims = serde_json::json!({ "iss": "edgeward.pub", "iat": 1_790_000_000, "exp": 4_000_000_000_u64 });
    let token = key.token(&claims).unwrap();
    let mut rules = Validation::new(Algorithm::RS256);
    rules.set_issuer(&["edgeward.pub"]);
    let read = |key: &ServiceKey| {
        let key = DecodingKey::from_rsa_pem(key.public_pem().as_bytes()).unwrap();
        jsonwebtoken::decode::<serde_json::Value>(&token, &key, &rules)
    };
    let read_back = read(&key).unwrap();
    assert_eq!(read_back.claims, claims);
    assert_eq!(read_back.header.typ.as_deref(), Some("JWT"));
    read(&other).unwrap_err();
}
