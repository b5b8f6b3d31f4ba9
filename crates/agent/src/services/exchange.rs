//! One request and its answer.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;

use http::{Method, Request, Response};
use http_body::Body as _;
use hyper::body::Incoming;
use tokio::time::{Instant, sleep_until};

use super::body::{AnswerBody, Progress, Upload};
use super::pool::{self, Connection};
use super::{Fault, Offer, headers};

pub(super) async fn serve(
    offer: &Arc<Offer>,
    request: Request<Incoming>,
) -> Result<Response<AnswerBody>, Fault> {
    let (parts, body) = request.into_parts();
    let progress = Progress::new();
    let upload = if body.is_end_stream() {
        Upload::Empty
    } else {
        Upload::Stream {
            body,
            progress: progress.clone(),
        }
    };
    let request = headers::to_service(parts, &offer.host).map(|()| upload);
    let answer = match offer.pool.take() {
        None => first_use(offer, request, &progress).await,
        Some(connection) => reuse(offer, connection, request, &progress).await,
    }?;
    let (parts, body) = answer.into_parts();
    Ok(headers::to_tunnel(parts, AnswerBody::service(body)))
}

async fn first_use(
    offer: &Arc<Offer>,
    request: Request<Upload>,
    progress: &Progress,
) -> Result<Response<Incoming>, Fault> {
    let mut connection = pool::connect(offer).await?;
    let answer = in_time(offer, progress, connection.send_request(request)).await?;
    let answer = answer.map_err(|error| Fault::bad_answer(&offer.target, &error))?;
    pool::give_back(offer, connection);
    Ok(answer)
}

/// Sends on a connection that may have been closed by the service in this very moment. The request is repeated, once and
/// on a new connection, if nothing of it was sent, or if it is safe to repeat.
async fn reuse(
    offer: &Arc<Offer>,
    mut connection: Connection,
    request: Request<Upload>,
    progress: &Progress,
) -> Result<Response<Incoming>, Fault> {
    let copy = copy_if_repeatable(&request);
    let mut error = match in_time(offer, progress, connection.try_send_request(request)).await? {
        Ok(answer) => {
            pool::give_back(offer, connection);
            return Ok(answer);
        }
        Err(error) => error,
    };
    let unsent = error.take_message();
    let error = error.into_error();
    match unsent.or(copy) {
        Some(request) if !error.is_parse() => {
            tracing::debug!(target = %offer.target, "a kept connection was stale; repeating on a new one");
            first_use(offer, request, progress).await
        }
        _ => Err(Fault::bad_answer(&offer.target, &error)),
    }
}

fn copy_if_repeatable(request: &Request<Upload>) -> Option<Request<Upload>> {
    let idempotent = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE | Method::PUT | Method::DELETE
    );
    (idempotent && matches!(request.body(), Upload::Empty)).then(|| {
        let mut copy = Request::new(Upload::Empty);
        *copy.method_mut() = request.method().clone();
        *copy.uri_mut() = request.uri().clone();
        *copy.version_mut() = request.version();
        *copy.headers_mut() = request.headers().clone();
        copy
    })
}

/// Waits for the head of the answer. While the client is the one who is waited for, the service has all the time.
pub(super) async fn in_time<T>(
    offer: &Offer,
    progress: &Progress,
    answer: impl Future<Output = T>,
) -> Result<T, Fault> {
    let limit = offer.limits.response_timeout;
    let mut answer = pin!(answer);
    loop {
        let deadline = progress.deadline(limit);
        tokio::select! {
            answer = answer.as_mut() => return Ok(answer),
            () = sleep_until(deadline) => {
                if progress.deadline(limit) <= Instant::now() {
                    return Err(Fault::AnswerTimeout { target: offer.target.clone(), limit });
                }
            }
        }
    }
}
