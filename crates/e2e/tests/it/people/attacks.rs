//! What a hostile page, link or neighbour tries with somebody's browser.

use http::StatusCode;
use http::header::{COOKIE, HOST, ORIGIN, SET_COOKIE};
use reqwest::Method;
use serde_json::json;

use super::cast::{Api, Cast, PASSWORD};
use crate::system::{EMBEDDED, System};

/// Signs in as a browser, with this cookie already; the session's cookie, whole.
async fn browser_sign_in(api: &Api, cookie: Option<&str>, remember: bool) -> String {
    let body = json!({"email": "ada@example.com", "password": PASSWORD, "remember": remember});
    let mut request = api.request(Method::POST, "/session").json(&body);
    if let Some(cookie) = cookie {
        request = request.header(COOKIE, cookie);
    }
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    let cookies = answer.headers().get_all(SET_COOKIE).iter();
    let mut cookies = cookies.map(|value| value.to_str().unwrap().to_owned());
    cookies
        .find(|c| c.starts_with("edgeward_session="))
        .unwrap()
}

fn pair(cookie: &str) -> &str {
    cookie.split(';').next().unwrap()
}

async fn status(api: &Api, cookie: &str) -> StatusCode {
    let request = api.request(Method::GET, "/session").header(COOKIE, cookie);
    request.send().await.unwrap().status()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_never_taken_over_from_what_the_browser_brings() {
    let cast = Cast::start(EMBEDDED).await;
    cast.user("ada@example.com", cast.in_project("viewer"))
        .await;
    let planted = "edgeward_session=planted";
    let first = browser_sign_in(&cast.nobody, Some(planted), false).await;
    assert_ne!(pair(&first), planted);
    assert_eq!(
        status(&cast.nobody, planted).await,
        StatusCode::UNAUTHORIZED
    );
    // Signing in again ends the session that the browser had.
    let second = browser_sign_in(&cast.nobody, Some(pair(&first)), true).await;
    assert_eq!(
        status(&cast.nobody, pair(&first)).await,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(status(&cast.nobody, pair(&second)).await, StatusCode::OK);
    for cookie in [&first, &second] {
        assert!(
            cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
            "{cookie}"
        );
        assert!(!cookie.to_ascii_lowercase().contains("domain="), "{cookie}");
    }
    // Only what is to be remembered outlasts the browser.
    let lasting = |cookie: &str| cookie.contains("Max-Age") || cookie.contains("Expires");
    assert_eq!((lasting(&first), lasting(&second)), (false, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_site_cannot_act_with_a_browsers_cookie() {
    let cast = Cast::start(EMBEDDED).await;
    cast.user("ada@example.com", cast.in_project("admin")).await;
    let cookie = browser_sign_in(&cast.nobody, None, false).await;
    let path = format!("/projects/{}", cast.project);
    let service_page = format!(
        "http://{}.localhost:{}",
        cast.service,
        cast.system.console.port()
    );
    let own = format!("http://{}", cast.system.console);
    for (header, value, expected) in [
        ("sec-fetch-site", "cross-site", StatusCode::FORBIDDEN),
        ("sec-fetch-site", "same-site", StatusCode::FORBIDDEN),
        (
            ORIGIN.as_str(),
            "https://evil.example",
            StatusCode::FORBIDDEN,
        ),
        (
            ORIGIN.as_str(),
            service_page.as_str(),
            StatusCode::FORBIDDEN,
        ),
        (ORIGIN.as_str(), "null", StatusCode::FORBIDDEN),
        (ORIGIN.as_str(), own.as_str(), StatusCode::OK),
        ("sec-fetch-site", "same-origin", StatusCode::OK),
    ] {
        let request = cast.nobody.request(Method::PATCH, &path);
        let request = request.header(COOKIE, pair(&cookie)).header(header, value);
        let answer = request.json(&json!({"description": value})).send().await;
        assert_eq!(answer.unwrap().status(), expected, "{header}: {value}");
    }
    // And no page of elsewhere may read an answer.
    let request = cast.nobody.request(Method::GET, "/session");
    let request = request
        .header(COOKIE, pair(&cookie))
        .header(ORIGIN, service_page);
    let answer = request.send().await.unwrap();
    assert!(
        answer
            .headers()
            .get("access-control-allow-origin")
            .is_none()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_host_is_not_believed() {
    let system = System::start(EMBEDDED).await;
    let operator = Api::new(&system, Some(system.operator_token.clone()));
    let body = json!({"emails": ["new@example.com"], "system_admin": true});
    let request = operator.request(Method::POST, "/users").json(&body);
    let answer = request.header(HOST, "evil.example").send().await.unwrap();
    let text = answer.text().await.unwrap();
    assert!(!text.contains("evil.example"), "{text}");
    // Links name the root address, whatever the request said.
    let body = json!({"emails": ["second@example.com"], "system_admin": true});
    let made = operator.post("/users", body).await;
    let link = made["results"][0]["link"]["url"].as_str().unwrap();
    assert!(
        link.starts_with(&format!(
            "http://localhost:{}/invitation#",
            system.console.port()
        )),
        "{link}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_loads_nothing_from_elsewhere_and_runs_nothing_inline() {
    let system = System::start(EMBEDDED).await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    for path in ["/", "/sign-in", "/users", "/settings/mail"] {
        let page = http.get(format!("http://{}{path}", system.console));
        let page = page.send().await.unwrap();
        let policy = page.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(!policy.contains("unsafe"), "{policy}");
        for part in [
            "default-src 'self'",
            "frame-ancestors 'none'",
            "object-src 'none'",
            "base-uri 'none'",
        ] {
            assert!(policy.contains(part), "{policy}");
        }
        let text = page.text().await.unwrap();
        assert!(
            !text.contains("style=") && !text.contains("onload="),
            "{text}"
        );
    }
}
