//! A small disk for one test, which can be filled up. Needs root; gone when dropped.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::process::{ProcessError, Program};

/// What fills the disk up.
const FILLING: &str = "filling";

const PIECE_BYTES: usize = 4096;

/// A mounted file system of a few hundred kilobytes or more.
#[derive(Debug)]
pub struct SmallDisk {
    folder: TempDir,
}

impl SmallDisk {
    /// Makes one of so many bytes.
    ///
    /// # Errors
    /// This is not root, or the kernel refuses.
    pub fn mount(bytes: u64) -> Result<Self, ProcessError> {
        let folder = tempfile::tempdir().map_err(|source| ProcessError::Prepare {
            what: "a small disk".to_owned(),
            source,
        })?;
        Program::debian("mount", "mount")
            .args(["-t", "tmpfs", "-o", &format!("size={bytes},mode=755")])
            .arg("tmpfs")
            .arg(folder.path())
            .output()?;
        Ok(Self { folder })
    }

    /// Where it is mounted.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes until nothing fits any more.
    ///
    /// # Errors
    /// Something else than that there is no space.
    pub fn fill_up(&self) -> io::Result<()> {
        let mut file = File::options()
            .create(true)
            .append(true)
            .open(self.filling())?;
        loop {
            match file.write_all(&[7; PIECE_BYTES]) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::StorageFull => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    /// Takes away what [`SmallDisk::fill_up`] has written.
    ///
    /// # Errors
    /// It was not filled.
    pub fn free(&self) -> io::Result<()> {
        std::fs::remove_file(self.filling())
    }

    fn filling(&self) -> PathBuf {
        self.path().join(FILLING)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let umount = Program::debian("umount", "mount").arg("--lazy");
        let _gone_already = umount.arg(self.folder.path()).output();
    }
}
