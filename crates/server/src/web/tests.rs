//! What is embedded is what was built from the sources beside it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

/// Folders and files under `web/` that are not inputs of the build.
fn ignored(path: &Path) -> bool {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    matches!(name, "node_modules" | ".vite") || name.ends_with(".log")
}

fn collect(folder: &Path, root: &Path, found: &mut BTreeMap<String, PathBuf>) {
    for entry in fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        if ignored(&entry) {
            continue;
        }
        if entry.is_dir() {
            collect(&entry, root, found);
        } else {
            found.insert(
                entry
                    .strip_prefix(root)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned(),
                entry,
            );
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[test]
fn the_console_was_built_from_its_sources() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut inputs = BTreeMap::new();
    collect(&root.join("web"), &root, &mut inputs);
    let lines: String = inputs
        .iter()
        .map(|(name, file)| format!("{}  {name}\n", hex(&fs::read(file).unwrap())))
        .collect();
    let kept = fs::read_to_string(root.join("crates/server/web-dist/.inputs.sha256")).unwrap();
    assert_eq!(
        kept.trim(),
        hex(lines.as_bytes()),
        "run cargo xtask web and commit crates/server/web-dist"
    );
}

#[test]
fn the_rest_api_is_described_as_it_is() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let kept = fs::read_to_string(root.join("openapi.json")).unwrap();
    assert!(
        kept == crate::openapi_json(),
        "run cargo xtask openapi and commit openapi.json"
    );
}
