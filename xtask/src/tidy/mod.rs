//! `tidy`: what the compiler does not check. Every finding is reported, each with what would be right.

mod layers;
mod manifests;
mod paths;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

use crate::run::{root, say};

/// What the names of the house's crates begin with.
const PREFIX: &str = "edgeward-";

/// The chores themselves, which stand outside the layers.
const CHORES: &str = "xtask";

/// One crate of the workspace.
pub(crate) struct Crate {
    /// Its name without the prefix.
    name: String,
    /// Its folder's name.
    folder: String,
    /// Its manifest's text.
    manifest: String,
    /// What it depends on.
    dependencies: Vec<Dependency>,
}

/// One dependency of a crate.
pub(crate) struct Dependency {
    /// The package's name, for a crate of the house without the prefix.
    name: String,
    /// Whether it is a crate of the house.
    ours: bool,
    /// Whether only tests and examples use it.
    tests_only: bool,
}

/// Checks everything, and says everything that is wrong.
pub fn run() -> Result<()> {
    let root = &root();
    let architecture = read(&root.join("ARCHITECTURE.md"))?;
    let metadata = MetadataCommand::new()
        .current_dir(root)
        .no_deps()
        .exec()
        .context("cannot read the workspace's manifests")?;
    let crates = crates(&metadata)?;
    let mut findings = layers::findings(&architecture, &crates);
    findings.extend(manifests::findings(&crates));
    findings.extend(paths::findings(root)?);
    if findings.is_empty() {
        say(&format!("{} crates are tidy", crates.len()));
        return Ok(());
    }
    bail!("the house is not tidy:\n  {}", findings.join("\n  "));
}

fn crates(metadata: &Metadata) -> Result<Vec<Crate>> {
    let packages = metadata
        .packages
        .iter()
        .filter(|package| package.name.as_str() != CHORES);
    packages
        .map(|package| {
            let folder = package
                .manifest_path
                .parent()
                .and_then(|folder| folder.file_name())
                .unwrap_or_default();
            // A crate may ask for its own features in its tests.
            let others = package
                .dependencies
                .iter()
                .filter(|dependency| dependency.name != *package.name);
            let dependencies = others.map(|dependency| Dependency {
                ours: dependency.name.starts_with(PREFIX),
                name: short(&dependency.name).to_owned(),
                tests_only: dependency.kind == DependencyKind::Development,
            });
            Ok(Crate {
                name: short(&package.name).to_owned(),
                folder: folder.to_owned(),
                manifest: read(package.manifest_path.as_std_path())?,
                dependencies: dependencies.collect(),
            })
        })
        .collect()
}

fn short(name: &str) -> &str {
    name.strip_prefix(PREFIX).unwrap_or(name)
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

#[cfg(test)]
mod tests;
