use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
};

use super::*;
use crate::eventually;

const LIMIT: Duration = Duration::from_secs(20);

struct Ca {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Ca {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
            .distinguished_name
            .push(DnType::CommonName, "test CA");
        let pem = params.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(params, key);
        Self { pem, issuer }
    }

    /// Certificate and key.
    fn issue(&self, name: &str, usage: ExtendedKeyUsagePurpose) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages = vec![usage];
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (certificate.pem(), key.serialize_pem())
    }
}

struct Stage {
    ca: Ca,
    broker: Mosquitto,
}

impl Stage {
    async fn set() -> Self {
        let ca = Ca::new();
        let (certificate_pem, key_pem) = ca.issue("broker", ExtendedKeyUsagePurpose::ServerAuth);
        let broker = Mosquitto::start(MosquittoOptions {
            client_ca_pem: ca.pem.clone(),
            certificate_pem,
            key_pem,
            control_plane_user: "control-plane".to_owned(),
            control_plane_password: "secret".to_owned(),
            address: Ipv4Addr::LOCALHOST,
        });
        let broker = broker.await.unwrap();
        Self { ca, broker }
    }

    /// One of mosquitto's own clients, as this user by certificate.
    fn client(&self, program: &str, user: &str, args: &[&str]) -> Program {
        let (certificate, key) = self.ca.issue(user, ExtendedKeyUsagePurpose::ClientAuth);
        let file = |name: &str, text: &str| {
            let path = self.broker.folder().join(format!("{user}.{name}"));
            std::fs::write(&path, text).unwrap();
            path.into_os_string()
        };
        Program::debian(program, "mosquitto-clients")
            .args([
                "-h",
                "127.0.0.1",
                "-p",
                &self.broker.tls_address().port().to_string(),
            ])
            .arg("--cafile")
            .arg(file("ca", &self.ca.pem))
            .arg("--cert")
            .arg(file("pem", &certificate))
            .arg("--key")
            .arg(file("key", &key))
            .args(["-V", "5"])
            .args(args)
    }

    /// The control plane, listening to everything, with its password.
    async fn control_plane(&self) -> Process {
        let port = self.broker.plain_address().port().to_string();
        let program = Program::debian("stdbuf", "coreutils").args([
            "-oL",
            "mosquitto_sub",
            "-h",
            "127.0.0.1",
            "-p",
            &port,
            "-u",
            "control-plane",
            "-P",
            "secret",
            "-d",
            "-v",
            "-t",
            "edgeward/v1/agents/+/up/+",
        ]);
        let process = program.start(self.broker.folder().join("sub.log")).unwrap();
        process.wait_for_line("Subscribed", LIMIT).await.unwrap();
        process
    }
}

#[tokio::test]
async fn a_device_writes_its_own_topics_and_no_others() {
    let stage = Stage::set().await;
    let control_plane = stage.control_plane().await;
    let publish = |topic: &str, text: &str| {
        let args = ["-q", "1", "-t", topic, "-m", text];
        stage.client("mosquitto_pub", "device-1", &args).output()
    };
    let _refused_by_the_broker = publish("edgeward/v1/agents/device-2/up/status", "foreign");
    publish("edgeward/v1/agents/device-1/up/status", "own").unwrap();
    let line = control_plane
        .wait_for_line("up/status own", LIMIT)
        .await
        .unwrap();
    assert_eq!(line, "edgeward/v1/agents/device-1/up/status own");
    assert!(!control_plane.log().contains("foreign"));
}

#[tokio::test]
async fn a_client_without_a_certificate_is_not_let_in() {
    let stage = Stage::set().await;
    let ca = stage.broker.folder().join("ca.pem");
    let port = stage.broker.tls_address().port().to_string();
    let program = Program::debian("mosquitto_pub", "mosquitto-clients")
        .args([
            "-h",
            "127.0.0.1",
            "-p",
            &port,
            "-t",
            "a",
            "-m",
            "b",
            "--cafile",
        ])
        .arg(ca);
    assert!(program.output().is_err());
    let other = Ca::new();
    let stranger = Stage { ca: other, ..stage };
    let stranger = stranger.client("mosquitto_pub", "device-1", &["-t", "a", "-m", "b"]);
    assert!(stranger.output().is_err());
}

#[tokio::test]
async fn it_comes_back_on_the_same_ports_after_kill_9() {
    let mut stage = Stage::set().await;
    let address = stage.broker.tls_address();
    let pid = stage.broker.process().pid();
    stage.broker.restart().await.unwrap();
    assert_eq!(stage.broker.tls_address(), address);
    assert_ne!(stage.broker.process().pid(), pid);
    eventually("the listener", LIMIT, async || {
        tokio::net::TcpStream::connect(address).await
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_taken_port_is_noticed_by_its_words() {
    let stage = Stage::set().await;
    let folder = tempfile::tempdir().unwrap();
    write_files(folder.path(), &stage.broker.options).unwrap();
    let error = run(folder.path(), &stage.broker.options, stage.broker.ports)
        .await
        .unwrap_err();
    assert!(error.is_port_taken(), "{error}");
}
