//! What browsers get: the console's files, health for machines, and the listener that tells hosts apart.

mod gzip;
pub mod health;
pub mod listener;
mod public;

pub use public::Public;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use rust_embed::RustEmbed;

/// The console as it was built; in debug builds read from the folder.
#[derive(RustEmbed)]
#[folder = "web-dist"]
struct Files;

/// Nothing loads from elsewhere, and nobody frames the console.
const POLICY: &str = "default-src 'self'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/// A file of the console; any other address is one of the console's own and gets its start page.
///
/// Text goes out as gzip to whoever takes it. Names carry no hash, so every answer is to be asked about again; the ETag makes that cheap.
pub async fn console(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let path = uri.path().trim_start_matches('/');
    let (name, file) = match Files::get(path) {
        Some(file) if !path.starts_with('.') => (path, file),
        _ => match Files::get("index.html") {
            Some(file) => ("index.html", file),
            None => return StatusCode::NOT_FOUND.into_response(),
        },
    };
    let kind = content_type(name);
    let hash = file.metadata.sha256_hash();
    let packed = (kind.is_text && gzip::accepted(&headers))
        .then(|| gzip::of(hash, &file.data).ok())
        .flatten();
    let etag = etag(&hash, packed.is_some());
    let mut response = match &packed {
        _ if is_known(&headers, &etag) => StatusCode::NOT_MODIFIED.into_response(),
        Some(packed) => packed.clone().into_response(),
        None => match file.data {
            Cow::Borrowed(embedded) => Bytes::from_static(embedded).into_response(),
            Cow::Owned(read) => Bytes::from(read).into_response(),
        },
    };
    let out = response.headers_mut();
    let mut set = |name, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            out.insert(name, value);
        }
    };
    set(header::CONTENT_TYPE, kind.name);
    if packed.is_some() {
        set(header::CONTENT_ENCODING, "gzip");
    }
    if kind.is_text {
        set(header::VARY, "accept-encoding");
    }
    set(header::ETAG, &etag);
    set(header::CACHE_CONTROL, "no-cache");
    set(header::CONTENT_SECURITY_POLICY, POLICY);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "no-referrer");
    response
}

/// The tag of a file in one of its two forms.
fn etag(hash: &[u8; 32], packed: bool) -> String {
    let digits: String = hash.iter().take(16).map(|b| format!("{b:02x}")).collect();
    let form = if packed { "-gzip" } else { "" };
    format!("\"{digits}{form}\"")
}

/// Whether the browser has it. Something between may have made the tag a weak one.
fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|known| known.strip_prefix("W/").unwrap_or(known) == etag)
}

/// What a file is.
struct ContentType {
    name: &'static str,
    /// Text gets smaller when compressed; the rest is compressed in itself.
    is_text: bool,
}

fn content_type(name: &str) -> ContentType {
    let (name, is_text) = match name.rsplit('.').next() {
        Some("html") => ("text/html; charset=utf-8", true),
        Some("js") => ("text/javascript; charset=utf-8", true),
        Some("css") => ("text/css; charset=utf-8", true),
        Some("svg") => ("image/svg+xml", true),
        Some("json") => ("application/json", true),
        Some("woff2") => ("font/woff2", false),
        Some("png") => ("image/png", false),
        _ => ("application/octet-stream", false),
    };
    ContentType { name, is_text }
}
