//! The RSA key pairs with which the control plane proves itself to edge services: one, and a second beside it while it is exchanged.
//!
//! What pairs there are is what files are there: `edge-services.key` is number 1, `edge-services-2.key` number 2 and so on. Numbers are
//! never used again. Pairs are made and retired while the control plane runs; whoever signs asks anew each time.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use edgeward_pki::ServiceKey;
use edgeward_wire::key::{MAX_KEY_NUMBER, file_name};
use parking_lot::RwLock;

use super::{KeysError, read, write_private};

/// What the files of pairs begin and end with.
const FILE: (&str, &str) = ("edge-services", ".key");

/// One key pair.
#[derive(Debug)]
pub struct KeyPair {
    number: u32,
    key: ServiceKey,
    made_at: SystemTime,
}

impl KeyPair {
    /// Its number, 1 and up.
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// Signs, and has the public half.
    pub const fn key(&self) -> &ServiceKey {
        &self.key
    }

    /// When its file was written.
    pub const fn made_at(&self) -> SystemTime {
        self.made_at
    }

    /// The name of the file under which an edge service must store the public half: tokens name it as their issuer.
    pub fn public_file(&self) -> String {
        file_name(self.number)
    }
}

/// Why a pair was not made or retired.
#[derive(Debug, thiserror::Error)]
pub enum PairError {
    /// There are as many as there may be.
    #[error("there are two key pairs already, {0} and {1}; retire the older one first")]
    Begun(String, String),
    /// There is none of this number.
    #[error("there is no key pair of number {0}")]
    Unknown(u32),
    /// It is the newest: without it services would not know the control plane.
    #[error("the key pair of {0} is the newest; only one that another has followed can be retired")]
    Newest(String),
    /// Its file.
    #[error(transparent)]
    File(#[from] KeysError),
}

/// The key pairs of an installation; never none.
pub struct KeyPairs {
    data_dir: PathBuf,
    pairs: RwLock<Vec<Arc<KeyPair>>>,
}

impl KeyPairs {
    /// Reads the pairs in a data folder, making the first if there is none.
    pub(super) fn open(data_dir: &Path) -> Result<Self, KeysError> {
        let mut pairs = Vec::new();
        for number in numbers(data_dir)? {
            let file = file(data_dir, number);
            if let Some(pem) = read(&file)? {
                let key = ServiceKey::from_pem(&pem);
                let key = key.map_err(|error| KeysError::Damaged(file.clone(), Some(error)))?;
                pairs.push(Arc::new(kept(number, key, &file)));
            }
        }
        if pairs.is_empty() {
            let first = prepare(data_dir, 1)?;
            write(data_dir, &first)?;
            pairs.push(Arc::new(first));
        }
        Ok(Self {
            data_dir: data_dir.into(),
            pairs: RwLock::new(pairs),
        })
    }

    /// All, the oldest first.
    pub fn all(&self) -> Vec<Arc<KeyPair>> {
        self.pairs.read().clone()
    }

    /// The newest.
    pub fn newest(&self) -> Arc<KeyPair> {
        let pairs = self.pairs.read();
        pairs[pairs.len() - 1].clone()
    }

    /// The one of this number.
    pub fn get(&self, number: u32) -> Option<Arc<KeyPair>> {
        let pairs = self.pairs.read();
        pairs.iter().find(|pair| pair.number == number).cloned()
    }

    /// The one to sign with for a service that is known to accept these: the newest of them, else the oldest there is.
    pub fn for_service(&self, accepted: &[u32]) -> Arc<KeyPair> {
        let pairs = self.pairs.read();
        let newest = pairs.iter().rev();
        let mut known = newest.filter(|pair| accepted.contains(&pair.number));
        known.next().unwrap_or(&pairs[0]).clone()
    }

    /// Those of these numbers that there are, ascending.
    pub fn among(&self, numbers: &[u32]) -> Vec<u32> {
        let pairs = self.pairs.read();
        let numbers = pairs
            .iter()
            .map(|pair| pair.number)
            .filter(|n| numbers.contains(n));
        numbers.collect()
    }

    /// Makes the next pair, which is nowhere yet. Takes up to seconds: not for a thread that others wait for.
    pub fn prepare_next(&self) -> Result<KeyPair, PairError> {
        self.may_make()?;
        let number = self.newest().number.saturating_add(1).min(MAX_KEY_NUMBER);
        Ok(prepare(&self.data_dir, number)?)
    }

    /// Writes a pair that was prepared; from now on it is one of these.
    pub fn add(&self, pair: KeyPair) -> Result<Arc<KeyPair>, PairError> {
        self.may_make()?;
        let mut pairs = self.pairs.write();
        write(&self.data_dir, &pair)?;
        let pair = Arc::new(pair);
        pairs.push(pair.clone());
        pairs.sort_by_key(|pair| pair.number);
        Ok(pair)
    }

    /// Whether another pair may be made.
    pub fn may_make(&self) -> Result<(), PairError> {
        match &self.pairs.read()[..] {
            [.., older, newest] => Err(PairError::Begun(older.public_file(), newest.public_file())),
            _ => Ok(()),
        }
    }

    /// The pair of this number, if it may be retired.
    pub fn retirable(&self, number: u32) -> Result<Arc<KeyPair>, PairError> {
        let pair = self.get(number).ok_or(PairError::Unknown(number))?;
        if number == self.newest().number {
            return Err(PairError::Newest(pair.public_file()));
        }
        Ok(pair)
    }

