//! Against a control plane of a few lines: the agent port's TLS and three answers.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use edgeward_ids::AgentId;
use edgeward_pki::tls::{Acceptor, Trust, peer_info};
use edgeward_pki::{Authority, CommandSigner};
use edgeward_wire::enrol::{
    ALPN, ALPN_MQTT, EnrolAnswer, EnrolRequest, Refusal, RenewAnswer, RenewRequest, TimeAnswer,
};
use edgeward_wire::token::JoinToken;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use super::{CallError, EnrolError, Target, enrol_unmanaged, join, renewal};
use crate::clock::from_micros;
use crate::config::Config;
use crate::state::{ServerTrust, StateDir};
use crate::{Agent, AgentOptions, StartError};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// What the control plane does with a request.
#[derive(Clone)]
enum Script {
    Sign,
    Refuse(&'static str),
    /// A certificate for a key that is not the device's.
    SignAnotherKey,
    /// Another authority's certificate in the answer.
    NameAnotherAuthority,
    /// HTTP, but not enrolment.
    Confuse,
}

struct ControlPlane {
    ca: Authority,
    signer: CommandSigner,
    agent: AgentId,
    script: Script,
    /// The control plane's clock.
    now: SystemTime,
    heard: Mutex<Vec<String>>,
}

impl ControlPlane {
    fn new(script: Script) -> Self {
        Self {
            ca: Authority::generate("test", SystemTime::now()).unwrap(),
            signer: CommandSigner::generate().unwrap(),
            agent: AgentId::generate(),
            script,
            now: SystemTime::now(),
            heard: Mutex::default(),
        }
    }

