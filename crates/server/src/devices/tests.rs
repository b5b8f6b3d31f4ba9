use edgeward_assertion::sign::{Brand, SigningKey};
use edgeward_domain::Moment;
use edgeward_domain::device::{EnrolRefusal, Signatures};

use super::assertions::{Presented, authority};
use super::csv;

fn stream(parts: &[&edgeward_assertion::Assertion]) -> Vec<u8> {
    let parts: Vec<Vec<u8>> = parts.iter().map(|part| part.encoded()).collect();
    parts.join(&b'\n')
}

fn signatures_of(stream: &[u8], key_text: &str) -> Signatures {
    let authority = authority(key_text, Moment::from_micros(0)).unwrap();
    Presented::read(stream).unwrap().signatures(&[authority])
}

#[test]
fn signatures_are_those_of_the_believed_key_or_nobodys() {
    let brand = Brand::new("acme").unwrap();
    let other = Brand::new("acme").unwrap();
    let device = SigningKey::generate().unwrap();
    let model = brand.model("gateway", Some("shop")).unwrap();
    let serial = brand.serial("gateway", "A-1", device.public()).unwrap();
    let vouched = brand.account_key(&brand).unwrap();
    let key = String::from_utf8(vouched.encoded()).unwrap();

    for order in [[&model, &serial], [&serial, &model]] {
        let presented = Presented::read(&stream(&order)).unwrap();
        assert_eq!(presented.shown.identity.to_string(), "acme/gateway/A-1");
        assert_eq!(presented.shown.store, "shop");
        assert!(matches!(
            signatures_of(&stream(&order), &key),
            Signatures::Valid { .. }
        ));
    }
    // One character of what was signed is another.
    let text = String::from_utf8(stream(&[&model, &serial])).unwrap();
    let edited = text.replace("serial: A-1", "serial: A-2");
    assert_ne!(text, edited);
    assert_eq!(signatures_of(edited.as_bytes(), &key), Signatures::Forged);
    // Another key under the same name.
    let foreign = other.serial("gateway", "A-1", device.public()).unwrap();
    assert!(matches!(
        signatures_of(&stream(&[&model, &foreign]), &key),
        Signatures::UnknownKey(_)
    ));
    // A believed key that does not speak for the brand.
    let stranger = Brand::new("stranger").unwrap();
    let headers = [
        ("type", "serial"),
        ("authority-id", "stranger"),
        ("brand-id", "acme"),
        ("model", "gateway"),
        ("serial", "A-1"),
        ("device-key", "x"),
        ("device-key-sha3-384", "x"),
        ("timestamp", "2024-01-01T00:00:00.0Z"),
    ];
    let claimed = stranger.key.sign(&headers, "").unwrap();
    let strangers = String::from_utf8(stranger.account_key(&stranger).unwrap().encoded()).unwrap();
    let both = [
        authority(&key, Moment::from_micros(0)).unwrap(),
        authority(&strangers, Moment::from_micros(0)).unwrap(),
    ];
    let presented = Presented::read(&stream(&[&model, &claimed])).unwrap();
    assert_eq!(presented.signatures(&both), Signatures::Forged);
}

#[test]
fn what_is_no_pair_of_assertions_is_refused_in_the_known_words() {
    let brand = Brand::new("acme").unwrap();
    let model = brand.model("gateway", None).unwrap();
    let says = |bytes: &[u8]| match Presented::read(bytes) {
        Ok(_) => panic!("read"),
        Err(refusal) => refusal,
    };
    assert_eq!(says(b" \n"), EnrolRefusal::NoData);
    assert_eq!(says(&stream(&[&model])), EnrolRefusal::BothRequired);
    assert_eq!(says(&stream(&[&model, &model])), EnrolRefusal::BothRequired);
    assert_eq!(
        says(&stream(&[&model, &model, &model])),
        EnrolRefusal::Unexpected
    );
    assert!(
        says(b"type: model\n")
            .to_string()
            .contains("unexpected EOF")
    );
}

#[test]
fn only_the_devices_own_key_proves_a_signing_request() {
    let brand = Brand::new("acme").unwrap();
    let device = SigningKey::generate().unwrap();
    let model = brand.model("gateway", None).unwrap();
    let serial = brand.serial("gateway", "A-1", device.public()).unwrap();
    let presented = Presented::read(&stream(&[&model, &serial])).unwrap();
    let csr = "-----BEGIN CERTIFICATE REQUEST-----";
    let proof = |key: &SigningKey, csr: &str, serial: &str| {
        let nonce = edgeward_wire::enrol::nonce_of(&edgeward_pki::sha256(csr.as_bytes()));
        let headers = [
            ("type", "device-session-request"),
            ("brand-id", "acme"),
            ("model", "gateway"),
            ("serial", serial),
            ("nonce", &nonce),
            ("timestamp", "2024-01-01T00:00:00.0Z"),
        ];
        String::from_utf8(key.sign(&headers, "").unwrap().encoded()).unwrap()
    };
    assert!(presented.proven_by(&proof(&device, csr, "A-1"), csr));
    assert!(!presented.proven_by(&proof(&device, "another", "A-1"), csr));
    assert!(!presented.proven_by(&proof(&device, csr, "A-2"), csr));
    let thief = SigningKey::generate().unwrap();
    assert!(!presented.proven_by(&proof(&thief, csr, "A-1"), csr));
    assert!(!presented.proven_by("", csr));
}

#[test]
fn lists_are_read_as_they_are_written() {
    let text = "brand,model,serial,device_data\r\nacme,gateway,A-1\r\n\nacme,\"gate,way\",\"A \"\"2\"\"\",aGk=\n";
    let devices = csv::read(text).unwrap();
    let seen: Vec<_> = devices
        .iter()
        .map(|device| {
            (
                device.identity.to_string(),
                &*device.device_data,
                device.line,
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("acme/gateway/A-1".to_owned(), "", 2),
            ("acme/gate,way/A \"2\"".to_owned(), "aGk=", 4),
        ]
    );
    for (text, problem) in [
        ("acme,gateway", "line 1: it has 2 values"),
        (
            "acme,gateway,A\nacme,gateway,",
            "line 2: serial number must not be empty",
        ),
        ("acme,\"gateway,A", "line 1: a quotation mark is not closed"),
    ] {
        let error = csv::read(text).unwrap_err().to_string();
        assert!(error.starts_with(problem), "{error}");
    }
    assert!(csv::read("a,b,c\n".repeat(10_000).as_str()).is_ok());
    assert!(csv::read("a,b,c\n".repeat(10_001).as_str()).is_err());
}
