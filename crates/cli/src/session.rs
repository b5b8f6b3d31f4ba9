//! `edgeward sign-in` and `edgeward sign-out`.

use std::io::{self, BufRead, IsTerminal, Write};
use std::net::IpAddr;

use clap::Args;
use edgeward_api::access::SignInRequest;
use edgeward_client::{Client, Options};
use edgeward_pki::tls::Trust;

use crate::arguments::Global;
use crate::error::CliError;
use crate::saved::{self, SignIn};
use crate::{connect, output, secret};

#[derive(Args)]
pub(crate) struct SignInOptions {
    /// The e-mail address; asked for when absent
    #[arg(long)]
    email: Option<String>,
    /// Read the password from standard input instead of asking for it
    #[arg(long)]
    password_stdin: bool,
    /// Send the password even over plain HTTP to another machine
    #[arg(long)]
    allow_plain_http: bool,
}

pub(crate) async fn sign_in(global: &Global, options: SignInOptions) -> Result<(), CliError> {
    let server = global.server.clone().ok_or_else(|| {
        CliError::usage("where to sign in is missing")
            .hint("name it with --server https://edge.example.com")
    })?;
    if !options.allow_plain_http && is_plain_and_remote(&server) {
        return Err(CliError::usage(format!("{server} is plain HTTP to another machine: everybody in between could read the password"))
            .hint("use https://, or add --allow-plain-http if the network in between is yours"));
    }
    let trust = connect::trust(global, None)?;
    let client = Client::new(Options {
        server,
        token: None,
        trust: trust.clone(),
    })?;
    let email = match options.email {
        Some(email) => email,
        None => ask("E-mail: ")?,
    };
    let password = if options.password_stdin {
        secret::from_stdin("password")?
    } else {
        secret::ask("Password", "--password-stdin")?
    };
    let session = client
        .sign_in(&SignInRequest {
            email: email.clone(),
            password,
            // It is kept in a file, and so outlasts whatever it was typed in.
            remember: true,
            bearer: true,
        })
        .await?;
    let token = session
        .bearer_token
        .ok_or_else(|| CliError::refused("the control plane signed in but gave no token"))?;
    let file = saved::save(&SignIn {
        url: client.server().to_owned(),
        email,
        token,
        ca_pem: match &trust {
            Trust::Authority(pem) => Some(pem.clone()),
            _ => None,
        },
        ca_fingerprint: match &trust {
            Trust::Pinned(fingerprint) => Some(fingerprint.to_string()),
            _ => None,
        },
    })?;
    output::note(&format!(
        "signed in to {}; remembered in {}",
        client.server(),
        file.display()
    ));
    Ok(())
}

pub(crate) async fn sign_out(global: &Global) -> Result<(), CliError> {
    let Some(sign_in) = saved::sign_in()? else {
        output::note("nobody was signed in");
        return Ok(());
    };
    let client = Client::new(Options {
        server: sign_in.url.clone(),
        token: Some(sign_in.token.clone()),
        trust: connect::trust(global, Some(&sign_in))?,
    })?;
    let ended = client.sign_out().await;
    saved::forget()?;
    match ended {
        Ok(()) => output::note(&format!("signed out of {}", sign_in.url)),
        Err(error) if error.is_unauthorized() => output::note(&format!(
            "forgotten; the sign-in to {} had ended",
            sign_in.url
        )),
        Err(error) => {
            output::note("forgotten on this machine; the control plane was not told");
            return Err(error.into());
        }
    }
    Ok(())
}

fn is_plain_and_remote(server: &str) -> bool {
    let Some(rest) = server.trim().strip_prefix("http://") else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    let local = host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    !local
}

fn ask(prompt: &str) -> Result<String, CliError> {
    if !io::stdin().is_terminal() {
        return Err(CliError::usage(
            "the e-mail address is missing, and standard input is no terminal to ask on",
        )
        .hint("give it with --email"));
    }
    let mut stderr = io::stderr().lock();
    let mut answer = String::new();
    write!(stderr, "{prompt}")
        .and_then(|()| stderr.flush())
        .and_then(|()| io::stdin().lock().read_line(&mut answer))
        .map_err(|error| CliError::failed("cannot ask for the e-mail address", error))?;
    Ok(answer.trim().to_owned())
}
