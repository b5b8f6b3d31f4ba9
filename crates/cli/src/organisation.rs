//! `edgeward organisation …`

use clap::Subcommand;
use edgeward_ids::Name;

use crate::arguments::Global;
use crate::error::CliError;
use crate::{connect, output};

#[derive(Subcommand)]
pub(crate) enum OrganisationCommand {
    /// List organisations
    List,
    /// Make an organisation
    Create {
        /// Its name, unique in the installation
        name: Name,
    },
}

pub(crate) async fn carry_out(
    global: &Global,
    command: OrganisationCommand,
) -> Result<(), CliError> {
    let client = connect::client(global)?;
    match command {
        OrganisationCommand::List => {
            let found = client.organisations().await?;
            output::list(
                global,
                &found.items,
                found.total,
                &["NAME", "ID", "PROJECTS"],
                |organisation| {
                    vec![
                        organisation.name.to_string(),
                        organisation.id.to_string(),
                        organisation.projects.len().to_string(),
                    ]
                },
                "there are no organisations yet; make one with: edgeward organisation create <name>",
            )
        }
        OrganisationCommand::Create { name } => {
            let made = client.create_organisation(name).await?;
            let lines = vec![("Name", made.name.to_string()), ("Id", made.id.to_string())];
            output::one(global, &made, lines)?;
            output::note(&format!(
                "next, make a project in it: edgeward project create <name> --organisation \"{}\"",
                made.name
            ));
            Ok(())
        }
    }
}
