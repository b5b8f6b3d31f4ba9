//! `edgeward agent token …`: tokens with which devices join.

use std::time::Duration;

use clap::{Args, Subcommand};
use edgeward_api::token::{JoinToken, JoinTokenRequest, MAX_LIFETIME_S, MAX_USES};
use edgeward_client::Client;

use crate::arguments::{Global, Output};
use crate::confirm::confirm;
use crate::error::CliError;
use crate::{output, resolve, time};

#[derive(Subcommand)]
pub(crate) enum TokenCommand {
    /// Make a token and print the line to paste on the device
    #[command(visible_alias = "add")]
    Create(CreateOptions),
    /// List the tokens that can still be used
    List,
    /// Delete a token; devices that joined with it stay
    Delete {
        /// Id, or the beginning of one
        // Not named `token`: that is the bearer token's name in every command.
        #[arg(value_name = "TOKEN")]
        join_token: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Args)]
pub(crate) struct CreateOptions {
    /// How many devices may join with it
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_USES)))]
    uses: u32,
    /// How long it may be used, such as 30m, 24h or 7d; at most 30d
    #[arg(long, default_value = "24h", value_parser = |text: &str| time::span(text, MAX_LIFETIME_S), value_name = "TIME")]
    expires_in: Duration,
    /// Adopt into this project on joining (id, beginning of an id, or name)
    #[arg(long)]
    project: Option<String>,
    /// The organisation of the project; without a project they wait there to be adopted
    #[arg(long)]
    organisation: Option<String>,
}

pub(crate) async fn carry_out(
    global: &Global,
    client: &Client,
    command: TokenCommand,
) -> Result<(), CliError> {
    match command {
        TokenCommand::Create(options) => create(global, client, options).await,
        TokenCommand::List => {
            let tokens = client.join_tokens().await?;
            let columns = [
                "ID",
                "USES LEFT",
                "EXPIRES",
                "MADE",
                "PROJECT",
                "ORGANISATION",
            ];
            let when_empty = "there are no tokens; make one with: edgeward agent token create";
            output::list(
                global,
                &tokens.items,
                tokens.total,
                &columns,
                row,
                when_empty,
            )
        }
        TokenCommand::Delete { join_token, yes } => {
            let token = resolve::join_token(client, &join_token).await?;
            confirm(yes, &format!("Delete join token {}?", token.id))?;
            client.delete_join_token(token.id).await?;
            output::note(&format!("deleted {}", token.id));
            Ok(())
        }
    }
}

async fn create(global: &Global, client: &Client, options: CreateOptions) -> Result<(), CliError> {
    let named = options.organisation.as_deref();
    let (organisation_id, project_id) = match (&options.project, named) {
        (Some(project), named) => {
            let (_, project) = resolve::project(client, named, project).await?;
            (None, Some(project.id))
        }
        (None, Some(named)) => (Some(resolve::organisation(client, named).await?.id), None),
        (None, None) => (None, None),
    };
    let made = client
        .create_join_token(&JoinTokenRequest {
            uses: options.uses,
            expires_in_s: options.expires_in.as_secs(),
            project_id,
            organisation_id,
        })
        .await?;
    match global.output {
        Output::Json => output::json(&made),
        Output::Table => {
            output::line(&output::plain(&made.command))?;
            let uses = if made.token.uses_left == 1 {
                "once".to_owned()
            } else {
                format!("{} times", made.token.uses_left)
            };
            output::note(&format!(
                "paste this line on the device; it works {uses}, until {}, and is not shown again",
                output::time(made.token.expires_at)
            ));
            Ok(())
        }
    }
}

fn row(token: &JoinToken) -> Vec<String> {
    vec![
        token.id.to_string(),
        token.uses_left.to_string(),
        output::time(token.expires_at),
        output::time(token.created_at),
        token.project_id.map_or("-".to_owned(), |id| id.to_string()),
        token
            .organisation_id
            .map_or("-".to_owned(), |id| id.to_string()),
    ]
}
