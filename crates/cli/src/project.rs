//! `edgeward project …`

use clap::Subcommand;
use edgeward_ids::Name;
use serde::Serialize;

use crate::arguments::Global;
use crate::error::CliError;
use crate::{connect, output, resolve};

#[derive(Subcommand)]
pub(crate) enum ProjectCommand {
    /// List projects
    List {
        /// Only those of this organisation (id, beginning of an id, or name)
        #[arg(long)]
        organisation: Option<String>,
    },
    /// Make a project in an organisation
    Create {
        /// Its name, unique in the organisation
        name: Name,
        /// The organisation (id, beginning of an id, or name)
        #[arg(long)]
        organisation: String,
    },
}

/// A project as it is listed: with its organisation.
#[derive(Serialize)]
struct Listed {
    id: String,
    name: String,
    organisation_id: String,
    organisation_name: String,
}

pub(crate) async fn carry_out(global: &Global, command: ProjectCommand) -> Result<(), CliError> {
    let client = connect::client(global)?;
    match command {
        ProjectCommand::List { organisation } => {
            let organisations = match organisation {
                Some(name) => vec![resolve::organisation(&client, &name).await?],
                None => client.organisations().await?.items,
            };
            let listed: Vec<_> = organisations
                .iter()
                .flat_map(|organisation| {
                    organisation.projects.iter().map(|project| Listed {
                        id: project.id.to_string(),
                        name: project.name.to_string(),
                        organisation_id: organisation.id.to_string(),
                        organisation_name: organisation.name.to_string(),
                    })
                })
                .collect();
            output::list(
                global,
                &listed,
                listed.len() as u64,
                &["NAME", "ID", "ORGANISATION"],
                |project| {
                    vec![
                        project.name.clone(),
                        project.id.clone(),
                        project.organisation_name.clone(),
                    ]
                },
                "there are no projects yet; make one with: edgeward project create <name> --organisation <organisation>",
            )
        }
        ProjectCommand::Create { name, organisation } => {
            let organisation = resolve::organisation(&client, &organisation).await?;
            let made = client.create_project(organisation.id, name).await?;
            let lines = vec![
                ("Name", made.name.to_string()),
                ("Id", made.id.to_string()),
                ("Organisation", organisation.name.to_string()),
            ];
            output::one(global, &made, lines)
        }
    }
}
