//! A first start that fails leaves the data folder as it found it.
//!
//! Only where none of our files was there before, and only our own files go: a folder of an installation, even a damaged one,
//! is never touched.

use std::path::{Path, PathBuf};

use crate::config::DATABASE_FILE;
use crate::keys;

/// A data folder without anything of ours.
pub struct FirstStart {
    data_dir: PathBuf,
    folder_was_there: bool,
}

impl FirstStart {
    /// Looks at the folder before anything is written; nothing if there is something of ours already.
    pub fn look(data_dir: &Path) -> Option<Self> {
        let mut files = files(data_dir);
        // A folder that cannot be read is not known to be empty.
        let others = keys::files(data_dir).is_ok_and(|names| names.len() == keys::FILES.len());
        let untouched = others && files.all(|file| !file.exists());
        untouched.then(|| Self {
            data_dir: data_dir.to_owned(),
            folder_was_there: data_dir.exists(),
        })
    }

    /// Takes away what the start has written.
    pub fn undo(self) {
        for file in files(&self.data_dir) {
            let _not_written = std::fs::remove_file(file);
        }
        if !self.folder_was_there {
            // Only if it is empty.
            let _kept = std::fs::remove_dir(&self.data_dir);
        }
    }
}

/// Every file that a start may write.
fn files(data_dir: &Path) -> impl Iterator<Item = PathBuf> {
    let database = ["", "-wal", "-shm", "-journal"].map(|end| format!("{DATABASE_FILE}{end}"));
    let keys = keys::FILES.map(str::to_owned);
    keys.into_iter()
        .chain(database)
        .map(|name| data_dir.join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_failed_first_start_has_written_goes_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let data_dir = folder.path().join("data");
        let first = FirstStart::look(&data_dir).unwrap();
        std::fs::create_dir(&data_dir).unwrap();
        for file in files(&data_dir) {
            std::fs::write(file, "half").unwrap();
        }
        first.undo();
        assert!(!data_dir.exists());

        std::fs::create_dir(&data_dir).unwrap();
        std::fs::write(data_dir.join("notes"), "the operator's").unwrap();
        let first = FirstStart::look(&data_dir).unwrap();
        std::fs::write(data_dir.join(DATABASE_FILE), "half").unwrap();
        first.undo();
        let left: Vec<_> = std::fs::read_dir(&data_dir).unwrap().flatten().collect();
        assert_eq!(left.len(), 1, "{left:?}");
    }

    #[test]
    fn an_installation_is_not_a_first_start() {
        let folder = tempfile::tempdir().unwrap();
        for file in files(folder.path()) {
            std::fs::write(&file, "here").unwrap();
            assert!(FirstStart::look(folder.path()).is_none(), "{file:?}");
            std::fs::remove_file(&file).unwrap();
        }
    }
}
