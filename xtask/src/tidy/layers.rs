//! Who may depend on whom. The layers are read from the table in ARCHITECTURE.md, which is the one place where they are written.

use std::collections::BTreeMap;

use super::{Crate, Dependency};

/// Test material that the table leaves out, with its layer.
const BESIDE_THE_TABLE: [(&str, u8, &str); 1] = [("postgres-fixture", 4, "proof")];

/// Crates that their siblings may use: the words that everything speaks, and the mechanisms under the other mechanisms.
const SHARED_SIBLINGS: [(&str, &str); 4] = [
    ("words", "ids"),
    ("mechanisms", "runtime"),
    ("mechanisms", "pki"),
    ("mechanisms", "mqtt"),
];

/// Single exceptions: (crate, what it may use, why).
const EXCEPTIONS: [(&str, &str, &str); 5] = [
    ("broker", "bus", "it implements the trait"),
    ("cli", "server", "it contains the control plane"),
    ("cli", "demo", "it contains the demonstration"),
    ("demo", "agent", "its agents are real"),
    ("products", "simulated", "its tests examine them"),
];

/// Lower layers that a crate must not know all the same.
const FORBIDDEN: [(&str, &str); 6] = [
    ("domain", "wire"),
    ("domain", "api"),
    ("api", "wire"),
    ("agent", "store"),
    ("agent", "api"),
    ("demo", "store"),
];

/// Third-party packages that only some crates name; with the reason.
const OWNED: [(&[&str], &[&str], &str); 5] = [
    (
        &["sqlx", "sea-orm", "sea-orm-migration"],
        &["store"],
        "databases are behind the store",
    ),
    (
        &["rusqlite"],
        &["agent"],
        "the agent's small journals; the control plane's database is behind the store",
    ),
    (
        &["rustls", "tokio-rustls", "rustls-pki-types", "webpki-roots"],
        &["pki"],
        "the TLS library is behind pki",
    ),
    (
        &["rmqtt", "rmqtt-net"],
        &["broker"],
        "the embedded broker is behind the bus trait",
    ),
    (
        &["rmqtt-codec"],
        &["broker", "mqtt"],
        "MQTT packets are behind mqtt and the broker",
    ),
];

/// Packages that rules must not know.
const NOT_IN_RULES: [&str; 6] = ["tokio", "hyper", "axum", "reqwest", "sqlx", "sea-orm"];

/// A row of the table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Layer {
    pub(crate) height: u8,
    pub(crate) name: String,
}

/// Reads the rows `| 1 mechanisms | `runtime` | …`.
pub(crate) fn table(architecture: &str) -> BTreeMap<String, Layer> {
    let beside = BESIDE_THE_TABLE.map(|(name, height, layer)| {
        (
            name.to_owned(),
            Layer {
                height,
                name: layer.to_owned(),
            },
        )
    });
    architecture.lines().filter_map(row).chain(beside).collect()
}

fn row(line: &str) -> Option<(String, Layer)> {
    let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
    let (height, name) = cells.next()?.split_once(' ')?;
    let crate_name = cells.next()?.strip_prefix('`')?.strip_suffix('`')?;
    let layer = Layer {
        height: height.parse().ok()?,
        name: name.to_owned(),
    };
    Some((crate_name.to_owned(), layer))
}

/// What is wrong.
pub(crate) fn findings(architecture: &str, crates: &[Crate]) -> Vec<String> {
    let table = table(architecture);
    let mut findings: Vec<String> = table
        .keys()
        .filter(|name| !crates.iter().any(|member| member.name == **name))
        .map(|name| format!("ARCHITECTURE.md lists `{name}`, and there is no such crate; take the row out or make the crate"))
        .collect();
    for member in crates {
        let Some(layer) = table.get(&member.name) else {
            findings.push(format!(
                "crate `{}` has no row in the table of ARCHITECTURE.md; give it a layer",
                member.name
            ));
            continue;
        };
        for dependency in &member.dependencies {
            let problem = if dependency.ours {
                ours(&table, member, layer, dependency)
            } else {
                foreign(member, layer, dependency)
            };
            findings.extend(problem);
        }
    }
    findings
}

fn ours(
    table: &BTreeMap<String, Layer>,
    member: &Crate,
    layer: &Layer,
    dependency: &Dependency,
) -> Option<String> {
    let below = table.get(&dependency.name)?;
    let pair = (member.name.as_str(), dependency.name.as_str());
    let wrong = |why: &str| {
        Some(format!(
            "`{}` ({layer}) must not use `{}` ({below}): {why}",
            pair.0, pair.1
        ))
    };
    if FORBIDDEN.contains(&pair) && !dependency.tests_only {
        return wrong("it must not know it");
    }
    let proof_in_tests = dependency.tests_only && below.name == "proof";
    let both_proof = layer.name == "proof" && below.name == "proof";
    let shared =
        layer.name == below.name && SHARED_SIBLINGS.contains(&(below.name.as_str(), pair.1));
    let excepted = EXCEPTIONS.iter().any(|(from, to, _)| (*from, *to) == pair);
    if below.height < layer.height || proof_in_tests || both_proof || shared || excepted {
        None
    } else if below.height == layer.height {
        wrong("siblings do not depend on each other")
    } else {
        wrong("dependencies go down the layers only")
    }
}

fn foreign(member: &Crate, layer: &Layer, dependency: &Dependency) -> Option<String> {
    if dependency.tests_only || layer.name == "proof" {
        return None;
    }
    if layer.name == "rules" && NOT_IN_RULES.contains(&dependency.name.as_str()) {
        return Some(format!(
            "`{}` must not use {}: rules are without I/O",
            member.name, dependency.name
        ));
    }
    let (_, owners, why) = OWNED
        .iter()
        .find(|(packages, _, _)| packages.contains(&dependency.name.as_str()))?;
    let allowed = owners.contains(&member.name.as_str());
    (!allowed).then(|| {
        format!(
            "`{}` must not use {}: {why} (`{}`)",
            member.name,
            dependency.name,
            owners.join("`, `")
        )
    })
}

impl std::fmt::Display for Layer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.height, self.name)
    }
}
