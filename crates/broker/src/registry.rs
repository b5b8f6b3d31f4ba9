//! Which connection is behind which loopback address, and which of them has which client id.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use rmqtt::types::Id;

use crate::connection::Connection;

/// All connections, by this end's address of their loopback hop, which the broker sees as the remote address.
#[derive(Default)]
pub(crate) struct Registry {
    tables: RwLock<Tables>,
}

#[derive(Default)]
struct Tables {
    /// Served, but not authenticated yet. Each can be taken once.
    waiting: HashMap<SocketAddr, Arc<Connection>>,
    /// Admitted, until their session is over.
    admitted: HashMap<SocketAddr, Arc<Connection>>,
    /// Those of the admitted that hold their client id.
    by_client_id: HashMap<String, Arc<Connection>>,
}

/// The connection ended before it was admitted.
pub(crate) struct Ended;

impl Registry {
    /// A connection is about to send its first byte from this address.
    pub(crate) fn expect(&self, address: SocketAddr, connection: Arc<Connection>) {
        self.write().waiting.insert(address, connection);
    }

    /// The connection that is expected from this address.
    pub(crate) fn expected(&self, address: SocketAddr) -> Option<Arc<Connection>> {
        self.read().waiting.get(&address).cloned()
    }

    /// Gives an expected connection its client id; returns the connection that had it before.
    pub(crate) fn admit(
        &self,
        address: SocketAddr,
        id: &Id,
    ) -> Result<(Arc<Connection>, Option<Arc<Connection>>), Ended> {
        let mut tables = self.write();
        let connection = tables.waiting.remove(&address).ok_or(Ended)?;
        let _ = connection.id.set(id.clone());
        tables.admitted.insert(address, Arc::clone(&connection));
        let older = tables
            .by_client_id
            .insert(id.client_id.to_string(), Arc::clone(&connection));
        Ok((connection, older))
    }

    /// The admitted connection from this address.
    pub(crate) fn admitted(&self, address: SocketAddr) -> Option<Arc<Connection>> {
        self.read().admitted.get(&address).cloned()
    }

    /// The connection with this client id.
    pub(crate) fn with_client_id(&self, client_id: &str) -> Option<Arc<Connection>> {
        self.read().by_client_id.get(client_id).cloned()
    }

    /// The connection is no longer expected: from here on it cannot be admitted.
    pub(crate) fn expect_no_more(&self, address: SocketAddr) {
        self.write().waiting.remove(&address);
    }

    /// The connection and its session are over.
    pub(crate) fn remove(&self, address: SocketAddr, connection: &Arc<Connection>) {
        let mut tables = self.write();
        tables.waiting.remove(&address);
        tables.admitted.remove(&address);
        if let Some(id) = connection.id.get() {
            let client_id: &str = &id.client_id;
            let holds = tables
                .by_client_id
                .get(client_id)
                .is_some_and(|holder| Arc::ptr_eq(holder, connection));
            if holds {
                tables.by_client_id.remove(client_id);
            }
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Tables> {
        self.tables.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Tables> {
        self.tables.write().unwrap_or_else(PoisonError::into_inner)
    }
}
