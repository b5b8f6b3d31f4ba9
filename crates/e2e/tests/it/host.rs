//! A service's own host: who may see it, and that what it sends arrives as it was sent.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::http::header::SET_COOKIE;
use axum::routing::get;
use edgeward_api::access::{SetupRequest, SignInRequest};
use edgeward_client::Client;
use edgeward_ids::ServiceId;
use edgeward_testkit::services::{Seen, Service, Sunk, pattern};
use futures::{SinkExt as _, StreamExt as _};
use http::{StatusCode, Uri};
use sha2::{Digest as _, Sha256};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::system::{LIMIT, Parts, System, with_both_parts, within};

with_both_parts! {
    only_who_comes_from_the_console_sees_a_services_page,
    signing_out_of_the_console_ends_the_pages_too,
    websocket_and_events_pass_as_they_come,
    large_bodies_arrive_whole_in_both_directions,
    a_services_cookies_stay_on_its_own_host,
}

const PIECE_BYTES: u64 = 64 * 1024;
const UPLOAD_BYTES: u64 = 32 * 1024 * 1024;
const DOWNLOAD_BYTES: u64 = 64 * 1024 * 1024;

/// A browser, as far as one host needs one.
pub struct Visitor {
    http: reqwest::Client,
    address: SocketAddr,
    host: String,
    cookie: Option<String>,
}

impl Visitor {
    /// Someone who knows where the service's page is, and no more.
    pub fn stranger(address: SocketAddr, host: impl Into<String>) -> Self {
        edgeward_pki::install_provider();
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build();
        Self {
            http: http.unwrap(),
            address,
            host: host.into(),
            cookie: None,
        }
    }

    /// Someone who follows the console's link to a service.
    pub async fn enter(system: &System, client: &Client, service: ServiceId) -> Self {
        let link: Uri = client
            .open_service(service)
            .await
            .unwrap()
            .url
            .parse()
            .unwrap();
        let host = link.authority().unwrap().as_str();
        let mut visitor = Self::stranger(system.console, host);
        let path = link.path_and_query().unwrap().as_str();
        let entered = visitor.get(path).send().await.unwrap();
        assert_eq!(entered.status(), StatusCode::SEE_OTHER);
        assert_eq!(entered.headers()["location"], "/");
        let cookie = entered.headers()["set-cookie"].to_str().unwrap();
        assert!(cookie.contains("HttpOnly"), "{cookie}");
        assert!(!cookie.to_ascii_lowercase().contains("domain="), "{cookie}");
        visitor.cookie = Some(cookie.split(';').next().unwrap().to_owned());
        let again = visitor.get(path).send().await.unwrap();
        assert_eq!(
            again.status(),
            StatusCode::UNAUTHORIZED,
            "a link is good once"
        );
        visitor
    }

    /// A `GET` of this path on the service's host.
    pub fn get(&self, path: &str) -> reqwest::RequestBuilder {
        self.request(reqwest::Method::GET, path)
    }

    /// A request for this path on the service's host.
    pub fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        let url = format!("http://{}{path}", self.address);
        let request = self.http.request(method, url).header("host", &self.host);
        match &self.cookie {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        }
    }

    async fn status(&self, path: &str) -> StatusCode {
        self.get(path).send().await.unwrap().status()
    }
}

async fn only_who_comes_from_the_console_sees_a_services_page(parts: Parts) {
    let service = Service::start().await.unwrap();
    let services = [("one", service.address()), ("two", service.address())];
    let system = System::start(parts).await;
    let (_joined, ids) = system.managed("press", &services).await;

    let one = Visitor::enter(&system, &system.client, ids[0]).await;
    let page = one.get("/").send().await.unwrap().text().await.unwrap();
    assert!(page.contains("Test service"), "{page}");

    let stranger = Visitor::stranger(one.address, one.host.clone());
    assert_eq!(stranger.status("/").await, StatusCode::UNAUTHORIZED);
    let elsewhere = Visitor {
        host: one.host.replace(&ids[0].to_string(), &ids[1].to_string()),
        cookie: one.cookie.clone(),
        ..stranger
    };
    assert_eq!(elsewhere.status("/").await, StatusCode::UNAUTHORIZED);

    let seen = one.get("/inspect").header("cookie", "theme=dark");
    let seen: Seen = seen.send().await.unwrap().json().await.unwrap();
    assert_eq!(seen.header("cookie"), Some("theme=dark"), "ours stays here");
}

async fn signing_out_of_the_console_ends_the_pages_too(parts: Parts) {
    let service = Service::start().await.unwrap();
    let system = System::start(parts).await;
    let (_joined, ids) = system.managed("press", &[("web", service.address())]).await;
    let (email, password) = ("ada@example.com".to_owned(), "correct horse 1".to_owned());
    let link = system.setup_url.as_deref().unwrap();
    let set_up = SetupRequest {
        key: link.split_once('#').unwrap().1.to_owned(),
        email: email.clone(),
        display_name: "Ada".to_owned(),
        password: password.clone(),
    };
    system.client.set_up(&set_up).await.unwrap();
    let sign_in = SignInRequest {
        email,
        password,
        remember: false,
        bearer: true,
    };
    let session = system.client.sign_in(&sign_in).await.unwrap();
    let person = system.client.with_token(session.bearer_token);
    let visitor = Visitor::enter(&system, &person, ids[0]).await;
    assert_eq!(visitor.status("/").await, StatusCode::OK);
    person.sign_out().await.unwrap();
    assert_eq!(visitor.status("/").await, StatusCode::UNAUTHORIZED);
}

