//! `edgeward audit …`: who changed what, and whether the log of it is whole.

mod export;
mod list;
mod verify;

use clap::{Args, Subcommand};
use edgeward_api::audit::EntryFilter;
use edgeward_client::Client;
use jiff::Timestamp;

use crate::arguments::Global;
use crate::choices::{AuthorKind, Outcome};
use crate::error::CliError;
use crate::place::PlaceFilter;
use crate::{connect, output, resolve, time};

#[derive(Subcommand)]
pub(crate) enum AuditCommand {
    /// List entries, the newest first
    List(list::ListOptions),
    /// Show one entry, with what was before and after
    Show {
        /// Its number
        number: u64,
    },
    /// List everything that an entry can say was done
    Actions,
    /// Save entries as CSV or JSON lines
    Export(export::ExportOptions),
    /// Check from the first entry to the last that none was altered or removed
    Verify,
}

/// Which entries; all conditions together.
#[derive(Args)]
pub(crate) struct FilterOptions {
    /// Only by this user, API token or agent (id, e-mail address, or exact name)
    #[arg(long)]
    author: Option<String>,
    /// Only by this kind of author
    #[arg(long, value_enum, value_name = "KIND")]
    author_kind: Option<AuthorKind>,
    /// Only this action, such as agent.adopt; or with a final dot, as in "agent.", this kind of thing
    #[arg(long)]
    action: Option<String>,
    /// Only what was done to this (id, e-mail address, or exact name)
    #[arg(long)]
    object: Option<String>,
    #[command(flatten)]
    place: PlaceFilter,
    /// Only what was done, or only what was refused
    #[arg(long, value_enum)]
    outcome: Option<Outcome>,
    /// Only since then: 2026-01-31, 2026-01-31T08:00:00Z, or 24h for the last day
    #[arg(long, value_parser = time::from, value_name = "TIME")]
    from: Option<Timestamp>,
    /// Only until then, written alike; a date is meant with its whole day, in UTC
    #[arg(long, value_parser = time::to, value_name = "TIME")]
    to: Option<Timestamp>,
    /// Only with this text in the names of author or object, the action, the address or the reason
    #[arg(long)]
    text: Option<String>,
}

impl FilterOptions {
    async fn filter(self, client: &Client) -> Result<EntryFilter, CliError> {
        let author = match &self.author {
            Some(text) => Some(resolve::author(client, text).await?),
            None => None,
        };
        let object = match &self.object {
            Some(text) => Some(resolve::object(client, text).await?),
            None => None,
        };
        let (organisation, project) = self.place.ids(client).await?;
        Ok(EntryFilter {
            author,
            author_kind: self.author_kind.map(Into::into),
            action: self.action,
            object,
            organisation,
            project,
            outcome: self.outcome.map(Into::into),
            from: self.from,
            to: self.to,
            text: self.text,
            ..EntryFilter::default()
        })
    }
}

pub(crate) async fn carry_out(global: &Global, command: AuditCommand) -> Result<(), CliError> {
    let client = &connect::client(global)?;
    match command {
        AuditCommand::List(options) => list::carry_out(global, client, options).await,
        AuditCommand::Show { number } => list::show(global, client, number).await,
        AuditCommand::Actions => {
            let actions = client.audit_actions().await?;
            output::list(
                global,
                &actions.items,
                actions.total,
                &["ACTION"],
                |action| vec![action.clone()],
                "there are no actions",
            )
        }
        AuditCommand::Export(options) => export::carry_out(client, options).await,
        AuditCommand::Verify => verify::carry_out(global, client).await,
    }
}
