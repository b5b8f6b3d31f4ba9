//! `edgeward organisation …`

use clap::{Args, Subcommand};
use edgeward_api::organisation::{Organisation, PlaceChange, PlaceRequest};
use edgeward_client::{Client, Place};
use edgeward_ids::{Name, UserId};

use crate::arguments::Global;
use crate::choices::Role;
use crate::confirm::confirm;
use crate::error::CliError;
use crate::{connect, member, output, resolve};

#[derive(Subcommand)]
pub(crate) enum OrganisationCommand {
    /// List organisations
    List,
    /// Show one organisation
    Show {
        /// Id, beginning of an id, or name
        organisation: String,
    },
    /// Make an organisation
    #[command(visible_alias = "add")]
    Create(CreateOptions),
    /// Give an organisation another name
    Rename {
        /// Id, beginning of an id, or name
        organisation: String,
        /// Its name from now on, unique in the installation
        name: Name,
    },
    /// Describe an organisation
    Describe {
        /// Id, beginning of an id, or name
        organisation: String,
        /// At most 100 characters; "" for nothing
        description: String,
    },
    /// Delete an organisation that has no projects
    Delete {
        /// Id, beginning of an id, or name
        organisation: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Who belongs to an organisation
    #[command(subcommand)]
    Member(MemberCommand),
}

#[derive(Args)]
pub(crate) struct CreateOptions {
    /// Its name, unique in the installation
    name: Name,
    /// What it is, at most 100 characters
    #[arg(long, default_value = "", hide_default_value = true)]
    description: String,
    /// Who administers it, instead of you (id, e-mail address or name); may be repeated
    #[arg(long, value_name = "USER")]
    admin: Vec<String>,
}

#[derive(Subcommand)]
pub(crate) enum MemberCommand {
    /// List the members
    List {
        /// Id, beginning of an id, or name
        organisation: String,
    },
    /// Make a user a member, or change what they are there
    Add {
        /// Id, beginning of an id, or name
        organisation: String,
        /// The user: e-mail address, id, beginning of an id, or name
        user: String,
        /// What they are to be there
        #[arg(long, value_enum)]
        role: Role,
    },
    /// Take a membership away, and those of the organisation's projects with it
    Remove {
        /// Id, beginning of an id, or name
        organisation: String,
        /// The member: e-mail address, id, beginning of an id, or name
        user: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

pub(crate) async fn carry_out(
    global: &Global,
    command: OrganisationCommand,
) -> Result<(), CliError> {
    let client = &connect::client(global)?;
    match command {
        OrganisationCommand::List => list(global, client).await,
        OrganisationCommand::Show { organisation } => {
            show(global, &resolve::organisation(client, &organisation).await?)
        }
        OrganisationCommand::Create(options) => create(global, client, options).await,
        OrganisationCommand::Rename { organisation, name } => {
            let change = PlaceChange {
                name: Some(name),
                description: None,
            };
            self::change(global, client, &organisation, &change).await
        }
        OrganisationCommand::Describe {
            organisation,
            description,
        } => {
            let change = PlaceChange {
                name: None,
                description: Some(description),
            };
            self::change(global, client, &organisation, &change).await
        }
        OrganisationCommand::Delete { organisation, yes } => {
            delete(client, &organisation, yes).await
        }
        OrganisationCommand::Member(command) => members(global, client, command).await,
    }
}

async fn list(global: &Global, client: &Client) -> Result<(), CliError> {
    let found = client.organisations().await?;
    output::list(
        global,
        &found.items,
        found.total,
        &["NAME", "ID", "PROJECTS", "DESCRIPTION"],
        |organisation| {
            vec![
                organisation.name.to_string(),
                organisation.id.to_string(),
                organisation.projects.len().to_string(),
                output::or_dash(&organisation.description),
            ]
        },
        "there are no organisations yet; make one with: edgeward organisation create <name>",
    )
}

fn show(global: &Global, organisation: &Organisation) -> Result<(), CliError> {
    let mut lines = vec![
        ("Name", organisation.name.to_string()),
        ("Id", organisation.id.to_string()),
        ("Description", output::or_dash(&organisation.description)),
        ("Made", output::time(organisation.created_at)),
    ];
    for project in &organisation.projects {
        lines.push(("Project", format!("{} ({})", project.name, project.id)));
    }
    output::one(global, organisation, lines)
}

async fn create(global: &Global, client: &Client, options: CreateOptions) -> Result<(), CliError> {
    let request = PlaceRequest {
        name: options.name,
        description: options.description,
        admins: admins(client, &options.admin).await?,
    };
    let made = client.create_organisation(&request).await?;
    show(global, &made)?;
    output::note(&format!(
        "next, make a project in it: edgeward project create <name> --organisation \"{}\"",
        made.name
    ));
    Ok(())
}

/// The users who are to administer a place.
pub(crate) async fn admins(client: &Client, named: &[String]) -> Result<Vec<UserId>, CliError> {
    let mut admins = Vec::new();
    for text in named {
        admins.push(resolve::user(client, text).await?.id);
    }
    Ok(admins)
}

async fn change(
    global: &Global,
    client: &Client,
    organisation: &str,
    change: &PlaceChange,
) -> Result<(), CliError> {
    let organisation = resolve::organisation(client, organisation).await?;
    show(
        global,
        &client.change_organisation(organisation.id, change).await?,
    )
}

async fn delete(client: &Client, organisation: &str, yes: bool) -> Result<(), CliError> {
    let organisation = resolve::organisation(client, organisation).await?;
    confirm(
        yes,
        &format!(
            "Delete organisation {} ({}) with its memberships and join tokens?",
            organisation.name, organisation.id
        ),
    )?;
    client.delete_organisation(organisation.id).await?;
    output::note(&format!(
        "deleted {} ({})",
        organisation.name, organisation.id
    ));
    Ok(())
}

async fn members(global: &Global, client: &Client, command: MemberCommand) -> Result<(), CliError> {
    match command {
        MemberCommand::List { organisation } => {
            let at = resolve::organisation(client, &organisation).await?;
            member::list(global, client, Place::Organisation(at.id)).await
        }
        MemberCommand::Add {
            organisation,
            user,
            role,
        } => {
            let at = resolve::organisation(client, &organisation).await?;
            member::add(
                global,
                client,
                Place::Organisation(at.id),
                &user,
                role.into(),
            )
            .await
        }
        MemberCommand::Remove {
            organisation,
            user,
            yes,
        } => {
            let at = resolve::organisation(client, &organisation).await?;
            let from = format!("organisation {} and all its projects", at.name);
            member::remove(client, Place::Organisation(at.id), &from, &user, yes).await
        }
    }
}
