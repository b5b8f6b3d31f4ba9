//! Many edge services at once: their tags, and lists of them as comma-separated values.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use edgeward_api::service::{
    MAX_SERVICE_IMPORT_BYTES, RefusedLine, ServiceTagFilter, ServiceTagUse, ServiceTagged,
    ServiceTagging,
};
use edgeward_client::Client;
use edgeward_ids::ServiceId;

use super::filter::FilterOptions;
use crate::arguments::{Global, Output};
use crate::error::CliError;
use crate::place::PlaceFilter;
use crate::{download, files, output, resolve};

#[derive(Subcommand)]
pub(crate) enum TagCommand {
    /// List the tags that services have
    List {
        #[command(flatten)]
        place: PlaceFilter,
    },
    /// Give services a tag, beside those that they have
    Add(Tagged),
    /// Take a tag from services
    Remove(Tagged),
}

#[derive(Args)]
pub(crate) struct Tagged {
    /// Such as line-3 or site:berlin: a-z, 0-9, ".", "_", "-", ":" and "/"
    tag: String,
    /// Ids, beginnings of ids, or exact names
    #[arg(required = true)]
    services: Vec<String>,
}

#[derive(Args)]
pub(crate) struct ImportOptions {
    /// The list; - for standard input
    file: PathBuf,
    /// The project that the services are to belong to (id, beginning of an id, or name)
    #[arg(long)]
    project: String,
    /// The project's organisation, where two have a project of that name
    #[arg(long)]
    organisation: Option<String>,
}

#[derive(Args)]
pub(crate) struct ExportOptions {
    #[command(flatten)]
    filter: FilterOptions,
    /// Where to; standard output when absent
    #[arg(long)]
    file: Option<PathBuf>,
}

pub(super) async fn tag(
    global: &Global,
    client: &Client,
    command: TagCommand,
) -> Result<(), CliError> {
    match command {
        TagCommand::List { place } => list(global, client, &place).await,
        TagCommand::Add(tagged) => {
            let services = ids(client, &tagged.services).await?;
            let tagging = ServiceTagging {
                services,
                add: vec![tagged.tag],
                remove: Vec::new(),
            };
            retag(global, client, &tagging).await
        }
        TagCommand::Remove(tagged) => {
            let services = ids(client, &tagged.services).await?;
            let tagging = ServiceTagging {
                services,
                add: Vec::new(),
                remove: vec![tagged.tag],
            };
            retag(global, client, &tagging).await
        }
    }
}

async fn ids(client: &Client, named: &[String]) -> Result<Vec<ServiceId>, CliError> {
    let mut ids = Vec::with_capacity(named.len());
    for text in named {
        ids.push(resolve::service(client, text).await?.id);
    }
    Ok(ids)
}

async fn list(global: &Global, client: &Client, place: &PlaceFilter) -> Result<(), CliError> {
    let (organisation, project) = place.ids(client).await?;
    let filter = ServiceTagFilter {
        organisation,
        project,
    };
    let tags = client.service_tags(&filter).await?;
    let row = |tag: &ServiceTagUse| vec![tag.tag.clone(), tag.services.to_string()];
    output::list(
        global,
        &tags.items,
        tags.total,
        &["TAG", "SERVICES"],
        row,
        "no service has a tag; give one with: edgeward service tag add <tag> <service>…",
    )
}

async fn retag(global: &Global, client: &Client, tagging: &ServiceTagging) -> Result<(), CliError> {
    let tagged = client.tag_services(tagging).await?;
    let row = |one: &ServiceTagged| {
        let tags = one.tags.as_ref().map(|tags| tags.join(" "));
        let said = one
            .error
            .as_ref()
            .map(|error| output::plain(&error.message));
        vec![
            one.service_id.to_string(),
            output::or_dash(&tags.or(said).unwrap_or_default()),
        ]
    };
    let columns = ["SERVICE", "TAGS"];
    output::list(global, &tagged.items, tagged.total, &columns, row, "")?;
    let failed = tagged
        .items
        .iter()
        .filter(|one| one.error.is_some())
        .count();
    if failed > 0 {
        return Err(CliError::refused(format!(
            "{failed} of {} services kept the tags that they had",
            tagged.total
        )));
    }
    Ok(())
}

pub(super) async fn import(
    global: &Global,
    client: &Client,
    options: ImportOptions,
) -> Result<(), CliError> {
    let list = files::bytes(&options.file, MAX_SERVICE_IMPORT_BYTES)?;
    let named = options.organisation.as_deref();
    let (organisation, project) = resolve::project(client, named, &options.project).await?;
    let imported = client.import_services(project.id, list).await?;
    match global.output {
        Output::Json => output::json(&imported)?,
        Output::Table => {
            let row = |line: &RefusedLine| {
                vec![
                    line.line.to_string(),
                    output::or_dash(line.column.as_deref().unwrap_or_default()),
                    output::plain(&line.reason),
                ]
            };
            if !imported.lines.is_empty() {
                let columns = ["LINE", "COLUMN", "NOT TAKEN BECAUSE"];
                output::list(global, &imported.lines, imported.refused, &columns, row, "")?;
            }
        }
    }
    if !imported.ignored_columns.is_empty() {
        output::note(&format!(
            "passed over columns that are not known: {}",
            output::plain(&imported.ignored_columns.join(", "))
        ));
    }
    output::note(&format!(
        "imported {} services into {} / {}; whether they accept the control plane is seen in a moment",
        imported.imported, organisation.name, project.name
    ));
    if imported.refused > 0 {
        return Err(CliError::refused(format!(
            "{} lines were not taken",
            imported.refused
        )));
    }
    Ok(())
}

pub(super) async fn export(client: &Client, options: ExportOptions) -> Result<(), CliError> {
    let filter = options.filter.filter(client).await?;
    let services = client.export_services(&filter).await?;
    download::to(services, options.file.as_deref()).await
}
