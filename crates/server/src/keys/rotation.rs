//! Exchanging the key pair for edge services: the next one is made beside the current one, and the older one is deleted when every service
//! is known to accept the newer, or by force.

use std::sync::Arc;

use edgeward_api::key as api;
use edgeward_api::list::List;
use edgeward_domain::Moment;
use edgeward_domain::access::{Action, Grants, Permit, Visible};
use edgeward_domain::audit::{By, Note};
use edgeward_store::{
    AuditStore, Direction, KeyUse, Page, ServiceColumn, ServiceFilter, ServiceStore, ServiceView,
    Slice, Sort, StoreError,
};
use serde_json::{Value, json};

use super::{KeyPair, KeyPairs, PairError};
use crate::{now, timestamp};

/// How many of those that are left behind an error names.
const MAX_NAMED: usize = 20;

/// How many bytes of an audit entry the list of those that are left behind may take; an entry's limit is a little more.
const MAX_LISTED_BYTES: usize = 14 * 1024;

/// By name, for errors and entries.
const BY_NAME: Sort<ServiceColumn> = Sort {
    by: ServiceColumn::Name,
    direction: Direction::Ascending,
};

/// Why a rotation did not go on.
#[derive(Debug, thiserror::Error)]
pub enum RotationError {
    /// The pairs do not allow it.
    #[error(transparent)]
    Pair(#[from] PairError),
    /// Services would refuse the control plane.
    #[error("{}", left_behind(.0, .1))]
    Left(String, Page<String>),
    /// The task that makes a key ended.
    #[error("the key could not be made")]
    Ended(#[from] tokio::task::JoinError),
    /// The database failed.
    #[error("cannot read or write who accepts which key")]
    Store(#[from] StoreError),
}

/// Exchanges key pairs.
pub struct Rotation {
    pairs: Arc<KeyPairs>,
    services: Arc<dyn ServiceStore>,
    audit: Arc<dyn AuditStore>,
    /// One change after the other.
    changing: tokio::sync::Mutex<()>,
}

impl Rotation {
    /// Of these pairs.
    pub fn new(
        pairs: Arc<KeyPairs>,
        services: Arc<dyn ServiceStore>,
        audit: Arc<dyn AuditStore>,
    ) -> Self {
        Self {
            pairs,
            services,
            audit,
            changing: tokio::sync::Mutex::default(),
        }
    }

    /// All pairs, the oldest first, and how many of the services that may be seen with these grants accept each.
    pub async fn list(&self, grants: &Grants) -> Result<List<api::Key>, StoreError> {
        let pairs = self.pairs.all();
        let numbers: Vec<u32> = pairs.iter().map(|pair| pair.number()).collect();
        let visible = grants.visible(Action::Look.least_role());
        let uses = self.services.key_use(&visible, &numbers).await?;
        let newest = self.pairs.newest().number();
        let shown = |(pair, of_key): (&Arc<KeyPair>, KeyUse)| {
            let is_next = pairs.len() > 1 && pair.number() == newest;
            api::Key {
                number: pair.number(),
                file_name: pair.public_file(),
                fingerprint: pair.key().fingerprint(),
                made_at: timestamp(Moment::from(pair.made_at())),
                state: if is_next {
                    api::KeyState::Next
                } else {
                    api::KeyState::Current
                },
                proven: of_key.proven,
                behind: of_key.behind,
            }
        };
        let items: Vec<api::Key> = pairs.iter().zip(uses).map(shown).collect();
        let total = items.len() as u64;
        Ok(List { items, total })
    }

    /// Makes the next pair. The permit is for the settings.
    pub async fn begin(&self, _permit: &Permit, by: &By) -> Result<Arc<KeyPair>, RotationError> {
        let _alone = self.changing.lock().await;
        self.pairs.may_make()?;
        let pairs = self.pairs.clone();
        let made = tokio::task::spawn_blocking(move || pairs.prepare_next()).await??;
        let note = about("key.rotate", &made).after(state(&made));
        self.audit.append(note.clone(), by, now()).await?;
        match self.pairs.add(made) {
            Ok(pair) => Ok(pair),
            Err(error) => {
                let failed = note.refused(error.to_string());
                self.audit.append(failed, by, now()).await?;
                Err(error.into())
            }
        }
    }

    /// Deletes a pair that a newer one has followed. The permit is for the settings.
    pub async fn retire(
        &self,
        _permit: &Permit,
        by: &By,
        number: u32,
        request: api::RetireRequest,
    ) -> Result<(), RotationError> {
        let _alone = self.changing.lock().await;
        let pair = self.pairs.retirable(number)?;
        let newest = self.pairs.newest();
        let left = self.left(newest.number()).await?;
        if left.total > 0 && !request.force {
            let names = left.items.iter().take(MAX_NAMED);
            let names = Page {
                items: names.map(|view| view.service.name.to_string()).collect(),
                total: left.total,
            };
            return Err(RotationError::Left(newest.public_file(), names));
        }
        // Whoever it leaves behind is written down before it is too late to look.
        let mut before = state(&pair);
        if left.total > 0 {
            before["left_behind"] = listed(&left.items);
            before["left_behind_total"] = left.total.into();
        }
        let note = about("key.retire", &pair).before(before);
        self.audit.append(note.clone(), by, now()).await?;
        if let Err(error) = self.pairs.retire(number) {
            let failed = note.refused(error.to_string());
            self.audit.append(failed, by, now()).await?;
            return Err(error.into());
        }
        Ok(())
    }

    /// The services that are not known to accept this pair, by name.
    async fn left(&self, number: u32) -> Result<Page<ServiceView>, StoreError> {
        let filter = ServiceFilter {
            key_behind: Some(number),
            ..ServiceFilter::new(Visible::Everything)
        };
        self.services.services(&filter, BY_NAME, Slice::FIRST).await
    }
}

fn about(action: &'static str, pair: &KeyPair) -> Note {
    Note::new(action, Some(pair.number().to_string()), pair.public_file())
}

fn state(pair: &KeyPair) -> Value {
    json!({
        "number": pair.number(),
        "file_name": pair.public_file(),
        "fingerprint": pair.key().fingerprint(),
    })
}

/// As many of these as an entry holds.
fn listed(services: &[ServiceView]) -> Value {
    let mut room = MAX_LISTED_BYTES;
    let mut all = Vec::new();
    for view in services {
        let one = json!({"id": view.service.id, "name": view.service.name});
        let bytes = one.to_string().len() + 1;
        if bytes > room {
            break;
        }
        room -= bytes;
        all.push(one);
    }
    Value::Array(all)
}

fn left_behind(file: &str, names: &Page<String>) -> String {
    let more = names.total.saturating_sub(names.items.len() as u64);
    let and_more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    let (services, are) = match names.total {
        1 => ("service", "is"),
        _ => ("services", "are"),
    };
    format!(
        "{} {services} {are} not known to accept {file}: {}{and_more}",
        names.total,
        names.items.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_left_behind_are_named_and_counted() {
        let page = |names: &[&str], total| Page {
            items: names.iter().map(|name| (*name).to_owned()).collect(),
            total,
        };
        for (page, expected) in [
            (
                page(&["Pumps"], 1),
                "1 service is not known to accept f: Pumps",
            ),
            (
                page(&["A", "B"], 2),
                "2 services are not known to accept f: A, B",
            ),
            (
                page(&["A"], 9),
                "9 services are not known to accept f: A and 8 more",
            ),
        ] {
            let error = RotationError::Left("f".into(), page);
            assert_eq!(error.to_string(), expected);
        }
    }
}
