//! `edgeward profile …` and `edgeward password`: one's own account.

use clap::{Args, Subcommand};
use edgeward_api::access::{PasswordChange, Profile, ProfileChange};

use crate::arguments::Global;
use crate::choices::Language;
use crate::error::CliError;
use crate::{connect, output, secret};

#[derive(Subcommand)]
pub(crate) enum ProfileCommand {
    /// Show your own profile
    Show,
    /// Change your own profile
    Set(SetOptions),
}

#[derive(Args)]
#[group(id = "change", required = true, multiple = true)]
pub(crate) struct SetOptions {
    /// The name that others see
    #[arg(long)]
    name: Option<String>,
    /// Telephone number; "" for none
    #[arg(long)]
    phone: Option<String>,
    /// The language of the console
    #[arg(long, value_enum)]
    language: Option<Language>,
}

#[derive(Args)]
pub(crate) struct PasswordOptions {
    /// Read both from standard input, one on each line: the password until now, and the new one
    #[arg(long)]
    password_stdin: bool,
}

pub(crate) async fn carry_out(global: &Global, command: ProfileCommand) -> Result<(), CliError> {
    let client = connect::client(global)?;
    match command {
        ProfileCommand::Show => match client.session().await?.user {
            Some(profile) => show(global, &profile),
            None => Err(
                CliError::refused("no person is signed in here, so there is no profile")
                    .hint("see who acts with: edgeward session show"),
            ),
        },
        ProfileCommand::Set(options) => {
            let change = ProfileChange {
                display_name: options.name,
                phone: options.phone,
                language: options.language.map(Into::into),
            };
            show(global, &client.change_profile(&change).await?)
        }
    }
}

pub(crate) async fn change_password(
    global: &Global,
    options: PasswordOptions,
) -> Result<(), CliError> {
    let client = connect::client(global)?;
    let (current_password, new_password) = if options.password_stdin {
        secret::two_from_stdin("password until now", "new password")?
    } else {
        (
            secret::ask("Password until now", "--password-stdin")?,
            secret::ask_new("New password", "--password-stdin")?,
        )
    };
    client
        .change_password(&PasswordChange {
            current_password,
            new_password,
        })
        .await?;
    output::note("changed; all your other sessions have ended");
    Ok(())
}

fn show(global: &Global, profile: &Profile) -> Result<(), CliError> {
    let language = profile.language.map_or_else(
        || "as the installation's".to_owned(),
        |language| output::word(&language),
    );
    let password = if profile.has_password {
        "yes; change it with: edgeward password"
    } else {
        "no; you sign in with single sign-on"
    };
    let lines = vec![
        ("E-mail", profile.email.clone()),
        ("Name", output::or_dash(&profile.display_name)),
        ("Phone", output::or_dash(&profile.phone)),
        ("Language", language),
        ("Password", password.to_owned()),
        ("Id", profile.id.to_string()),
    ];
    output::one(global, profile, lines)
}
