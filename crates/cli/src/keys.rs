//! `edgeward key …`, `edgeward ca` and `edgeward agent-service`: what an administrator needs of the installation itself.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use edgeward_api::settings::PublicKey;

use crate::arguments::{Global, Output};
use crate::confirm::confirm;
use crate::error::CliError;
#[cfg(feature = "server")]
use crate::saved;
use crate::{connect, output, rotation};

#[derive(Subcommand)]
pub(crate) enum KeyCommand {
    /// List the key pairs that edge services know Edgeward by, and how many accept each
    List,
    /// Show a public key
    Show {
        /// The number of the key pair
        number: u32,
    },
    /// Begin to exchange the key pair: make the next one beside it
    #[command(
        long_about = "Begin to exchange the key pair: make the next one beside it.\n\n\
        Edge services are asked for both from now on, and shown tokens of the newest that they accept, so that nothing stops working. Put \
        the new public file beside the old one everywhere (see key place and key download), and retire the old key pair when key list says \
        that none is behind."
    )]
    Rotate {
        /// Do not ask first
        #[arg(long)]
        yes: bool,
    },
    /// Have agents put a public key where their services look for it
    #[command(
        long_about = "Have agents put a public key where their services look for it.\n\n\
        An agent writes it only into the folder that key_folder in its own configuration names for the service. Each service is asked right \
        after whether it accepts the key."
    )]
    Place(rotation::PlaceOptions),
    /// Delete the older of two key pairs
    Retire(rotation::RetireOptions),
    /// Save the public key that edge services check Edgeward's tokens with
    #[command(
        long_about = "Save the public key that edge services check Edgeward's tokens with.\n\n\
        An edge service looks for the key under exactly its file name, so that is what it is saved as, in the current folder. \
        With --output json nothing is saved unless --file is given. That the key was fetched is in the audit log."
    )]
    Download(DownloadOptions),
    /// Save all keys of this machine's control plane in one file
    #[cfg(feature = "server")]
    #[command(
        long_about = "Save all keys of this machine's control plane in one file.\n\n\
        With them, and with its database, the installation can be brought back on another machine: agents, edge services and the audit \
        log know it by its keys. Whoever has the file can act as the installation; keep it as you would keep a master key. The data \
        folder is the one of --data-dir, or this user's own."
    )]
    Backup {
        /// The file to write; only this user can read it
        file: PathBuf,
        /// Do not ask before another file of that name is overwritten
        #[arg(long)]
        yes: bool,
    },
    /// Put the keys of a backup into a data folder
    #[cfg(feature = "server")]
    #[command(long_about = "Put the keys of a backup into a data folder.\n\n\
        Stop the control plane first. A key that is there and differs is never replaced; then nothing is written. The data folder is the \
        one of --data-dir, or this user's own.")]
    Restore {
        /// The file that `edgeward key backup` wrote
        file: PathBuf,
    },
}

#[derive(Args)]
pub(crate) struct DownloadOptions {
    /// The number of the key pair; the newest unless given
    #[arg(long)]
    number: Option<u32>,
    /// Where to, instead of its own name in the current folder
    #[arg(long)]
    file: Option<PathBuf>,
    /// Do not ask before another file of that name is overwritten
    #[arg(long)]
    yes: bool,
}

#[derive(Args)]
pub(crate) struct CaOptions {
    /// Where to; standard output when absent
    #[arg(long)]
    file: Option<PathBuf>,
    /// Do not ask before another file of that name is overwritten
    #[arg(long)]
    yes: bool,
}

pub(crate) async fn carry_out(global: &Global, command: KeyCommand) -> Result<(), CliError> {
    match command {
        KeyCommand::List => rotation::list(global).await,
        KeyCommand::Show { number } => rotation::show(global, number).await,
        KeyCommand::Rotate { yes } => rotation::rotate(global, yes).await,
        KeyCommand::Place(options) => rotation::place(global, options).await,
        KeyCommand::Retire(options) => rotation::retire(global, options).await,
        KeyCommand::Download(options) => download(global, options).await,
        #[cfg(feature = "server")]
        KeyCommand::Backup { file, yes } => back_up(global, &file, yes),
        #[cfg(feature = "server")]
        KeyCommand::Restore { file } => restore(global, &file),
    }
}

