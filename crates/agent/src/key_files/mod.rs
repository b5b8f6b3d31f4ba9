//! Public key files of the control plane, written where the agent's own configuration says that a service looks for them.
//!
//! The control plane chooses the service and the number of the key, never the place: only files called `edgeward.pub` or `edgeward-2.pub`
//! and so on, only in the folder that the configuration names for the service. A file is written under another name, synced and renamed, so
//! that the service reads all of it or nothing; what stood there under that name, be it a link elsewhere, is replaced and not followed.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use edgeward_ids::OfferName;
use edgeward_wire::key::{MAX_KEY_FILE_BYTES, number_of};

use crate::config::Config;

/// A service runs as another user than the agent, and has to read it.
const MODE: u32 = 0o644;

/// How a public key in PEM begins and ends.
const PEM: (&str, &str) = ("-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----");

/// How much of a text that is wrong is repeated in an error, in characters.
const MAX_SHOWN_CHARS: usize = 64;

/// The folders of the services that are offered.
#[derive(Debug)]
pub(crate) struct KeyFiles {
    folders: BTreeMap<OfferName, Option<PathBuf>>,
}

/// Why a key file was not written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PlaceError {
    #[error("this agent offers no service \"{0}\"")]
    Service(OfferName),
    #[error(
        "the agent's configuration names no key_folder for the service \"{0}\"; add it to the service's entry, or put the file there by hand"
    )]
    NoFolder(OfferName),
    #[error("\"{0}\" is not the name of a key file; it would be edgeward.pub or edgeward-2.pub")]
    Name(String),
    #[error(
        "what was sent for the key file is not a public key in PEM of at most {MAX_KEY_FILE_BYTES} bytes"
    )]
    Content,
    #[error("the key_folder {} of the service is not there", .0.display())]
    NoSuchFolder(PathBuf),
    #[error("the key_folder {} of the service is not a folder", .0.display())]
    NotAFolder(PathBuf),
    #[error("the agent may not write into the key_folder {}; give the agent's user the right to", .0.display())]
    NotAllowed(PathBuf),
    #[error("cannot write {}", .0.display())]
    Write(PathBuf, #[source] io::Error),
}

impl KeyFiles {
    /// As the configuration says.
    pub(crate) fn new(config: &Config) -> Self {
        let folders = config.services.iter();
        Self {
            folders: folders
                .map(|service| (service.name.clone(), service.key_folder.clone()))
                .collect(),
        }
    }

    /// Writes a file for a service. This writes to the disk: call it where waiting is allowed.
    pub(crate) fn place(
        &self,
        service: &OfferName,
        file_name: &str,
        pem: &str,
    ) -> Result<(), PlaceError> {
        let folder = self.folders.get(service);
        let folder = folder.ok_or_else(|| PlaceError::Service(service.clone()))?;
        let folder = folder.as_deref();
        let folder = folder.ok_or_else(|| PlaceError::NoFolder(service.clone()))?;
        check(file_name, pem)?;
        match fs::metadata(folder) {
            Ok(found) if found.is_dir() => {}
            Ok(_) => return Err(PlaceError::NotAFolder(folder.into())),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(PlaceError::NoSuchFolder(folder.into()));
            }
            Err(error) => return Err(failed(folder, file_name, error)),
        }
        write(folder, file_name, pem.as_bytes()).map_err(|error| failed(folder, file_name, error))
    }
}

/// Whether this is a public key file of the control plane's.
pub(crate) fn check(file_name: &str, pem: &str) -> Result<(), PlaceError> {
    if number_of(file_name).is_none() {
        let shown = file_name.chars().take(MAX_SHOWN_CHARS).collect();
        return Err(PlaceError::Name(shown));
    }
    let text = pem.trim();
    let is_key = text.starts_with(PEM.0) && text.ends_with(PEM.1);
    if !is_key || pem.len() > MAX_KEY_FILE_BYTES {
        return Err(PlaceError::Content);
    }
    Ok(())
}

fn failed(folder: &Path, file_name: &str, error: io::Error) -> PlaceError {
    match error.kind() {
        ErrorKind::PermissionDenied => PlaceError::NotAllowed(folder.into()),
        _ => PlaceError::Write(folder.join(file_name), error),
    }
}

/// All of it or nothing. The name until then ends like no key file does, so that no service takes half of one.
fn write(folder: &Path, file_name: &str, bytes: &[u8]) -> io::Result<()> {
    let temporary = folder.join(format!(".{file_name}.new"));
    // Left behind by an agent that died, or somebody's link: neither is written through.
    match fs::remove_file(&temporary) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let written = (|| {
        let mut out = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&temporary)?;
        out.write_all(bytes)?;
        // Whatever the agent's umask is.
        out.set_permissions(Permissions::from_mode(MODE))?;
        out.sync_all()?;
        fs::rename(&temporary, folder.join(file_name))?;
        File::open(folder)?.sync_all()
    })();
    if written.is_err() {
        let _not_made = fs::remove_file(&temporary);
    }
    written
}

#[cfg(test)]
mod tests;
