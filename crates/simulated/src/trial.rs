//! What the tests of all products share: somebody with keys, and calls whose whole answer is looked at.

use std::net::SocketAddr;

use edgeward_testkit::ask;
use http::{HeaderMap, Request};
use serde_json::{Value, json};

use crate::{Algorithm, Clock, Signer};

/// The name under which the services know the good key.
pub(crate) const KEY_FILE: &str = "ecp-test.pub";

/// `{"alg":"none","typ":"JWT"}`
const NONE_HEADER: &str = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0";

/// An answer, whole.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// Status, content type and body: what the tables tell.
    pub(crate) fn row(&self) -> (u16, Option<&str>, &str) {
        (self.status, self.header("content-type"), &self.body)
    }
}

pub(crate) async fn call(
    address: SocketAddr,
    authorization: Option<&str>,
    method: &str,
    path: &str,
    body: &str,
) -> Reply {
    let asked = try_call(address, authorization, method, path, body).await;
    asked.unwrap_or_else(|error| panic!("{method} {path}: {error:?}"))
}

pub(crate) async fn try_call(
    address: SocketAddr,
    authorization: Option<&str>,
    method: &str,
    path: &str,
    body: &str,
) -> Result<Reply, edgeward_testkit::AskError> {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(value) = authorization {
        request = request.header("authorization", value);
    }
    let answer = ask(address, request.body(body.to_owned()).unwrap()).await?;
    let (head, body) = answer.into_parts();
    Ok(Reply {
        status: head.status.as_u16(),
        headers: head.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    })
}

/// Two who sign: one whose key the service has, and a stranger.
pub(crate) struct Keys {
    pub(crate) good: Signer,
    pub(crate) stranger: Signer,
    pub(crate) folder: tempfile::TempDir,
}

impl Keys {
    /// The good key is in the folder.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let good = Signer::generate().unwrap();
        good.put(folder.path(), KEY_FILE).unwrap();
        Self {
            good,
            stranger: Signer::generate().unwrap(),
            folder,
        }
    }

    /// A token by the good key.
    pub(crate) fn token(&self, claims: &Value) -> String {
        self.good.token(claims).unwrap()
    }

    /// A token by the good key, in another way.
    pub(crate) fn token_by(&self, algorithm: Algorithm, claims: &Value) -> String {
        self.good.sign(algorithm, claims).unwrap()
    }
}

/// Everything that a good token says, for an audience.
pub(crate) fn claims(audience: &str) -> Value {
    let now = now_s();
    json!({"iss": KEY_FILE, "aud": audience, "iat": now, "exp": now + 600, "bodyEncode": "0"})
}

/// Other claims; `null` leaves one out.
pub(crate) fn with(claims: &Value, changes: Value) -> Value {
    let mut claims = claims.clone();
    let fields = claims.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            fields.remove(name);
        } else {
            fields.insert(name.clone(), value.clone());
        }
    }
    claims
}

/// The same token without a signature, by its own account.
pub(crate) fn unsigned(token: &str) -> String {
    let claims = token.split('.').nth(1).unwrap();
    format!("{NONE_HEADER}.{claims}.")
}

pub(crate) fn now_s() -> i64 {
    Clock::default().now_s()
}
