//! axe-core, the accessibility checker, in a page.

use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{BrowserError, Page};

/// Where `cargo xtask test` installs it, below the target folder.
pub const INSTALLED_AT: &str = "peers/axe-core";

/// Something that keeps somebody from using a page.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Barrier {
    /// axe's name of the rule.
    pub rule: String,
    /// `serious` or `critical`.
    pub impact: String,
    /// What is wrong.
    pub help: String,
    /// The first elements that it is about, as HTML, at most 200 characters each.
    pub elements: Vec<String>,
}

/// The checker's source.
///
/// # Errors
/// It is not installed.
pub fn axe_source() -> io::Result<String> {
    let test = std::env::current_exe()?;
    let target = test.ancestors().nth(3).unwrap_or(Path::new("target"));
    let file: PathBuf = target
        .join(INSTALLED_AT)
        .join("node_modules/axe-core/axe.min.js");
    std::fs::read_to_string(&file).map_err(|error| {
        io::Error::new(
            error.kind(),
            format!(
                "axe-core is not at {}; \"cargo xtask test\" installs it",
                file.display()
            ),
        )
    })
}

impl Page {
    /// What axe finds serious or critical in the page as it is now. `source` is [`axe_source`].
    ///
    /// # Errors
    /// The page is gone, or the checker failed.
    pub async fn barriers(&self, source: &str) -> Result<Vec<Barrier>, BrowserError> {
        self.evaluate::<()>(&format!("void (window.axe || (() => {{ {source} }})())"))
            .await?;
        self.evaluate(RUN).await
    }
}

const RUN: &str = "(async () => {
    const found = await window.axe.run(document, { resultTypes: ['violations'] });
    return found.violations
      .filter(violation => violation.impact === 'serious' || violation.impact === 'critical')
      .map(violation => ({
        rule: violation.id, impact: violation.impact, help: violation.help,
        elements: violation.nodes.slice(0, 3).map(node => node.html.slice(0, 200)),
      }));
})()";
