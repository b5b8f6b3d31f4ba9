//! `edgeward project …`

use clap::{Args, Subcommand};
use edgeward_api::organisation::{Organisation, PlaceChange, PlaceRequest, Project};
use edgeward_client::{Client, Place};
use edgeward_ids::Name;
use serde::Serialize;

use crate::arguments::Global;
use crate::choices::ProjectRole;
use crate::confirm::confirm;
use crate::error::CliError;
use crate::organisation::admins;
use crate::{connect, member, output, resolve};

#[derive(Subcommand)]
pub(crate) enum ProjectCommand {
    /// List projects
    List {
        /// Only those of this organisation (id, beginning of an id, or name)
        #[arg(long)]
        organisation: Option<String>,
    },
    /// Show one project
    Show(Which),
    /// Make a project in an organisation
    #[command(visible_alias = "add")]
    Create(CreateOptions),
    /// Give a project another name
    Rename {
        #[command(flatten)]
        which: Which,
        /// Its name from now on, unique in the organisation
        name: Name,
    },
    /// Describe a project
    Describe {
        #[command(flatten)]
        which: Which,
        /// At most 100 characters; "" for nothing
        description: String,
    },
    /// Delete a project that has no agents and no services
    Delete {
        #[command(flatten)]
        which: Which,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Who belongs to a project
    #[command(subcommand)]
    Member(MemberCommand),
}

/// The project that is meant.
#[derive(Args)]
pub(crate) struct Which {
    /// Id, beginning of an id, or name
    project: String,
    /// The organisation that holds it, where the name alone is not enough
    #[arg(long)]
    organisation: Option<String>,
}

#[derive(Args)]
pub(crate) struct CreateOptions {
    /// Its name, unique in the organisation
    name: Name,
    /// The organisation (id, beginning of an id, or name)
    #[arg(long)]
    organisation: String,
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
    List(Which),
    /// Make a user a member, or change what they are there; they belong to the organisation, too
    Add {
        #[command(flatten)]
        which: Which,
        /// The user: e-mail address, id, beginning of an id, or name
        user: String,
        /// What they are to be there
        #[arg(long, value_enum)]
        role: ProjectRole,
    },
    /// Take a membership away; that of the organisation stays
    Remove {
        #[command(flatten)]
        which: Which,
        /// The member: e-mail address, id, beginning of an id, or name
        user: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// A project as it is listed: with its organisation's name.
#[derive(Serialize)]
struct Listed {
    #[serde(flatten)]
    project: Project,
    organisation_name: String,
}

impl Which {
    async fn find(&self, client: &Client) -> Result<(Organisation, Project), CliError> {
        resolve::project(client, self.organisation.as_deref(), &self.project).await
    }
}

pub(crate) async fn carry_out(global: &Global, command: ProjectCommand) -> Result<(), CliError> {
    let client = &connect::client(global)?;
    match command {
        ProjectCommand::List { organisation } => list(global, client, organisation).await,
        ProjectCommand::Show(which) => {
            let (organisation, project) = which.find(client).await?;
            show(global, &organisation, &project)
        }
        ProjectCommand::Create(options) => create(global, client, options).await,
        ProjectCommand::Rename { which, name } => {
            let change = PlaceChange {
                name: Some(name),
                description: None,
            };
            self::change(global, client, &which, &change).await
        }
        ProjectCommand::Describe { which, description } => {
            let change = PlaceChange {
                name: None,
                description: Some(description),
            };
            self::change(global, client, &which, &change).await
        }
        ProjectCommand::Delete { which, yes } => delete(client, &which, yes).await,
        ProjectCommand::Member(command) => members(global, client, command).await,
    }
}

async fn list(
    global: &Global,
    client: &Client,
    organisation: Option<String>,
) -> Result<(), CliError> {
    let organisations = match organisation {
        Some(name) => vec![resolve::organisation(client, &name).await?],
        None => client.organisations().await?.items,
    };
    let listed: Vec<_> = organisations
        .into_iter()
        .flat_map(|organisation| {
            let organisation_name = organisation.name.to_string();
            organisation
                .projects
                .into_iter()
                .map(move |project| Listed {
                    project,
                    organisation_name: organisation_name.clone(),
                })
        })
        .collect();
    output::list(
        global,
        &listed,
        listed.len() as u64,
        &["NAME", "ID", "ORGANISATION", "DESCRIPTION"],
        |listed| {
            vec![
                listed.project.name.to_string(),
                listed.project.id.to_string(),
                listed.organisation_name.clone(),
                output::or_dash(&listed.project.description),
            ]
        },
        "there are no projects yet; make one with: edgeward project create <name> --organisation <organisation>",
    )
}

fn show(global: &Global, organisation: &Organisation, project: &Project) -> Result<(), CliError> {
    let lines = vec![
        ("Name", project.name.to_string()),
        ("Id", project.id.to_string()),
        ("Organisation", organisation.name.to_string()),
        ("Description", output::or_dash(&project.description)),
        ("Made", output::time(project.created_at)),
    ];
    output::one(global, project, lines)
}

async fn create(global: &Global, client: &Client, options: CreateOptions) -> Result<(), CliError> {
    let organisation = resolve::organisation(client, &options.organisation).await?;
    let request = PlaceRequest {
        name: options.name,
        description: options.description,
        admins: admins(client, &options.admin).await?,
    };
    let made = client.create_project(organisation.id, &request).await?;
    show(global, &organisation, &made)
}

async fn change(
    global: &Global,
    client: &Client,
    which: &Which,
    change: &PlaceChange,
) -> Result<(), CliError> {
    let (organisation, project) = which.find(client).await?;
    let changed = client.change_project(project.id, change).await?;
    show(global, &organisation, &changed)
}

async fn delete(client: &Client, which: &Which, yes: bool) -> Result<(), CliError> {
    let (organisation, project) = which.find(client).await?;
    confirm(
        yes,
        &format!(
            "Delete project {} of {} ({}) with its memberships and join tokens?",
            project.name, organisation.name, project.id
        ),
    )?;
    client.delete_project(project.id).await?;
    output::note(&format!("deleted {} ({})", project.name, project.id));
    Ok(())
}

async fn members(global: &Global, client: &Client, command: MemberCommand) -> Result<(), CliError> {
    match command {
        MemberCommand::List(which) => {
            let (_, at) = which.find(client).await?;
            member::list(global, client, Place::Project(at.id)).await
        }
        MemberCommand::Add { which, user, role } => {
            let (_, at) = which.find(client).await?;
            member::add(global, client, Place::Project(at.id), &user, role.into()).await
        }
        MemberCommand::Remove { which, user, yes } => {
            let (organisation, at) = which.find(client).await?;
            let from = format!("project {} of {}", at.name, organisation.name);
            member::remove(client, Place::Project(at.id), &from, &user, yes).await
        }
    }
}
