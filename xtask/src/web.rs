//! The console's build: Node is needed for it, and for nothing else.

use anyhow::{Context as _, Result, ensure};

use crate::run::{program, root, step};

/// Where the control plane embeds it from.
const BUILT: &str = "crates/server/web-dist";

/// Builds the console into the folder that the control plane embeds.
pub fn build() -> Result<()> {
    let web = root().join("web");
    step(
        "npm ci",
        program("npm")
            .current_dir(&web)
            .args(["ci", "--no-audit", "--no-fund"]),
    )?;
    step("npm test", program("npm").current_dir(&web).args(["test"]))?;
    step(
        "npm run build",
        program("npm").current_dir(&web).args(["run", "build"]),
    )
}

/// Builds it and compares with what is checked in; a new file counts as a difference too.
pub fn check() -> Result<()> {
    build()?;
    let changed = program("git")
        .args(["status", "--porcelain", "--", BUILT])
        .output()
        .context("cannot run git")?;
    ensure!(
        changed.status.success(),
        "git status failed: {}",
        String::from_utf8_lossy(&changed.stderr)
    );
    let changed = String::from_utf8_lossy(&changed.stdout);
    ensure!(
        changed.is_empty(),
        "the committed console is not what its sources give; commit what this built:\n{changed}"
    );
    Ok(())
}
