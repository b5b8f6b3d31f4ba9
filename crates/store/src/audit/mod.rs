//! The audit log: reading and checking it. Entries are appended by the transactions that change something, with the change.
//!
//! An entry cannot be changed or deleted here. Whoever changes the database by other means breaks the chain of hashes, or
//! the seal on the newest entry, whose key is not in the database. What nobody can see is the whole database taken back to
//! what it was before.

use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::access::Visible;
use edgeward_domain::audit::{AuthorKind, BEGINNING, Broken, By, Entry, Hash, Note, Outcome};
use edgeward_ids::{OrganisationId, ProjectId};
use uuid::Uuid;

use crate::StoreError;

mod append;
mod choose;
mod key;
mod row;
mod sql;
mod verify;

#[cfg(test)]
mod tests;

pub(crate) use append::Notes;
pub use key::AuditKey;

/// From how many on the log tells of things that were done at once together, and not one by one.
pub(crate) const TOLD_TOGETHER_FROM: usize = 20;

/// The most entries that one call reads.
pub const MAX_ENTRIES: u64 = 1000;

/// The most entries that one call checks.
pub const MAX_CHECKED: u64 = 20_000;

/// Which entries; all conditions together.
#[derive(Clone, Debug)]
pub struct AuditFilter {
    /// Only by the user, token or agent with this id.
    pub author: Option<Uuid>,
    /// Only by this kind of author.
    pub author_kind: Option<AuthorKind>,
    /// Only this action, or with a final dot this kind of thing: `agent.adopt`, `agent.`.
    pub action: Option<String>,
    /// Only what was done to the thing with this id.
    pub object: Option<String>,
    /// Only in this organisation.
    pub organisation: Option<OrganisationId>,
    /// Only in this project.
    pub project: Option<ProjectId>,
    /// Only what was done, or only what was refused.
    pub outcome: Option<Outcome>,
    /// Only from this moment on.
    pub from: Option<Moment>,
    /// Only before this moment.
    pub to: Option<Moment>,
    /// Only with this text in author's name, object's name, action, address or reason; case does not matter.
    pub text: Option<String>,
    /// Only in these organisations and projects.
    pub readable: Visible,
    /// Whether entries may be read that belong to no organisation.
    pub system: bool,
}

impl AuditFilter {
    /// All that may be read.
    pub const fn new(readable: Visible, system: bool) -> Self {
        Self {
            author: None,
            author_kind: None,
            action: None,
            object: None,
            organisation: None,
            project: None,
            outcome: None,
            from: None,
            to: None,
            text: None,
            readable,
            system,
        }
    }
}

/// Up to where the log was checked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Position {
    /// The number of the last entry that was found genuine; 0 before the first.
    pub number: u64,
    /// Its hash.
    pub hash: Hash,
}

impl Position {
    /// Before the first entry.
    pub const BEGINNING: Self = Self {
        number: 0,
        hash: BEGINNING,
    };
}

/// What a check found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Checked {
    /// The last entry that is genuine: where to go on.
    pub to: Position,
    /// What is wrong after it, if anything is.
    pub broken: Option<Broken>,
    /// Whether the end was reached, and the newest entry compared with its seal.
    pub end: bool,
    /// How many entries were ever written, as far as is known.
    pub total: u64,
}

/// The audit log.
#[async_trait]
pub trait AuditStore: Send + Sync {
    /// The newest entries that match, the newest first, at most `limit` and never more than [`MAX_ENTRIES`]; only ones with
    /// a smaller number than `before`.
    async fn entries(
        &self,
        filter: &AuditFilter,
        before: Option<u64>,
        limit: u64,
    ) -> Result<Vec<Entry>, StoreError>;

    /// The oldest entries that match after entry number `after`, the oldest first, at most `limit` and never more than
    /// [`MAX_ENTRIES`]: called again and again, all of them.
    async fn export(
        &self,
        filter: &AuditFilter,
        after: u64,
        limit: u64,
    ) -> Result<Vec<Entry>, StoreError>;

    /// Checks the entries after `from`, at most `limit` and never more than [`MAX_CHECKED`]; having reached the newest, also
    /// its seal.
    async fn verify(&self, from: Position, limit: u64) -> Result<Checked, StoreError>;

    /// Appends an entry for what changes nothing here: a refusal, a download, an export.
    async fn append(&self, note: Note, by: &By, now: Moment) -> Result<(), StoreError>;
}
