//! Sending one request and reading its answer whole.

use std::time::Duration;

use edgeward_api::error::ErrorBody;
use futures::StreamExt;
use http::Method;
use reqwest::{RequestBuilder, Response, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{ANSWER_TIMEOUT, Client, ClientError, MAX_ANSWER_BYTES};

/// One operation: method and path below `/api/v1/`.
pub(crate) struct Operation {
    method: Method,
    path: String,
}

impl Operation {
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    pub(crate) fn post(path: impl Into<String>) -> Self {
        Self::new(Method::POST, path)
    }

    pub(crate) fn put(path: impl Into<String>) -> Self {
        Self::new(Method::PUT, path)
    }

    pub(crate) fn patch(path: impl Into<String>) -> Self {
        Self::new(Method::PATCH, path)
    }

    pub(crate) fn delete(path: impl Into<String>) -> Self {
        Self::new(Method::DELETE, path)
    }

    fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
        }
    }

    fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

impl Client {
    /// Asks without a body.
    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        operation: Operation,
    ) -> Result<T, ClientError> {
        let request = self.request(&operation);
        self.read_json(&operation, request).await
    }

    /// Asks with a filter in the query.
    pub(crate) async fn ask_for<T: DeserializeOwned>(
        &self,
        operation: Operation,
        filter: &(impl Serialize + Sync),
    ) -> Result<T, ClientError> {
        let request = self.request(&operation).query(filter);
        self.read_json(&operation, request).await
    }

    /// Sends a body and reads the answer.
    pub(crate) async fn send<T: DeserializeOwned>(
        &self,
        operation: Operation,
        body: &(impl Serialize + Sync),
    ) -> Result<T, ClientError> {
        let request = self.request(&operation).json(body);
        self.read_json(&operation, request).await
    }

    /// Sends a text that is not JSON and reads the answer.
    pub(crate) async fn send_text<T: DeserializeOwned>(
        &self,
        operation: Operation,
        content_type: &'static str,
        text: String,
    ) -> Result<T, ClientError> {
        let request = self.request(&operation);
        let request = request
            .header(http::header::CONTENT_TYPE, content_type)
            .body(text);
        self.read_json(&operation, request).await
    }

    /// Asks for something whose answer says nothing.
    pub(crate) async fn order(&self, operation: Operation) -> Result<(), ClientError> {
        let request = self.request(&operation).timeout(ANSWER_TIMEOUT);
        self.answered(request).await.map(drop)
    }

    /// Sends a body; the answer says nothing.
    pub(crate) async fn order_with(
        &self,
        operation: Operation,
        body: &(impl Serialize + Sync),
    ) -> Result<(), ClientError> {
        let request = self.request(&operation).json(body).timeout(ANSWER_TIMEOUT);
        self.answered(request).await.map(drop)
    }

    /// Asks for a text.
    pub(crate) async fn text(&self, operation: Operation) -> Result<String, ClientError> {
        let request = self.request(&operation).timeout(ANSWER_TIMEOUT);
        let bytes = self.read(&operation, self.answered(request).await?).await?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Sends, and turns an answer that is an error into one.
    pub(crate) async fn answered(&self, request: RequestBuilder) -> Result<Response, ClientError> {
        let response = request
            .send()
            .await
            .map_err(|source| self.unreachable(source))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let operation = Operation::get("error");
        let body = self.read(&operation, response).await?;
        Err(match serde_json::from_slice::<ErrorBody>(&body) {
            Ok(body) => ClientError::Refused {
                status,
                detail: Box::new(body.error),
            },
            Err(_) => ClientError::Foreign {
                server: self.server().to_owned(),
                status,
            },
        })
    }

    pub(crate) fn request(&self, operation: &Operation) -> RequestBuilder {
        self.authorised(
            operation.method.clone(),
            self.url(&format!("api/v1/{}", operation.path)),
        )
    }

    pub(crate) fn authorised(&self, method: Method, url: Url) -> RequestBuilder {
        let request = self.http.request(method, url);
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// A path (with query) below the control plane's address, taken as it is.
    pub(crate) fn url(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        let (path, query) = match path.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (path, None),
        };
        let below = format!("{}/{path}", url.path().trim_end_matches('/'));
        url.set_path(&below);
        url.set_query(query);
        url
    }

    pub(crate) fn unreachable(&self, source: reqwest::Error) -> ClientError {
        ClientError::Unreachable {
            server: self.server().to_owned(),
            source: source.without_url(),
        }
    }

    pub(crate) fn broken(&self, source: reqwest::Error) -> ClientError {
        ClientError::Broken {
            server: self.server().to_owned(),
            source: source.without_url(),
        }
    }

    async fn read_json<T: DeserializeOwned>(
        &self,
        operation: &Operation,
        request: RequestBuilder,
    ) -> Result<T, ClientError> {
        self.read_json_within(ANSWER_TIMEOUT, operation, request)
            .await
    }

    pub(crate) async fn read_json_within<T: DeserializeOwned>(
        &self,
        limit: Duration,
        operation: &Operation,
        request: RequestBuilder,
    ) -> Result<T, ClientError> {
        let response = self.answered(request.timeout(limit)).await?;
        let status = response.status();
        let is_json = response
            .headers()
            .get(http::header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
        if !is_json {
            return Err(ClientError::Foreign {
                server: self.server().to_owned(),
                status,
            });
        }
        let bytes = self.read(operation, response).await?;
        serde_json::from_slice(&bytes).map_err(|source| ClientError::Answer {
            operation: operation.name(),
            source,
        })
    }

    async fn read(
        &self,
        operation: &Operation,
        response: Response,
    ) -> Result<Vec<u8>, ClientError> {
        let mut bytes = Vec::new();
        let mut stream = response.bytes_stream();
        while let Some(piece) = stream.next().await {
            bytes.extend_from_slice(&piece.map_err(|source| self.broken(source))?);
            if bytes.len() > MAX_ANSWER_BYTES {
                return Err(ClientError::TooLarge {
                    operation: operation.name(),
                });
            }
        }
        Ok(bytes)
    }
}

/// A text as one segment of a path. What could not be an id at all becomes one that cannot be either.
pub(crate) fn segment(id: &str) -> String {
    id.chars()
        .map(|c| match c {
            'a'..='z' | '0'..='9' | '-' | 'A'..='Z' | '_' => c,
            _ => '_',
        })
        .collect()
}
