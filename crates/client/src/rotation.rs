//! The key pairs for edge services, and their rotation.

use std::time::Duration;

use edgeward_api::key::{Key, PlaceRequest, Placed, RetireRequest};
use edgeward_api::list::List;
use edgeward_api::settings::PublicKey;

use crate::request::Operation;
use crate::{Client, ClientError};

/// How long agents may take to place a key: some do not answer at all, and they are asked a few at a time.
pub const PLACE_TIMEOUT: Duration = Duration::from_secs(300);

impl Client {
    /// The key pairs, the oldest first; two while one is exchanged.
    ///
    /// # Errors
    /// Refused with 403 unless one administers something.
    pub async fn keys(&self) -> Result<List<Key>, ClientError> {
        self.ask(Operation::get("keys")).await
    }

    /// Makes the next key pair.
    ///
    /// # Errors
    /// Refused with 403 unless one administers the system, with 409 when there are two already.
    pub async fn rotate_keys(&self) -> Result<Key, ClientError> {
        self.ask(Operation::post("keys")).await
    }

    /// One public key. That it was fetched is in the audit log.
    ///
    /// # Errors
    /// Refused with 403 unless one administers something, with 404 when there is none of this number.
    pub async fn key(&self, number: u32) -> Result<PublicKey, ClientError> {
        self.ask(Operation::get(format!("keys/{number}"))).await
    }

    /// Deletes the older of two key pairs.
    ///
    /// # Errors
    /// Refused with 409 when services are not known to accept the newer one and it is not forced; see [`Client::rotate_keys`].
    pub async fn retire_key(&self, number: u32, request: RetireRequest) -> Result<(), ClientError> {
        let operation = Operation::post(format!("keys/{number}/retire"));
        self.order_with(operation, &request).await
    }

    /// Has agents put a public key where their services look for it. This may take up to [`PLACE_TIMEOUT`].
    ///
    /// # Errors
    /// As [`Client::key`]. What one service's agent says is in its own answer.
    pub async fn place_key(
        &self,
        number: u32,
        request: &PlaceRequest,
    ) -> Result<Vec<Placed>, ClientError> {
        let operation = Operation::post(format!("keys/{number}/place"));
        let sent = self.request(&operation).json(request);
        self.read_json_within(PLACE_TIMEOUT, &operation, sent).await
    }
}
