//! The document about a change that took too long: `snap_changes_<id>.json`, with all changes that snapd knows.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::Serialize;
use serde_json::Value;

use crate::clock;

const PREFIX: &str = "snap_changes_";
const SUFFIX: &str = ".json";

/// The most documents that are kept; the oldest go.
const MAX_DOCUMENTS: usize = 20;

/// The longest name of a change in the name of a file, in characters.
const MAX_ID_CHARS: usize = 32;

/// What stands in it.
#[derive(Serialize)]
pub(super) struct Document<'a> {
    /// The change that took too long.
    pub(super) change: &'a str,
    /// How long it was seen going on, in seconds.
    pub(super) seen_for_s: u64,
    /// How long it may take, in seconds.
    pub(super) limit_s: u64,
    /// When this was written.
    pub(super) written: String,
    /// All that snapd knew, as it writes it.
    pub(super) changes: &'a Value,
}

impl<'a> Document<'a> {
    pub(super) fn new(
        change: &'a str,
        seen_for: Duration,
        limit: Duration,
        changes: &'a Value,
    ) -> Self {
        Self {
            change,
            seen_for_s: seen_for.as_secs(),
            limit_s: limit.as_secs(),
            written: clock::utc(SystemTime::now()),
            changes,
        }
    }

    /// Writes it as a whole, readable for root only: it holds what snapd says about every snap. Where it is.
    pub(super) fn write(&self, folder: &Path) -> io::Result<PathBuf> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if self.change.is_empty()
            || self.change.chars().count() > MAX_ID_CHARS
            || !self.change.chars().all(plain)
        {
            return Err(io::Error::other("the change's name is none for a file"));
        }
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
        let name = format!("{PREFIX}{}{SUFFIX}", self.change);
        let temporary = folder.join(format!(".{name}.new"));
        let _left_by_a_crash = fs::remove_file(&temporary);
        let written = self.write_to(&temporary).and_then(|()| {
            let file = folder.join(&name);
            fs::rename(&temporary, &file)?;
            File::open(folder)?.sync_all()?;
            Ok(file)
        });
        if written.is_err() {
            let _not_there = fs::remove_file(&temporary);
        } else if let Err(error) = prune(folder) {
            tracing::warn!(folder = %folder.display(), %error, "old documents about changes stay");
        }
        written
    }

    fn write_to(&self, path: &Path) -> io::Result<()> {
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?;
        let mut buffered = io::BufWriter::new(file);
        serde_json::to_writer_pretty(&mut buffered, self)?;
        buffered.write_all(b"\n")?;
        buffered.into_inner()?.sync_all()
    }
}

fn prune(folder: &Path) -> io::Result<()> {
    let mut documents = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(PREFIX) && name.ends_with(SUFFIX) {
            documents.push((entry.metadata()?.modified()?, entry.path()));
        }
    }
    documents.sort();
    let old = documents.len().saturating_sub(MAX_DOCUMENTS);
    documents
        .iter()
        .take(old)
        .try_for_each(|(_, path)| fs::remove_file(path))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use serde_json::json;

    use super::*;

    fn write(folder: &Path, change: &str) -> io::Result<PathBuf> {
        let changes = json!([{"id": change, "status": "Doing"}]);
        let hour = Duration::from_secs(3600);
        Document::new(change, hour, hour, &changes).write(folder)
    }

    #[test]
    fn a_document_has_the_documented_name_and_is_private() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("data");
        let file = write(&folder, "41").unwrap();
        assert_eq!(file, folder.join("snap_changes_41.json"));
        write(&folder, "41").unwrap();
        let text = fs::read_to_string(&file).unwrap();
        let document: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["changes"][0]["status"], "Doing");
        assert_eq!(
            (&document["change"], &document["limit_s"]),
            (&json!("41"), &json!(3600))
        );
        assert_eq!(
            fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        for bad in ["", "../41", "a/b"] {
            write(&folder, bad).unwrap_err();
        }
    }

    #[test]
    fn only_so_many_documents_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("other.json"), "").unwrap();
        for number in 0..MAX_DOCUMENTS + 3 {
            let file = write(dir.path(), &number.to_string()).unwrap();
            let age = Duration::from_secs(1000 - number as u64);
            let time = SystemTime::now() - age;
            File::options()
                .write(true)
                .open(file)
                .unwrap()
                .set_modified(time)
                .unwrap();
        }
        write(dir.path(), "last").unwrap();
        assert!(!dir.path().join("snap_changes_0.json").exists());
        assert!(dir.path().join("snap_changes_last.json").exists());
        assert!(dir.path().join("other.json").exists());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), MAX_DOCUMENTS + 1);
    }
}
