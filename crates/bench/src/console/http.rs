//! One connection to the control plane that stays open, from an address of choice.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context as _, Result, bail, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{HeaderMap, Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpSocket;

use super::world::PASSWORD;

/// A connection.
pub struct Http {
    sender: SendRequest<Full<Bytes>>,
    host: String,
}

/// Somebody who is signed in.
pub struct SignedIn {
    /// For programs, or the value of the console's cookie.
    pub token: String,
}

/// How somebody signs in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum As {
    /// As the console does.
    Browser,
    /// As programs do.
    Program,
}

impl Http {
    /// Connects from a loopback address.
    pub async fn connect(to: SocketAddr, from: Ipv4Addr) -> Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from((from, 0)))?;
        let stream = socket.connect(to).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self {
            sender,
            host: to.to_string(),
        })
    }

    /// Gets a path below `/api/v1`, to the last byte.
    pub async fn get(&mut self, path: &str, who: &SignedIn) -> Result<Bytes> {
        let request = Request::get(format!("/api/v1{path}"))
            .header("host", &self.host)
            .header("authorization", format!("Bearer {}", who.token))
            .body(Full::default())?;
        let (status, _, body) = self.exchange(request).await?;
        ensure!(
            status == StatusCode::OK,
            "{path} was answered {status}: {}",
            String::from_utf8_lossy(&body)
        );
        Ok(body)
    }

    /// Signs somebody in.
    pub async fn sign_in(&mut self, email: &str, how: As) -> Result<SignedIn> {
        let body = json!({"email": email, "password": PASSWORD, "bearer": how == As::Program});
        let request = Request::post("/api/v1/session")
            .header("host", &self.host)
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from(body.to_string())))?;
        let (status, headers, body) = self.exchange(request).await?;
        if status != StatusCode::CREATED {
            let body = String::from_utf8_lossy(&body);
            bail!("{email} was answered {status}: {body}");
        }
        let token = match how {
            As::Browser => cookie(&headers),
            As::Program => serde_json::from_slice::<Value>(&body)?["bearer_token"]
                .as_str()
                .map(str::to_owned),
        };
        Ok(SignedIn {
            token: token.context("whoever signed in got no token")?,
        })
    }

    async fn exchange(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> Result<(StatusCode, HeaderMap, Bytes)> {
        self.sender.ready().await?;
        let (head, body) = self.sender.send_request(request).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok((head.status, head.headers, body))
    }
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    let cookie = headers.get("set-cookie")?.to_str().ok()?;
    let (_, value) = cookie.split(';').next()?.split_once('=')?;
    Some(value.to_owned())
}
