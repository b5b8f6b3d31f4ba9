//! The agent as a snap: checked against snapcraft's schema, and packed by snapd's own `snap pack`.
//!
//! snapcraft itself is not needed. It would make the same of the folder `project` below the target folder's `snap`, in any of
//! its build environments: the program there is already built, and alone.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Map, Value, json};

use crate::peers;
use crate::run::{cargo, program, root, say, step};

const SNAPCRAFT: &str = "packaging/snap/snapcraft.yaml";
const HOOKS: &str = "packaging/snap/hooks";
const PROGRAM: &str = "edgeward-agent";

/// What of snapcraft.yaml stands in a snap as well.
const KEPT: [&str; 11] = [
    "name",
    "title",
    "summary",
    "description",
    "version",
    "license",
    "base",
    "grade",
    "confinement",
    "plugs",
    "apps",
];

/// Builds the agent as it ships, and packs it.
pub fn pack() -> Result<()> {
    step(
        "build the agent as it ships",
        cargo().args(["build", "--package", PROGRAM, "--profile", "agent"]),
    )?;
    peers::install()?;
    check()
}

/// Checks snapcraft.yaml, and packs the agent that is built already.
pub fn check() -> Result<()> {
    step(
        "check snapcraft.yaml",
        program(peers::schema_checker()?).args(["--builtin-schema", "vendor.snapcraft", SNAPCRAFT]),
    )?;
    let text = read(&root().join(SNAPCRAFT))?;
    let snapcraft: Value = serde_saphyr::from_str(&text).context("cannot read snapcraft.yaml")?;
    ensure!(
        snapcraft["version"] == env!("CARGO_PKG_VERSION"),
        "{SNAPCRAFT} says version {}, the workspace {}",
        snapcraft["version"],
        env!("CARGO_PKG_VERSION")
    );
    let built = target()?.join("agent").join(PROGRAM);
    let folder = target()?.join("snap");
    if folder.exists() {
        fs::remove_dir_all(&folder)
            .with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    project(&folder.join("project"), &built)?;
    let prime = folder.join("prime");
    self::prime(&prime, &snapcraft, &built)?;
    step(
        "snap pack",
        program("snap").arg("pack").arg(&prime).arg(&folder),
    )?;
    let packed = fs::read_dir(&folder)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| {
            path.extension()
                .is_some_and(|extension| extension == "snap")
        })
        .context("snap pack has packed nothing")?;
    say(&format!(
        "{}: {} bytes",
        packed.display(),
        fs::metadata(&packed)?.len()
    ));
    Ok(())
}

/// What snapcraft works on.
fn project(folder: &Path, built: &Path) -> Result<()> {
    copy(
        &root().join(SNAPCRAFT),
        &folder.join("snap/snapcraft.yaml"),
        0o644,
    )?;
    copy_hooks(&folder.join("snap/hooks"))?;
    copy(built, &folder.join("agent").join(PROGRAM), 0o755)
}

/// What is in the snap.
fn prime(folder: &Path, snapcraft: &Value, built: &Path) -> Result<()> {
    let mut snap: Map<String, Value> = KEPT
        .iter()
        .filter_map(|key| Some(((*key).to_owned(), snapcraft.get(key)?.clone())))
        .collect();
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => bail!("there is no snap for {other}"),
    };
    snap.insert("architectures".to_owned(), json!([architecture]));
    copy(built, &folder.join("bin").join(PROGRAM), 0o755)?;
    copy_hooks(&folder.join("meta/hooks"))?;
    // JSON is YAML.
    fs::write(
        folder.join("meta/snap.yaml"),
        format!("{:#}\n", Value::Object(snap)),
    )
    .context("cannot write meta/snap.yaml")
}

fn copy_hooks(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(root().join(HOOKS)).context("cannot read the hooks")? {
        let entry = entry?;
        copy(&entry.path(), &folder.join(entry.file_name()), 0o755)?;
    }
    Ok(())
}

fn copy(from: &Path, to: &Path, mode: u32) -> Result<()> {
    let folder = to.parent().unwrap_or(to);
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    fs::copy(from, to)
        .with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
    fs::set_permissions(to, fs::Permissions::from_mode(mode))?;
    Ok(())
}

fn read(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

fn target() -> Result<PathBuf> {
    peers::target()
}
