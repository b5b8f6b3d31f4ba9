use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use edgeward_ids::AgentId;

use super::{Identity, Ledger, ServerTrust, StateDir, StateError};

fn identity() -> Identity {
    Identity {
        agent: AgentId::generate(),
        certificate: "certificate".into(),
        key: "s3cret".into(),
        trust: ServerTrust::PublicRoots,
        mqtt: vec!["edge.example.com:8883".into()],
        enrolment: vec![],
        command_key: "key".into(),
    }
}

fn mode(path: &std::path::Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn what_is_written_is_private_and_reads_back() {
    let parent = tempfile::tempdir().unwrap();
    let dir = StateDir::new(parent.path().join("a/b"));
    assert_eq!(dir.read_identity().unwrap(), None);
    let claim = dir.claim().unwrap();
    claim.probe().unwrap();
    let identity = identity();
    claim.write_identity(&identity).unwrap();
    assert_eq!(dir.read_identity().unwrap().as_ref(), Some(&identity));
    assert_eq!(mode(dir.path()), 0o700);
    assert_eq!(mode(&dir.path().join("identity.json")), 0o600);
    let files: Vec<_> = fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(files, ["identity.json"]);
    assert!(!format!("{identity:?}").contains("s3cret"));
}

#[test]
fn a_ledger_belongs_to_one_agent() {
    let parent = tempfile::tempdir().unwrap();
    let dir = StateDir::new(parent.path());
    let (one, two) = (AgentId::generate(), AgentId::generate());
    let mut ledger = Ledger::new(one);
    ledger.last_command = 7;
    dir.claim().unwrap().write_ledger(&ledger).unwrap();
    assert_eq!(dir.read_ledger(one).unwrap(), ledger);
    assert_eq!(dir.read_ledger(two).unwrap(), Ledger::new(two));
}

#[test]
fn one_agent_at_a_time() {
    let parent = tempfile::tempdir().unwrap();
    let dir = StateDir::new(parent.path());
    let claim = dir.claim().unwrap();
    assert!(dir.is_claimed());
    let error = dir.claim().unwrap_err();
    assert!(matches!(error, StateError::InUse { .. }), "{error:?}");
    drop(claim);
    assert!(!dir.is_claimed());
    dir.claim().unwrap();
}

#[test]
fn a_directory_that_was_made_in_vain_goes_again() {
    let parent = tempfile::tempdir().unwrap();
    let dir = StateDir::new(parent.path().join("new"));
    dir.claim().unwrap().abandon();
    assert!(!dir.path().exists());
    let claim = dir.claim().unwrap();
    claim.write_identity(&identity()).unwrap();
    claim.abandon();
    assert!(dir.read_identity().unwrap().is_some());
    dir.claim().unwrap().abandon();
    assert!(dir.path().exists());
}

#[test]
fn what_is_in_the_way_is_named() {
    let parent = tempfile::tempdir().unwrap();
    let file = parent.path().join("file");
    fs::write(&file, "").unwrap();
    let error = StateDir::new(file.join("below"))
        .claim()
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("a file is where a directory should be"),
        "{error}"
    );
    let dir = StateDir::new(parent.path());
    fs::write(dir.path().join("identity.json"), "{").unwrap();
    let error = dir.read_identity().unwrap_err().to_string();
    assert!(
        error.ends_with("identity.json is damaged; restore it, or join again with --replace"),
        "{error}"
    );
}

#[test]
fn a_full_disk_is_told_with_what_to_do() {
    let error = StateError::Io {
        attempt: "write",
        path: "/var/lib/edgeward-agent".into(),
        source: std::io::Error::from(std::io::ErrorKind::StorageFull),
    };
    assert_eq!(
        error.to_string(),
        "cannot write /var/lib/edgeward-agent; free some disk space and try again"
    );
}
