use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use edgeward_runtime::Chain;

use super::KeyFiles;
use crate::config::{Config, ServiceConfig, ServiceTarget};

const KEY: &str = "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n";

fn key_files(folder: Option<&Path>) -> KeyFiles {
    let target = ServiceTarget::new("127.0.0.1", 7000);
    let mut service = ServiceConfig::new("neuron".parse().unwrap(), target);
    service.key_folder = folder.map(Path::to_owned);
    KeyFiles::new(&Config {
        services: vec![service],
        ..Config::default()
    })
}

fn refused(files: &KeyFiles, service: &str, name: &str, pem: &str) -> String {
    let error = files.place(&service.parse().unwrap(), name, pem);
    Chain(&error.unwrap_err()).to_string()
}

#[test]
fn a_file_is_there_as_a_whole_and_everybody_may_read_it() {
    let folder = tempfile::tempdir().unwrap();
    let files = key_files(Some(folder.path()));
    let neuron = "neuron".parse().unwrap();
    // What an agent left that died while it wrote.
    fs::write(folder.path().join(".edgeward-2.pub.new"), "half").unwrap();
    for text in [KEY.replace("MIIB", "AAAA"), KEY.to_owned()] {
        files.place(&neuron, "edgeward-2.pub", &text).unwrap();
        let file = folder.path().join("edgeward-2.pub");
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o644);
    }
    files.place(&neuron, "edgeward.pub", KEY).unwrap();
    let mut names: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["edgeward-2.pub", "edgeward.pub"]);
}

#[test]
fn nothing_is_written_through_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let target = elsewhere.path().join("precious");
    fs::write(&target, "kept").unwrap();
    for name in [".edgeward.pub.new", "edgeward.pub"] {
        symlink(&target, folder.path().join(name)).unwrap();
    }
    let files = key_files(Some(folder.path()));
    let neuron = "neuron".parse().unwrap();
    files.place(&neuron, "edgeward.pub", KEY).unwrap();
    assert_eq!(fs::read_to_string(&target).unwrap(), "kept");
    let file = folder.path().join("edgeward.pub");
    assert!(!fs::symlink_metadata(&file).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(&file).unwrap(), KEY);
}

#[test]
fn what_is_not_allowed_is_refused_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let files = key_files(Some(folder.path()));
    for name in [
        "",
        "edgeward-1.pub",
        "edgeward-02.pub",
        "edgeward-2.pem",
        "../edgeward.pub",
        "edgeward-2.pub/../x.pub",
        "authorized_keys",
    ] {
        let said = refused(&files, "neuron", name, KEY);
        assert!(
            said.contains("not the name of a key file"),
            "{name}: {said}"
        );
    }
    let large = KEY.replace("MIIB", &"A".repeat(8 * 1024));
    for text in ["", "#!/bin/sh", &large] {
        let said = refused(&files, "neuron", "edgeward.pub", text);
        assert!(said.contains("not a public key"), "{said}");
    }
    let said = refused(&files, "flows", "edgeward.pub", KEY);
    assert!(said.contains("offers no service \"flows\""), "{said}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_folder_that_cannot_be_used_is_named_with_what_to_do() {
    let said = refused(&key_files(None), "neuron", "edgeward.pub", KEY);
    assert!(said.contains("names no key_folder"), "{said}");
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    let said = refused(&key_files(Some(&missing)), "neuron", "edgeward.pub", KEY);
    let expected = format!("{} of the service is not there", missing.display());
    assert!(said.contains(&expected), "{said}");
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let said = refused(&key_files(Some(&file)), "neuron", "edgeward.pub", KEY);
    assert!(said.contains("is not a folder"), "{said}");
}
