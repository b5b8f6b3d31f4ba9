//! A browser without a screen: cookies by host, redirects, forms.

use std::collections::{BTreeMap, HashMap};

use http::StatusCode;
use http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Method, Response, Url};

/// The most redirects in a row.
const MAX_REDIRECTS: usize = 20;

/// A browser.
pub struct Surfer {
    http: reqwest::Client,
    cookies: HashMap<String, BTreeMap<String, String>>,
}

/// A page that it has come to.
#[derive(Debug)]
pub struct Page {
    pub url: Url,
    pub status: StatusCode,
    pub text: String,
}

impl Surfer {
    pub fn new() -> Self {
        edgeward_pki::install_provider();
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build();
        Self {
            http: http.unwrap(),
            cookies: HashMap::new(),
        }
    }

    /// The value of a cookie at the host of this address.
    pub fn cookie(&self, url: &str, name: &str) -> Option<String> {
        let host = Url::parse(url).unwrap().host_str().unwrap().to_owned();
        self.cookies.get(&host)?.get(name).cloned()
    }

    /// Has this cookie from now on.
    pub fn set_cookie(&mut self, url: &str, name: &str, value: &str) {
        let host = Url::parse(url).unwrap().host_str().unwrap().to_owned();
        let cookies = self.cookies.entry(host).or_default();
        cookies.insert(name.into(), value.into());
    }

    /// One request, without following where it leads.
    pub async fn ask(&mut self, method: Method, url: &Url, form: Option<String>) -> Response {
        let host = url.host_str().unwrap().to_owned();
        let cookies = self.cookies.entry(host).or_default();
        let sent: Vec<_> = cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
        let mut request = self.http.request(method, url.clone());
        if !sent.is_empty() {
            request = request.header(COOKIE, sent.join("; "));
        }
        if let Some(form) = form {
            let kind = "application/x-www-form-urlencoded";
            request = request.header(CONTENT_TYPE, kind).body(form);
        }
        let answer = request.send().await.unwrap();
        for value in answer.headers().get_all(SET_COOKIE) {
            let value = value.to_str().unwrap();
            let (pair, rest) = value.split_once(';').unwrap_or((value, ""));
            let (name, value) = pair.split_once('=').unwrap();
            // Whoever takes a cookie away sets its end to the past.
            if rest.contains("Max-Age=0") || rest.contains("1970") {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    /// One `GET`, without following where it leads: status, and where to.
    pub async fn step(&mut self, url: &str) -> (StatusCode, Option<Url>) {
        let url = Url::parse(url).unwrap();
        let answer = self.ask(Method::GET, &url, None).await;
        (answer.status(), target(&url, &answer))
    }

    /// Goes there and on to wherever it leads, but not into `before`.
    pub async fn go(&mut self, url: &str, before: Option<&str>) -> Page {
        let url = Url::parse(url).unwrap();
        let answer = self.ask(Method::GET, &url, None).await;
        self.follow(url, answer, before).await
    }

    /// Sends the form of a page, with these fields beside the hidden ones.
    pub async fn send(
        &mut self,
        page: &Page,
        fields: &[(&str, &str)],
        before: Option<&str>,
    ) -> Page {
        let action = between(&page.text, "action=\"", "\"").expect("a form");
        let url = page.url.join(action).unwrap();
        let prompt = between(&page.text, "name=\"prompt\" value=\"", "\"").expect("a prompt");
        let mut form = Url::parse("http://form.invalid").unwrap();
        form.query_pairs_mut()
            .append_pair("prompt", prompt)
            .extend_pairs(fields);
        let form = form.query().map(str::to_owned);
        let answer = self.ask(Method::POST, &url, form).await;
        self.follow(url, answer, before).await
    }

    async fn follow(&mut self, mut url: Url, mut answer: Response, before: Option<&str>) -> Page {
        for _ in 0..MAX_REDIRECTS {
            let Some(next) = target(&url, &answer) else {
                break;
            };
            url = next;
            if before.is_some_and(|before| url.path().ends_with(before)) {
                break;
            }
            answer = self.ask(Method::GET, &url, None).await;
        }
        let status = answer.status();
        let text = answer.text().await.unwrap();
        Page { url, status, text }
    }
}

fn target(from: &Url, answer: &Response) -> Option<Url> {
    let to = answer.headers().get(LOCATION)?.to_str().unwrap();
    Some(from.join(to).unwrap())
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let rest = &text[text.find(start)? + start.len()..];
    rest.split(end).next()
}
