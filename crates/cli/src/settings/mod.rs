//! `edgeward settings …`: the installation's settings, as its system administrators see and set them.

mod mail;
mod set;
mod sso;

use clap::Subcommand;
use edgeward_api::settings::{RootAddressRequest, RootAddressSource, Settings};
use edgeward_client::Client;

use crate::arguments::Global;
use crate::confirm::confirm;
use crate::error::CliError;
use crate::{connect, output};

#[derive(Subcommand)]
pub(crate) enum SettingsCommand {
    /// Show all settings; secrets are never shown
    Show,
    /// Set the root address, the language, or rules for passwords, sessions and links
    #[command(subcommand)]
    Set(set::SetCommand),
    /// The address under which people and devices know the console
    #[command(subcommand)]
    RootAddress(RootAddressCommand),
    /// The mail server that links are sent with
    #[command(subcommand)]
    Mail(mail::MailCommand),
    /// Single sign-on by OpenID Connect
    #[command(subcommand)]
    Sso(sso::SsoCommand),
}

#[derive(Subcommand)]
pub(crate) enum RootAddressCommand {
    /// Set it
    Set {
        /// Scheme, host and port, such as https://edgeward.example.com
        url: String,
    },
    /// Whether an address leads to this control plane, as it sees it itself
    Test {
        /// The address; the one in use when absent
        url: Option<String>,
    },
    /// Forget what was set; the console is then where the control plane listens
    Remove {
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

pub(crate) async fn carry_out(global: &Global, command: SettingsCommand) -> Result<(), CliError> {
    let client = &connect::client(global)?;
    match command {
        SettingsCommand::Show => show(global, &client.settings().await?),
        SettingsCommand::Set(command) => set::carry_out(global, client, command).await,
        SettingsCommand::RootAddress(command) => root_address(global, client, command).await,
        SettingsCommand::Mail(command) => mail::carry_out(global, client, command).await,
        SettingsCommand::Sso(command) => sso::carry_out(global, client, command).await,
    }
}

async fn root_address(
    global: &Global,
    client: &Client,
    command: RootAddressCommand,
) -> Result<(), CliError> {
    match command {
        RootAddressCommand::Set { url } => {
            set::carry_out(global, client, set::SetCommand::RootAddress { url }).await
        }
        RootAddressCommand::Test { url } => {
            let url = match url {
                Some(url) => url,
                None => client.settings().await?.root_address.url,
            };
            let test = client
                .test_root_address(&RootAddressRequest { url: url.clone() })
                .await?;
            tested(
                global,
                &test,
                test.reached,
                &test.problem,
                &format!("{url} leads to this control plane"),
                &format!("{url} does not lead to this control plane"),
            )
        }
        RootAddressCommand::Remove { yes } => {
            let now = client.settings().await?.root_address;
            confirm(
                yes,
                &format!(
                    "Forget the root address {}? Links and edge services' pages then have another address.",
                    output::plain(&now.url)
                ),
            )?;
            show(global, &client.remove_root_address().await?)
        }
    }
}

/// Tells what came of a test: the good news, or the problem as a failure. As JSON, the answer in either case.
fn tested(
    global: &Global,
    answer: &impl serde::Serialize,
    good: bool,
    problem: &Option<String>,
    good_news: &str,
    bad_news: &str,
) -> Result<(), CliError> {
    if global.output == crate::arguments::Output::Json {
        output::json(answer)?;
    }
    if good {
        output::note(&output::plain(good_news));
        return Ok(());
    }
    let because = problem.as_ref().map_or(String::new(), |p| format!(": {p}"));
    Err(CliError::refused(output::plain(&format!(
        "{bad_news}{because}"
    ))))
}

fn show(global: &Global, settings: &Settings) -> Result<(), CliError> {
    let source = match settings.root_address.source {
        RootAddressSource::Configuration => "by the configuration file",
        RootAddressSource::Setting => "set",
        RootAddressSource::Listening => "not set; where the control plane listens",
    };
    let (passwords, sessions, links) = (&settings.passwords, &settings.sessions, &settings.links);
    let mut lines = vec![
        (
            "Root address",
            format!("{} ({source})", settings.root_address.url),
        ),
        (
            "Services below",
            settings.root_address.services_domain.clone(),
        ),
        ("Language", output::word(&settings.language)),
        (
            "Passwords",
            format!(
                "at least {} characters{}",
                passwords.min_chars,
                [
                    (passwords.letter, ", a letter"),
                    (passwords.digit, ", a digit"),
                    (passwords.symbol, ", a symbol"),
                ]
                .iter()
                .filter_map(|(needed, words)| needed.then_some(*words))
                .collect::<String>()
            ),
        ),
        (
            "Sessions end",
            format!(
                "{} hours without use; remembered ones {} days",
                sessions.idle_hours, sessions.remembered_days
            ),
        ),
        (
            "Links end",
            format!(
                "invitations after {} hours, password resets after {}",
                links.invitation_hours, links.reset_hours
            ),
        ),
        ("Mail", mail::words(settings.mail.as_ref())),
    ];
    for provider in &settings.providers {
        lines.push(("Single sign-on", sso::words(provider)));
    }
    if settings.providers.is_empty() {
        lines.push(("Single sign-on", "none".to_owned()));
    }
    let guide = if settings.guide_done { "done" } else { "shown" };
    lines.push(("First-run guide", guide.to_owned()));
    output::one(global, settings, lines)
}
