//! Real components that are in no Debian package: installed below the target folder.

use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::run::{program, say, step};

/// The version that runs with the Node.js of Debian 12.
const NODE_RED: &str = "4.1.8";

/// Installs Node-RED where tests look for it, unless it is there.
pub fn install_node_red() -> Result<()> {
    let folder = target()?.join("peers/node-red");
    let manifest = folder.join("node_modules/node-red/package.json");
    let wanted = format!("\"version\": \"{NODE_RED}\"");
    if std::fs::read_to_string(&manifest).is_ok_and(|text| text.contains(&wanted)) {
        return Ok(());
    }
    say(&format!(
        "Node-RED {NODE_RED} is missing: an edge service whose editor needs WebSocket"
    ));
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make {}", folder.display()))?;
    step(
        "npm install node-red",
        program("npm")
            .args(["install", "--no-audit", "--no-fund", "--no-package-lock"])
            .args(["--omit=optional", "--loglevel=error", "--prefix"])
            .arg(&folder)
            .arg(format!("node-red@{NODE_RED}")),
    )
}

/// The folder that this program was built in, which the tests are built in as well.
fn target() -> Result<PathBuf> {
    let own = std::env::current_exe().context("cannot find out where this program is")?;
    let target = own.ancestors().nth(2);
    Ok(target
        .context("this program is not in a target folder")?
        .to_owned())
}