async fn websocket_and_events_pass_as_they_come(parts: Parts) {
    let service = Service::start().await.unwrap();
    let system = System::start(parts).await;
    let (_joined, ids) = system.managed("press", &[("web", service.address())]).await;
    let visitor = Visitor::enter(&system, &system.client, ids[0]).await;

    let url = format!("ws://{}/ws", visitor.host);
    let mut request = url.into_client_request().unwrap();
    let cookie = visitor.cookie.clone().unwrap().parse().unwrap();
    request.headers_mut().insert("cookie", cookie);
    let stream = TcpStream::connect(visitor.address).await.unwrap();
    let (mut socket, _) = tokio_tungstenite::client_async(request, stream)
        .await
        .unwrap();
    for text in ["first", "second"] {
        socket.send(Message::text(text)).await.unwrap();
        let back = within("an echo", LIMIT, socket.next())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(back, Message::text(text));
    }

    // The stream never ends, so that events which arrive were not held back for its end.
    let mut events = visitor.get("/sse?every_ms=20").send().await.unwrap();
    assert_eq!(events.headers()["content-type"], "text/event-stream");
    let mut text = String::new();
    while !text.contains("data: 4\n\n") {
        let piece = within("an event", LIMIT, events.chunk()).await.unwrap();
        text.push_str(std::str::from_utf8(&piece.unwrap()).unwrap());
    }
    assert!(
        text.starts_with("data: 0\n\ndata: 1\n\ndata: 2\n\n"),
        "{text}"
    );
}

async fn large_bodies_arrive_whole_in_both_directions(parts: Parts) {
    let service = Service::start().await.unwrap();
    let system = System::start(parts).await;
    let (_joined, ids) = system.managed("press", &[("web", service.address())]).await;
    let visitor = Visitor::enter(&system, &system.client, ids[0]).await;
    let file = format!("/file/{DOWNLOAD_BYTES}");

    let part = visitor.get(&file).header("range", "bytes=1000-1999");
    let part = part.send().await.unwrap();
    assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
    let range = format!("bytes 1000-1999/{DOWNLOAD_BYTES}");
    assert_eq!(part.headers()["content-range"], range.as_str());
    assert_eq!(part.bytes().await.unwrap(), pattern(1000, 1000));

    let mut whole = visitor.get(&file).send().await.unwrap();
    assert_eq!(whole.status(), StatusCode::OK);
    assert_eq!(whole.content_length(), Some(DOWNLOAD_BYTES));
    assert_eq!(whole.headers()["content-type"], "application/octet-stream");
    assert_eq!(whole.headers()["accept-ranges"], "bytes");
    let (mut received, mut sent) = (Sha256::new(), Sha256::new());
    while let Some(piece) = within("a piece", LIMIT, whole.chunk()).await.unwrap() {
        received.update(&piece);
    }
    for offset in (0..DOWNLOAD_BYTES).step_by(PIECE_BYTES as usize) {
        sent.update(pattern(offset, PIECE_BYTES as usize));
    }
    assert_eq!(received.finalize(), sent.finalize());

    let offsets = (0..UPLOAD_BYTES).step_by(PIECE_BYTES as usize);
    let pieces = offsets.map(|at| Ok::<_, Infallible>(pattern(at, PIECE_BYTES as usize)));
    let upload = visitor
        .request(reqwest::Method::POST, "/sink")
        .body(reqwest::Body::wrap_stream(futures::stream::iter(pieces)));
    let sunk: Sunk = upload.send().await.unwrap().json().await.unwrap();
    assert_eq!((sunk.bytes, sunk.wrong), (UPLOAD_BYTES, 0));
}

async fn a_services_cookies_stay_on_its_own_host(parts: Parts) {
    let cookies = [
        (SET_COOKIE, "a=1; Domain=localhost; Path=/"),
        (SET_COOKIE, "b=2; Path=/; HttpOnly"),
    ];
    let page = get(move || async move { (axum::response::AppendHeaders(cookies), "page") });
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = Router::new().route("/", page);
    let serving = tokio::spawn(async move { axum::serve(listener, app).await });

    let system = System::start(parts).await;
    let (_joined, ids) = system.managed("press", &[("web", address)]).await;
    let visitor = Visitor::enter(&system, &system.client, ids[0]).await;
    let page = visitor.get("/").send().await.unwrap();
    let kept: Vec<_> = page.headers().get_all("set-cookie").iter().collect();
    assert_eq!(kept, ["a=1; Path=/", "b=2; Path=/; HttpOnly"]);
    serving.abort();
}
