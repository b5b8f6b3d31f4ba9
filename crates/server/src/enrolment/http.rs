//! The three requests of `wire::enrol`, over one TLS connection.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use edgeward_pki::CertificateInfo;
use edgeward_pki::tls::ServerStream;
use edgeward_wire::enrol::{
    DeviceEnrolRequest, EnrolRequest, MAX_BODY_BYTES, RenewRequest, TimeAnswer,
};
use http::StatusCode;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpStream;

use super::{Enrolment, Refusal};
use crate::devices::EnrolError;
use crate::now;

/// How long one enrolment connection may last, all told.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a client may take to send a request's head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// Serves enrolment on connections that ask for it.
#[derive(Clone)]
pub struct Service {
    router: Router,
}

/// What TLS has proven of the other end.
#[derive(Clone)]
struct Caller {
    address: SocketAddr,
    certificate: Option<CertificateInfo>,
}

impl Service {
    /// Serves these use cases.
    pub fn new(enrolment: Arc<Enrolment>) -> Self {
        let router = Router::new()
            .route("/enrol", post(enrol))
            .route("/enrol-device", post(enrol_device))
            .route("/renew", post(renew))
            .route("/time", get(time))
            .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
            .with_state(enrolment);
        Self { router }
    }

    /// Serves one connection to its end.
    pub async fn serve(
        &self,
        stream: ServerStream<TcpStream>,
        address: SocketAddr,
        certificate: Option<CertificateInfo>,
    ) {
        let router = self.router.clone().layer(Extension(Caller {
            address,
            certificate,
        }));
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
        if let Ok(Err(error)) = tokio::time::timeout(CONNECTION_TIMEOUT, connection).await {
            tracing::debug!(%address, %error, "an enrolment connection ended early");
        }
    }
}

async fn enrol(
    State(enrolment): State<Arc<Enrolment>>,
    Extension(caller): Extension<Caller>,
    Json(request): Json<EnrolRequest>,
) -> Result<Response, Refusal> {
    let answer = enrolment
        .enrol(request, caller.address.ip().to_string())
        .await?;
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

async fn enrol_device(
    State(enrolment): State<Arc<Enrolment>>,
    Extension(caller): Extension<Caller>,
    Json(request): Json<DeviceEnrolRequest>,
) -> Result<Response, Refusal> {
    let answer = enrolment
        .enrol_device(request, &caller.address.ip().to_string())
        .await?;
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

async fn renew(
    State(enrolment): State<Arc<Enrolment>>,
    Extension(caller): Extension<Caller>,
    Json(request): Json<RenewRequest>,
) -> Result<Response, Refusal> {
    let certificate = caller.certificate.ok_or(Refusal::AgentUnknown)?;
    Ok(Json(enrolment.renew(&certificate, request).await?).into_response())
}

async fn time() -> Json<TimeAnswer> {
    Json(TimeAnswer {
        now_us: now().as_micros(),
    })
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = match self {
            Self::RequestInvalid(_) => StatusCode::BAD_REQUEST,
            Self::TooManyUnmanaged | Self::Device(EnrolError::Busy) => {
                StatusCode::TOO_MANY_REQUESTS
            }
            Self::Unavailable(_) | Self::Device(EnrolError::Store(_)) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            _ => StatusCode::FORBIDDEN,
        };
        if let Self::Unavailable(error) = &self {
            tracing::error!(error = %edgeward_runtime::Chain(error), "cannot enrol");
        }
        metrics::counter!("edgeward_enrolment_refusals_total", "code" => self.code()).increment(1);
        let body = edgeward_wire::enrol::Refusal {
            code: self.code().into(),
            message: self.to_string(),
        };
        (status, Json(body)).into_response()
    }
}
