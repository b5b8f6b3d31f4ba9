//! The audit log.

use edgeward_ids::{OrganisationId, ProjectId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// The most entries in one answer.
pub const MAX_ENTRIES: u64 = 1000;

/// The most entries that one request verifies.
pub const MAX_VERIFIED: u64 = 20_000;

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Entry {
    /// Counts from 1 without a gap.
    pub number: u64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// What kind of author.
    pub author_kind: AuthorKind,
    /// The id of the user, token or agent.
    pub author_id: Option<Uuid>,
    /// The author's name at that time.
    pub author_name: String,
    /// The address that it came from.
    pub address: Option<String>,
    /// The id of the request, as in the control plane's log.
    pub request_id: Option<String>,
    /// What, as `<kind of thing>.<verb>`, such as `agent.adopt`.
    pub action: String,
    /// The id of what it was done to.
    pub object_id: Option<String>,
    /// Its name at that time.
    pub object_name: String,
    /// The organisation that it belongs to.
    pub organisation_id: Option<OrganisationId>,
    /// The project that it belongs to.
    pub project_id: Option<ProjectId>,
    /// What it was.
    #[schema(value_type = serde_json::Value)]
    pub before: Option<serde_json::Value>,
    /// What it is.
    #[schema(value_type = serde_json::Value)]
    pub after: Option<serde_json::Value>,
    /// What became of it.
    pub outcome: Outcome,
    /// Why it was refused; empty when it was done.
    pub reason: String,
    /// The hash of the entry before, hexadecimal.
    pub previous: String,
    /// The hash of this entry, hexadecimal.
    pub hash: String,
}

/// What kind of author.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
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
    /// Somebody who had not signed in.
    Anonymous,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was refused; nothing was changed.
    Refused,
}

/// `GET /audit` and `GET /audit/export`: which entries; all conditions together.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct EntryFilter {
    /// Only by the user, token or agent with this id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<Uuid>,
    /// Only by this kind of author.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author_kind: Option<AuthorKind>,
    /// Only this action, or with a final dot this kind of thing: `agent.adopt`, `agent.`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Only what was done to the thing with this id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// Only in this organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<OrganisationId>,
    /// Only in this project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// Only what was done, or only what was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Only from this moment on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<String>, format = DateTime)]
    pub from: Option<Timestamp>,
    /// Only before this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<String>, format = DateTime)]
    pub to: Option<Timestamp>,
    /// Only with this text in the names of author or object, the action, the address or the reason; case does not matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// `GET /audit`: only entries with a smaller number: the answer's `next` for the next page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
    /// `GET /audit`: how many at most, 1 to 1000; 100 unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// `GET /audit/export`: in which form; JSON lines unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<ExportFormat>,
}

/// A page of entries, the newest first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EntryPage {
    /// The entries.
    pub items: Vec<Entry>,
    /// To ask for with `before` for the next page; absent when this is the last.
    pub next: Option<u64>,
}

/// The form of an export.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// Comma-separated values with a heading (RFC 4180).
    Csv,
    /// One JSON object on each line.
    #[default]
    Jsonl,
}

/// `GET /audit/verification`: goes over the chain from where the last answer ended.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct VerificationRequest {
    /// Begin after this entry; 0 for the beginning.
    #[serde(default)]
    pub after: u64,
    /// The hash of that entry, hexadecimal; absent for the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
}

/// How far the chain was verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Verification {
    /// The last entry that is genuine.
    pub verified_to: u64,
    /// Its hash, hexadecimal.
    pub hash: String,
    /// How many entries there are.
    pub total: u64,
    /// Whether the end was reached, and its seal is genuine.
    pub complete: bool,
    /// The first thing that is wrong.
    pub broken: Option<BrokenChain>,
}

/// The first thing that is wrong with the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BrokenChain {
    /// The entry.
    pub number: u64,
    /// `missing`, `altered`, `detached` or `seal`.
    pub kind: String,
    /// In words.
    pub message: String,
}
