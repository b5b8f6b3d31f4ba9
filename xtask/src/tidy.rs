//! The rules of the house that a compiler does not check: who may depend on whom, and which names stay in one crate.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};
use cargo_metadata::{DependencyKind, MetadataCommand, Package};

use crate::run::root;

/// Layers, lowest first, as in ARCHITECTURE.md.
const LAYERS: [(&str, u8); 21] = [
    ("ids", 0),
    ("wire", 0),
    ("api", 0),
    ("domain", 1),
    ("runtime", 1),
    ("pki", 1),
    ("mqtt", 1),
    ("bus", 1),
    ("broker", 1),
    ("tunnel", 1),
    ("store", 2),
    ("client", 2),
    ("server", 3),
    ("agent", 3),
    ("demo", 3),
    ("cli", 3),
    ("testkit", 4),
    ("postgres-fixture", 4),
    ("e2e", 4),
    ("bench", 4),
    ("xtask", 4),
];

/// Dependencies between crates of one layer that are meant.
const SIBLINGS: [(&str, &str); 14] = [
    ("wire", "ids"),
    ("api", "ids"),
    ("domain", "ids"),
    ("bus", "mqtt"),
    ("bus", "pki"),
    ("bus", "runtime"),
    ("broker", "bus"),
    ("broker", "runtime"),
    ("pki", "runtime"),
    ("cli", "server"),
    ("cli", "demo"),
    ("demo", "agent"),
    ("tunnel", "runtime"),
    ("broker", "mqtt"),
];

/// Libraries that one crate wraps for all others.
const WRAPPED: [(&str, &[&str]); 5] = [
    ("rustls", &["pki"]),
    ("tokio-rustls", &["pki"]),
    ("sea-orm", &["store"]),
    ("sqlx", &["store"]),
    ("rmqtt", &["broker"]),
];

/// Checks them all, and says everything that is wrong.
pub fn run() -> Result<()> {
    let metadata = MetadataCommand::new().current_dir(root()).no_deps().exec()?;
    let layers: BTreeMap<&str, u8> = LAYERS.into();
    let siblings: BTreeSet<(&str, &str)> = SIBLINGS.into();
    let mut wrong = Vec::new();
    for package in &metadata.packages {
        let name = short(&package.name);
        let Some(layer) = layers.get(name) else {
            wrong.push(format!("{name} has no layer; give it one in ARCHITECTURE.md and in xtask"));
            continue;
        };
        wrong.extend(manifest(package, name));
        for dependency in package.dependencies.iter().filter(|d| d.kind == DependencyKind::Normal) {
            let other = short(&dependency.name);
            if let Some(other_layer) = layers.get(other).filter(|_| dependency.path.is_some()) {
                let down = other_layer < layer || *layer == 4;
                if !down && !siblings.contains(&(name, other)) {
                    wrong.push(format!("{name} (layer {layer}) may not depend on {other} (layer {other_layer})"));
                }
            }
            if let Some((_, keepers)) = WRAPPED.iter().find(|(library, _)| *library == dependency.name)
                && !keepers.contains(&name)
                && *layer != 4
            {
                wrong.push(format!("{name} names {}, which belongs to {}", dependency.name, keepers.join(" and ")));
            }
        }
    }
    let architecture = std::fs::read_to_string(root().join("ARCHITECTURE.md"))?;
    for (name, layer) in LAYERS.iter().filter(|(name, _)| !["xtask", "postgres-fixture"].contains(name)) {
        let row = format!("| {layer} ");
        if !architecture.lines().any(|line| line.starts_with(&row) && line.contains(&format!("| `{name}` |"))) {
            wrong.push(format!("ARCHITECTURE.md does not list {name} in layer {layer}"));
        }
    }
    ensure!(wrong.is_empty(), "the house is not tidy:\n  {}", wrong.join("\n  "));
    Ok(())
}

fn manifest(package: &Package, name: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let text = std::fs::read_to_string(&package.manifest_path).unwrap_or_default();
    if !text.contains("[lints]\nworkspace = true") {
        wrong.push(format!("{name} does not take the workspace's lints"));
    }
    if package.license.as_deref() != Some("Apache-2.0") {
        wrong.push(format!("{name} does not take the workspace's licence"));
    }
    let folder = package.manifest_path.parent().and_then(|p| p.file_name()).unwrap_or_default();
    if folder != name {
        wrong.push(format!("{name} lies in a folder named {folder}"));
    }
    wrong
}

fn short(name: &str) -> &str {
    name.strip_prefix("edgeward-").unwrap_or(name)
}
