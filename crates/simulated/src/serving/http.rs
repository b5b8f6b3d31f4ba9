//! HTTP/1.1 by a router, without a `Date` header unless the product sends one, and then by the product's own clock.

use std::pin::pin;

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::middleware::map_response;
use axum::response::Response;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use super::Connection;
use crate::clock::Clock;

#[derive(Clone)]
pub(super) struct Http(Router);

impl Http {
    /// Answers by this router; dated by this clock, if there is one.
    pub(super) fn new(router: Router, dates: Option<Clock>) -> Self {
        let Some(clock) = dates else {
            return Self(router);
        };
        Self(router.layer(map_response(move |response: Response| {
            let date = clock.http_date();
            async move { dated(response, &date) }
        })))
    }
}

impl Connection for Http {
    async fn hold(self, stream: TcpStream, stop: CancellationToken) {
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .auto_date_header(false)
            .title_case_headers(true);
        let service = TowerToHyperService::new(self.0);
        let connection = builder.serve_connection(TokioIo::new(stream), service);
        let mut connection = pin!(connection.with_upgrades());
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.as_mut().await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection broke off");
        }
    }
}

fn dated(mut response: Response, date: &str) -> Response {
    if let Ok(date) = HeaderValue::from_str(date) {
        response.headers_mut().insert(header::DATE, date);
    }
    response
}
