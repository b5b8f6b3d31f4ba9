//! What is fetched as it comes: to standard output, or to a file that is there whole or not at all.

use std::fs::Permissions;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use edgeward_client::Download;

use crate::error::CliError;
use crate::output;

/// To the file, or to standard output where there is none.
pub(crate) async fn to(download: Download, file: Option<&Path>) -> Result<(), CliError> {
    match file {
        Some(file) => save(download, file).await,
        None => print(download).await,
    }
}

async fn print(mut download: Download) -> Result<(), CliError> {
    while let Some(piece) = download.next_piece().await? {
        let mut stdout = io::stdout().lock();
        match stdout.write_all(&piece).and_then(|()| stdout.flush()) {
            // A reader that has gone away has seen what it wanted.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            Err(error) => {
                return Err(CliError::failed("cannot write to standard output", error));
            }
            Ok(()) => {}
        }
    }
    Ok(())
}

async fn save(mut download: Download, file: &Path) -> Result<(), CliError> {
    let failed =
        |error: io::Error| CliError::failed(format!("cannot write {}", file.display()), error);
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // Made with mode 0600: what is fetched names people and addresses.
    let mut temporary = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    let mut bytes: u64 = 0;
    while let Some(piece) = download.next_piece().await? {
        temporary.write_all(&piece).map_err(failed)?;
        bytes += piece.len() as u64;
    }
    temporary
        .as_file()
        .set_permissions(Permissions::from_mode(0o600))
        .and_then(|()| temporary.as_file().sync_all())
        .map_err(failed)?;
    temporary
        .persist(file)
        .map_err(|error| failed(error.error))?;
    output::note(&format!("saved {bytes} bytes in {}", file.display()));
    Ok(())
}
