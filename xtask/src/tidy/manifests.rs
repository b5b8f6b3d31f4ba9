//! Every manifest takes version, edition, licence and lints from the workspace, and stands in the folder of its name.

use super::Crate;

/// What a package takes from the workspace.
const INHERITED: [&str; 5] = ["version", "edition", "rust-version", "license", "publish"];

/// What is wrong.
pub(crate) fn findings(crates: &[Crate]) -> Vec<String> {
    crates.iter().flat_map(of).collect()
}

fn of(member: &Crate) -> Vec<String> {
    let mut findings = Vec::new();
    let name = &member.name;
    if member.folder != *name {
        findings.push(format!(
            "crate `{name}` stands in crates/{}; its folder must be crates/{name}",
            member.folder
        ));
    }
    for key in INHERITED {
        if !section(&member.manifest, "package")
            .any(|line| line == format!("{key}.workspace = true"))
        {
            findings.push(format!(
                "crates/{name}/Cargo.toml: {key} must be inherited; write {key}.workspace = true"
            ));
        }
    }
    if !section(&member.manifest, "lints").any(|line| line == "workspace = true") {
        findings.push(format!("crates/{name}/Cargo.toml: the lints must be the workspace's; write [lints] and workspace = true"));
    }
    for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
        for line in section(&member.manifest, kind).filter(|line| is_own_version(line)) {
            findings.push(format!("crates/{name}/Cargo.toml: \"{line}\" has a version of its own; put it into [workspace.dependencies]"));
        }
    }
    findings
}

/// A line `name = "1"` or `name = { version = … }`.
fn is_own_version(line: &str) -> bool {
    line.split_once('=').is_some_and(|(name, value)| {
        let (name, value) = (name.trim(), value.trim());
        let version =
            value.starts_with('"') || (value.starts_with('{') && value.contains("version"));
        version
            && !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
    })
}

fn section<'a>(manifest: &'a str, name: &str) -> impl Iterator<Item = &'a str> + use<'a> {
    let head = format!("[{name}]");
    manifest
        .lines()
        .map(str::trim)
        .skip_while(move |line| *line != head)
        .skip(1)
        .take_while(|line| !line.starts_with('['))
}
