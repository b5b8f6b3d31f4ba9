//! `edgeward api-token …`: what programs act with.

use std::time::Duration;

use clap::{ArgGroup, Args, Subcommand};
use edgeward_api::api_token::{ApiToken, ApiTokenRequest, MAX_LIFETIME_S};
use edgeward_client::Client;

use crate::arguments::{Global, Output};
use crate::confirm::confirm;
use crate::error::CliError;
use crate::place::MembershipOptions;
use crate::user::roles;
use crate::{connect, output, resolve, time};

#[derive(Subcommand)]
pub(crate) enum ApiTokenCommand {
    /// List your own API tokens
    List {
        /// Also those of others that you may delete
        #[arg(long)]
        all: bool,
    },
    /// Make an API token and print it, this once
    #[command(visible_alias = "add")]
    Create(CreateOptions),
    /// Delete API tokens; they are refused from then on
    Delete {
        /// Ids, beginnings of ids, or names
        #[arg(required = true, value_name = "API-TOKEN")]
        api_tokens: Vec<String>,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Args)]
#[command(group = ArgGroup::new("end").required(true).args(["expires_in", "never_expires"]))]
pub(crate) struct CreateOptions {
    /// What it is for
    name: String,
    #[command(flatten)]
    membership: MembershipOptions,
    /// It may do everything, everywhere
    #[arg(long, conflicts_with_all = ["organisation", "project", "role"])]
    system: bool,
    /// How long it may be used, such as 90d; at most 730d
    #[arg(long, visible_alias = "expires", value_parser = |text: &str| time::span(text, MAX_LIFETIME_S), value_name = "TIME")]
    expires_in: Option<Duration>,
    /// It may be used until it is deleted
    #[arg(long)]
    never_expires: bool,
}

pub(crate) async fn carry_out(global: &Global, command: ApiTokenCommand) -> Result<(), CliError> {
    let client = &connect::client(global)?;
    match command {
        ApiTokenCommand::List { all } => list(global, client, all).await,
        ApiTokenCommand::Create(options) => create(global, client, options).await,
        ApiTokenCommand::Delete { api_tokens, yes } => delete(client, &api_tokens, yes).await,
    }
}

async fn list(global: &Global, client: &Client, all: bool) -> Result<(), CliError> {
    let tokens = client.api_tokens(all).await?;
    let columns = ["NAME", "ID", "OWNER", "MAY", "EXPIRES", "LAST USED", "MADE"];
    let when_empty =
        "there are no API tokens; make one with: edgeward api-token create <name> --expires-in 90d";
    output::list(
        global,
        &tokens.items,
        tokens.total,
        &columns,
        row,
        when_empty,
    )
}

fn row(token: &ApiToken) -> Vec<String> {
    vec![
        token.name.clone(),
        token.id.to_string(),
        token
            .owner_name
            .clone()
            .unwrap_or_else(|| "the machine".to_owned()),
        roles(token.system_admin, &token.memberships),
        output::time_or(token.expires_at, "never"),
        output::time_or(token.last_used_at, "never"),
        output::time(token.created_at),
    ]
}

async fn create(global: &Global, client: &Client, options: CreateOptions) -> Result<(), CliError> {
    let membership = options.membership.request(client).await?;
    if membership.is_none() && !options.system {
        return Err(CliError::usage("what the API token may do is missing").hint(
            "name a place and a role, such as --project <project> --role viewer, or everything with --system",
        ));
    }
    let made = client
        .create_api_token(&ApiTokenRequest {
            name: options.name,
            system_admin: options.system,
            membership,
            expires_in_s: options.expires_in.map(|time| time.as_secs()),
        })
        .await?;
    if global.output == Output::Json {
        return output::json(&made);
    }
    output::line(&output::plain(&made.text))?;
    let until = match made.token.expires_at {
        Some(end) => format!("until {}", output::time(end)),
        None => "until it is deleted".to_owned(),
    };
    output::note(&format!(
        "it may be used {until}, and is not shown again; programs send it as \"Authorization: Bearer <token>\", this one takes it from EDGEWARD_TOKEN"
    ));
    Ok(())
}

async fn delete(client: &Client, texts: &[String], yes: bool) -> Result<(), CliError> {
    let mut found = Vec::new();
    for text in texts {
        found.push(resolve::api_token(client, text).await?);
    }
    let names: Vec<_> = found.iter().map(described).collect();
    confirm(
        yes,
        &format!(
            "Delete API token {}? What uses it is refused from then on.",
            names.join(", ")
        ),
    )?;
    for token in found {
        client.delete_api_token(token.id).await?;
        output::note(&format!("deleted {}", described(&token)));
    }
    Ok(())
}

fn described(token: &ApiToken) -> String {
    format!("{} ({})", output::plain(&token.name), token.id)
}
