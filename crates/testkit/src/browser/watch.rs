//! What went wrong on a page while nobody looked: messages on its console, and requests that failed.

use std::collections::HashMap;

use parking_lot::Mutex;
use serde_json::Value;

/// A message at level error or warning, or an uncaught exception.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsoleMessage {
    /// `error`, `warning` or `exception`.
    pub level: String,
    /// What it says, and after it the address that it is about, if the browser knows one.
    pub text: String,
}

/// A request without a good answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedRequest {
    /// Where to.
    pub url: String,
    /// `status 502`, or the browser's word for what happened, such as `net::ERR_CONNECTION_REFUSED`.
    pub reason: String,
}

/// Collects the events of one page.
#[derive(Debug, Default)]
pub(super) struct Watch {
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    console: Vec<ConsoleMessage>,
    failed: Vec<FailedRequest>,
    urls: HashMap<String, String>,
}

impl Watch {
    pub(super) fn console(&self) -> Vec<ConsoleMessage> {
        self.seen.lock().console.clone()
    }

    pub(super) fn failed(&self) -> Vec<FailedRequest> {
        self.seen.lock().failed.clone()
    }

    pub(super) fn forget(&self) {
        let mut seen = self.seen.lock();
        seen.console.clear();
        seen.failed.clear();
    }

    pub(super) fn take(&self, method: &str, params: &Value) {
        match method {
            "Runtime.consoleAPICalled" => self.console_call(params),
            "Runtime.exceptionThrown" => {
                let details = &params["exceptionDetails"];
                let text = details["exception"]["description"].as_str();
                self.message(
                    "exception",
                    text.unwrap_or_else(|| text_of(&details["text"])),
                );
            }
            "Log.entryAdded" => {
                let entry = &params["entry"];
                let (text, url) = (text_of(&entry["text"]), text_of(&entry["url"]));
                let text = if url.is_empty() {
                    text.to_owned()
                } else {
                    format!("{text} {url}")
                };
                self.message(text_of(&entry["level"]), &text);
            }
            "Network.requestWillBeSent" => {
                let (id, url) = (
                    text_of(&params["requestId"]),
                    text_of(&params["request"]["url"]),
                );
                self.seen.lock().urls.insert(id.to_owned(), url.to_owned());
            }
            "Network.responseReceived" => {
                let response = &params["response"];
                if let Some(status @ 400..) = response["status"].as_u64() {
                    self.failure(
                        text_of(&response["url"]).to_owned(),
                        format!("status {status}"),
                    );
                }
            }
            // What the page itself, or leaving it, cancelled is not a failure.
            "Network.loadingFailed" if params["canceled"] != true => {
                let url = self
                    .seen
                    .lock()
                    .urls
                    .get(text_of(&params["requestId"]))
                    .cloned();
                self.failure(
                    url.unwrap_or_default(),
                    text_of(&params["errorText"]).to_owned(),
                );
            }
            _ => {}
        }
    }

    fn console_call(&self, params: &Value) {
        let arguments = params["args"].as_array().cloned().unwrap_or_default();
        let argument = |value: &Value| match (&value["value"], value["description"].as_str()) {
            (Value::String(text), _) => text.clone(),
            (Value::Null, Some(text)) => text.to_owned(),
            (other, _) => other.to_string(),
        };
        let text: Vec<_> = arguments.iter().map(argument).collect();
        self.message(text_of(&params["type"]), &text.join(" "));
    }

    fn message(&self, level: &str, text: &str) {
        if matches!(level, "error" | "warning" | "exception" | "assert") {
            self.seen.lock().console.push(ConsoleMessage {
                level: level.to_owned(),
                text: text.to_owned(),
            });
        }
    }

    fn failure(&self, url: String, reason: String) {
        self.seen.lock().failed.push(FailedRequest { url, reason });
    }
}

fn text_of(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
