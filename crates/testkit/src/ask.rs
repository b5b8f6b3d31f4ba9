//! One HTTP request on a connection of its own: for tests that want nothing hidden between them and a service.

use std::io;
use std::net::SocketAddr;

use bytes::Bytes;
use http::header::HOST;
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Why there was no whole answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// Nobody there.
    #[error("cannot connect to {address}")]
    Connect {
        /// Where.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// The request could not be sent, or the answer broke off.
    #[error("no whole answer from {address}")]
    Answer {
        /// From where.
        address: SocketAddr,
        /// Why not.
        source: hyper::Error,
    },
}

/// Sends a request (its target a path) to `address` and gives the answer with its whole body, whatever the status.
///
/// # Errors
/// The service is not there, or does not answer in full. There is no limit in time.
pub async fn ask(
    address: SocketAddr,
    request: Request<impl Into<Bytes>>,
) -> Result<Response<Bytes>, AskError> {
    let stream = TcpStream::connect(address).await;
    let stream = stream.map_err(|source| AskError::Connect { address, source })?;
    let broken = |source| AskError::Answer { address, source };
    let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = handshake.map_err(broken)?;
    let mut request = request.map(|body| Full::new(body.into()));
    if !request.headers().contains_key(HOST)
        && let Ok(host) = HeaderValue::from_str(&address.to_string())
    {
        request.headers_mut().insert(HOST, host);
    }
    let answer = async {
        let (head, body) = sender.send_request(request).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok(Response::from_parts(head, body))
    };
    tokio::pin!(connection);
    tokio::pin!(answer);
    tokio::select! {
        biased;
        answer = &mut answer => answer.map_err(broken),
        // The connection may end before the answer has been taken from it.
        _ = &mut connection => answer.await.map_err(broken),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::{Refusing, Seen, Service};

    #[tokio::test]
    async fn a_request_goes_and_an_answer_comes() {
        let service = Service::start().await.unwrap();
        let request = Request::post("/inspect").body("hello").unwrap();
        let answer = ask(service.address(), request).await.unwrap();
        let seen: Seen = serde_json::from_slice(answer.body()).unwrap();
        assert_eq!((seen.method.as_str(), seen.body_bytes), ("POST", 5));
        assert_eq!(
            seen.header("host"),
            Some(service.address().to_string().as_str())
        );
    }

    #[tokio::test]
    async fn half_an_answer_is_an_error() {
        let service = Service::start().await.unwrap();
        let request = Request::get("/half").body("").unwrap();
        let error = ask(service.address(), request).await.unwrap_err();
        assert!(matches!(error, AskError::Answer { .. }), "{error:?}");
        let nobody = Refusing::bind().unwrap();
        let request = Request::get("/").body("").unwrap();
        let error = ask(nobody.address(), request).await.unwrap_err();
        assert!(matches!(error, AskError::Connect { .. }), "{error:?}");
    }
}
