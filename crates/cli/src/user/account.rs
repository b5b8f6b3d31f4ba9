//! What is done to accounts that there are: invite, enable, disable, reset, edit, delete, and their sessions.

use clap::Args;
use edgeward_api::user::{Link, PasswordReset, User, UserChange};
use edgeward_client::{Client, ClientError};

use super::{EditOptions, Several, link_words, show};
use crate::arguments::{Global, Output};
use crate::confirm::confirm;
use crate::error::CliError;
use crate::{output, resolve, secret, sessions};

#[derive(Args)]
pub(crate) struct ResetOptions {
    /// E-mail address, id, beginning of an id, or name
    user: String,
    /// Ask for the new password, instead of making a link
    #[arg(long, conflicts_with = "password_stdin")]
    ask_password: bool,
    /// Read the new password from standard input, instead of making a link
    #[arg(long)]
    password_stdin: bool,
    /// Do not ask whether their sessions may end
    #[arg(long)]
    yes: bool,
}

pub(crate) async fn invite(
    global: &Global,
    client: &Client,
    users: &[String],
) -> Result<(), CliError> {
    for text in users {
        let user = resolve::user(client, text).await.map_err(|error| {
            if text.contains('@') {
                error.hint(format!("to invite somebody new, make them: edgeward user create {text} --organisation <organisation> --role viewer"))
            } else {
                error
            }
        })?;
        tell(global, &user, &client.invite_user(user.id).await?)?;
    }
    Ok(())
}

pub(crate) async fn enable(
    global: &Global,
    client: &Client,
    users: &[String],
) -> Result<(), CliError> {
    let users = found(client, users).await?;
    for user in &users {
        let enabled = client.enable_user(user.id).await;
        show(
            global,
            &enabled.map_err(|error| among(&users, user, error))?,
        )?;
    }
    Ok(())
}

pub(crate) async fn disable(
    global: &Global,
    client: &Client,
    several: &Several,
) -> Result<(), CliError> {
    let users = found(client, &several.users).await?;
    let question = format!(
        "Disable {}? Their sessions end at once, and their API tokens are refused.",
        names(&users)
    );
    confirm(several.yes, &question)?;
    for user in &users {
        let disabled = client.disable_user(user.id).await;
        show(
            global,
            &disabled.map_err(|error| among(&users, user, error))?,
        )?;
    }
    Ok(())
}

pub(crate) async fn delete(client: &Client, several: &Several) -> Result<(), CliError> {
    let users = found(client, &several.users).await?;
    let question = format!(
        "Delete {} with memberships, sessions and API tokens?",
        names(&users)
    );
    confirm(several.yes, &question)?;
    for user in &users {
        let deleted = client.delete_user(user.id).await;
        deleted.map_err(|error| among(&users, user, error))?;
        output::note(&format!("deleted {}", name(user)));
    }
    Ok(())
}

pub(crate) async fn end_sessions(client: &Client, several: &Several) -> Result<(), CliError> {
    let users = found(client, &several.users).await?;
    confirm(
        several.yes,
        &format!("End all sessions of {}?", names(&users)),
    )?;
    for user in &users {
        let ended = client.end_sessions_of(user.id).await;
        ended.map_err(|error| among(&users, user, error))?;
        output::note(&format!("ended the sessions of {}", name(user)));
    }
    Ok(())
}

pub(crate) async fn sessions(global: &Global, client: &Client, user: &str) -> Result<(), CliError> {
    let user = resolve::user(client, user).await?;
    sessions::table(
        global,
        &client.sessions_of(user.id).await?,
        "they have no session",
    )
}

pub(crate) async fn reset(
    global: &Global,
    client: &Client,
    options: ResetOptions,
) -> Result<(), CliError> {
    let user = resolve::user(client, &options.user).await?;
    let question = format!(
        "Reset the password of {}? Their sessions end at once.",
        name(&user)
    );
    confirm(options.yes, &question)?;
    let password = match (options.password_stdin, options.ask_password) {
        (true, _) => Some(secret::from_stdin("password")?),
        (_, true) => Some(secret::ask_new("Their new password", "--password-stdin")?),
        _ => None,
    };
    let answer = client
        .reset_password(user.id, &PasswordReset { password })
        .await?;
    match (&answer.link, global.output) {
        (_, Output::Json) => output::json(&answer),
        (Some(link), Output::Table) => tell(global, &user, link),
        (None, Output::Table) => {
            output::note(&format!("{} has the new password", name(&user)));
            Ok(())
        }
    }
}

pub(crate) async fn edit(
    global: &Global,
    client: &Client,
    options: EditOptions,
) -> Result<(), CliError> {
    let user = resolve::user(client, &options.user).await?;
    let change = UserChange {
        display_name: options.name,
        phone: options.phone,
        system_admin: options.system_admin.map(Into::into),
        sso_only: options.sso_only.map(Into::into),
    };
    show(global, &client.change_user(user.id, &change).await?)
}

/// The link alone on standard output, the rest beside it.
fn tell(global: &Global, user: &User, link: &Link) -> Result<(), CliError> {
    if global.output == Output::Json {
        return output::json(link);
    }
    if let Some(url) = &link.url {
        output::line(&output::plain(url))?;
    }
    output::note(&output::plain(&format!(
        "{}: {}",
        user.email,
        link_words(link)
    )));
    Ok(())
}

/// All of them, before anything is done to the first.
async fn found(client: &Client, users: &[String]) -> Result<Vec<User>, CliError> {
    let mut found: Vec<User> = Vec::new();
    for text in users {
        let user = resolve::user(client, text).await?;
        if found.iter().all(|other| other.id != user.id) {
            found.push(user);
        }
    }
    Ok(found)
}

/// What was refused for one of several, with whom it was.
fn among(users: &[User], user: &User, error: ClientError) -> CliError {
    let error = CliError::from(error);
    if users.len() > 1 {
        error.about(&name(user))
    } else {
        error
    }
}

fn name(user: &User) -> String {
    let text = if user.display_name.is_empty() {
        user.email.clone()
    } else {
        format!("{} <{}>", user.display_name, user.email)
    };
    output::plain(&text)
}

fn names(users: &[User]) -> String {
    users.iter().map(name).collect::<Vec<_>>().join(", ")
}
