//! The console's build: Node is needed for it, and for nothing else.

use anyhow::Result;

use crate::run::{program, root, step};

/// Builds the console into the folder that the control plane embeds.
pub fn build() -> Result<()> {
    let web = root().join("web");
    step("npm ci", program("npm").current_dir(&web).args(["ci", "--no-audit", "--no-fund"]))?;
    step("npm test", program("npm").current_dir(&web).args(["test"]))?;
    step("npm run build", program("npm").current_dir(&web).args(["run", "build"]))
}

/// Builds it and compares with what is checked in.
pub fn check() -> Result<()> {
    build()?;
    step("compare", program("git").args(["diff", "--exit-code", "--stat", "--", "crates/server/web-dist"]))
}
