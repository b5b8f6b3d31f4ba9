//! The audit log: who changed what, and the chain that shows whether an entry was altered or removed.
//!
//! Each entry carries the hash of the one before it and its own, over all its fields. The store appends entries in the same
//! transaction as the change itself, and keeps the newest number and hash sealed with a key that is not in the database.

use edgeward_ids::{OrganisationId, ProjectId};
use sha2::{Digest as _, Sha256};

use crate::Moment;

/// SHA-256.
pub type Hash = [u8; 32];

/// What the first entry follows.
pub const BEGINNING: Hash = [0; 32];

/// The longest `before` or `after`, in bytes; a longer one is recorded as its size.
pub const MAX_STATE_BYTES: usize = 16 * 1024;

/// What kind of author.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum AuthorKind {
    /// A person.
    User,
    /// A program with an API token.
    Token,
    /// The operator's token of the machine itself.
    Machine,
    /// An agent.
    Agent,
    /// The control plane's own background work.
    System,
    /// Somebody who has not signed in.
    Anonymous,
}

impl AuthorKind {
    /// All.
    pub const ALL: [Self; 6] = [
        Self::User,
        Self::Token,
        Self::Machine,
        Self::Agent,
        Self::System,
        Self::Anonymous,
    ];

    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Token => "token",
            Self::Machine => "machine",
            Self::Agent => "agent",
            Self::System => "system",
            Self::Anonymous => "anonymous",
        }
    }

    /// The kind with this stable word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// Who did it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Author {
    /// What kind.
    pub kind: AuthorKind,
    /// The id of the user, token or agent.
    pub id: Option<uuid::Uuid>,
    /// The name at that time.
    pub name: String,
}

/// Who does something, and from where: what a change is recorded with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct By {
    /// Who.
    pub author: Author,
    /// The address that it came from; none for what the control plane does by itself.
    pub address: Option<String>,
    /// The id of the request, as in the log.
    pub request_id: Option<String>,
}

impl By {
    /// The control plane's own work, by the name of the task.
    pub fn system(task: &str) -> Self {
        Self {
            author: Author {
                kind: AuthorKind::System,
                id: None,
                name: task.to_owned(),
            },
            address: None,
            request_id: None,
        }
    }

    /// Somebody who has not signed in, under the name that they gave, if any.
    pub fn anonymous(name: &str, address: &str) -> Self {
        Self {
            author: Author {
                kind: AuthorKind::Anonymous,
                id: None,
                name: name.to_owned(),
            },
            address: Some(address.to_owned()),
            request_id: None,
        }
    }

    /// An agent.
    pub fn agent(id: edgeward_ids::AgentId, name: &str, address: Option<&str>) -> Self {
        Self {
            author: Author {
                kind: AuthorKind::Agent,
                id: Some(id.as_uuid()),
                name: name.to_owned(),
            },
            address: address.map(str::to_owned),
            request_id: None,
        }
    }
}

/// What became of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was refused; nothing was changed.
    Refused,
}

impl Outcome {
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }

    /// The outcome with this stable word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Done, Self::Refused]
            .into_iter()
            .find(|outcome| outcome.as_str() == word)
    }
}

/// What was done, before it is an entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    /// What, as `<kind of thing>.<verb>`, such as `agent.adopt`.
    pub action: &'static str,
    /// The id of what it was done to.
    pub object_id: Option<String>,
    /// Its name at that time.
    pub object_name: String,
    /// The organisation that it belongs to.
    pub organisation: Option<OrganisationId>,
    /// The project that it belongs to.
    pub project: Option<ProjectId>,
    /// What it was, as JSON.
    pub before: Option<String>,
    /// What it is, as JSON.
    pub after: Option<String>,
    /// What became of it.
    pub outcome: Outcome,
    /// Why it was refused; empty when it was done.
    pub reason: String,
}

impl Note {
    /// Something that was done to something.
    pub fn new(
        action: &'static str,
        object_id: Option<String>,
        object_name: impl Into<String>,
    ) -> Self {
        Self {
            action,
            object_id,
            object_name: object_name.into(),
            organisation: None,
            project: None,
            before: None,
            after: None,
            outcome: Outcome::Done,
            reason: String::new(),
        }
    }

    /// In an organisation, and in a project of it.
    pub fn at(mut self, organisation: Option<OrganisationId>, project: Option<ProjectId>) -> Self {
        self.organisation = organisation;
        self.project = project;
        self
    }

