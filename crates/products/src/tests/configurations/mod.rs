//! Configurations as documents: what is kept of them, how they differ, and which calls make them so.

mod nanomq;
mod products;
mod secrets;

use serde_json::Value;

use super::*;

/// How this product's configuration is read and written.
fn of(kind: Kind) -> &'static dyn Configuration {
    product(kind).configuration().unwrap()
}

/// A document from these answers with status 200, secrets in clear.
fn clear(kind: Kind, bodies: &[&str]) -> String {
    let answers: Vec<Answer> = bodies
        .iter()
        .map(|body| {
            let status = StatusCode::OK;
            Answer::whole(status, &HeaderMap::new(), (*body).to_owned().into())
        })
        .collect();
    of(kind).with_secrets(&answers).unwrap()
}

/// A call as method, path and body.
fn shown(call: &Call) -> (String, String, Value) {
    let body = call.body.as_deref().unwrap_or(b"null");
    let body = serde_json::from_slice(body)
        .unwrap_or_else(|_| Value::String(String::from_utf8(body.to_vec()).unwrap()));
    (call.method.to_string(), call.path.clone(), body)
}

/// Paths with what is before and after.
fn told(differences: &[Difference]) -> Vec<(&str, Option<&str>, Option<&str>)> {
    let told = differences.iter().map(|difference| {
        let (before, after) = (difference.before.as_deref(), difference.after.as_deref());
        (difference.path.as_str(), before, after)
    });
    told.collect()
}
