//! Every test, with the real components.

use anyhow::Result;

use crate::run::{cargo, has, step};
use crate::{packages, peers};

/// Runs every test; further words go to the test runner.
pub fn run(words: &[&str]) -> Result<()> {
    packages::install_missing()?;
    peers::install_node_red()?;
    // The agent that runs inside network namespaces in the tests is the program itself.
    step(
        "build the programs",
        cargo().args([
            "build",
            "--package",
            "edgeward-agent",
            "--package",
            "edgeward-cli",
        ]),
    )?;
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