    /// With what it was.
    pub fn before(mut self, state: impl ToString) -> Self {
        self.before = Some(within_limit(state.to_string()));
        self
    }

    /// With what it is.
    pub fn after(mut self, state: impl ToString) -> Self {
        self.after = Some(within_limit(state.to_string()));
        self
    }

    /// Refused.
    pub fn refused(mut self, reason: impl Into<String>) -> Self {
        self.outcome = Outcome::Refused;
        self.reason = reason.into();
        self
    }
}

fn within_limit(state: String) -> String {
    if state.len() <= MAX_STATE_BYTES {
        state
    } else {
        format!("{{\"too_large_bytes\":{}}}", state.len())
    }
}

/// An entry as it stands in the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Counts from 1 without a gap.
    pub number: u64,
    /// When.
    pub at: Moment,
    /// Who, and from where.
    pub by: By,
    /// What, as in [`Note::action`].
    pub action: String,
    /// As in [`Note::object_id`].
    pub object_id: Option<String>,
    /// As in [`Note::object_name`].
    pub object_name: String,
    /// As in [`Note::organisation`].
    pub organisation: Option<OrganisationId>,
    /// As in [`Note::project`].
    pub project: Option<ProjectId>,
    /// As in [`Note::before`].
    pub before: Option<String>,
    /// As in [`Note::after`].
    pub after: Option<String>,
    /// As in [`Note::outcome`].
    pub outcome: Outcome,
    /// As in [`Note::reason`].
    pub reason: String,
    /// The hash of the entry before.
    pub previous: Hash,
    /// The hash of this one: [`hash`].
    pub hash: Hash,
}

/// The hash of an entry: SHA-256 over all fields but itself, in the order of the struct, each as 8 bytes of length (big
/// endian; all ones for a missing one) and its bytes. Numbers are decimal text.
pub fn hash(entry: &Entry) -> Hash {
    let mut hasher = Sha256::new();
    let mut field = |value: Option<&[u8]>| match value {
        Some(bytes) => {
            hasher.update((bytes.len() as u64).to_be_bytes());
            hasher.update(bytes);
        }
        None => hasher.update(u64::MAX.to_be_bytes()),
    };
    field(Some(entry.number.to_string().as_bytes()));
    field(Some(entry.at.as_micros().to_string().as_bytes()));
    field(Some(entry.by.author.kind.as_str().as_bytes()));
    field(
        entry
            .by
            .author
            .id
            .as_ref()
            .map(|id| id.as_bytes().as_slice()),
    );
    field(Some(entry.by.author.name.as_bytes()));
    field(entry.by.address.as_deref().map(str::as_bytes));
    field(entry.by.request_id.as_deref().map(str::as_bytes));
    field(Some(entry.action.as_bytes()));
    field(entry.object_id.as_deref().map(str::as_bytes));
    field(Some(entry.object_name.as_bytes()));
    field(
        entry
            .organisation
            .map(|id| id.as_uuid())
            .as_ref()
            .map(|id| id.as_bytes().as_slice()),
    );
    field(
        entry
            .project
            .map(|id| id.as_uuid())
            .as_ref()
            .map(|id| id.as_bytes().as_slice()),
    );
    field(entry.before.as_deref().map(str::as_bytes));
    field(entry.after.as_deref().map(str::as_bytes));
    field(Some(entry.outcome.as_str().as_bytes()));
    field(Some(entry.reason.as_bytes()));
    field(Some(&entry.previous));
    hasher.finalize().into()
}

/// What is wrong with a chain of entries.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Broken {
    /// Entries are missing before the next one.
    #[error("entry {0} is missing")]
    Missing(u64),
    /// The entry is not what was written.
    #[error("entry {0} was altered")]
    Altered(u64),
    /// The entry does not follow the one before it: that one was exchanged, or this one.
    #[error("entry {0} does not follow the one before it")]
    Detached(u64),
    /// The seal of the newest entry is not the one that this installation made.
    #[error("the seal of the newest entry, {0}, is not genuine")]
    Seal(u64),
}

/// Whether `entry` is genuine and follows the entry with this number and hash.
pub fn follows(number: u64, previous: &Hash, entry: &Entry) -> Result<(), Broken> {
    if entry.number != number + 1 {
        return Err(Broken::Missing(number + 1));
    }
    if entry.previous != *previous {
        return Err(Broken::Detached(entry.number));
    }
    if entry.hash != hash(entry) {
        return Err(Broken::Altered(entry.number));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
