//! `edgeward user create`: one user or many at once.

use clap::Args;
use edgeward_api::user::{CreateUsers, CreatedUser, MAX_AT_ONCE};
use edgeward_client::Client;

use super::link_words;
use crate::arguments::{Global, Output};
use crate::error::CliError;
use crate::place::MembershipOptions;
use crate::{output, secret};

#[derive(Args)]
pub(crate) struct CreateOptions {
    /// Their e-mail addresses, at most 100
    #[arg(required = true, value_name = "E-MAIL")]
    emails: Vec<String>,
    #[command(flatten)]
    membership: MembershipOptions,
    /// They may do everything, everywhere
    #[arg(long)]
    system_admin: bool,
    /// For one user: the name that others see
    #[arg(long)]
    name: Option<String>,
    /// For one user: telephone number
    #[arg(long)]
    phone: Option<String>,
    /// Ask for their first password, instead of making links
    #[arg(long, conflicts_with_all = ["password_stdin", "sso_only"])]
    ask_password: bool,
    /// Read their first password from standard input, instead of making links
    #[arg(long, conflicts_with = "sso_only")]
    password_stdin: bool,
    /// They sign in with single sign-on only: neither password nor link
    #[arg(long)]
    sso_only: bool,
}

pub(crate) async fn carry_out(
    global: &Global,
    client: &Client,
    options: CreateOptions,
) -> Result<(), CliError> {
    let count = options.emails.len();
    if count > MAX_AT_ONCE {
        return Err(CliError::usage(format!(
            "{count} addresses at once are too many; {MAX_AT_ONCE} are allowed"
        )));
    }
    if count > 1 && (options.name.is_some() || options.phone.is_some()) {
        return Err(CliError::usage(
            "--name and --phone are for one user; leave them out to make many",
        ));
    }
    let membership = options.membership.request(client).await?;
    let password = match (options.password_stdin, options.ask_password) {
        (true, _) => Some(secret::from_stdin("password")?),
        (_, true) => Some(secret::ask_new("Their password", "--password-stdin")?),
        _ => None,
    };
    let answer = client
        .create_users(&CreateUsers {
            emails: options.emails,
            display_name: options.name,
            phone: options.phone,
            password,
            sso_only: options.sso_only,
            system_admin: options.system_admin,
            memberships: membership.into_iter().collect(),
        })
        .await?;
    match global.output {
        Output::Json => output::json(&answer)?,
        Output::Table => tell(&answer.results)?,
    }
    let refused = answer
        .results
        .iter()
        .filter(|result| result.user.is_none())
        .count();
    match (refused, count) {
        (0, _) => Ok(()),
        (_, 1) => Err(CliError::refused("the user was not made")),
        _ => Err(CliError::refused(format!(
            "{refused} of {count} users were not made"
        ))),
    }
}

fn tell(results: &[CreatedUser]) -> Result<(), CliError> {
    output::table(&["E-MAIL", "RESULT", "LINK"], results.iter().map(row))?;
    // Each has its own way; what is the same for many is said once.
    let mut words: Vec<_> = results
        .iter()
        .filter_map(|result| result.link.as_ref().map(link_words))
        .collect();
    words.dedup();
    for word in words {
        output::note(&output::plain(&word));
    }
    Ok(())
}

fn row(result: &CreatedUser) -> Vec<String> {
    let (outcome, link) = match (&result.user, &result.error, &result.link) {
        (None, Some(error), _) => (format!("not made: {}", error.message), "-".to_owned()),
        (None, None, _) => ("not made".to_owned(), "-".to_owned()),
        (Some(_), _, Some(link)) => match (&link.url, link.mailed) {
            (_, true) => ("made".to_owned(), "sent by e-mail".to_owned()),
            (Some(url), false) => ("made".to_owned(), url.clone()),
            (None, false) => ("made".to_owned(), "-".to_owned()),
        },
        (Some(_), _, None) => ("made".to_owned(), "-".to_owned()),
    };
    vec![result.email.clone(), outcome, link]
}
