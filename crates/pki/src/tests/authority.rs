//! What the authority signs, and what it does not.

use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};

use super::{DAY, ca, device, server};
use crate::certificate::{all_of_pem, parse};
use crate::{
    Authority, CLOCK_TOLERANCE, DeviceKey, Fingerprint, MAX_CSR_BYTES, PkiError, certificate_info,
    fingerprint_of_pem,
};

/// Seconds, as certificates know them.
fn whole_seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH)
        .unwrap()
        .as_secs()
}

#[test]
fn a_request_that_asks_for_more_gets_a_plain_device_certificate() {
    let ca = ca("test");
    let key = KeyPair::generate().unwrap();
    let mut wish = CertificateParams::new(vec!["control.example.com".to_owned()]).unwrap();
    wish.distinguished_name
        .push(DnType::CommonName, "somebody else");
    wish.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    wish.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    wish.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let unknown = CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 99999, 1], vec![5, 0]);
    wish.custom_extensions = vec![unknown];
    let request = wish.serialize_request(&key).unwrap().pem().unwrap();

    let now = SystemTime::now();
    let issued = ca.issue_device(&request, "agent-1", DAY, now).unwrap();
    let der = all_of_pem("certificate", &issued.pem).unwrap().remove(0);
    let certificate = parse(&der).unwrap();
    assert!(!certificate.is_ca());
    let names: Vec<_> = certificate
        .subject()
        .iter_common_name()
        .map(|cn| cn.as_str().unwrap())
        .collect();
    assert_eq!(names, ["agent-1"]);
    assert!(certificate.subject_alternative_name().unwrap().is_none());
    let purposes = certificate.extended_key_usage().unwrap().unwrap().value;
    assert!(purposes.client_auth && !purposes.server_auth && !purposes.any);
    let usage = certificate.key_usage().unwrap().unwrap().value;
    assert!(usage.digital_signature() && !usage.key_cert_sign());
    assert!(!issued.pem.contains("control.example.com"));
    assert_eq!(
        *certificate.public_key().subject_public_key.data,
        *key.public_key_raw()
    );
}

#[test]
fn what_was_issued_reads_back() {
    let ca = ca("test");
    let now = SystemTime::now();
    let (_, issued) = device(&ca, "agent-1", now);
    let info = certificate_info(&issued.pem).unwrap();
    assert_eq!(info.common_name, "agent-1");
    assert_eq!(info.serial, issued.serial);
    assert_eq!(info.serial.len(), 32);
    assert_eq!(info.not_after, issued.not_after);
    assert_eq!(whole_seconds(info.not_after), whole_seconds(now + DAY));
    assert_eq!(
        whole_seconds(info.not_before),
        whole_seconds(now - CLOCK_TOLERANCE)
    );
    let der = all_of_pem("certificate", &issued.pem).unwrap().remove(0);
    assert_eq!(certificate_info(&der).unwrap(), info);
}

#[test]
fn only_p256_is_signed() {
    let ca = ca("test");
    for algorithm in [&rcgen::PKCS_ECDSA_P384_SHA384, &rcgen::PKCS_ED25519] {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let request = CertificateParams::default()
            .serialize_request(&key)
            .unwrap()
            .pem()
            .unwrap();
        let refused = ca.issue_device(&request, "a", DAY, SystemTime::now());
        assert!(matches!(refused, Err(PkiError::NotP256)), "{refused:?}");
    }
}

#[test]
fn hostile_or_broken_requests_are_refused() {
    let ca = ca("test");
    let good = DeviceKey::generate().unwrap().signing_request("a").unwrap();
    let cut: String = good
        .lines()
        .take(3)
        .map(|line| format!("{line}\n"))
        .collect();
    let certificate = ca.certificate_pem().to_owned();
    let empty = "-----BEGIN CERTIFICATE REQUEST-----\n-----END CERTIFICATE REQUEST-----\n";
    let huge = format!("{good}{}", "x".repeat(MAX_CSR_BYTES));
    for bad in ["", "hello", "\0\0\0", &cut, &certificate, empty, &huge] {
        assert!(
            ca.issue_device(bad, "a", DAY, SystemTime::now()).is_err(),
            "{bad}"
        );
    }
}

