//! Which agents are existing ones, as far as that was asked for: kept in memory, forgotten when something changes.

use std::collections::HashMap;
use std::sync::Arc;

use edgeward_domain::device::{Dialect, Status};
use edgeward_ids::AgentId;
use edgeward_store::{DeviceStore, RegistrationView, StoreError};
use edgeward_wire::iot::SanitizedSerial;
use parking_lot::RwLock;

/// An existing agent that may connect.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Known {
    /// The id of the organisation that it was told it belongs to, as on the wire.
    pub organisation: String,
    /// Its serial number, as topics name it.
    pub serial: Option<SanitizedSerial>,
}

impl Known {
    /// Of this registration, if it is that of an existing agent that may connect.
    fn of(view: &RegistrationView) -> Option<Self> {
        let registration = &view.registration;
        let speaks_it = registration.dialect == Some(Dialect::Iot);
        (speaks_it && registration.status != Status::Disabled).then(|| Self {
            organisation: registration
                .enrolled_in
                .unwrap_or(registration.organisation)
                .to_string(),
            serial: SanitizedSerial::of(&registration.identity.serial),
        })
    }
}

/// Which agents are existing ones. Holds only registered ones, so that it is no larger than their list.
#[derive(Default)]
pub struct Directory {
    known: RwLock<HashMap<AgentId, Arc<Known>>>,
}

impl Directory {
    /// The agent, if it is an existing one that may connect.
    pub async fn look_up(
        &self,
        store: &dyn DeviceStore,
        agent: AgentId,
    ) -> Result<Option<Arc<Known>>, StoreError> {
        if let Some(known) = self.known.read().get(&agent) {
            return Ok(Some(known.clone()));
        }
        let found = store.registration(agent).await?;
        let known = found.as_ref().and_then(Known::of).map(Arc::new);
        if let Some(known) = &known {
            self.known.write().insert(agent, known.clone());
        }
        Ok(known)
    }

    /// The agent, if it was looked up before.
    pub fn get(&self, agent: AgentId) -> Option<Arc<Known>> {
        self.known.read().get(&agent).cloned()
    }

    /// Something changed: it is to be looked up anew.
    pub fn forget(&self, agent: AgentId) {
        self.known.write().remove(&agent);
    }
}
