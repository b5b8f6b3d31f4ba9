//! `edgeward key list|show|rotate|place|retire`: exchanging the key pair that edge services know the control plane by.

use clap::Args;
use edgeward_api::key::{Key, KeyState, PlaceRequest, RetireRequest};
use edgeward_client::Client;

use crate::arguments::Global;
use crate::confirm::confirm;
use crate::error::CliError;
use crate::{connect, output, resolve};

#[derive(Args)]
pub(crate) struct RetireOptions {
    /// The number of the key pair
    number: u32,
    /// Also if services are not known to accept the newer key: they refuse the control plane until they have it
    #[arg(long)]
    force: bool,
    /// Do not ask first
    #[arg(long)]
    yes: bool,
}

#[derive(Args)]
pub(crate) struct PlaceOptions {
    /// The number of the key pair
    number: u32,
    /// Ids, beginnings of ids, or exact names; all of agents that are not known to accept the key unless given
    services: Vec<String>,
}

pub(crate) async fn list(global: &Global) -> Result<(), CliError> {
    let keys = connect::client(global)?.keys().await?;
    let columns = [
        "NUMBER",
        "FILE",
        "STATE",
        "ACCEPTED BY",
        "NOT BY",
        "MADE",
        "SHA-256",
    ];
    let row = |key: &Key| {
        vec![
            key.number.to_string(),
            key.file_name.clone(),
            output::word(&key.state),
            key.proven.to_string(),
            key.behind.to_string(),
            output::time(key.made_at),
            key.fingerprint.clone(),
        ]
    };
    output::list(
        global,
        &keys.items,
        keys.total,
        &columns,
        row,
        "there are no keys",
    )?;
    let next = keys.items.iter().find(|key| key.state == KeyState::Next);
    if let Some(next) = next.filter(|next| next.behind > 0) {
        output::note(&format!(
            "see who is behind with: edgeward service list --key-behind {}",
            next.number
        ));
    }
    Ok(())
}

pub(crate) async fn show(global: &Global, number: u32) -> Result<(), CliError> {
    let key = connect::client(global)?.key(number).await?;
    let lines = vec![
        ("Number", key.number.to_string()),
        ("File name", key.file_name.clone()),
        ("SHA-256", key.fingerprint.clone()),
    ];
    output::one(global, &key, lines)
}

pub(crate) async fn rotate(global: &Global, yes: bool) -> Result<(), CliError> {
    let client = connect::client(global)?;
    confirm(
        yes,
        "Make the next key pair? Every edge service that wants tokens has to get its public file before the current one can go.",
    )?;
    let key = client.rotate_keys().await?;
    let lines = vec![
        ("Number", key.number.to_string()),
        ("File name", key.file_name.clone()),
        ("SHA-256", key.fingerprint.clone()),
        ("Not accepted by", format!("{} services", key.behind)),
    ];
    output::one(global, &key, lines)?;
    output::note(&format!(
        "have agents place it with: edgeward key place {0}; save it for others with: edgeward key download --number {0}",
        key.number
    ));
    Ok(())
}

pub(crate) async fn retire(global: &Global, options: RetireOptions) -> Result<(), CliError> {
    let client = connect::client(global)?;
    let question = if options.force {
        "Retire this key pair, whoever is left behind? It cannot be brought back without a backup."
    } else {
        "Retire this key pair? It cannot be brought back without a backup."
    };
    confirm(options.yes, question)?;
    let force = options.force;
    client
        .retire_key(options.number, RetireRequest { force })
        .await?;
    output::note(&format!("the key pair {} is retired", options.number));
    Ok(())
}

pub(crate) async fn place(global: &Global, options: PlaceOptions) -> Result<(), CliError> {
    let client = connect::client(global)?;
    let services = named(&client, &options.services).await?;
    let request = PlaceRequest { services };
    let placed = client.place_key(options.number, &request).await?;
    let rows = placed.iter().map(|one| {
        let reason = one.reason.as_deref().unwrap_or_default();
        vec![
            one.service_id.to_string(),
            output::yes_or_no(one.placed),
            output::or_dash(reason),
        ]
    });
    if global.output == crate::arguments::Output::Json {
        output::json(&placed)?;
    } else {
        output::table(&["SERVICE", "PLACED", "WHY NOT"], rows)?;
    }
    match placed.iter().filter(|one| !one.placed).count() {
        0 => Ok(()),
        failed => Err(CliError::refused(format!(
            "the key was not placed at {failed} of {} services",
            placed.len()
        ))),
    }
}

async fn named(
    client: &Client,
    texts: &[String],
) -> Result<Option<Vec<edgeward_ids::ServiceId>>, CliError> {
    if texts.is_empty() {
        return Ok(None);
    }
    let mut ids = Vec::with_capacity(texts.len());
    for text in texts {
        ids.push(resolve::service(client, text).await?.id);
    }
    Ok(Some(ids))
}