#[test]
fn a_request_with_a_foreign_key_is_refused() {
    // The public key of one request in the signed frame of another: its holder has not proven to have the private key.
    use rustls_pki_types::CertificateSigningRequestDer;
    use rustls_pki_types::pem::PemObject as _;
    let der = |pem: &str| {
        CertificateSigningRequestDer::from_pem_slice(pem.as_bytes())
            .unwrap()
            .to_vec()
    };
    let (mine, theirs) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let request = CertificateParams::default()
        .serialize_request(&mine)
        .unwrap()
        .pem()
        .unwrap();
    let mut bytes = der(&request);
    let at = bytes
        .windows(65)
        .position(|window| window == mine.public_key_raw())
        .unwrap();
    bytes[at..at + 65].copy_from_slice(theirs.public_key_raw());
    let text = {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(&bytes)
    };
    let pem =
        format!("-----BEGIN CERTIFICATE REQUEST-----\n{text}\n-----END CERTIFICATE REQUEST-----\n");
    let refused = ca("test").issue_device(&pem, "a", DAY, SystemTime::now());
    assert!(
        matches!(
            refused,
            Err(PkiError::SigningRequest("its signature is wrong"))
        ),
        "{refused:?}"
    );
}

#[test]
fn an_authority_survives_storage() {
    let made = ca("test");
    let read = Authority::from_pem(made.certificate_pem(), &made.key_pem()).unwrap();
    assert_eq!(read.not_after(), made.not_after());
    assert_eq!(read.fingerprint(), made.fingerprint());
    assert_eq!(
        fingerprint_of_pem(read.certificate_pem()).unwrap(),
        made.fingerprint()
    );
    let chain = server(&read, SystemTime::now()).certificate_pem;
    let chain = all_of_pem("chain", &chain).unwrap();
    assert_eq!(chain.len(), 2);
    assert_eq!(Fingerprint::of_der(&chain[1]), made.fingerprint());
}

#[test]
fn an_authority_of_parts_that_do_not_fit_is_refused() {
    let (one, two) = (ca("one"), ca("two"));
    let mixed = Authority::from_pem(one.certificate_pem(), &two.key_pem());
    assert!(matches!(mixed, Err(PkiError::Mismatch(_))), "{mixed:?}");
    let leaf = server(&one, SystemTime::now());
    let no_authority = Authority::from_pem(&leaf.certificate_pem, &leaf.key_pem);
    assert!(
        matches!(no_authority, Err(PkiError::NotAnAuthority)),
        "{no_authority:?}"
    );
    assert!(Authority::from_pem("", &one.key_pem()).is_err());
    assert!(Authority::from_pem(one.certificate_pem(), "").is_err());
}

#[test]
fn server_names_and_dates_are_checked() {
    let ca = ca("test");
    let now = SystemTime::now();
    for bad in ["", "a b", "http://x", "x:8883"] {
        assert!(
            matches!(
                ca.issue_server(&[bad.into()], DAY, now),
                Err(PkiError::Name(_))
            ),
            "{bad}"
        );
    }
    assert!(ca.issue_server(&[], DAY, now).is_err());
    for good in ["edge.example.com", "*.example.com", "::1", "10.0.0.1"] {
        ca.issue_server(&[good.into()], DAY, now).unwrap();
    }
    let forever = ca.issue_server(&["x".into()], Duration::MAX, now);
    assert!(matches!(forever, Err(PkiError::Lifetime)));
    let too_long = ca.issue_server(&["x".into()], DAY * 365 * 9000, now);
    assert!(matches!(too_long, Err(PkiError::Lifetime)));
}
