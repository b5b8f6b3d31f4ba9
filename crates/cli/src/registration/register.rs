//! Registering devices before they enrol.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use edgeward_api::registration::{MAX_IMPORT_BYTES, RegistrationRequest};
use edgeward_client::Client;

use super::list::show;
use crate::arguments::{Global, Output};
use crate::error::CliError;
use crate::{files, output, resolve};

/// The most that a device is handed at enrolment.
pub(super) const MAX_DATA_BYTES: usize = 32 * 1024;

#[derive(Args)]
pub(crate) struct CreateOptions {
    /// The brand, as the model assertion has it (brand-id)
    brand: String,
    /// The model
    model: String,
    /// The serial number
    serial: String,
    /// The project that it is to belong to (id, beginning of an id, or name)
    #[arg(long)]
    project: String,
    /// The organisation of that project, where its name alone is not enough
    #[arg(long)]
    organisation: Option<String>,
    /// A file with what it is to be handed when it enrols, at most 32 KiB; - for standard input
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct ImportOptions {
    /// Lines of brand,model,serial, and of ,device_data in base64 where wished; at most 10000; - for standard input
    file: PathBuf,
    /// The project that they are to belong to (id, beginning of an id, or name)
    #[arg(long)]
    project: String,
    /// The organisation of that project, where its name alone is not enough
    #[arg(long)]
    organisation: Option<String>,
}

pub(super) async fn create(
    global: &Global,
    client: &Client,
    options: CreateOptions,
) -> Result<(), CliError> {
    let device_data = match &options.data {
        Some(file) => Some(STANDARD.encode(files::bytes(file, MAX_DATA_BYTES)?)),
        None => None,
    };
    let named = options.organisation.as_deref();
    let (organisation, project) = resolve::project(client, named, &options.project).await?;
    let made = client
        .register(&RegistrationRequest {
            project_id: project.id,
            brand: options.brand,
            model: options.model,
            serial: options.serial,
            device_data,
        })
        .await?;
    show(global, &made)?;
    output::note(&format!(
        "it may enrol once; whose signatures {} believes: edgeward enrolment show \"{}\"",
        organisation.name, organisation.name
    ));
    Ok(())
}

pub(super) async fn import(
    global: &Global,
    client: &Client,
    options: ImportOptions,
) -> Result<(), CliError> {
    let list = files::text(&options.file, MAX_IMPORT_BYTES)?;
    let named = options.organisation.as_deref();
    let (organisation, project) = resolve::project(client, named, &options.project).await?;
    let imported = client.import_registrations(project.id, list).await?;
    match global.output {
        Output::Json => output::json(&imported),
        Output::Table => {
            output::note(&format!(
                "registered {} devices in {} / {}",
                imported.registered, organisation.name, project.name
            ));
            Ok(())
        }
    }
}