#[cfg(feature = "server")]
fn back_up(global: &Global, file: &Path, yes: bool) -> Result<(), CliError> {
    let data_dir = saved::data_dir(global)?;
    if file.exists() {
        confirm(yes, &format!("{} is there. Overwrite it?", file.display()))?;
    }
    let count = edgeward_server::keys::backup(&data_dir, file)
        .map_err(|error| CliError::failed("cannot back up the keys", error))?;
    output::note(&format!(
        "{count} keys of {} are in {}; whoever has it can act as this installation",
        data_dir.display(),
        file.display()
    ));
    Ok(())
}

#[cfg(feature = "server")]
fn restore(global: &Global, file: &Path) -> Result<(), CliError> {
    let data_dir = saved::data_dir(global)?;
    let count = edgeward_server::keys::restore(file, &data_dir)
        .map_err(|error| CliError::failed("cannot restore the keys", error))?;
    output::note(&match count {
        0 => format!("{} has all these keys already", data_dir.display()),
        _ => format!("{count} keys were put into {}", data_dir.display()),
    });
    Ok(())
}

async fn download(global: &Global, options: DownloadOptions) -> Result<(), CliError> {
    let client = connect::client(global)?;
    let key = match options.number {
        Some(number) => client.key(number).await?,
        None => client.edge_services_key().await?,
    };
    let file = match (options.file, global.output) {
        (Some(file), _) => Some(file),
        (None, Output::Json) => None,
        (None, Output::Table) => Some(own_name(&key)?),
    };
    if let Some(file) = &file {
        write(file, &key.pem, options.yes)?;
    }
    if global.output == Output::Json {
        return output::json(&key);
    }
    let lines = vec![
        ("File name", key.file_name.clone()),
        (
            "Saved as",
            file.map_or(String::new(), |file| file.display().to_string()),
        ),
        ("SHA-256", key.fingerprint.clone()),
    ];
    output::one(global, &key, lines)?;
    output::note(&format!(
        "an edge service finds it only as {}; do not rename it there",
        output::plain(&key.file_name)
    ));
    Ok(())
}

pub(crate) async fn ca(global: &Global, options: CaOptions) -> Result<(), CliError> {
    let pem = connect::anybody(global)?.ca().await?;
    match options.file {
        Some(file) => {
            write(&file, &pem, options.yes)?;
            output::note(&format!("saved in {}", file.display()));
            Ok(())
        }
        None if global.output == Output::Json => output::json(&serde_json::json!({ "pem": pem })),
        None => output::raw(pem.as_bytes()),
    }
}

pub(crate) async fn agent_service(global: &Global) -> Result<(), CliError> {
    let state = connect::client(global)?.agent_service().await?;
    let link = if state.connected {
        "connected"
    } else {
        "not connected"
    };
    let mut lines = vec![
        ("Broker", state.kind.clone()),
        ("Address", state.address.clone()),
        (
            "State",
            format!("{link} since {}", output::time(state.since)),
        ),
        (
            "Last error",
            output::or_dash(state.last_error.as_deref().unwrap_or_default()),
        ),
        ("Agents online", state.agents_online.to_string()),
    ];
    if let Some(clients) = state.clients {
        lines.push(("Connections", clients.to_string()));
    }
    lines.push((
        "Messages",
        format!(
            "{:.1} in and {:.1} out in each second, over the last minute",
            state.messages_in_per_s, state.messages_out_per_s
        ),
    ));
    for address in &state.enrolment_addresses {
        lines.push(("Agents enrol at", address.clone()));
    }
    lines.push(("CA fingerprint", state.ca_fingerprint.clone()));
    lines.push(("CA ends", output::time(state.ca_expires_at)));
    output::one(global, &state, lines)
}

/// The key's own name, which must be that of a file in the current folder.
fn own_name(key: &PublicKey) -> Result<PathBuf, CliError> {
    let path = Path::new(&key.file_name);
    if path.file_name() == Some(path.as_os_str()) && !key.file_name.chars().any(char::is_control) {
        Ok(path.to_owned())
    } else {
        Err(CliError::refused(format!(
            "the control plane names a file outside the current folder: {}",
            output::plain(&key.file_name)
        ))
        .hint("say where to with --file"))
    }
}

/// Writes, but asks first when something else is there.
fn write(file: &Path, text: &str, yes: bool) -> Result<(), CliError> {
    let there = fs::read(file).ok();
    if there
        .as_deref()
        .is_some_and(|there| there != text.as_bytes())
    {
        confirm(
            yes,
            &format!(
                "{} is there with other contents. Overwrite it?",
                file.display()
            ),
        )?;
    }
    fs::write(file, text)
        .map_err(|error| CliError::failed(format!("cannot write {}", file.display()), error))
}
