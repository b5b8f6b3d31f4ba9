//! The checked-in description of the REST API.

use anyhow::{Context as _, Result, ensure};

use crate::run::{cargo, root};

const FILE: &str = "openapi.json";

/// Writes it.
pub fn write() -> Result<()> {
    std::fs::write(root().join(FILE), generated()?).context("cannot write openapi.json")
}

/// Compares it.
pub fn check() -> Result<()> {
    let kept = std::fs::read_to_string(root().join(FILE)).context("cannot read openapi.json")?;
    ensure!(
        kept == generated()?,
        "openapi.json is not what the code says; run cargo xtask openapi"
    );
    Ok(())
}

fn generated() -> Result<String> {
    let output = cargo()
        .args([
            "run",
            "--quiet",
            "--package",
            "edgeward-cli",
            "--",
            "openapi",
        ])
        .output()?;
    ensure!(
        output.status.success(),
        "edgeward openapi failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8(output.stdout)?)
}
