//! Live events: lines of server-sent events, read as they come.

use edgeward_api::event::Changed;

use crate::request::Operation;
use crate::{Client, ClientError};

/// The longest event that is read, in bytes.
const MAX_EVENT_BYTES: usize = 64 * 1024;

/// What changes, as it happens.
pub struct Events {
    response: reqwest::Response,
    waiting: Vec<u8>,
    server: String,
}

impl Client {
    /// Listens to what changes.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn events(&self) -> Result<Events, ClientError> {
        let response = self
            .answered(self.request(&Operation::get("events")))
            .await?;
        Ok(Events {
            response,
            waiting: Vec::new(),
            server: self.server().to_owned(),
        })
    }
}

impl Events {
    /// The next change; none when the control plane ends the stream.
    ///
    /// # Errors
    /// The connection broke. Listen again, and look at everything anew.
    pub async fn next(&mut self) -> Result<Option<Changed>, ClientError> {
        loop {
            while let Some(end) = self.waiting.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.waiting.drain(..=end).collect();
                // Only one kind of event is promised, so its data is told by reading it.
                if let Some(changed) = line
                    .strip_prefix(b"data:")
                    .and_then(|data| serde_json::from_slice(data).ok())
                {
                    return Ok(Some(changed));
                }
            }
            if self.waiting.len() > MAX_EVENT_BYTES {
                return Err(ClientError::TooLarge {
                    operation: "GET events".to_owned(),
                });
            }
            let piece = self
                .response
                .chunk()
                .await
                .map_err(|source| ClientError::Broken {
                    server: self.server.clone(),
                    source: source.without_url(),
                })?;
            match piece {
                Some(piece) => self.waiting.extend_from_slice(&piece),
                None => return Ok(None),
            }
        }
    }
}
