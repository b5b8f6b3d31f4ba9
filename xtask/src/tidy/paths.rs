//! What is in the repository speaks of nothing outside it: no place on one machine, no way up and out.

use std::path::{Component, Path};

use anyhow::{Context, Result, ensure};

use crate::run::program;

/// Files in which relative paths are links and settings, and not test data.
const LINKING: [&str; 6] = ["md", "toml", "yml", "yaml", "sh", "json"];

/// Made by other programs.
const GENERATED: [&str; 3] = ["Cargo.lock", "package-lock.json", "web-dist/"];

/// The largest file that is looked at, in bytes.
const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// What is wrong.
pub(crate) fn findings(root: &Path) -> Result<Vec<String>> {
    let listed = program("git")
        .args(["ls-files"])
        .output()
        .context("cannot run git")?;
    ensure!(
        listed.status.success(),
        "git ls-files failed: {}",
        String::from_utf8_lossy(&listed.stderr)
    );
    let files = String::from_utf8_lossy(&listed.stdout).into_owned();
    let own_place = root.to_string_lossy();
    let mut findings = Vec::new();
    for file in files
        .lines()
        .filter(|file| !GENERATED.iter().any(|made| file.contains(made)))
    {
        let path = root.join(file);
        let small = path
            .symlink_metadata()
            .is_ok_and(|found| found.is_file() && found.len() <= MAX_FILE_BYTES);
        // Anything that is no text is looked at by nobody.
        let Some(text) = small.then(|| std::fs::read_to_string(&path).ok()).flatten() else {
            continue;
        };
        findings.extend(in_text(file, &text, &own_place));
    }
    Ok(findings)
}

/// What is wrong with one file.
pub(super) fn in_text(file: &str, text: &str, own_place: &str) -> Vec<String> {
    let links = Path::new(file)
        .extension()
        .is_some_and(|kind| LINKING.iter().any(|linking| kind == *linking))
        || file.starts_with(".ci/");
    let mut findings = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let number = number + 1;
        // A clone directly under the root directory has too short a name to look for.
        if own_place.matches('/').count() > 1 && line.contains(own_place) {
            findings.push(format!(
                "{file}:{number}: names this machine's own checkout"
            ));
        }
        for word in line
            .split(|c: char| c.is_whitespace() || "\"'`()[]<>,;=".contains(c))
            .filter(|_| links)
        {
            if word.starts_with("../") && leaves(file, word) {
                findings.push(format!(
                    "{file}:{number}: {word} leads out of the repository"
                ));
            }
        }
    }
    findings
}

fn leaves(file: &str, word: &str) -> bool {
    let folder = Path::new(file).parent().unwrap_or(Path::new(""));
    let mut depth = 0_i32;
    for component in folder.join(word).components() {
        match component {
            Component::ParentDir => depth -= 1,
            Component::Normal(_) => depth += 1,
            _ => {}
        }
        if depth < 0 {
            return true;
        }
    }
    false
}
