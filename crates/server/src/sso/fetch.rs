//! The HTTP client with which providers are asked: no redirects, limited in time and size, protected on the way.

use std::sync::LazyLock;
use std::time::Duration;

use openidconnect::{HttpRequest, HttpResponse};
use url::Url;

use crate::settings::is_protected;

/// How long a provider may take for one answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// The largest answer that is read, in bytes.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The client itself could not be made.
    #[error("cannot prepare a question to the provider: {0}")]
    Prepare(&'static str),
    /// An address that a provider names is not protected.
    #[error("the provider names the address {0}, which is not protected by TLS")]
    Unprotected(String),
    /// Nobody there, or the answer broke off.
    #[error("cannot ask {}", .0)]
    Ask(String, #[source] reqwest::Error),
    /// Too large an answer.
    #[error("the answer of {0} has more than {MAX_ANSWER_BYTES} bytes")]
    TooLarge(String),
}

static CLIENT: LazyLock<Option<reqwest::Client>> = LazyLock::new(|| {
    // Where a provider redirects to is not what an administrator has entered.
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(ANSWER_TIMEOUT)
        .build()
        .ok()
});

/// Sends a request, and gives the whole answer, whatever its status.
pub async fn fetch(request: HttpRequest) -> Result<HttpResponse, FetchError> {
    let client = CLIENT.as_ref().ok_or(FetchError::Prepare("no TLS"))?;
    let (parts, body) = request.into_parts();
    let address = parts.uri.to_string();
    let url = Url::parse(&address).map_err(|_| FetchError::Prepare("no address"))?;
    if !is_protected(&url) {
        return Err(FetchError::Unprotected(address));
    }
    let asked = client
        .request(parts.method, url)
        .headers(parts.headers)
        .body(body)
        .send()
        .await;
    let failed = |error: reqwest::Error| FetchError::Ask(address.clone(), error.without_url());
    let mut answer = asked.map_err(failed)?;
    let mut response = HttpResponse::new(Vec::new());
    *response.status_mut() = answer.status();
    *response.headers_mut() = std::mem::take(answer.headers_mut());
    while let Some(piece) = answer.chunk().await.map_err(failed)? {
        if response.body().len() + piece.len() > MAX_ANSWER_BYTES {
            return Err(FetchError::TooLarge(address));
        }
        response.body_mut().extend_from_slice(&piece);
    }
    Ok(response)
}
