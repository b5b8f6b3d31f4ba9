//! What changes in a head between HTTP/2 in the tunnel and HTTP/1.1 to the service.

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::uri::PathAndQuery;
use http::{Request, Response, Uri, Version, request, response};

use super::fault::FAULT_HEADER;

/// Headers that belong to one connection and are not passed on.
const HOP_BY_HOP: [HeaderName; 8] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// The head as the service is to see it: its own `Host`, the path alone, one `Cookie` header.
pub(super) fn to_service(mut parts: request::Parts, host: &HeaderValue) -> Request<()> {
    let headers = &mut parts.headers;
    remove_hop_by_hop(headers);
    // The body follows at once, so there is nothing to continue.
    headers.remove(header::EXPECT);
    join_cookies(headers);
    headers.insert(header::HOST, host.clone());
    let path = parts.uri.path_and_query().cloned();
    let mut request = Request::new(());
    *request.method_mut() = parts.method;
    *request.uri_mut() = Uri::from(path.unwrap_or_else(|| PathAndQuery::from_static("/")));
    *request.version_mut() = Version::HTTP_11;
    *request.headers_mut() = parts.headers;
    request
}

/// The head as the tunnel is to see it. No service may speak in the agent's name.
pub(super) fn to_tunnel<B>(mut parts: response::Parts, body: B) -> Response<B> {
    remove_hop_by_hop(&mut parts.headers);
    parts.headers.remove(FAULT_HEADER);
    let mut answer = Response::new(body);
    *answer.status_mut() = parts.status;
    *answer.headers_mut() = parts.headers;
    answer
}

fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named.iter().chain(&HOP_BY_HOP) {
        headers.remove(name);
    }
}

/// HTTP/2 may carry each cookie in a field of its own; HTTP/1.1 has one for all (RFC 9113, 8.2.3).
fn join_cookies(headers: &mut HeaderMap) {
    if headers.get_all(header::COOKIE).iter().nth(1).is_none() {
        return;
    }
    let cookies: Vec<&[u8]> = headers
        .get_all(header::COOKIE)
        .iter()
        .map(HeaderValue::as_bytes)
        .collect();
    if let Ok(joined) = HeaderValue::from_bytes(&cookies.join(&b"; "[..])) {
        headers.insert(header::COOKIE, joined);
    }
}
