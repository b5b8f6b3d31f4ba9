//! `edgeward required-snaps …`: the snaps that devices of a model need.

use clap::{Args, Subcommand};
use edgeward_api::registration::{RequiredSnap, RequiredSnaps, RequiredSnapsFilter};
use edgeward_client::Client;

use crate::arguments::Global;
use crate::confirm::confirm;
use crate::error::CliError;
use crate::{connect, output, resolve};

#[derive(Subcommand)]
pub(crate) enum RequiredSnapsCommand {
    /// List the models that need snaps
    List {
        /// Only of this organisation (id, beginning of an id, or name)
        #[arg(long)]
        organisation: Option<String>,
    },
    /// Say which snaps devices of a model need, in place of what was said before
    Set(SetOptions),
    /// Devices of a model need no snaps any more; what is installed stays
    Remove(RemoveOptions),
}

#[derive(Args)]
pub(crate) struct ModelOptions {
    /// The model
    model: String,
    /// Whose devices (id, beginning of an id, or name)
    #[arg(long)]
    organisation: String,
    /// Only devices of this brand; of every brand when absent
    #[arg(long)]
    brand: Option<String>,
}

#[derive(Args)]
pub(crate) struct SetOptions {
    #[command(flatten)]
    of: ModelOptions,
    /// Names, with a channel where one is wished: mosquitto, or mosquitto=latest/edge
    #[arg(required = true, value_name = "SNAP")]
    snaps: Vec<String>,
}

#[derive(Args)]
pub(crate) struct RemoveOptions {
    #[command(flatten)]
    of: ModelOptions,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

pub(crate) async fn carry_out(
    global: &Global,
    command: RequiredSnapsCommand,
) -> Result<(), CliError> {
    let client = &connect::client(global)?;
    match command {
        RequiredSnapsCommand::List { organisation } => list(global, client, organisation).await,
        RequiredSnapsCommand::Set(options) => set(global, client, options).await,
        RequiredSnapsCommand::Remove(options) => remove(client, options).await,
    }
}

async fn list(
    global: &Global,
    client: &Client,
    organisation: Option<String>,
) -> Result<(), CliError> {
    let mut filter = RequiredSnapsFilter::default();
    if let Some(text) = &organisation {
        filter.organisation = Some(resolve::organisation(client, text).await?.id);
    }
    let found = client.required_snaps(&filter).await?;
    let organisations = client.organisations().await?.items;
    let row = |needed: &RequiredSnaps| {
        let id = needed.organisation_id;
        let known = organisations.iter().find(|one| one.id == id);
        vec![
            needed.model.clone(),
            needed.brand.clone().unwrap_or_else(|| "any".to_owned()),
            known.map_or_else(|| id.to_string(), |one| one.name.to_string()),
            words(&needed.snaps),
        ]
    };
    output::list(
        global,
        &found.items,
        found.total,
        &["MODEL", "BRAND", "ORGANISATION", "SNAPS"],
        row,
        "no model needs snaps; say so with: edgeward required-snaps set <model> <snap> --organisation <name>",
    )
}

fn words(snaps: &[RequiredSnap]) -> String {
    let words: Vec<_> = snaps
        .iter()
        .map(|snap| match &snap.channel {
            Some(channel) => format!("{}={channel}", snap.name),
            None => snap.name.clone(),
        })
        .collect();
    words.join(", ")
}

async fn set(global: &Global, client: &Client, options: SetOptions) -> Result<(), CliError> {
    let mut snaps: Vec<RequiredSnap> = Vec::with_capacity(options.snaps.len());
    for text in &options.snaps {
        let (name, channel) = match text.split_once('=') {
            Some((name, channel)) => (name, Some(channel.to_owned())),
            None => (text.as_str(), None),
        };
        if snaps.iter().any(|snap| snap.name == name) {
            return Err(CliError::usage(format!("{name} is named twice")));
        }
        snaps.push(RequiredSnap {
            name: name.to_owned(),
            channel,
        });
    }
    let request = request(client, options.of, snaps).await?;
    let needed = client.set_required_snaps(&request).await?;
    let lines = vec![
        ("Model", needed.model.clone()),
        (
            "Brand",
            needed.brand.clone().unwrap_or_else(|| "any".to_owned()),
        ),
        ("Organisation", needed.organisation_id.to_string()),
        ("Snaps", words(&needed.snaps)),
    ];
    output::one(global, &needed, lines)
}

async fn remove(client: &Client, options: RemoveOptions) -> Result<(), CliError> {
    let request = request(client, options.of, Vec::new()).await?;
    let filter = RequiredSnapsFilter {
        organisation: Some(request.organisation_id),
    };
    let all = client.required_snaps(&filter).await?.items;
    let now = all
        .iter()
        .find(|one| one.model == request.model && one.brand == request.brand);
    let Some(now) = now else {
        return Err(
            CliError::refused(format!("{} needs no snaps", of(&request)))
                .hint("see which models do with: edgeward required-snaps list"),
        );
    };
    let question = format!(
        "Forget that {} needs {}? What is installed stays.",
        output::plain(&of(&request)),
        words(&now.snaps)
    );
    confirm(options.yes, &question)?;
    client.set_required_snaps(&request).await?;
    output::note(&format!("{} needs no snaps now", of(&request)));
    Ok(())
}

async fn request(
    client: &Client,
    of: ModelOptions,
    snaps: Vec<RequiredSnap>,
) -> Result<RequiredSnaps, CliError> {
    Ok(RequiredSnaps {
        organisation_id: resolve::organisation(client, &of.organisation).await?.id,
        brand: of.brand,
        model: of.model,
        snaps,
    })
}

fn of(needed: &RequiredSnaps) -> String {
    match &needed.brand {
        Some(brand) => format!("model {} of {brand}", needed.model),
        None => format!("model {} of every brand", needed.model),
    }
}
