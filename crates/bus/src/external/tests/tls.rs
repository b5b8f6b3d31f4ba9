//! The link over TLS, with certificates on both sides.

use std::path::Path;
use std::time::{Duration, SystemTime};

use edgeward_pki::{Authority, DeviceKey};
use tempfile::TempDir;

use super::mosquitto::Mosquitto;
use super::stand::{Stand, block};
use crate::external::MqttBlock;

const LIFETIME: Duration = Duration::from_secs(3600);

struct Certificates {
    folder: TempDir,
}

impl Certificates {
    /// An authority, a server certificate for 127.0.0.1, and a client certificate.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let now = SystemTime::now();
        let authority = Authority::generate("Test CA", now).unwrap();
        let server = authority
            .issue_server(&["127.0.0.1".to_owned()], LIFETIME, now)
            .unwrap();
        let key = DeviceKey::generate().unwrap();
        let request = key.signing_request("control-plane").unwrap();
        let client = authority
            .issue_device(&request, "control-plane", LIFETIME, now)
            .unwrap();
        for (name, pem) in [
            ("ca.pem", authority.certificate_pem()),
            ("server.pem", &server.certificate_pem),
            ("server.key", &server.key_pem),
            ("client.pem", &client.pem),
            ("client.key", &key.to_pem()),
        ] {
            std::fs::write(folder.path().join(name), pem).unwrap();
        }
        Self { folder }
    }

    fn path(&self, name: &str) -> String {
        let path: &Path = self.folder.path();
        path.join(name).display().to_string()
    }

    async fn mosquitto(&self) -> Mosquitto {
        Mosquitto::on_port(&format!(
            "allow_anonymous true\ncafile {}\ncertfile {}\nkeyfile {}\nrequire_certificate true\n",
            self.path("ca.pem"),
            self.path("server.pem"),
            self.path("server.key"),
        ))
        .await
    }

    fn block(&self, port: u16) -> MqttBlock {
        MqttBlock {
            use_ssl: true,
            cacert_file: self.path("ca.pem"),
            cert_file: self.path("client.pem"),
            key_file: self.path("client.key"),
            ..block(port)
        }
    }
}

#[tokio::test]
async fn certificates_are_shown_and_checked() {
    let certificates = Certificates::new();
    let mosquitto = certificates.mosquitto().await;
    Stand::new(certificates.block(mosquitto.port))
        .connected(1)
        .await;

    let strangers = Certificates::new();
    let untrusted = MqttBlock {
        cacert_file: strangers.path("ca.pem"),
        ..certificates.block(mosquitto.port)
    };
    let error = Stand::new(untrusted.clone()).error().await;
    assert!(
        error.contains("was not issued by the certificate authority that is trusted here"),
        "{error}"
    );

    let unchecked = MqttBlock {
        verify_certificate: false,
        ..untrusted
    };
    Stand::new(unchecked).connected(1).await;
}

#[tokio::test]
async fn a_missing_client_certificate_is_refused_in_words() {
    let certificates = Certificates::new();
    let mosquitto = certificates.mosquitto().await;
    let nameless = MqttBlock {
        cert_file: String::new(),
        key_file: String::new(),
        ..certificates.block(mosquitto.port)
    };
    let error = Stand::new(nameless).error().await;
    assert!(error.contains("the other end refused: "), "{error}");
}
