//! `edgeward settings mail …`: the mail server. Its password comes from a prompt or standard input, and is never shown.

use std::io::{self, IsTerminal};

use clap::{Args, Subcommand};
use edgeward_api::settings::{MailRequest, MailSecurity, MailSettings, MailTestRequest};
use edgeward_client::Client;

use super::{show, tested};
use crate::arguments::Global;
use crate::choices::Security;
use crate::confirm::confirm;
use crate::error::CliError;
use crate::{output, secret};

#[derive(Subcommand)]
pub(crate) enum MailCommand {
    /// Set the mail server; then test it
    Set(SetOptions),
    /// Send a mail with what is set
    Test {
        /// The address that the mail goes to
        #[arg(long, value_name = "E-MAIL")]
        to: String,
    },
    /// Forget the mail server; links are then shown instead of sent
    Remove {
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Args)]
pub(crate) struct SetOptions {
    /// Host name or address
    #[arg(long)]
    host: String,
    /// How the connection is protected
    #[arg(long, value_enum, default_value_t = Security::Starttls)]
    security: Security,
    /// Port; when absent the usual one: 465 with tls, 587 with starttls, else 25
    #[arg(long)]
    port: Option<u16>,
    /// The sender, such as "Edgeward <edgeward@example.com>"
    #[arg(long)]
    from: String,
    /// The name to sign in with; its password is asked for
    #[arg(long)]
    username: Option<String>,
    /// Read the password from standard input instead of asking for it
    #[arg(long, requires = "username", conflicts_with = "keep_password")]
    password_stdin: bool,
    /// Keep the password that is set
    #[arg(long, requires = "username")]
    keep_password: bool,
}

pub(crate) async fn carry_out(
    global: &Global,
    client: &Client,
    command: MailCommand,
) -> Result<(), CliError> {
    match command {
        MailCommand::Set(options) => {
            let settings = client.set_mail(&request(options)?).await?;
            show(global, &settings)?;
            output::note("now test it with: edgeward settings mail test --to <your address>");
            Ok(())
        }
        MailCommand::Test { to } => {
            let request = MailTestRequest {
                to: to.clone(),
                settings: None,
            };
            let test = client.test_mail(&request).await?;
            tested(
                global,
                &test,
                test.sent,
                &test.problem,
                &format!("the mail server took the mail; look whether it arrives at {to}"),
                "the mail could not be sent",
            )
        }
        MailCommand::Remove { yes } => {
            let host = client.settings().await?.mail.map(|mail| mail.host);
            let host = host.ok_or_else(|| CliError::refused("no mail server is set"))?;
            confirm(
                yes,
                &format!(
                    "Forget the mail server {} and its password?",
                    output::plain(&host)
                ),
            )?;
            show(global, &client.remove_mail().await?)
        }
    }
}

fn request(options: SetOptions) -> Result<MailRequest, CliError> {
    let security = options.security.into();
    let password = match (&options.username, options.password_stdin) {
        (None, _) => None,
        (Some(_), true) => Some(secret::from_stdin("password")?),
        (Some(_), false) if options.keep_password => None,
        (Some(_), false) if !io::stdin().is_terminal() => {
            return Err(CliError::usage(
                "the password is missing, and standard input is no terminal to ask on",
            )
            .hint(
                "send it with --password-stdin, or keep the one that is set with --keep-password",
            ));
        }
        (Some(_), false) => Some(secret::ask("Password", "--password-stdin")?),
    };
    Ok(MailRequest {
        host: options.host,
        port: options.port.unwrap_or(match security {
            MailSecurity::Tls => 465,
            MailSecurity::Starttls => 587,
            MailSecurity::None => 25,
        }),
        security,
        username: options.username,
        password,
        from: options.from,
    })
}

/// The mail server in a line.
pub(super) fn words(mail: Option<&MailSettings>) -> String {
    let Some(mail) = mail else {
        return "none; links are shown instead of sent".to_owned();
    };
    let security = match mail.security {
        MailSecurity::Tls => "TLS",
        MailSecurity::Starttls => "STARTTLS",
        MailSecurity::None => "no encryption",
    };
    let account = match (&mail.username, mail.password_set) {
        (Some(name), true) => format!(", as {name} with a password"),
        (Some(name), false) => format!(", as {name} without a password"),
        (None, _) => String::new(),
    };
    format!(
        "{}:{} ({security}){account}, from {}",
        mail.host, mail.port, mail.from
    )
}
