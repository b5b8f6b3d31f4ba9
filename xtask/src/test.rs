//! Every test, with the real components.

use anyhow::Result;

use crate::run::{cargo, has, step};
use crate::{documents, packages, peers, snap};

/// Runs every test; further words go to the test runner.
pub fn run(words: &[&str]) -> Result<()> {
    packages::install_missing()?;
    peers::install()?;
    step(
        "build the control plane",
        cargo().args(["build", "--package", "edgeward-cli"]),
    )?;
    // Alone and with its own profile, so that what is tested inside network namespaces is what runs on devices.
    step(
        "build the agent as it ships",
        cargo().args(["build", "--package", "edgeward-agent", "--profile", "agent"]),
    )?;
    documents::check_asyncapi()?;
    snap::check()?;
    if has("cargo-nextest") {
        step(
            "tests",
            cargo()
                .args(["nextest", "run", "--workspace", "--no-fail-fast"])
                .args(words),
        )?;
    } else {
        step(
            "tests",
            cargo()
                .args(["test", "--workspace", "--no-fail-fast"])
                .args(words),
        )?;
    }
    step(
        "tests in the documentation",
        cargo().args(["test", "--workspace", "--doc", "--quiet"]),
    )
}
