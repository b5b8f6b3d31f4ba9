//! The console's listener: HTTP/1.1 and HTTP/2, TLS if configured, and one look at the host name to tell services from the console.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::{IntoResponse as _, Response};
use edgeward_pki::tls::Acceptor;
use edgeward_runtime::Shutdown;
use http::{Request, header};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tower::Service as _;

use crate::api::ApiError;
use crate::app::Shared;
use crate::services::host;

/// How many connections there may be at once; more wait to be accepted.
pub const MAX_CONNECTIONS: usize = 8192;

/// How long a client may take for a TLS handshake, and to send a request's head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);

/// Where a request came from.
#[derive(Clone, Copy, Debug)]
pub struct Remote(pub SocketAddr);

/// Everything that answers requests.
#[derive(Clone)]
pub struct Site {
    /// The application.
    pub app: Shared,
    /// The console's host.
    pub console: Router,
    /// Ends TLS, if the console has its own.
    pub tls: Option<Acceptor>,
}

/// Accepts until shutdown; then connections finish what they are at.
pub async fn serve(site: Site, listener: TcpListener, shutdown: Shutdown) {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else {
            return;
        };
        let accepted = tokio::select! {
            () = shutdown.triggered() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, remote)) => {
                let (site, stop) = (site.clone(), shutdown.clone());
                shutdown.spawn_job("console connection", async move {
                    let _place = place;
                    connection(site, stream, remote, stop).await;
                });
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept on the console's address");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn connection(site: Site, stream: TcpStream, remote: SocketAddr, stop: Shutdown) {
    let _ = stream.set_nodelay(true);
    match site.tls.clone() {
        None => http(site, stream, remote, stop).await,
        Some(acceptor) => {
            if let Ok(Ok(stream)) =
                tokio::time::timeout(HEAD_TIMEOUT, acceptor.accept(stream)).await
            {
                http(site, stream, remote, stop).await;
            }
        }
    }
}

async fn http<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    site: Site,
    stream: S,
    remote: SocketAddr,
    stop: Shutdown,
) {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT);
    builder.http2().timer(TokioTimer::new());
    let service = service_fn(move |request| answer(site.clone(), remote, request));
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.triggered() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%remote, %error, "a connection ended early");
    }
}

async fn answer(
    site: Site,
    remote: SocketAddr,
    request: Request<Incoming>,
) -> Result<Response, Infallible> {
    let mut request = request.map(Body::new);
    let named = request.uri().authority().map(|a| a.as_str().to_owned());
    let host = named
        .or_else(|| {
            Some(
                request
                    .headers()
                    .get(header::HOST)?
                    .to_str()
                    .ok()?
                    .to_owned(),
            )
        })
        .unwrap_or_default();
    let which_installation = request.uri().path() == crate::settings::reach::PATH;
    match site.app.public().service_of(&host) {
        // Every host says which installation it belongs to.
        Some(_) if which_installation => {
            let mut console = site.console;
            console.call(request).await
        }
        Some(Some(service)) => Ok(host::handle(&site.app, service, remote, request).await),
        Some(None) => Ok(ApiError::not_found("service").into_response()),
        None => {
            request.extensions_mut().insert(ConnectInfo(Remote(remote)));
            let mut console = site.console;
            console.call(request).await
        }
    }
}
