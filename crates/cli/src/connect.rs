//! Which control plane a command speaks to, and as whom.
//!
//! `--server` (or `EDGEWARD_URL`) comes first, then `--data-dir`, then the saved sign-in, then the default data folder of
//! this machine. The token is `EDGEWARD_TOKEN`, or what is saved for that very address.

use std::fs;

use edgeward_client::{Client, Options};
use edgeward_pki::tls::Trust;

use crate::arguments::Global;
use crate::error::CliError;
use crate::saved::{self, OPERATOR_FILE, SignIn};

/// A client that is signed in.
pub(crate) fn client(global: &Global) -> Result<Client, CliError> {
    let target = target(global)?;
    let token = global.token.clone().or(target.token).ok_or_else(|| {
        CliError::usage(format!("nobody is signed in to {}", target.url)).hint(format!(
            "sign in with: edgeward sign-in --server {}; or give an API token in EDGEWARD_TOKEN",
            target.url
        ))
    })?;
    Ok(Client::new(Options {
        server: target.url,
        token: Some(token),
        trust: trust(global, target.sign_in.as_ref())?,
    })?)
}

/// A client for what is open to everybody: signed in where that is known, and otherwise not.
pub(crate) fn anybody(global: &Global) -> Result<Client, CliError> {
    let target = target(global)?;
    Ok(Client::new(Options {
        server: target.url,
        token: global.token.clone().or(target.token),
        trust: trust(global, target.sign_in.as_ref())?,
    })?)
}

/// Whose certificates are believed.
pub(crate) fn trust(global: &Global, sign_in: Option<&SignIn>) -> Result<Trust, CliError> {
    if let Some(file) = &global.ca {
        let pem = fs::read_to_string(file)
            .map_err(|error| CliError::failed(format!("cannot read {}", file.display()), error))?;
        return Ok(Trust::Authority(pem));
    }
    let saved = sign_in.and_then(|sign_in| sign_in.ca_fingerprint.clone());
    if let Some(text) = global.ca_fingerprint.clone().or(saved) {
        let fingerprint = text
            .parse()
            .map_err(|error: edgeward_pki::ParseFingerprintError| {
                CliError::usage(error.to_string())
            })?;
        return Ok(Trust::Pinned(fingerprint));
    }
    Ok(match sign_in.and_then(|sign_in| sign_in.ca_pem.clone()) {
        Some(pem) => Trust::Authority(pem),
        None => Trust::PublicRoots,
    })
}

struct Target {
    url: String,
    token: Option<String>,
    sign_in: Option<SignIn>,
}

fn target(global: &Global) -> Result<Target, CliError> {
    if let Some(server) = &global.server {
        return explicit(server, global);
    }
    if let Some(data_dir) = &global.data_dir {
        let operator = saved::operator(data_dir)?.ok_or_else(|| {
            CliError::usage(format!(
                "no control plane has run on {}: there is no {OPERATOR_FILE} in it",
                data_dir.display()
            ))
            .hint(format!(
                "start one with: edgeward up --data-dir {}",
                data_dir.display()
            ))
        })?;
        return Ok(Target {
            url: operator.url,
            token: Some(operator.token),
            sign_in: None,
        });
    }
    if let Some(sign_in) = saved::sign_in()? {
        return Ok(Target {
            url: sign_in.url.clone(),
            token: Some(sign_in.token.clone()),
            sign_in: Some(sign_in),
        });
    }
    match saved::operator(&saved::default_data_dir()?)? {
        Some(operator) => Ok(Target {
            url: operator.url,
            token: Some(operator.token),
            sign_in: None,
        }),
        None => Err(CliError::usage("nobody is signed in, and no control plane runs on this machine")
            .hint("sign in with: edgeward sign-in --server <address>, or start one here with: edgeward up")),
    }
}

fn explicit(server: &str, global: &Global) -> Result<Target, CliError> {
    let same = |url: &str| url.trim_end_matches('/') == server.trim_end_matches('/');
    let sign_in = saved::sign_in()?.filter(|sign_in| same(&sign_in.url));
    let data_dir = saved::data_dir(global)?;
    let token = match &sign_in {
        Some(sign_in) => Some(sign_in.token.clone()),
        None => saved::operator(&data_dir)?
            .filter(|operator| same(&operator.url))
            .map(|operator| operator.token),
    };
    Ok(Target {
        url: server.to_owned(),
        token,
        sign_in,
    })
}
