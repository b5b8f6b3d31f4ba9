use std::convert::Infallible;

use bytes::Bytes;
use edgeward_ids::AgentId;
use edgeward_pki::{Authority, CommandSigner, DeviceKey};
use http::Response;
use http_body_util::Full;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::time::{Duration, SystemTime};
use tokio::net::TcpListener;

use super::{Finding, Subject, Verdict, run};
use crate::config::{Config, ServiceConfig, ServiceTarget};
use crate::state::{Identity, ServerTrust, StateDir};

async fn findings(subject: &Subject) -> Vec<Finding> {
    let mut told = Vec::new();
    let findings = run(subject, |finding| told.push(finding.clone())).await;
    assert_eq!(told, findings);
    for finding in &findings {
        let needs_advice = matches!(finding.verdict, Verdict::Failed | Verdict::Warning);
        assert!(!needs_advice || finding.advice.is_some(), "{finding:?}");
    }
    findings
}

fn find<'a>(findings: &'a [Finding], step: &str) -> &'a Finding {
    findings
        .iter()
        .find(|finding| finding.step == step)
        .unwrap_or_else(|| panic!("{step} in {findings:#?}"))
}

fn identity(address: &str) -> Identity {
    let ca = Authority::generate("test", SystemTime::now()).unwrap();
    let agent = AgentId::generate();
    let key = DeviceKey::generate().unwrap();
    let request = key.signing_request("x").unwrap();
    let lifetime = Duration::from_secs(3600);
    let issued = ca
        .issue_device(&request, &agent.to_string(), lifetime, SystemTime::now())
        .unwrap();
    Identity {
        agent,
        certificate: issued.pem,
        key: key.to_pem(),
        trust: ServerTrust::Authority(ca.certificate_pem().to_owned()),
        mqtt: vec![address.into()],
        enrolment: vec![address.into()],
        command_key: CommandSigner::generate().unwrap().public_key_base64(),
    }
}

fn closed_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

#[tokio::test]
async fn a_device_that_has_not_joined_is_told_how() {
    let dir = tempfile::tempdir().unwrap();
    let subject = Subject {
        state_dir: StateDir::new(dir.path()),
        config: Ok(Config::default()),
    };
    let findings = findings(&subject).await;
    let identity = find(&findings, "identity");
    assert_eq!(identity.verdict, Verdict::Failed);
    assert!(
        identity
            .advice
            .as_deref()
            .unwrap()
            .contains("edgeward-agent join <token>")
    );
    assert_eq!(find(&findings, "configuration").verdict, Verdict::Warning);
}

#[tokio::test]
async fn a_control_plane_that_is_away_is_told_step_by_step() {
    let dir = tempfile::tempdir().unwrap();
    let state_dir = StateDir::new(dir.path());
    let address = format!("127.0.0.1:{}", closed_port());
    state_dir
        .claim()
        .unwrap()
        .write_identity(&identity(&address))
        .unwrap();
    let config = Config::parse("agent.yaml", "nonsense: 1\n");
    let findings = findings(&Subject { state_dir, config }).await;
    for (step, verdict) in [
        ("configuration", Verdict::Failed),
        ("identity", Verdict::Ok),
        ("certificate", Verdict::Ok),
        ("name 127.0.0.1", Verdict::Ok),
        (&format!("tcp {address}"), Verdict::Failed),
        (&format!("tls {address}"), Verdict::Skipped),
        ("clock", Verdict::Skipped),
        ("mqtt", Verdict::Skipped),
    ] {
        assert_eq!(find(&findings, step).verdict, verdict, "{step}");
    }
    assert!(
        find(&findings, "configuration")
            .detail
            .contains("agent.yaml:1:1: nonsense: unknown key")
    );
}

#[tokio::test]
async fn something_else_on_the_port_is_told_apart() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            use tokio::io::AsyncWriteExt as _;
            let _ = stream.write_all(b"220 mail.example.com ESMTP\r\n").await;
        }
    });
    let dir = tempfile::tempdir().unwrap();
    let state_dir = StateDir::new(dir.path());
    state_dir
        .claim()
        .unwrap()
        .write_identity(&identity(&address))
        .unwrap();
    let findings = findings(&Subject {
        state_dir,
        config: Ok(Config::default()),
    })
    .await;
    let tls = find(&findings, &format!("tls {address}"));
    assert_eq!(tls.verdict, Verdict::Failed);
    assert!(
        tls.advice.as_deref().unwrap().contains("agent port"),
        "{tls:?}"
    );
}

#[tokio::test]
async fn each_service_is_looked_at() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let good = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = service_fn(|_| async {
                let mut response = Response::new(Full::new(Bytes::new()));
                *response.status_mut() = http::StatusCode::NOT_FOUND;
                Ok::<_, Infallible>(response)
            });
            tokio::spawn(
                hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service),
            );
        }
    });
    let service = |name: &str, port| {
        ServiceConfig::new(name.parse().unwrap(), ServiceTarget::new("127.0.0.1", port))
    };
    let config = Config {
        services: vec![service("good", good), service("gone", closed_port())],
        ..Config::default()
    };
    let dir = tempfile::tempdir().unwrap();
    let findings = findings(&Subject {
        state_dir: StateDir::new(dir.path()),
        config: Ok(config),
    })
    .await;
    assert_eq!(find(&findings, "service good").verdict, Verdict::Ok);
    assert!(find(&findings, "service good").detail.contains("404"));
    assert_eq!(find(&findings, "service gone").verdict, Verdict::Failed);
}
