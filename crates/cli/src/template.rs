//! `edgeward template …`: configurations of services with `${name}` in place of what differs.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use edgeward_api::template::{
    Extent, MAX_TEMPLATE_BYTES, Template, TemplateFilter, TemplateRequest, VersionRequest,
};
use edgeward_client::Client;
use edgeward_ids::Name;

use crate::arguments::{Global, Output};
use crate::choices::Kind;
use crate::confirm::confirm;
use crate::error::CliError;
use crate::place::PlaceFilter;
use crate::{connect, files, output, resolve};

#[derive(Subcommand)]
pub(crate) enum TemplateCommand {
    /// List templates
    List(PlaceFilter),
    /// Show a template with its versions
    Show {
        /// Id, beginning of an id, or exact name
        template: String,
    },
    /// Print the text of a version
    #[command(disable_version_flag = true)]
    Text {
        /// Id, beginning of an id, or exact name
        template: String,
        /// Which version; the newest unless said otherwise
        #[arg(long)]
        version: Option<u32>,
    },
    /// Add a template; take a running service's configuration with: edgeward service configuration <service>
    Add(AddOptions),
    /// Add a version to a template; those before it stay
    Change(ChangeOptions),
    /// Delete a template with all its versions; what was delivered stays
    Delete {
        /// Id, beginning of an id, or exact name
        template: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Args)]
pub(crate) struct AddOptions {
    /// What to call it
    name: Name,
    /// The project (id, beginning of an id, or name)
    #[arg(long)]
    project: String,
    /// The organisation, where the project's name is not enough
    #[arg(long)]
    organisation: Option<String>,
    /// Of which services
    #[arg(long)]
    kind: Kind,
    /// What it is for
    #[arg(long, default_value = "", hide_default_value = true)]
    description: String,
    #[command(flatten)]
    text: TextOptions,
}

#[derive(Args)]
pub(crate) struct ChangeOptions {
    /// Id, beginning of an id, or exact name
    template: String,
    /// What is new
    #[arg(long, default_value = "", hide_default_value = true)]
    note: String,
    #[command(flatten)]
    text: TextOptions,
}

#[derive(Args)]
pub(crate) struct TextOptions {
    /// The file with the text; - is standard input
    #[arg(long)]
    file: PathBuf,
    /// It is the whole configuration: what it does not mention goes. Otherwise that stays
    #[arg(long)]
    whole: bool,
}

impl TextOptions {
    fn read(&self) -> Result<(String, Extent), CliError> {
        let extent = if self.whole {
            Extent::Whole
        } else {
            Extent::Part
        };
        Ok((files::text(&self.file, MAX_TEMPLATE_BYTES)?, extent))
    }
}

pub(crate) async fn carry_out(global: &Global, command: TemplateCommand) -> Result<(), CliError> {
    let client = connect::client(global)?;
    match command {
        TemplateCommand::List(place) => list(global, &client, place).await,
        TemplateCommand::Show { template } => show(global, &client, &template).await,
        TemplateCommand::Text { template, version } => {
            let template = resolve::template(&client, &template).await?;
            let number = version.unwrap_or(template.newest);
            let version = client.template_version(template.id, number).await?;
            match global.output {
                Output::Json => output::json(&version),
                Output::Table => output::raw(version.text.unwrap_or_default().as_bytes()),
            }
        }
        TemplateCommand::Add(options) => add(global, &client, options).await,
        TemplateCommand::Change(options) => {
            let template = resolve::template(&client, &options.template).await?;
            let (text, extent) = options.text.read()?;
            let request = VersionRequest {
                extent,
                text,
                note: options.note,
            };
            let template = client.add_template_version(template.id, &request).await?;
            output::note(&format!(
                "{} has the version {} now",
                template.name, template.newest
            ));
            Ok(())
        }
        TemplateCommand::Delete { template, yes } => {
            let template = resolve::template(&client, &template).await?;
            let question = format!(
                "Delete the template {} with its {} versions? What was delivered stays.",
                template.name, template.newest
            );
            confirm(yes, &question)?;
            client.delete_template(template.id).await?;
            output::note(&format!("the template {} is deleted", template.name));
            Ok(())
        }
    }
}

async fn list(global: &Global, client: &Client, place: PlaceFilter) -> Result<(), CliError> {
    let (organisation, project) = place.ids(client).await?;
    let filter = TemplateFilter {
        organisation,
        project,
        ..TemplateFilter::default()
    };
    let templates = client.templates(&filter).await?;
    let row = |template: &Template| {
        vec![
            template.name.to_string(),
            template.id.to_string(),
            template.kind.clone(),
            template.newest.to_string(),
            output::time(template.changed_at),
            output::or_dash(&template.description),
        ]
    };
    output::list(
        global,
        &templates.items,
        templates.total,
        &["NAME", "ID", "KIND", "NEWEST", "CHANGED", "DESCRIPTION"],
        row,
        "there are no templates; make one from a running service: edgeward service configuration <service> > rules.json, then: edgeward template add <name> --project <project> --kind <kind> --file rules.json",
    )
}

async fn show(global: &Global, client: &Client, template: &str) -> Result<(), CliError> {
    let template = resolve::template(client, template).await?;
    let newest = client
        .template_version(template.id, template.newest)
        .await?;
    let mut lines = vec![
        ("Name", template.name.to_string()),
        ("Id", template.id.to_string()),
        ("Kind", template.kind.clone()),
        ("Description", output::or_dash(&template.description)),
        ("Values", output::or_dash(&newest.placeholders.join(", "))),
    ];
    for version in client.template_versions(template.id).await? {
        lines.push((
            "Version",
            format!(
                "{}: {} by {}{}{}",
                version.number,
                output::time(version.created_at),
                output::plain(&version.created_by),
                if version.extent == Extent::Whole {
                    ", the whole configuration"
                } else {
                    ""
                },
                if version.note.is_empty() {
                    String::new()
                } else {
                    format!("; {}", output::plain(&version.note))
                }
            ),
        ));
    }
    output::one(global, &template, lines)
}

async fn add(global: &Global, client: &Client, options: AddOptions) -> Result<(), CliError> {
    let organisation = options.organisation.as_deref();
    let (_, project) = resolve::project(client, organisation, &options.project).await?;
    let (text, extent) = options.text.read()?;
    let request = TemplateRequest {
        project_id: project.id,
        name: options.name,
        kind: options.kind.into(),
        description: options.description,
        extent,
        text,
    };
    let added = client.add_template(&request).await?;
    show(global, client, &added.id.to_string()).await
}
