//! `edgeward user …`: the accounts of people.

mod account;
mod create;
mod list;

use clap::{ArgGroup, Args, Subcommand};
use edgeward_api::user::{Link, Membership, User};

use crate::arguments::Global;
use crate::choices::Switch;
use crate::error::CliError;
use crate::{connect, output, resolve};

#[derive(Subcommand)]
pub(crate) enum UserCommand {
    /// List users
    List(list::ListOptions),
    /// Show one user and what they belong to
    Show {
        /// E-mail address, id, beginning of an id, or name
        user: String,
    },
    /// Make one user or many; each gets a link to set a password, unless said otherwise
    #[command(visible_alias = "add")]
    Create(create::CreateOptions),
    /// Make a new link for users who have not followed theirs; the one before ends
    Invite {
        /// E-mail addresses, ids, beginnings of ids, or names
        #[arg(required = true, value_name = "USER")]
        users: Vec<String>,
    },
    /// Let users sign in again
    Enable {
        /// E-mail addresses, ids, beginnings of ids, or names
        #[arg(required = true, value_name = "USER")]
        users: Vec<String>,
    },
    /// Keep users from signing in; their sessions end at once, their API tokens are refused
    Disable(Several),
    /// Give a user a link to set another password, or set one; their sessions end at once
    ResetPassword(account::ResetOptions),
    /// Change what is known about a user and what they may do
    Edit(EditOptions),
    /// Delete users, with their memberships, sessions and API tokens
    Delete(Several),
    /// List a user's sessions
    Sessions {
        /// E-mail address, id, beginning of an id, or name
        user: String,
    },
    /// End all sessions of users; they have to sign in again
    EndSessions(Several),
}

/// Some users, for what takes something away from them.
#[derive(Args)]
pub(crate) struct Several {
    /// E-mail addresses, ids, beginnings of ids, or names
    #[arg(required = true, value_name = "USER")]
    users: Vec<String>,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

#[derive(Args)]
#[command(group = ArgGroup::new("change").required(true).multiple(true).args(["name", "phone", "system_admin", "sso_only"]))]
pub(crate) struct EditOptions {
    /// E-mail address, id, beginning of an id, or name
    user: String,
    /// The name that others see
    #[arg(long)]
    name: Option<String>,
    /// Telephone number; "" for none
    #[arg(long)]
    phone: Option<String>,
    /// Whether they may do everything, everywhere
    #[arg(long, value_enum)]
    system_admin: Option<Switch>,
    /// Whether they may sign in with single sign-on only
    #[arg(long, value_enum)]
    sso_only: Option<Switch>,
}

pub(crate) async fn carry_out(global: &Global, command: UserCommand) -> Result<(), CliError> {
    let client = &connect::client(global)?;
    match command {
        UserCommand::List(options) => list::carry_out(global, client, options).await,
        UserCommand::Show { user } => show(global, &resolve::user(client, &user).await?),
        UserCommand::Create(options) => create::carry_out(global, client, options).await,
        UserCommand::Invite { users } => account::invite(global, client, &users).await,
        UserCommand::Enable { users } => account::enable(global, client, &users).await,
        UserCommand::Disable(several) => account::disable(global, client, &several).await,
        UserCommand::ResetPassword(options) => account::reset(global, client, options).await,
        UserCommand::Edit(options) => account::edit(global, client, options).await,
        UserCommand::Delete(several) => account::delete(client, &several).await,
        UserCommand::Sessions { user } => account::sessions(global, client, &user).await,
        UserCommand::EndSessions(several) => account::end_sessions(client, &several).await,
    }
}

fn show(global: &Global, user: &User) -> Result<(), CliError> {
    let sign_in = if user.sso_only {
        "single sign-on only"
    } else {
        "password, or single sign-on"
    };
    let mut lines = vec![
        ("E-mail", user.email.clone()),
        ("Name", output::or_dash(&user.display_name)),
        ("Id", user.id.to_string()),
        ("State", output::word(&user.state)),
        ("Phone", output::or_dash(&user.phone)),
        ("Signs in with", sign_in.to_owned()),
        (
            "Last sign-in",
            output::time_or(user.last_sign_in_at, "never"),
        ),
        ("Made", output::time(user.created_at)),
    ];
    if user.system_admin {
        lines.push(("Role", "system admin".to_owned()));
    }
    for membership in &user.memberships {
        lines.push(("Role", role_in(membership)));
    }
    output::one(global, user, lines)
}

/// `admin of Acme / Hall 3`.
pub(crate) fn role_in(membership: &Membership) -> String {
    let role = output::word(&membership.role);
    match &membership.project_name {
        Some(project) => format!("{role} of {} / {project}", membership.organisation_name),
        None => format!("{role} of {}", membership.organisation_name),
    }
}

/// Everything somebody may do, in a line.
pub(crate) fn roles(system_admin: bool, memberships: &[Membership]) -> String {
    let mut roles: Vec<_> = memberships.iter().map(role_in).collect();
    if system_admin {
        roles.insert(0, "system admin".to_owned());
    }
    output::or_dash(&roles.join(", "))
}

/// What became of a link, in words.
fn link_words(link: &Link) -> String {
    let until = output::time(link.expires_at);
    match (&link.url, &link.mail_error) {
        _ if link.mailed => format!("the link was sent by e-mail; it works until {until}"),
        (Some(_), Some(error)) => format!(
            "the link could not be sent by e-mail ({error}); hand it over, it works once, until {until}"
        ),
        (Some(_), None) => format!("hand the link over; it works once, until {until}"),
        (None, _) => format!("there is no link to show; it works until {until}"),
    }
}
