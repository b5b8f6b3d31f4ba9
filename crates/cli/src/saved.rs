//! What is remembered between commands: the sign-in, and what a running control plane on this machine wrote for its operator.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::arguments::Global;
use crate::error::CliError;

/// The sign-in, in the user's configuration folder.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SignIn {
    /// The control plane.
    pub(crate) url: String,
    /// Who signed in.
    pub(crate) email: String,
    /// The bearer token.
    pub(crate) token: String,
    /// The certificate authority to believe in, PEM, if not the public ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ca_pem: Option<String>,
    /// Its fingerprint instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ca_fingerprint: Option<String>,
}

/// What a running control plane writes into its data folder.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Operator {
    /// Where it is.
    pub(crate) url: String,
    /// The machine's own token.
    pub(crate) token: String,
}

/// The file of [`Operator`] in a data folder.
pub(crate) const OPERATOR_FILE: &str = "operator.json";

/// The data folder when none is given: `edgeward` in the user's state folder.
pub(crate) fn default_data_dir() -> Result<PathBuf, CliError> {
    folder("XDG_STATE_HOME", ".local/state")
}

/// The data folder that is meant: the one given, or this user's own.
pub(crate) fn data_dir(global: &Global) -> Result<PathBuf, CliError> {
    match &global.data_dir {
        Some(data_dir) => Ok(data_dir.clone()),
        None => default_data_dir(),
    }
}

/// Where the sign-in is saved.
pub(crate) fn sign_in_file() -> Result<PathBuf, CliError> {
    Ok(folder("XDG_CONFIG_HOME", ".config")?.join("sign-in.json"))
}

/// The sign-in, if there is one.
pub(crate) fn sign_in() -> Result<Option<SignIn>, CliError> {
    read(&sign_in_file()?)
}

/// The operator's file of a data folder, if there is one.
pub(crate) fn operator(data_dir: &Path) -> Result<Option<Operator>, CliError> {
    read(&data_dir.join(OPERATOR_FILE))
}

/// Saves the sign-in, readable by its owner only, whole or not at all.
pub(crate) fn save(sign_in: &SignIn) -> Result<PathBuf, CliError> {
    let file = sign_in_file()?;
    write_private(&file, sign_in).map_err(|error| {
        CliError::failed(
            format!("cannot save the sign-in in {}", file.display()),
            error,
        )
    })?;
    Ok(file)
}

/// Forgets the sign-in.
pub(crate) fn forget() -> Result<(), CliError> {
    let file = sign_in_file()?;
    match fs::remove_file(&file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(CliError::failed(
            format!("cannot delete {}", file.display()),
            error,
        )),
        _ => Ok(()),
    }
}

fn write_private(file: &Path, sign_in: &SignIn) -> io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    // Made with mode 0600.
    let mut temporary = tempfile::NamedTempFile::new_in(folder)?;
    temporary.write_all(serde_json::to_string_pretty(sign_in)?.as_bytes())?;
    temporary
        .as_file()
        .set_permissions(fs::Permissions::from_mode(0o600))?;
    temporary.as_file().sync_all()?;
    temporary.persist(file)?;
    Ok(())
}

fn read<T: DeserializeOwned>(file: &Path) -> Result<Option<T>, CliError> {
    let text = match fs::read(file) {
        Ok(text) => text,
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            return Ok(None);
        }
        Err(error) => {
            return Err(CliError::failed(
                format!("cannot read {}", file.display()),
                error,
            ));
        }
    };
    serde_json::from_slice(&text).map(Some).map_err(|error| {
        CliError::failed(format!("cannot understand {}", file.display()), error)
            .hint("delete it, and sign in again or restart the control plane")
    })
}

fn folder(variable: &str, below_home: &str) -> Result<PathBuf, CliError> {
    let of = |name| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    of(variable)
        .or_else(|| of("HOME").map(|home| home.join(below_home)))
        .map(|folder| folder.join("edgeward"))
        .ok_or_else(|| {
            CliError::usage(format!(
                "neither {variable} nor HOME says where your folders are"
            ))
        })
}
