//! An answer too large to be read whole, piece by piece.

use bytes::Bytes;

use crate::ClientError;

/// An answer that is read as it comes. Nothing limits how long it lasts.
pub struct Download {
    response: reqwest::Response,
    server: String,
}

impl Download {
    pub(crate) fn new(response: reqwest::Response, server: &str) -> Self {
        Self {
            response,
            server: server.to_owned(),
        }
    }

    /// The next piece; none at the end.
    ///
    /// # Errors
    /// The connection broke: what came before is not the whole.
    pub async fn next_piece(&mut self) -> Result<Option<Bytes>, ClientError> {
        self.response
            .chunk()
            .await
            .map_err(|source| ClientError::Broken {
                server: self.server.clone(),
                source: source.without_url(),
            })
    }
}
