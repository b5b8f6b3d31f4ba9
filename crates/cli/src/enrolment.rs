//! `edgeward enrolment …`: what an organisation asks of devices that enrol by what snapd knows of them.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};
use edgeward_api::organisation::Organisation;
use edgeward_api::registration::{EnrolmentKey, EnrolmentRequest, EnrolmentSettings};
use edgeward_client::Client;

use crate::arguments::Global;
use crate::choices::Switch;
use crate::confirm::confirm;
use crate::error::CliError;
use crate::{connect, files, output, resolve};

/// The largest assertion that is sent, with what may be printed beside it.
const MAX_ASSERTION_BYTES: usize = 256 * 1024;

#[derive(Subcommand)]
pub(crate) enum EnrolmentCommand {
    /// Show whose signatures an organisation believes, and what else it allows
    Show {
        /// Id, beginning of an id, or name
        organisation: String,
    },
    /// Whose signatures an organisation believes
    #[command(subcommand)]
    Key(KeyCommand),
    /// Whether registered devices are let in that nobody vouches for
    Unverified(UnverifiedOptions),
    /// Where devices register themselves that the keys vouch for; for system administrators
    Automatic(AutomaticOptions),
}

#[derive(Subcommand)]
pub(crate) enum KeyCommand {
    /// Believe a key: devices whose assertions it has signed may enrol
    Add {
        /// Id, beginning of an id, or name of the organisation
        organisation: String,
        /// Its account-key assertion, as "snap known --remote account-key public-key-sha3-384=<key>" prints it; - for standard input
        file: PathBuf,
    },
    /// Believe a key no longer; devices that have enrolled stay
    Remove {
        /// Id, beginning of an id, or name of the organisation
        organisation: String,
        /// The key's id, or the beginning of it
        key: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Args)]
pub(crate) struct UnverifiedOptions {
    /// Id, beginning of an id, or name
    organisation: String,
    /// On or off
    #[arg(value_enum)]
    allowed: Switch,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

#[derive(Args)]
#[command(group(ArgGroup::new("where").required(true).args(["project", "off"])))]
pub(crate) struct AutomaticOptions {
    /// Id, beginning of an id, or name
    organisation: String,
    /// Into this project of it (id, beginning of an id, or name)
    #[arg(long)]
    project: Option<String>,
    /// Nowhere: devices have to be registered
    #[arg(long)]
    off: bool,
}

pub(crate) async fn carry_out(global: &Global, command: EnrolmentCommand) -> Result<(), CliError> {
    let client = &connect::client(global)?;
    match command {
        EnrolmentCommand::Show { organisation } => {
            let organisation = resolve::organisation(client, &organisation).await?;
            let settings = client.enrolment_settings(organisation.id).await?;
            show(global, &organisation, &settings)
        }
        EnrolmentCommand::Key(KeyCommand::Add { organisation, file }) => {
            let assertion = files::text(&file, MAX_ASSERTION_BYTES)?;
            let organisation = resolve::organisation(client, &organisation).await?;
            let settings = client.add_enrolment_key(organisation.id, assertion).await?;
            show(global, &organisation, &settings)
        }
        EnrolmentCommand::Key(KeyCommand::Remove {
            organisation,
            key,
            yes,
        }) => remove_key(client, &organisation, &key, yes).await,
        EnrolmentCommand::Unverified(options) => unverified(global, client, &options).await,
        EnrolmentCommand::Automatic(options) => automatic(global, client, &options).await,
    }
}

async fn remove_key(
    client: &Client,
    organisation: &str,
    key: &str,
    yes: bool,
) -> Result<(), CliError> {
    let organisation = resolve::organisation(client, organisation).await?;
    let keys = client.enrolment_settings(organisation.id).await?.keys;
    let key = the_key(keys, key)?;
    let question = format!(
        "Believe key {} of {} no longer? Devices of {} that it vouches for cannot enrol then.",
        key.id,
        output::plain(&key.account),
        organisation.name
    );
    confirm(yes, &question)?;
    client
        .remove_enrolment_key(organisation.id, &key.id)
        .await?;
    output::note(&format!("removed {}", key.id));
    Ok(())
}

fn the_key(keys: Vec<EnrolmentKey>, text: &str) -> Result<EnrolmentKey, CliError> {
    let mut found: Vec<_> = keys
        .into_iter()
        .filter(|key| !text.is_empty() && key.id.starts_with(text))
        .collect();
    match found.len() {
        1 => Ok(found.remove(0)),
        0 => Err(CliError::refused(format!("there is no key \"{text}\""))
            .hint("see them with: edgeward enrolment show <organisation>")),
        count => Err(
            CliError::usage(format!("\"{text}\" stands for {count} keys"))
                .hint("give more of the id"),
        ),
    }
}

async fn unverified(
    global: &Global,
    client: &Client,
    options: &UnverifiedOptions,
) -> Result<(), CliError> {
    let organisation = resolve::organisation(client, &options.organisation).await?;
    let now = client.enrolment_settings(organisation.id).await?;
    if options.allowed == Switch::On {
        let question = format!(
            "Let unverified devices into {}? Whoever knows brand, model and serial number of one that waits can enrol in its place.",
            organisation.name
        );
        confirm(options.yes, &question)?;
    }
    let request = EnrolmentRequest {
        allow_unverified: options.allowed.into(),
        automatic_project_id: now.automatic_project_id,
    };
    let settings = client.set_enrolment(organisation.id, &request).await?;
    show(global, &organisation, &settings)
}

async fn automatic(
    global: &Global,
    client: &Client,
    options: &AutomaticOptions,
) -> Result<(), CliError> {
    let organisation = resolve::organisation(client, &options.organisation).await?;
    let automatic_project_id = match &options.project {
        Some(project) => {
            let of = organisation.id.to_string();
            Some(resolve::project(client, Some(&of), project).await?.1.id)
        }
        None => None,
    };
    let now = client.enrolment_settings(organisation.id).await?;
    let request = EnrolmentRequest {
        allow_unverified: now.allow_unverified,
        automatic_project_id,
    };
    let settings = client.set_enrolment(organisation.id, &request).await?;
    show(global, &organisation, &settings)?;
    if automatic_project_id.is_some() && settings.keys.is_empty() {
        output::note("it believes nobody's key yet; add one with: edgeward enrolment key add");
    }
    Ok(())
}

fn show(
    global: &Global,
    organisation: &Organisation,
    settings: &EnrolmentSettings,
) -> Result<(), CliError> {
    let automatic = settings.automatic_project_id.map(|id| {
        let known = organisation
            .projects
            .iter()
            .find(|project| project.id == id);
        known.map_or_else(
            || id.to_string(),
            |project| format!("{} ({id})", project.name),
        )
    });
    let mut lines = vec![
        (
            "Unverified devices",
            if settings.allow_unverified {
                "let in, if they are registered"
            } else {
                "refused"
            }
            .to_owned(),
        ),
        (
            "Register themselves",
            automatic.map_or("no".to_owned(), |project| format!("into {project}")),
        ),
    ];
    for key in &settings.keys {
        lines.push((
            "Key",
            format!(
                "{} of {} {}, since {}",
                key.id,
                key.account,
                key.name,
                output::time(key.added_at)
            ),
        ));
    }
    if settings.keys.is_empty() {
        lines.push(("Key", "none".to_owned()));
    }
    output::one(global, settings, lines)
}
