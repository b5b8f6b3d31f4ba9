//! Keys that are made for devices.

use std::time::SystemTime;

use tokio::io::duplex;

use super::{DAY, ca, server};
use crate::certificate_info;
use crate::tls::{Acceptor, ClientIdentity, Connector, Trust, alpn, peer_info};

#[tokio::test]
async fn a_device_connects_with_the_key_that_was_made_for_it() {
    let ca = ca("test");
    let now = SystemTime::now();
    let made = ca
        .issue_device_with_key("device-1", "Example Inc", DAY, now)
        .unwrap();
    assert!(
        made.key_pem
            .starts_with("-----BEGIN RSA PRIVATE KEY-----\n")
    );
    assert!(!format!("{made:?}").contains("PRIVATE"));
    let info = certificate_info(&made.certificate.pem).unwrap();
    assert_eq!(info.common_name, "device-1");
    assert_eq!(info.serial, made.certificate.serial);

    let acceptor = Acceptor::agent_port(&server(&ca, now), ca.certificate_pem(), &[b"one"]);
    let acceptor = acceptor.unwrap();
    let identity = ClientIdentity {
        certificate_pem: made.certificate.pem,
        key_pem: made.key_pem,
    };
    // Existing agents look at no certificate, and ask for no protocol.
    let connector = Connector::new(Trust::Unverified, Some(&identity), &[]).unwrap();
    let (near, far) = duplex(16 * 1024);
    let (client, accepted) =
        tokio::join!(connector.connect("whatever", near), acceptor.accept(far));
    let _client = client.unwrap();
    let accepted = accepted.unwrap();
    assert_eq!(peer_info(&accepted).unwrap().common_name, "device-1");
    assert_eq!(alpn(&accepted), None);
}
