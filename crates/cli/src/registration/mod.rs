//! `edgeward registration …`: devices that enrol by what snapd knows of them.
//!
//! Rules of an organisation for them are `enrolment`, the snaps of models `required_snaps`.

mod change;
mod list;
mod register;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use edgeward_api::registration::Registration;

use crate::arguments::Global;
use crate::error::CliError;
use crate::{connect, resolve};

/// What a device may be named by.
const NAMED_BY: &str = "Id, beginning of an id, serial number, or brand/model/serial";

#[derive(Subcommand)]
pub(crate) enum RegistrationCommand {
    /// List registered devices, the newest first
    List(list::ListOptions),
    /// Register a device: it may enrol from now on
    #[command(visible_alias = "add")]
    Create(register::CreateOptions),
    /// Register the devices of a list: all of them or none
    Import(register::ImportOptions),
    /// Show one registered device
    Show {
        #[arg(help = NAMED_BY)]
        device: String,
    },
    /// Shut a device out: its connection ends at once, and it can neither connect nor enrol
    Disable(Sure),
    /// Let a device enrol, again if it has before; the key that it has stays good until then
    Enable {
        #[arg(help = NAMED_BY)]
        device: String,
    },
    /// Delete a registered device with its agent and edge services
    Delete(Sure),
    /// Change what a device is handed when it enrols
    Data(DataOptions),
}

#[derive(Args)]
pub(crate) struct Sure {
    #[arg(help = NAMED_BY)]
    device: String,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

#[derive(Args)]
pub(crate) struct DataOptions {
    #[arg(help = NAMED_BY)]
    device: String,
    /// A file with what it is to be handed, at most 32 KiB; - for standard input
    #[arg(required_unless_present = "nothing")]
    file: Option<PathBuf>,
    /// Hand it nothing
    #[arg(long, conflicts_with = "file")]
    nothing: bool,
}

pub(crate) async fn carry_out(
    global: &Global,
    command: RegistrationCommand,
) -> Result<(), CliError> {
    let client = &connect::client(global)?;
    match command {
        RegistrationCommand::List(options) => list::list(global, client, options).await,
        RegistrationCommand::Create(options) => register::create(global, client, options).await,
        RegistrationCommand::Import(options) => register::import(global, client, options).await,
        RegistrationCommand::Show { device } => {
            list::show(global, &resolve::registration(client, &device).await?)
        }
        RegistrationCommand::Disable(sure) => change::disable(global, client, &sure).await,
        RegistrationCommand::Enable { device } => change::enable(global, client, &device).await,
        RegistrationCommand::Delete(sure) => change::delete(client, &sure).await,
        RegistrationCommand::Data(options) => change::data(global, client, options).await,
    }
}

/// `acme/gateway/A-1`: what a device is told by.
pub(crate) fn name(device: &Registration) -> String {
    format!("{}/{}/{}", device.brand, device.model, device.serial)
}
