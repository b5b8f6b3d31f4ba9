//! `edgeward audit list` and `edgeward audit show`.

use clap::Args;
use edgeward_api::audit::{AuthorKind, Entry, EntryFilter, EntryPage, MAX_ENTRIES, Outcome};
use edgeward_client::Client;
use serde_json::Value;

use super::FilterOptions;
use crate::arguments::{Global, Output};
use crate::error::CliError;
use crate::output;

/// The most entries that one command lists; more are for an export.
const MAX_LISTED: u64 = 100_000;

#[derive(Args)]
pub(crate) struct ListOptions {
    #[command(flatten)]
    filter: FilterOptions,
    /// How many at most
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=MAX_LISTED))]
    limit: u64,
    /// Only entries older than the one with this number
    #[arg(long, value_name = "NUMBER")]
    before: Option<u64>,
}

pub(crate) async fn carry_out(
    global: &Global,
    client: &Client,
    options: ListOptions,
) -> Result<(), CliError> {
    let mut filter = options.filter.filter(client).await?;
    filter.before = options.before;
    let page = gather(client, filter, options.limit).await?;
    match global.output {
        Output::Json => return output::json(&page),
        Output::Table if page.items.is_empty() => {
            output::note("no entry matches; leave out a filter to see more");
            return Ok(());
        }
        Output::Table => {}
    }
    let columns = [
        "NUMBER", "TIME", "AUTHOR", "ACTION", "OBJECT", "OUTCOME", "ADDRESS",
    ];
    output::table(&columns, page.items.iter().map(row))?;
    if let Some(next) = page.next {
        output::note(&format!(
            "there are more; go on with --before {next}, or save all with: edgeward audit export"
        ));
    }
    Ok(())
}

/// Page by page, until there are as many as wanted, or no more.
async fn gather(
    client: &Client,
    mut filter: EntryFilter,
    limit: u64,
) -> Result<EntryPage, CliError> {
    let mut items: Vec<Entry> = Vec::new();
    loop {
        let missing = limit.saturating_sub(items.len() as u64);
        filter.limit = Some(missing.clamp(1, MAX_ENTRIES));
        let page = client.audit(&filter).await?;
        let empty = page.items.is_empty();
        items.extend(page.items);
        let next = page.next;
        if next.is_none() || empty || items.len() as u64 >= limit {
            return Ok(EntryPage { items, next });
        }
        filter.before = next;
    }
}

fn row(entry: &Entry) -> Vec<String> {
    vec![
        entry.number.to_string(),
        output::time(entry.at),
        author(entry),
        entry.action.clone(),
        output::or_dash(&entry.object_name),
        outcome(entry),
        output::or_dash(entry.address.as_deref().unwrap_or_default()),
    ]
}

/// The name, and what kind of author it is unless the name says it.
fn author(entry: &Entry) -> String {
    let kind = output::word(&entry.author_kind);
    match (entry.author_kind, entry.author_name.as_str()) {
        (_, "") => kind,
        (AuthorKind::User | AuthorKind::Machine, name) => name.to_owned(),
        (_, name) => format!("{name} ({kind})"),
    }
}

fn outcome(entry: &Entry) -> String {
    match (entry.outcome, entry.reason.as_str()) {
        (Outcome::Refused, reason) if !reason.is_empty() => format!("refused: {reason}"),
        (outcome, _) => output::word(&outcome),
    }
}

pub(crate) async fn show(global: &Global, client: &Client, number: u64) -> Result<(), CliError> {
    let entry = client.audit_entry(number).await?.ok_or_else(|| {
        CliError::refused(format!("there is no entry {number} that you may see"))
            .hint("see them with: edgeward audit list")
    })?;
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let mut lines = vec![
        ("Number", entry.number.to_string()),
        ("Time", output::time(entry.at)),
        ("Author", author(&entry)),
        (
            "Author id",
            or_dash(entry.author_id.map(|id| id.to_string())),
        ),
        ("Address", or_dash(entry.address.clone())),
        ("Request", or_dash(entry.request_id.clone())),
        ("Action", entry.action.clone()),
        ("Object", output::or_dash(&entry.object_name)),
        ("Object id", or_dash(entry.object_id.clone())),
        (
            "Organisation",
            or_dash(entry.organisation_id.map(|id| id.to_string())),
        ),
        (
            "Project",
            or_dash(entry.project_id.map(|id| id.to_string())),
        ),
        ("Outcome", outcome(&entry)),
    ];
    for (name, state) in [("Before", &entry.before), ("After", &entry.after)] {
        lines.extend(state.iter().flat_map(facts).map(|fact| (name, fact)));
    }
    lines.push(("Hash", entry.hash.clone()));
    output::one(global, &entry, lines)
}

/// What is known of a state, each fact in a line.
fn facts(state: &Value) -> Vec<String> {
    match state {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| match value {
                Value::String(text) => format!("{name}: {text}"),
                other => format!("{name}: {other}"),
            })
            .collect(),
        other => vec![other.to_string()],
    }
}
