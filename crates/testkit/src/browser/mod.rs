//! Debian's Chromium, driven over its DevTools protocol: as much of it as tests of a page need.
//!
//! A [`Browser`] is one headless Chromium with a profile of its own; a [`Page`] is a tab with cookies and storage of its own.
//! Clicks and keys are real input events, so that what is covered or disabled is not clicked. `*.localhost` names
//! lead to loopback in Chromium by themselves.

mod axe;
mod devtools;
mod form;
mod page;
mod watch;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;

use crate::process::{Process, ProcessError, Program};
use crate::{TimedOut, eventually};
pub use axe::{Barrier, axe_source};
use devtools::Devtools;
pub use page::Page;
pub use watch::{ConsoleMessage, FailedRequest};

/// How long Chromium may take to start.
const START_LIMIT: Duration = Duration::from_secs(30);

/// The first size of a page, in CSS pixels.
const FIRST_SIZE: (u32, u32) = (1440, 900);

/// What keeps Chromium quiet, alone and able to run as root.
const QUIET: [&str; 16] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-breakpad",
    "--disable-extensions",
    "--password-store=basic",
    "--hide-scrollbars",
    "--mute-audio",
    "--remote-debugging-port=0",
];

/// Why the browser did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum BrowserError {
    /// Chromium did not start.
    #[error("cannot start the browser")]
    Start(#[source] ProcessError),
    /// Its profile could not be made, or a file could not be written.
    #[error("cannot {what}")]
    File {
        /// What was attempted.
        what: String,
        /// Why not.
        source: io::Error,
    },
    /// The connection to it broke, or never came to be.
    #[error("the browser's DevTools connection is gone: {0}")]
    Connection(String),
    /// It refused a command.
    #[error("the browser refused {method}: {message}")]
    Refused {
        /// The command.
        method: String,
        /// What it said.
        message: String,
    },
    /// A script threw.
    #[error("the page's script threw: {0}")]
    Script(String),
    /// A value was not of the expected shape.
    #[error("the browser's answer to {what} has another shape than expected")]
    Shape {
        /// What was asked.
        what: String,
        /// In which way.
        source: serde_json::Error,
    },
    /// What was waited for did not come.
    #[error("{0}")]
    TimedOut(#[from] TimedOut),
}

/// A running Chromium; it is gone when dropped.
#[derive(Debug)]
pub struct Browser {
    devtools: Devtools,
    _process: Process,
    _profile: TempDir,
}

impl Browser {
    /// Starts one.
    ///
    /// # Errors
    /// It is missing, or does not start.
    pub async fn start() -> Result<Self, BrowserError> {
        Self::start_with(&[]).await
    }

    /// Starts one with more arguments, such as `--lang=zh-CN`.
    ///
    /// # Errors
    /// It is missing, or does not start.
    pub async fn start_with(arguments: &[&str]) -> Result<Self, BrowserError> {
        let profile = tempfile::tempdir().map_err(|source| BrowserError::File {
            what: "make a profile for the browser".to_owned(),
            source,
        })?;
        let (width, height) = FIRST_SIZE;
        let process = Program::debian("chromium", "chromium")
            .args(QUIET)
            .arg(format!("--window-size={width},{height}"))
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .args(arguments.iter().copied())
            .arg("about:blank")
            // Debian's start script writes below these.
            .env("HOME", profile.path())
            .env("XDG_CONFIG_HOME", profile.path())
            .env("XDG_CACHE_HOME", profile.path())
            // Its sockets go with the profile, even when it is killed.
            .env("TMPDIR", profile.path())
            .start(profile.path().join("log"))
            .map_err(BrowserError::Start)?;
        process
            .wait_for_line("DevTools listening on", START_LIMIT)
            .await
            .map_err(BrowserError::Start)?;
        let (address, path) = eventually("the DevTools port", START_LIMIT, async || {
            active_port(profile.path())
        })
        .await?;
        Ok(Self {
            devtools: Devtools::connect(address, &path).await?,
            _process: process,
            _profile: profile,
        })
    }

    /// Opens a page with cookies and storage of its own, and waits until it is loaded.
    ///
    /// # Errors
    /// The address cannot be loaded.
    pub async fn open(&self, url: &str) -> Result<Page, BrowserError> {
        let context = self
            .devtools
            .command(None, "Target.createBrowserContext", json!({}))
            .await?;
        let target = json!({"url": "about:blank", "browserContextId": context["browserContextId"]});
        let target = self
            .devtools
            .command(None, "Target.createTarget", target)
            .await?;
        let target = target["targetId"].as_str().unwrap_or_default();
        let page = Page::attach(&self.devtools, target).await?;
        page.go_to(url).await?;
        Ok(page)
    }

    /// Takes over a page that a page has opened, by a part of its address.
    ///
    /// # Errors
    /// There is none within the limit.
    pub async fn opened_page(&self, url_part: &str, limit: Duration) -> Result<Page, BrowserError> {
        let target = eventually(&format!("a page at {url_part}"), limit, async || {
            let targets = self
                .devtools
                .command(None, "Target.getTargets", json!({}))
                .await;
            let targets = targets.map_err(|error| error.to_string())?;
            let targets = targets["targetInfos"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            let pages = || targets.iter().filter(|target| target["type"] == "page");
            let url =
                |target: &serde_json::Value| target["url"].as_str().unwrap_or_default().to_owned();
            pages()
                .find(|target| url(target).contains(url_part))
                .and_then(|target| target["targetId"].as_str())
                .map(ToOwned::to_owned)
                .ok_or_else(|| pages().map(url).collect::<Vec<_>>().join(", "))
        })
        .await?;
        Page::attach(&self.devtools, &target).await
    }
}

/// Where DevTools listens, from the file that Chromium writes into its profile: port, then path.
fn active_port(profile: &Path) -> Result<(SocketAddr, String), String> {
    let text = std::fs::read_to_string(profile.join("DevToolsActivePort"));
    let text = text.map_err(|error| error.to_string())?;
    let mut lines = text.lines();
    let port = lines.next().and_then(|port| port.parse::<u16>().ok());
    match (port, lines.next()) {
        (Some(port), Some(path)) => Ok((
            SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
            path.to_owned(),
        )),
        _ => Err(text),
    }
}

#[cfg(test)]
mod tests;
