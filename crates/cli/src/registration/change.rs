//! Changing registered devices.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use edgeward_api::registration::{RegistrationStatus, RegistrationUpdate};
use edgeward_client::Client;

use super::list::show;
use super::register::MAX_DATA_BYTES;
use super::{DataOptions, Sure, name};
use crate::arguments::Global;
use crate::confirm::confirm;
use crate::error::CliError;
use crate::{files, output, resolve};

pub(super) async fn disable(global: &Global, client: &Client, sure: &Sure) -> Result<(), CliError> {
    let device = resolve::registration(client, &sure.device).await?;
    let question = format!(
        "Disable {} ({})? Its connection ends at once, and it stays away until it is enabled.",
        output::plain(&name(&device)),
        device.id
    );
    confirm(sure.yes, &question)?;
    show(global, &client.disable_registration(device.id).await?)
}

pub(super) async fn enable(global: &Global, client: &Client, device: &str) -> Result<(), CliError> {
    let device = resolve::registration(client, device).await?;
    show(global, &client.enable_registration(device.id).await?)?;
    if device.status == RegistrationStatus::Enrolled {
        output::note("it may enrol anew, with a new key; the present one is good until then");
    }
    Ok(())
}

pub(super) async fn delete(client: &Client, sure: &Sure) -> Result<(), CliError> {
    let device = resolve::registration(client, &sure.device).await?;
    let question = format!(
        "Delete {} ({}) with its agent and edge services? Its connection ends at once, and its certificate is refused.",
        output::plain(&name(&device)),
        device.id
    );
    confirm(sure.yes, &question)?;
    client.delete_registration(device.id).await?;
    output::note(&format!(
        "deleted {} ({})",
        output::plain(&name(&device)),
        device.id
    ));
    Ok(())
}

pub(super) async fn data(
    global: &Global,
    client: &Client,
    options: DataOptions,
) -> Result<(), CliError> {
    let bytes = match &options.file {
        Some(file) => files::bytes(file, MAX_DATA_BYTES)?,
        None => Vec::new(),
    };
    let device = resolve::registration(client, &options.device).await?;
    let update = RegistrationUpdate {
        device_data: STANDARD.encode(bytes),
    };
    show(
        global,
        &client.change_registration(device.id, &update).await?,
    )?;
    if device.status == RegistrationStatus::Enrolled {
        output::note("it is handed this when it enrols the next time");
    }
    Ok(())
}