    /// Deletes a pair; from now on nothing is signed with it.
    pub fn retire(&self, number: u32) -> Result<(), PairError> {
        self.retirable(number)?;
        let file = file(&self.data_dir, number);
        let mut pairs = self.pairs.write();
        fs::remove_file(&file).map_err(|source| KeysError::File {
            file,
            attempt: "delete",
            source,
        })?;
        pairs.retain(|pair| pair.number != number);
        Ok(())
    }
}

/// What the files of all pairs in a data folder are called, the oldest first.
pub(super) fn files(data_dir: &Path) -> Result<Vec<String>, KeysError> {
    Ok(numbers(data_dir)?.into_iter().map(private_file).collect())
}

/// The number of the pair whose private half is in a file of this name.
pub(super) fn number_of(private: &str) -> Option<u32> {
    let middle = private.strip_prefix(FILE.0)?.strip_suffix(FILE.1)?;
    edgeward_wire::key::number_of(&format!("edgeward{middle}.pub"))
}

fn private_file(number: u32) -> String {
    match number {
        1 => format!("{}{}", FILE.0, FILE.1),
        _ => format!("{}-{number}{}", FILE.0, FILE.1),
    }
}

fn file(data_dir: &Path, number: u32) -> PathBuf {
    data_dir.join(private_file(number))
}

/// The numbers of the pairs in a data folder, ascending; none where there is no folder.
fn numbers(data_dir: &Path) -> Result<Vec<u32>, KeysError> {
    let unread = |error| KeysError::Folder(data_dir.into(), error);
    let entries = match fs::read_dir(data_dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unread(error)),
    };
    let mut numbers = Vec::new();
    for entry in entries {
        let name = entry.map_err(unread)?.file_name();
        numbers.extend(name.to_str().and_then(number_of));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

fn prepare(data_dir: &Path, number: u32) -> Result<KeyPair, KeysError> {
    let key = ServiceKey::generate();
    let key = key.map_err(|error| KeysError::EdgeServices(file(data_dir, number), error))?;
    Ok(KeyPair {
        number,
        key,
        made_at: SystemTime::now(),
    })
}

fn write(data_dir: &Path, pair: &KeyPair) -> Result<(), KeysError> {
    let file = file(data_dir, pair.number);
    write_private(&file, pair.key.to_pem().as_bytes())
}

/// The pair whose file this is.
fn kept(number: u32, key: ServiceKey, file: &Path) -> KeyPair {
    let written = fs::metadata(file).and_then(|found| found.modified());
    KeyPair {
        number,
        key,
        made_at: written.unwrap_or_else(|_| SystemTime::now()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn numbers_of(pairs: &KeyPairs) -> Vec<u32> {
        pairs.all().iter().map(|pair| pair.number()).collect()
    }

    fn next(pairs: &KeyPairs) -> Result<Arc<KeyPair>, PairError> {
        pairs.add(pairs.prepare_next()?)
    }

    #[test]
    fn pairs_are_made_retired_and_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let pairs = KeyPairs::open(folder.path()).unwrap();
        assert_eq!(pairs.newest().public_file(), "edgeward.pub");
        assert!(matches!(pairs.retire(1), Err(PairError::Newest(_))));
        assert!(matches!(pairs.retire(7), Err(PairError::Unknown(7))));
        let second = next(&pairs).unwrap();
        assert_eq!(second.public_file(), "edgeward-2.pub");
        let mode = fs::metadata(folder.path().join("edge-services-2.key")).unwrap();
        assert_eq!(mode.permissions().mode() & 0o777, 0o600);
        let said = next(&pairs).unwrap_err().to_string();
        assert!(said.contains("edgeward.pub and edgeward-2.pub"), "{said}");

        let again = KeyPairs::open(folder.path()).unwrap();
        assert_eq!(numbers_of(&again), [1, 2]);
        assert_eq!(
            again.newest().key().fingerprint(),
            second.key().fingerprint()
        );
        again.retire(1).unwrap();
        let again = KeyPairs::open(folder.path()).unwrap();
        assert_eq!(numbers_of(&again), [2], "no first one is made anew");
        assert_eq!(next(&again).unwrap().number(), 3);
    }

    #[test]
    fn the_newest_that_a_service_accepts_signs_and_otherwise_the_oldest() {
        let folder = tempfile::tempdir().unwrap();
        let pairs = KeyPairs::open(folder.path()).unwrap();
        assert_eq!(pairs.for_service(&[]).number(), 1);
        next(&pairs).unwrap();
        for (accepted, signs) in [(&[][..], 1), (&[1], 1), (&[2], 2), (&[1, 2], 2), (&[9], 1)] {
            assert_eq!(pairs.for_service(accepted).number(), signs, "{accepted:?}");
        }
        pairs.retire(1).unwrap();
        assert_eq!(pairs.for_service(&[1]).number(), 2, "the first is gone");
        assert_eq!(pairs.among(&[1, 2]), [2]);
    }

    #[test]
    fn only_files_of_our_form_are_pairs() {
        for (name, number) in [
            ("edge-services.key", Some(1)),
            ("edge-services-2.key", Some(2)),
            ("edge-services-1.key", None),
            ("edge-services-02.key", None),
            ("edge-services-2.new", None),
            ("edge-services-x.key", None),
            ("my-edge-services.key", None),
        ] {
            assert_eq!(number_of(name), number, "{name}");
        }
    }
}
