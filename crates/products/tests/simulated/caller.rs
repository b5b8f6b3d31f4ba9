//! Sends what an examination wants sent, as the control plane would.

use std::net::SocketAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use edgeward_products::{
    Answer, Attempt, Call, Credential, Examination, Finding, Kind, MAX_ATTEMPTS, MAX_BODY_BYTES,
    Presented, Unreachable, product,
};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::{FILE, OURS};

/// User and password that the service is said to have.
pub const USER: (&str, &str) = ("admin", "public");

/// How long one call may take.
const CALL_TIMEOUT: Duration = Duration::from_secs(2);

/// Examines what listens there with our key.
pub async fn examine(kind: Kind, credential: Credential, address: SocketAddr) -> Finding {
    examine_as(kind, credential, address, USER).await
}

/// The same with this user and password.
pub async fn examine_as(
    kind: Kind,
    credential: Credential,
    address: SocketAddr,
    user: (&str, &str),
) -> Finding {
    let mut examination = Examination::new(kind, credential, FILE, now_s());
    let mut attempts = 0;
    while let Some(Attempt { call, proof }) = examination.next() {
        attempts += 1;
        let authorization = match proof {
            Presented::Nothing => None,
            Presented::Token(claims) => {
                let token = OURS.token(&claims.json()).unwrap();
                Some(product(kind).authorization(&token))
            }
            Presented::Basic => {
                let pair = format!("{}:{}", user.0, user.1);
                Some(format!("Basic {}", STANDARD.encode(pair)))
            }
        };
        examination.heard(send(address, call, authorization).await);
    }
    assert!(attempts <= MAX_ATTEMPTS);
    let finding = examination.finding();
    let kept = serde_json::to_string(&finding).unwrap();
    let shown = format!("{kept} {} {:?}", finding.message(), finding.fix());
    assert!(!shown.contains("eyJ"), "{shown}");
    finding
}

/// Whatever comes back, within a limit of time.
pub async fn send(
    address: SocketAddr,
    call: Call,
    authorization: Option<String>,
) -> Result<Answer, Unreachable> {
    let answer = tokio::time::timeout(CALL_TIMEOUT, exchange(address, call, authorization)).await;
    answer.unwrap_or_else(|_| Err(unreachable("timed out")))
}

async fn exchange(
    address: SocketAddr,
    call: Call,
    authorization: Option<String>,
) -> Result<Answer, Unreachable> {
    let stream = TcpStream::connect(address).await.map_err(unreachable)?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(unreachable)?;
    tokio::spawn(connection);
    let mut request = hyper::Request::builder()
        .method(call.method)
        .uri(call.path)
        .header("host", address.to_string());
    if let Some(authorization) = authorization {
        request = request.header("authorization", authorization);
    }
    let request = request.body(Full::new(call.body.unwrap_or_default()));
    let response = sender.send_request(request.map_err(unreachable)?).await;
    let (head, mut body) = response.map_err(unreachable)?.into_parts();
    let mut kept = Vec::new();
    while kept.len() < MAX_BODY_BYTES {
        match body.frame().await {
            Some(frame) => {
                let data = frame.map_err(unreachable)?.into_data();
                kept.extend_from_slice(&data.unwrap_or_default());
            }
            None => break,
        }
    }
    Ok(Answer::new(head.status, &head.headers, kept.into()))
}

fn unreachable(why: impl ToString) -> Unreachable {
    Unreachable {
        why: why.to_string(),
    }
}

fn now_s() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    since.as_secs().try_into().unwrap()
}
