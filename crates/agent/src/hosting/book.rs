//! What is written down of each hosted service: the newest order, and how far the agent is with it.
//!
//! One file for each, in the state directory. Whatever the agent is about to do that it could not recognise afterwards is here first; the
//! rest is seen by looking at the engine.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use edgeward_ids::{AgentId, OfferName};
use edgeward_pki::sha256_hex;
use edgeward_runtime::Chain;
use edgeward_wire::hosting::{Keys, Order, Software, Spec, Step, Wish};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::state::{Claim, StateError};

/// What is known of one service.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// Whose it is; another agent's is passed over.
    pub(crate) agent: AgentId,
    /// The newest order.
    pub(crate) order: Order,
    /// When it was written down, in microseconds since 1970.
    pub(crate) accepted_at_us: u64,
    /// How many of its restarts are done.
    pub(crate) restarts: u64,
    /// What is there and has proven itself.
    pub(crate) present: Option<Box<Spec>>,
    /// What is being made and has not proven itself yet.
    pub(crate) making: Option<Attempt>,
    /// Why what was made is being taken away again.
    pub(crate) failing: Option<String>,
    /// How it ended; none while the agent is at work.
    pub(crate) end: Option<End>,
    /// Which keys were put into what is there.
    pub(crate) keys: Option<String>,
}

/// What is being made.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Attempt {
    /// The [`mark`] of the specification.
    pub(crate) spec: String,
    /// Whether there was nothing of the service before, its volumes included.
    pub(crate) first: bool,
}

/// How an order ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct End {
    /// [`Step::Settled`], [`Step::Failed`] or [`Step::Returned`].
    pub(crate) step: Step,
    /// What went wrong; empty if nothing did.
    pub(crate) message: String,
}

/// All services that there are orders for.
pub(crate) struct Book {
    agent: AgentId,
    claim: Arc<Claim>,
    entries: Mutex<BTreeMap<OfferName, Entry>>,
    /// Counts orders and placed keys.
    news: watch::Sender<u64>,
}

impl Book {
    /// Reads what is written down; what cannot be read is passed over, because the control plane says it again.
    pub(crate) fn open(agent: AgentId, claim: Arc<Claim>) -> Self {
        let found = match claim.dir().read_hosted::<Entry>() {
            Ok(found) => found,
            Err(error) => {
                tracing::error!(error = %Chain(&error), "it is not known what was hosted");
                Vec::new()
            }
        };
        let (ours, others): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|entry| entry.agent == agent);
        for other in others {
            remove(&claim, &other.order.service);
        }
        let entries = ours
            .into_iter()
            .map(|entry| (entry.order.service.clone(), entry))
            .collect();
        Self {
            agent,
            claim,
            entries: Mutex::new(entries),
            news: watch::Sender::new(0),
        }
    }

    /// Writes an order down. One that is not newer than what is known changes nothing.
    pub(crate) fn accept(&self, order: Order, now_us: u64) -> Result<(), StateError> {
        let mut entries = self.entries();
        let service = order.service.clone();
        let known = entries.get(&service);
        if known.is_some_and(|known| known.order.generation >= order.generation) {
            drop(entries);
            self.tell();
            return Ok(());
        }
        let entry = match known {
            Some(known) => Entry {
                order,
                accepted_at_us: now_us,
                failing: None,
                end: None,
                ..known.clone()
            },
            None => Entry {
                agent: self.agent,
                // What nobody knew here is not started again for what was asked of it before.
                restarts: match &order.wish {
                    Wish::Present { restarts, .. } => *restarts,
                    Wish::Destroyed | Wish::Released => 0,
                },
                accepted_at_us: now_us,
                present: None,
                making: None,
                failing: None,
                end: None,
                keys: None,
                order,
            },
        };
        self.claim.write_hosted(&service, &entry)?;
        entries.insert(service, entry);
        drop(entries);
        self.tell();
        Ok(())
    }

    /// Writes down what has become known of a service, if there still are orders for it.
    pub(crate) fn change(&self, service: &OfferName, change: impl FnOnce(&mut Entry)) {
        let mut entries = self.entries();
        let Some(known) = entries.get(service) else {
            return;
        };
        let mut entry = known.clone();
        change(&mut entry);
        if entry == *known {
            return;
        }
        if let Err(error) = self.claim.write_hosted(service, &entry) {
            // It is true all the same; after a restart it is found out again, or tried again.
            tracing::error!(%service, error = %Chain(&error), "what is hosted could not be written down");
        }
        entries.insert(service.clone(), entry);
    }

    /// Forgets a service, if this is still its newest order.
    pub(crate) fn forget(&self, service: &OfferName, generation: u64) {
        let mut entries = self.entries();
        if entries
            .get(service)
            .is_some_and(|entry| entry.order.generation == generation)
        {
            entries.remove(service);
            remove(&self.claim, service);
        }
        drop(entries);
        self.tell();
    }

    /// Forgets everything.
    pub(crate) fn forget_all(&self) {
        let mut entries = self.entries();
        for service in entries.keys() {
            remove(&self.claim, service);
        }
        entries.clear();
        drop(entries);
        self.tell();
    }

    /// What is known of a service.
    pub(crate) fn entry(&self, service: &OfferName) -> Option<Entry> {
        self.entries().get(service).cloned()
    }

    /// All that is known.
    pub(crate) fn all(&self) -> Vec<Entry> {
        self.entries().values().cloned().collect()
    }

    /// Counts orders and placed keys.
    pub(crate) fn news(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }

    /// Has everybody look.
    pub(crate) fn tell(&self) {
        self.news.send_modify(|count| *count += 1);
    }

    fn entries(&self) -> MutexGuard<'_, BTreeMap<OfferName, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn remove(claim: &Claim, service: &OfferName) {
    if let Err(error) = claim.remove_hosted(service) {
        tracing::error!(%service, error = %Chain(&error), "what was hosted could not be forgotten");
    }
}

/// Stands for what a container is made from: the same mark, the same container. What can be changed without making it anew is not in it.
pub(crate) fn mark(spec: &Spec) -> String {
    #[derive(Serialize)]
    struct Made<'a> {
        software: &'a Software,
        port: u16,
    }
    let mut software = spec.software.clone();
    if let Software::Container(container) = &mut software {
        container.login = None;
    }
    let made = Made {
        software: &software,
        port: spec.port,
    };
    // Plain data with sorted keys always fits JSON, and the same JSON.
    sha256_hex(serde_json::to_vec(&made).unwrap_or_default())
}

/// Stands for keys and their place.
pub(crate) fn mark_of_keys(keys: &Keys) -> String {
    sha256_hex(serde_json::to_vec(keys).unwrap_or_default())
}
