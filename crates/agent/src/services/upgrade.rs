//! WebSocket and other HTTP upgrades: extended CONNECT (RFC 8441) in the tunnel, `Upgrade` towards the service.
//!
//! After the switch bytes pass both ways, each direction to its own end, without any limit in time.

use std::sync::Arc;

use edgeward_pki::random_bytes;
use http::header::{self, HeaderName, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::client::conn::http1::handshake;
use hyper::ext::Protocol;
use hyper_util::rt::TokioIo;
use tokio::io::copy_bidirectional_with_sizes;

use super::body::{AnswerBody, Progress, Upload};
use super::exchange::in_time;
use super::{Fault, Offer, headers, pool};

const SEC_WEBSOCKET_KEY: HeaderName = header::SEC_WEBSOCKET_KEY;

/// How much is read at once in each direction of a switched connection, in bytes.
const COPY_BUFFER_BYTES: usize = 16 * 1024;

/// The version of WebSocket that RFC 6455 defines.
const WEBSOCKET_VERSION: HeaderValue = HeaderValue::from_static("13");

pub(super) async fn serve(
    offer: &Arc<Offer>,
    mut request: Request<Incoming>,
) -> Result<Response<AnswerBody>, Fault> {
    let protocol = request
        .extensions()
        .get::<Protocol>()
        .cloned()
        .ok_or(Fault::NotHttp)?;
    let tunnel_end = hyper::upgrade::on(&mut request);
    let (parts, _) = request.into_parts();
    let mut head = headers::to_service(parts, &offer.host);
    let key_is_ours = ask_for_upgrade(&mut head, &protocol)?;

    let bad = |error: hyper::Error| Fault::bad_answer(&offer.target, &error);
    let stream = pool::dial(offer).await?;
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await.map_err(bad)?;
    // It ends with the sender, or hands the stream over at the switch.
    tokio::spawn(connection.with_upgrades());
    let sent = sender.send_request(head.map(|()| Upload::Empty));
    let mut answer = in_time(offer, &Progress::new(), sent).await?.map_err(bad)?;

    if answer.status() != StatusCode::SWITCHING_PROTOCOLS {
        return not_switched(offer, &protocol, answer);
    }
    let service_end = hyper::upgrade::on(&mut answer);
    tokio::spawn(async move {
        let (tunnel, service) = match tokio::try_join!(tunnel_end, service_end) {
            Ok(ends) => ends,
            Err(error) => {
                tracing::debug!(%error, "an upgraded connection ended before it began");
                return;
            }
        };
        let (mut tunnel, mut service) = (TokioIo::new(tunnel), TokioIo::new(service));
        let copied = copy_bidirectional_with_sizes(
            &mut tunnel,
            &mut service,
            COPY_BUFFER_BYTES,
            COPY_BUFFER_BYTES,
        )
        .await;
        if let Err(error) = copied {
            tracing::debug!(%error, "an upgraded connection broke");
        }
    });
    let (mut parts, _) = answer.into_parts();
    parts.status = StatusCode::OK;
    if key_is_ours {
        // It proves something about a key that the other end does not know.
        parts.headers.remove(header::SEC_WEBSOCKET_ACCEPT);
    }
    Ok(headers::to_tunnel(parts, AnswerBody::text("")))
}

/// Turns the head into that of an upgrade; says whether the WebSocket key was made here.
fn ask_for_upgrade(head: &mut Request<()>, protocol: &Protocol) -> Result<bool, Fault> {
    *head.method_mut() = Method::GET;
    let headers = head.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    let token = HeaderValue::from_str(protocol.as_str()).map_err(|_| Fault::NotHttp)?;
    headers.insert(header::UPGRADE, token);
    if !protocol.as_str().eq_ignore_ascii_case("websocket") {
        return Ok(false);
    }
    headers
        .entry(header::SEC_WEBSOCKET_VERSION)
        .or_insert(WEBSOCKET_VERSION);
    if headers.contains_key(SEC_WEBSOCKET_KEY) {
        return Ok(false);
    }
    let key = HeaderValue::from_str(&websocket_key()).map_err(|_| Fault::NotHttp)?;
    headers.insert(SEC_WEBSOCKET_KEY, key);
    Ok(true)
}

/// An answer that is not a switch is passed on, unless its status would mean a switch in the tunnel.
fn not_switched(
    offer: &Offer,
    protocol: &Protocol,
    answer: Response<Incoming>,
) -> Result<Response<AnswerBody>, Fault> {
    let status = answer.status();
    if status.is_success() || status.is_informational() {
        let reason = format!(
            "it did not switch to {} but answered {status}",
            protocol.as_str()
        );
        return Err(Fault::BadAnswer {
            target: offer.target.clone(),
            reason,
        });
    }
    let (parts, body) = answer.into_parts();
    Ok(headers::to_tunnel(parts, AnswerBody::service(body)))
}

/// 16 random bytes in base64 (RFC 6455, 4.1).
fn websocket_key() -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(random_bytes::<16>())
}