    /// Starts to listen; says where.
    async fn listen(self) -> (Arc<Self>, String) {
        let identity = self
            .ca
            .issue_server(&["127.0.0.1".into()], DAY, self.now)
            .unwrap();
        let acceptor =
            Acceptor::agent_port(&identity, self.ca.certificate_pem(), &[ALPN, ALPN_MQTT]).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let plane = Arc::new(self);
        let this = Arc::clone(&plane);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (this, acceptor) = (Arc::clone(&this), acceptor.clone());
                tokio::spawn(async move {
                    let Ok(stream) = acceptor.accept(stream).await else {
                        return;
                    };
                    let peer = peer_info(&stream).map(|info| info.common_name);
                    let service = service_fn(move |request| {
                        let (this, peer) = (Arc::clone(&this), peer.clone());
                        async move {
                            Ok::<_, std::convert::Infallible>(this.answer(request, peer).await)
                        }
                    });
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        (plane, address)
    }

    async fn answer(
        &self,
        request: Request<Incoming>,
        peer: Option<String>,
    ) -> Response<Full<Bytes>> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let path = head.uri.path().to_owned();
        self.heard
            .lock()
            .unwrap()
            .push(format!("{path} {}", String::from_utf8_lossy(&body)));
        let json = |status, value: serde_json::Value| {
            let mut response = Response::new(Full::new(value.to_string().into()));
            *response.status_mut() = status;
            response
        };
        let refusal = |code: &str| {
            let refusal = Refusal {
                code: code.into(),
                message: format!("{code}: make a new one"),
            };
            json(
                StatusCode::FORBIDDEN,
                serde_json::to_value(refusal).unwrap(),
            )
        };
        let time = || {
            let now_us = self
                .now
                .duration_since(SystemTime::UNIX_EPOCH)
                .unwrap()
                .as_micros();
            serde_json::to_value(TimeAnswer {
                now_us: i64::try_from(now_us).unwrap(),
            })
            .unwrap()
        };
        let issue = |csr: &str| {
            let name = self.agent.to_string();
            self.ca
                .issue_device(csr, &name, DAY, SystemTime::now())
                .unwrap()
                .pem
        };
        match (path.as_str(), &self.script) {
            ("/time", _) => json(StatusCode::OK, time()),
            (_, Script::Refuse(code)) => refusal(code),
            (_, Script::Confuse) => Response::new(Full::new("<html>hello</html>".into())),
            ("/renew", _) if peer.as_deref() != Some(&self.agent.to_string()) => {
                refusal("agent_unknown")
            }
            ("/renew", script) => {
                let request: RenewRequest = serde_json::from_slice(&body).unwrap();
                let csr = self.csr(request.csr, script);
                let answer = RenewAnswer {
                    certificate: issue(&csr),
                };
                json(StatusCode::OK, serde_json::to_value(answer).unwrap())
            }
            (_, script) => {
                let request: EnrolRequest = serde_json::from_slice(&body).unwrap();
                let csr = self.csr(request.csr, script);
                let ca = match script {
                    Script::NameAnotherAuthority => {
                        Authority::generate("other", SystemTime::now()).unwrap()
                    }
                    _ => {
                        Authority::from_pem(self.ca.certificate_pem(), &self.ca.key_pem()).unwrap()
                    }
                };
                let answer = EnrolAnswer {
                    device_data: None,
                    agent: self.agent,
                    certificate: issue(&csr),
                    ca: ca.certificate_pem().to_owned(),
                    mqtt: vec!["edge.example.com:8883".into()],
                    command_key: self.signer.public_key_base64(),
                };
                json(StatusCode::CREATED, serde_json::to_value(answer).unwrap())
            }
        }
    }

    fn csr(&self, csr: String, script: &Script) -> String {
        match script {
            Script::SignAnotherKey => edgeward_pki::DeviceKey::generate()
                .unwrap()
                .signing_request("x")
                .unwrap(),
            _ => csr,
        }
    }

    fn token(&self, addresses: &[&str]) -> JoinToken {
        JoinToken {
            addresses: addresses.iter().map(ToString::to_string).collect(),
            ca_fingerprint: self.ca.fingerprint().to_string(),
            secret: "s3cret".into(),
        }
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

fn target(dir: &Path) -> Target {
    Target {
        state_dir: dir.to_owned(),
        config: Config::default(),
        replace: false,
    }
}

/// A state directory that is not there yet.
fn fresh() -> (tempfile::TempDir, std::path::PathBuf) {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("agent");
    (parent, dir)
}

async fn failing_join(script: Script) -> EnrolError {
    let (plane, address) = ControlPlane::new(script).listen().await;
    let (_parent, dir) = fresh();
    let error = join(&plane.token(&[&address]), &target(&dir))
        .await
        .unwrap_err();
    assert!(!dir.exists(), "something was left behind");
    error
}

#[tokio::test]
async fn a_device_joins_and_its_key_stays() {
    let (plane, address) = ControlPlane::new(Script::Sign).listen().await;
    let (_parent, dir) = fresh();
    let joined = join(&plane.token(&[&address]), &target(&dir))
        .await
        .unwrap();
    assert_eq!(joined.agent, plane.agent);
    let identity = StateDir::new(&dir).read_identity().unwrap().unwrap();
    assert_eq!(identity.agent, plane.agent);
    assert_eq!(
        identity.certificate_info().unwrap().common_name,
        plane.agent.to_string()
    );
    assert_eq!(
        identity.trust,
        ServerTrust::Authority(plane.ca.certificate_pem().to_owned())
    );
    assert_eq!(identity.mqtt, ["edge.example.com:8883"]);
    assert_eq!(identity.enrolment, [address]);
    let heard = plane.heard();
    assert_eq!(heard.len(), 1);
    assert!(heard[0].contains("s3cret") && heard[0].contains("CERTIFICATE REQUEST"));
    assert!(!heard[0].contains("PRIVATE KEY"));
}

#[tokio::test]
async fn addresses_are_tried_in_order() {
    let (plane, address) = ControlPlane::new(Script::Sign).listen().await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .to_string();
    let (_parent, dir) = fresh();
    join(&plane.token(&[&closed, &address]), &target(&dir))
        .await
        .unwrap();

    let (_parent, dir) = fresh();
    let error = join(&plane.token(&[&closed, &closed]), &target(&dir))
        .await
        .unwrap_err();
    assert!(error.is_unreachable());
    let text = error.to_string();
    assert!(
        text.starts_with(
            "none of the control plane's addresses works:\n  cannot connect to 127.0.0.1:"
        ),
        "{text}"
    );
    assert!(!dir.exists());
}

#[tokio::test]
async fn refusals_are_passed_on_in_words() {
    for code in ["token_unknown", "token_expired", "token_used_up"] {
        let error = failing_join(Script::Refuse(code)).await;
        assert!(
            matches!(&error, EnrolError::Refused(refusal) if refusal.code == code),
            "{error:?}"
        );
        assert_eq!(
            error.to_string(),
            format!("the control plane refused: {code}: make a new one")
        );
        assert!(!error.is_unreachable());
    }
}

#[tokio::test]
async fn answers_that_no_agent_could_live_with_are_refused() {
    for (script, expected) in [
        (
            Script::SignAnotherKey,
            "its certificate is not for this device's key and id",
        ),
        (
            Script::NameAnotherAuthority,
            "another certificate authority than the pinned one",
        ),
        (Script::Confuse, "did not answer as a control plane does"),
    ] {
        let error = failing_join(script).await.to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[tokio::test]
async fn a_server_of_another_authority_hears_nothing() {
    let (plane, address) = ControlPlane::new(Script::Sign).listen().await;
    let mut token = plane.token(&[&address]);
    token.ca_fingerprint = Authority::generate("other", SystemTime::now())
        .unwrap()
        .fingerprint()
        .to_string();
    let (_parent, dir) = fresh();
    let error = join(&token, &target(&dir)).await.unwrap_err();
    assert!(
        matches!(&error, EnrolError::Failed(tries) if matches!(tries[..], [CallError::OtherAuthority(_)])),
        "{error:?}"
    );
    assert!(
        error
            .to_string()
            .contains("certificate comes from another certificate authority"),
        "{error}"
    );
    assert!(plane.heard().is_empty());
    assert!(!dir.exists());
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_told_with_both_times() {
    let mut plane = ControlPlane::new(Script::Sign);
    plane.now = SystemTime::now() + 2 * DAY;
    let (plane, address) = plane.listen().await;
    let (_parent, dir) = fresh();
    let error = join(&plane.token(&[&address]), &target(&dir))
        .await
        .unwrap_err();
    let EnrolError::Failed(tries) = &error else {
        panic!("{error:?}")
    };
    let [CallError::Clock(clock)] = &tries[..] else {
        panic!("{error:?}")
    };
    let whole_us = |time: SystemTime| {
        time.duration_since(SystemTime::UNIX_EPOCH)
            .unwrap()
            .as_micros()
    };
    let expected = from_micros(i64::try_from(whole_us(plane.now)).unwrap());
    assert_eq!(clock.there, Some(expected));
    let text = error.to_string();
    assert!(text.contains("set this device's clock"), "{text}");
    assert!(text.contains(&crate::clock::utc(expected)), "{text}");
    assert!(!error.is_unreachable());
    assert!(!dir.exists());
}

#[test]
fn a_certificate_that_really_expired_is_not_blamed_on_the_clock() {
    let now = SystemTime::UNIX_EPOCH + 9 * DAY;
    let clock = super::error::ClockError {
        address: "edge.example.com:8883".parse().unwrap(),
        here: now,
        there: Some(now + Duration::from_secs(2)),
        limit: super::error::Validity::Until(now - DAY),
    };
    assert_eq!(
        clock.to_string(),
        "the certificate of edge.example.com:8883 is valid until 1970-01-09 00:00:00 UTC, and this device's clock says \
         1970-01-10 00:00:00 UTC; the control plane's clock agrees, so its certificate has to be replaced by whoever runs it"
    );
}

#[tokio::test]
async fn an_identity_is_given_up_only_on_request() {
    let (plane, address) = ControlPlane::new(Script::Sign).listen().await;
    let (_parent, dir) = fresh();
    let token = plane.token(&[&address]);
    join(&token, &target(&dir)).await.unwrap();
    let first = StateDir::new(&dir).read_identity().unwrap().unwrap();
    let error = join(&token, &target(&dir)).await.unwrap_err();
    assert!(
        matches!(error, EnrolError::AlreadyJoined(agent) if agent == plane.agent),
        "{error:?}"
    );
    assert!(error.to_string().contains("--replace"));
    assert_eq!(plane.heard().len(), 1, "the token was used for nothing");

    let replacing = Target {
        replace: true,
        ..target(&dir)
    };
    join(&token, &replacing).await.unwrap();
    let second = StateDir::new(&dir).read_identity().unwrap().unwrap();
    assert_ne!(first.key, second.key);
}

#[tokio::test]
async fn no_token_is_used_up_for_an_identity_that_cannot_be_kept() {
    let (plane, address) = ControlPlane::new(Script::Sign).listen().await;
    let parent = tempfile::tempdir().unwrap();
    let file = parent.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = join(&plane.token(&[&address]), &target(&file.join("agent")))
        .await
        .unwrap_err();
    assert!(matches!(error, EnrolError::State(_)), "{error:?}");
    assert!(plane.heard().is_empty());
}

#[tokio::test]
async fn without_a_token_another_reason_to_believe_is_needed() {
    let (plane, address) = ControlPlane::new(Script::Sign).listen().await;
    let addresses = [address];
    for trust in [
        Trust::Pinned(plane.ca.fingerprint()),
        Trust::Authority(plane.ca.certificate_pem().to_owned()),
    ] {
        let (_parent, dir) = fresh();
        enrol_unmanaged(&addresses, trust, &target(&dir))
            .await
            .unwrap();
        assert!(StateDir::new(&dir).read_identity().unwrap().is_some());
    }
    assert!(plane.heard().iter().all(|heard| !heard.contains("secret")));
    let (_parent, dir) = fresh();
    enrol_unmanaged(&addresses, Trust::PublicRoots, &target(&dir))
        .await
        .unwrap_err();
    enrol_unmanaged(&addresses, Trust::Unverified, &target(&dir))
        .await
        .unwrap_err();
    assert!(!dir.exists());
}

#[tokio::test]
async fn a_certificate_is_renewed_with_a_new_key() {
    let (plane, address) = ControlPlane::new(Script::Sign).listen().await;
    let (_parent, dir) = fresh();
    join(&plane.token(&[&address]), &target(&dir))
        .await
        .unwrap();
    let state = StateDir::new(&dir);
    let old = state.read_identity().unwrap().unwrap();
    let claim = state.claim().unwrap();
    let new = renewal::renew(&old, &claim).await.unwrap();
    assert_eq!(state.read_identity().unwrap().unwrap(), new);
    assert_ne!(new.key, old.key);
    assert_ne!(
        new.certificate_info().unwrap().serial,
        old.certificate_info().unwrap().serial
    );
    assert_eq!(
        (new.agent, &new.trust, &new.mqtt),
        (old.agent, &old.trust, &old.mqtt)
    );
}

#[tokio::test]
async fn a_refused_renewal_keeps_what_there_is() {
    let (plane, address) = ControlPlane::new(Script::Sign).listen().await;
    let (_parent, dir) = fresh();
    join(&plane.token(&[&address]), &target(&dir))
        .await
        .unwrap();
    let state = StateDir::new(&dir);
    let old = state.read_identity().unwrap().unwrap();
    let claim = state.claim().unwrap();

    let mut other = ControlPlane::new(Script::Sign);
    other.ca = Authority::from_pem(plane.ca.certificate_pem(), &plane.ca.key_pem()).unwrap();
    let (_other, elsewhere) = other.listen().await;
    let mut moved = old.clone();
    moved.enrolment = vec![elsewhere];
    let error = renewal::renew(&moved, &claim).await.unwrap_err();
    assert!(
        matches!(&error, EnrolError::Refused(refusal) if refusal.code == "agent_unknown"),
        "{error:?}"
    );
    assert_eq!(state.read_identity().unwrap().unwrap(), old);
}

#[test]
fn renewal_is_due_after_two_thirds() {
    let ca = Authority::generate("test", SystemTime::now()).unwrap();
    let csr = edgeward_pki::DeviceKey::generate()
        .unwrap()
        .signing_request("x")
        .unwrap();
    let issued = ca
        .issue_device(&csr, "x", 30 * DAY, SystemTime::now())
        .unwrap();
    let info = edgeward_pki::certificate_info(&issued.pem).unwrap();
    let third = info.not_after.duration_since(info.not_before).unwrap() / 3;
    assert_eq!(renewal::due(&info) + third, info.not_after);
}

#[tokio::test]
async fn an_agent_starts_once_and_only_with_an_identity() {
    let (plane, address) = ControlPlane::new(Script::Sign).listen().await;
    let (_parent, dir) = fresh();
    let options = AgentOptions {
        state_dir: dir.clone(),
        config: Config::default(),
    };
    assert!(matches!(
        Agent::start(options.clone()),
        Err(StartError::NotJoined(_))
    ));
    assert!(!dir.exists());
    join(&plane.token(&[&address]), &target(&dir))
        .await
        .unwrap();
    let handle = Agent::start(options.clone()).unwrap();
    assert_eq!(handle.agent(), plane.agent);
    assert!(matches!(
        Agent::start(options.clone()),
        Err(StartError::State(_))
    ));
    let error = join(&plane.token(&[&address]), &target(&dir))
        .await
        .unwrap_err()
        .to_string();
    assert!(error.starts_with("another edgeward-agent uses "), "{error}");
    assert_eq!(handle.stop().await, Vec::<String>::new());
    Agent::start(options).unwrap().stop().await;
}
