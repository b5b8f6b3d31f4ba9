//! `edgeward tag …`: words given to devices, by which rollouts and actions choose them.

use clap::{Args, Subcommand};
use edgeward_api::selection::{TagFilter, TagUse, Tags};
use edgeward_client::Client;

use crate::arguments::{Global, Output};
use crate::error::CliError;
use crate::place::PlaceFilter;
use crate::{connect, output, resolve};

#[derive(Subcommand)]
pub(crate) enum TagCommand {
    /// List the tags that devices have
    List {
        #[command(flatten)]
        place: PlaceFilter,
    },
    /// Show a device's tags
    Show {
        /// Id, beginning of an id, or exact name
        device: String,
    },
    /// Give a device tags, beside those that it has
    Add(Named),
    /// Take tags from a device
    Remove(Named),
    /// Give a device these tags in place of those that it has
    Set(Only),
}

#[derive(Args)]
pub(crate) struct Named {
    /// Id, beginning of an id, or exact name
    device: String,
    /// Such as line-3 or site:berlin: a-z, 0-9, ".", "_", "-", ":" and "/"
    #[arg(required = true)]
    tags: Vec<String>,
}

#[derive(Args)]
pub(crate) struct Only {
    /// Id, beginning of an id, or exact name
    device: String,
    /// Such as line-3 or site:berlin: a-z, 0-9, ".", "_", "-", ":" and "/"; none takes all from it
    tags: Vec<String>,
}

pub(crate) async fn carry_out(global: &Global, command: TagCommand) -> Result<(), CliError> {
    let client = connect::client(global)?;
    match command {
        TagCommand::List { place } => list(global, &client, &place).await,
        TagCommand::Show { device } => {
            let id = resolve::agent(&client, &device).await?.id;
            show(global, &client.tags(id).await?)
        }
        TagCommand::Add(named) => {
            change(global, &client, &named.device, |tags| {
                tags.extend(named.tags)
            })
            .await
        }
        TagCommand::Remove(named) => {
            change(global, &client, &named.device, |tags| {
                tags.retain(|tag| !named.tags.contains(tag));
            })
            .await
        }
        TagCommand::Set(only) => {
            change(global, &client, &only.device, |tags| *tags = only.tags).await
        }
    }
}

async fn list(global: &Global, client: &Client, place: &PlaceFilter) -> Result<(), CliError> {
    let (organisation, project) = place.ids(client).await?;
    let filter = TagFilter {
        organisation,
        project,
    };
    let tags = client.tags_in_use(&filter).await?;
    let row = |tag: &TagUse| vec![tag.tag.clone(), tag.devices.to_string()];
    output::list(
        global,
        &tags.items,
        tags.total,
        &["TAG", "DEVICES"],
        row,
        "no device has a tag; give one with: edgeward tag add <device> <tag>…",
    )
}

async fn change(
    global: &Global,
    client: &Client,
    device: &str,
    change: impl FnOnce(&mut Vec<String>),
) -> Result<(), CliError> {
    let id = resolve::agent(client, device).await?.id;
    let mut tags = client.tags(id).await?;
    change(&mut tags.tags);
    show(global, &client.set_tags(id, &tags).await?)
}

fn show(global: &Global, tags: &Tags) -> Result<(), CliError> {
    match global.output {
        Output::Json => output::json(tags),
        Output::Table if tags.tags.is_empty() => {
            output::note("the device has no tags");
            Ok(())
        }
        Output::Table => tags.tags.iter().try_for_each(|tag| output::line(tag)),
    }
}
