//! Fingerprints, device keys, command keys.

use crate::{
    CommandSigner, CommandVerifier, DeviceKey, Fingerprint, PkiError, random_text, sha256_hex,
};

#[test]
fn a_fingerprint_reads_as_other_tools_print_it() {
    let fingerprint = Fingerprint::of_der(b"abc");
    let text = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(fingerprint.to_string(), text);
    assert_eq!(sha256_hex("abc"), text);
    let upper = text.to_uppercase();
    let colons: Vec<&str> = (0..32).map(|i| &upper[2 * i..2 * i + 2]).collect();
    for form in [
        text.to_owned(),
        format!(" sha256:{text}\n"),
        format!("SHA256:{}", colons.join(":")),
    ] {
        assert_eq!(form.parse(), Ok(fingerprint), "{form}");
    }
    for bad in [
        "",
        "sha256:",
        &text[1..],
        &text[2..],
        &format!("{text}00"),
        &"é".repeat(64),
    ] {
        assert!(bad.parse::<Fingerprint>().is_err(), "{bad}");
    }
}

#[test]
fn a_device_key_survives_storage_and_stays_out_of_debug_output() {
    let key = DeviceKey::generate().unwrap();
    let pem = key.to_pem();
    assert_eq!(DeviceKey::from_pem(&pem).unwrap().to_pem(), pem);
    assert!(pem.starts_with("-----BEGIN PRIVATE KEY-----"));
    assert_eq!(format!("{key:?}"), "DeviceKey(secret)");
}

#[test]
fn broken_keys_are_refused() {
    let pem = DeviceKey::generate().unwrap().to_pem();
    let cut: String = pem.lines().take(2).collect();
    let ed25519 = CommandSigner::generate().unwrap().to_pem();
    for bad in [
        "",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
        &cut,
        &ed25519,
    ] {
        assert!(
            matches!(DeviceKey::from_pem(bad), Err(PkiError::Key { .. })),
            "{bad}"
        );
    }
    assert!(CommandSigner::from_pkcs8_pem(&pem).is_err());
}

#[test]
fn a_command_signature_fits_one_key_and_one_text() {
    let signer = CommandSigner::generate().unwrap();
    let signer = CommandSigner::from_pkcs8_pem(&signer.to_pem()).unwrap();
    let verifier = CommandVerifier::from_base64(&signer.public_key_base64()).unwrap();
    let signature = signer.sign(b"do it");
    assert_eq!(signature.len(), 64);
    verifier.verify(b"do it", &signature).unwrap();

    let other = CommandSigner::generate().unwrap();
    let other = CommandVerifier::from_base64(&other.public_key_base64()).unwrap();
    let mut bent = signature.clone();
    bent[5] ^= 1;
    for (verifier, text, signature) in [
        (&verifier, &b"do it!"[..], &signature[..]),
        (&verifier, b"do it", &bent),
        (&verifier, b"do it", &signature[..63]),
        (&verifier, b"do it", b""),
        (&other, b"do it", &signature),
    ] {
        assert!(matches!(
            verifier.verify(text, signature),
            Err(PkiError::Signature)
        ));
    }
    for bad in ["", "AAAA", "no base64"] {
        assert!(CommandVerifier::from_base64(bad).is_err(), "{bad}");
    }
}

#[test]
fn random_texts_differ_and_are_long() {
    let (one, two) = (random_text(), random_text());
    assert_ne!(one, two);
    assert_eq!(one.len(), 43);
}
