//! Entries, and questions for them, between the REST API and the rules.

use edgeward_api::audit as api;
use edgeward_domain::Moment;
use edgeward_domain::access::{Action, Scope};
use edgeward_domain::audit::{AuthorKind, Entry, Hash, Outcome};
use edgeward_store::AuditFilter;

use crate::access::Caller;
use crate::api::{ApiError, searched};
use crate::timestamp;

/// What the caller asks for, of what they may read.
pub(super) fn filter(caller: &Caller, wanted: &api::EntryFilter) -> Result<AuditFilter, ApiError> {
    caller.permit(Action::ReadProjectAudit, Scope::Anywhere)?;
    let readable = caller
        .grants()
        .visible(Action::ReadProjectAudit.least_role());
    let system = caller.may(Action::ReadSystemAudit, Scope::System);
    Ok(AuditFilter {
        author: wanted.author,
        author_kind: wanted.author_kind.map(author_kind),
        action: wanted.action.clone(),
        object: wanted.object.clone(),
        organisation: wanted.organisation,
        project: wanted.project,
        outcome: wanted.outcome.map(|outcome| match outcome {
            api::Outcome::Done => Outcome::Done,
            api::Outcome::Refused => Outcome::Refused,
        }),
        from: wanted.from.map(moment),
        to: wanted.to.map(moment),
        text: searched(wanted.text.as_deref()),
        ..AuditFilter::new(readable, system)
    })
}

/// An entry as it is shown.
pub(super) fn to_api(entry: Entry) -> api::Entry {
    // What was recorded is JSON; should it not be, it is shown as text.
    let state = |text: Option<String>| {
        text.map(|text| serde_json::from_str(&text).unwrap_or(serde_json::Value::String(text)))
    };
    api::Entry {
        number: entry.number,
        at: timestamp(entry.at),
        author_kind: match entry.by.author.kind {
            AuthorKind::User => api::AuthorKind::User,
            AuthorKind::Token => api::AuthorKind::Token,
            AuthorKind::Machine => api::AuthorKind::Machine,
            AuthorKind::Agent => api::AuthorKind::Agent,
            AuthorKind::System => api::AuthorKind::System,
            AuthorKind::Anonymous => api::AuthorKind::Anonymous,
        },
        author_id: entry.by.author.id,
        author_name: entry.by.author.name,
        address: entry.by.address,
        request_id: entry.by.request_id,
        action: entry.action,
        object_id: entry.object_id,
        object_name: entry.object_name,
        organisation_id: entry.organisation,
        project_id: entry.project,
        before: state(entry.before),
        after: state(entry.after),
        outcome: match entry.outcome {
            Outcome::Done => api::Outcome::Done,
            Outcome::Refused => api::Outcome::Refused,
        },
        reason: entry.reason,
        previous: hex(&entry.previous),
        hash: hex(&entry.hash),
    }
}

/// A hash in hexadecimal.
pub(super) fn hex(hash: &Hash) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A hash from hexadecimal.
pub(super) fn from_hex(text: &str) -> Result<Hash, ApiError> {
    let wrong = || ApiError::invalid("hash must have 64 hexadecimal digits");
    let mut hash = Hash::default();
    if text.len() != hash.len() * 2 {
        return Err(wrong());
    }
    for (byte, digits) in hash.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let digits = std::str::from_utf8(digits).map_err(|_| wrong())?;
        *byte = u8::from_str_radix(digits, 16).map_err(|_| wrong())?;
    }
    Ok(hash)
}

fn moment(at: jiff::Timestamp) -> Moment {
    Moment::from_micros(at.as_microsecond())
}

const fn author_kind(kind: api::AuthorKind) -> AuthorKind {
    match kind {
        api::AuthorKind::User => AuthorKind::User,
        api::AuthorKind::Token => AuthorKind::Token,
        api::AuthorKind::Machine => AuthorKind::Machine,
        api::AuthorKind::Agent => AuthorKind::Agent,
        api::AuthorKind::System => AuthorKind::System,
        api::AuthorKind::Anonymous => AuthorKind::Anonymous,
    }
}
