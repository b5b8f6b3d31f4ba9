//! Replacing a file as a whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// When the bytes must be on the disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Sync {
    /// Before the call returns.
    Disk,
    /// Whenever the system likes; after a crash the old file, the new one or an empty one is there.
    Later,
}

/// Puts the bytes in place of the file, readable for the owner only. On failure the old file stays and nothing else is left.
pub(super) fn replace(dir: &Path, name: &str, bytes: &[u8], sync: Sync) -> io::Result<()> {
    let temporary = dir.join(format!(".{name}.new"));
    let result = write(&temporary, bytes, sync)
        .and_then(|()| fs::rename(&temporary, dir.join(name)))
        .and_then(|()| match sync {
            Sync::Disk => File::open(dir)?.sync_all(),
            Sync::Later => Ok(()),
        });
    if result.is_err() {
        let _already_gone = fs::remove_file(&temporary);
    }
    result
}

/// Finds out whether this many bytes can be written.
pub(super) fn probe(dir: &Path, bytes: usize) -> io::Result<()> {
    let temporary = dir.join(".probe.new");
    let result = write(&temporary, &vec![0; bytes], Sync::Disk);
    let _already_gone = fs::remove_file(&temporary);
    result
}

fn write(path: &Path, bytes: &[u8], sync: Sync) -> io::Result<()> {
    // A file that a crash has left may have other permissions.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(bytes)?;
    match sync {
        Sync::Disk => file.sync_all(),
        Sync::Later => Ok(()),
    }
}
