//! Entries and filters between the REST API and the store.

use edgeward_api::audit as api;
use edgeward_domain::Moment;
use edgeward_domain::access::{Action, Grants, Role, Scope, permit};
use edgeward_domain::audit::{AuthorKind, Broken, Entry, Hash, Outcome};
use edgeward_store::AuditFilter;

use crate::timestamp;

/// The longest text to search for, in characters.
const MAX_TEXT_CHARS: usize = 200;

/// Which entries somebody with these grants may read, of those that they ask for.
pub fn filter(grants: &Grants, asked: &api::EntryFilter) -> AuditFilter {
    let system = permit(grants, Action::ReadSystemAudit, Scope::System).is_ok();
    let moment = |at: jiff::Timestamp| Moment::from_micros(at.as_microsecond());
    let text = asked.text.as_deref().map(str::trim);
    AuditFilter {
        author: asked.author,
        author_kind: asked.author_kind.map(author_kind),
        action: asked.action.clone(),
        object: asked.object.clone(),
        organisation: asked.organisation,
        project: asked.project,
        outcome: asked.outcome.map(|outcome| match outcome {
            api::Outcome::Done => Outcome::Done,
            api::Outcome::Refused => Outcome::Refused,
        }),
        from: asked.from.map(moment),
        to: asked.to.map(moment),
        text: text
            .filter(|text| !text.is_empty())
            .map(|text| text.chars().take(MAX_TEXT_CHARS).collect()),
        // Viewers see organisations and projects, and not what was done in them.
        ..AuditFilter::new(grants.visible(Role::ProjectAdmin), system)
    }
}

/// An entry as it is shown.
pub fn entry(entry: Entry) -> api::Entry {
    api::Entry {
        number: entry.number,
        at: timestamp(entry.at),
        author_kind: shown_kind(entry.by.author.kind),
        author_id: entry.by.author.id,
        author_name: entry.by.author.name,
        address: entry.by.address,
        request_id: entry.by.request_id,
        action: entry.action,
        object_id: entry.object_id,
        object_name: entry.object_name,
        organisation_id: entry.organisation,
        project_id: entry.project,
        before: entry.before.map(state),
        after: entry.after.map(state),
        outcome: match entry.outcome {
            Outcome::Done => api::Outcome::Done,
            Outcome::Refused => api::Outcome::Refused,
        },
        reason: entry.reason,
        previous: hex(&entry.previous),
        hash: hex(&entry.hash),
    }
}

/// States are JSON; one that somebody has damaged is shown as the text that it is.
fn state(text: String) -> serde_json::Value {
    serde_json::from_str(&text).unwrap_or(serde_json::Value::String(text))
}

/// What is wrong with the chain.
pub fn broken(broken: Broken) -> api::BrokenChain {
    let (number, kind) = match broken {
        Broken::Missing(number) => (number, "missing"),
        Broken::Altered(number) => (number, "altered"),
        Broken::Detached(number) => (number, "detached"),
        Broken::Seal(number) => (number, "seal"),
    };
    api::BrokenChain {
        number,
        kind: kind.into(),
        message: broken.to_string(),
    }
}

fn author_kind(kind: api::AuthorKind) -> AuthorKind {
    match kind {
        api::AuthorKind::User => AuthorKind::User,
        api::AuthorKind::Token => AuthorKind::Token,
        api::AuthorKind::Machine => AuthorKind::Machine,
        api::AuthorKind::Agent => AuthorKind::Agent,
        api::AuthorKind::System => AuthorKind::System,
        api::AuthorKind::Anonymous => AuthorKind::Anonymous,
    }
}

fn shown_kind(kind: AuthorKind) -> api::AuthorKind {
    match kind {
        AuthorKind::User => api::AuthorKind::User,
        AuthorKind::Token => api::AuthorKind::Token,
        AuthorKind::Machine => api::AuthorKind::Machine,
        AuthorKind::Agent => api::AuthorKind::Agent,
        AuthorKind::System => api::AuthorKind::System,
        AuthorKind::Anonymous => api::AuthorKind::Anonymous,
    }
}

/// A hash as it is shown.
pub fn hex(hash: &Hash) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A hash as it is shown, read.
pub fn hash(text: &str) -> Option<Hash> {
    let mut hash = Hash::default();
    if text.len() != hash.len() * 2 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, digits) in hash.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(hash)
}
