//! A real OpenID Connect provider (node-oidc-provider, which is certified) on loopback, with accounts of the test's making.
//!
//! Whoever knows an account's name gets in: the provider's own form takes any password. `cargo xtask test` installs it beside the
//! build's output; here it is only started.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::process::{Process, ProcessError, Program};

/// Where it is installed, below the build's target folder.
pub const INSTALLED_AT: &str = "peers/oidc-provider";

/// How long it may take to start on a busy machine.
const START_LIMIT: Duration = Duration::from_secs(60);

/// What it says when it listens.
const READY: &str = "ready: ";

/// What a provider is to be.
#[derive(Clone, Debug)]
pub struct OidcOptions {
    /// Where it may send people back to.
    pub redirect_urls: Vec<String>,
    /// What it calls whoever signs people in with it.
    pub client_id: String,
    /// The secret of that.
    pub client_secret: String,
    /// Whether the secret is taken in the body of a request, instead of a header.
    pub secret_in_body: bool,
    /// Whether an id token says everything; otherwise one has to ask for it.
    pub claims_in_id_token: bool,
}

/// A running provider; it is gone when dropped.
#[derive(Debug)]
pub struct OidcProvider {
    _process: Process,
    issuer: String,
    folder: TempDir,
}

impl OidcProvider {
    /// Starts one without accounts.
    ///
    /// # Errors
    /// It is not installed, or does not start.
    pub async fn start(options: OidcOptions) -> Result<Self, ProcessError> {
        let folder = tempfile::tempdir().map_err(preparing)?;
        let auth_method = if options.secret_in_body {
            "client_secret_post"
        } else {
            "client_secret_basic"
        };
        let known = json!({
            "port": 0,
            "redirect_urls": options.redirect_urls,
            "client_id": options.client_id,
            "client_secret": options.client_secret,
            "auth_method": auth_method,
            "claims_in_id_token": options.claims_in_id_token,
        });
        for (name, text) in [
            ("provider.mjs", include_str!("provider.mjs")),
            ("options.json", &known.to_string()),
            ("accounts.json", "{}"),
        ] {
            std::fs::write(folder.path().join(name), text).map_err(preparing)?;
        }
        let process = Program::debian("node", "nodejs")
            .arg(folder.path().join("provider.mjs"))
            .arg(library().map_err(preparing)?)
            .arg(folder.path())
            .start(folder.path().join("log"))?;
        let line = process.wait_for_line(READY, START_LIMIT).await?;
        let issuer = line.strip_prefix(READY).unwrap_or_default().to_owned();
        Ok(Self {
            _process: process,
            issuer,
            folder,
        })
    }

    /// The issuer.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Makes or changes an account: its name at the form, and the claims that it has from now on. `sub` is the name unless
    /// it is among them.
    ///
    /// # Errors
    /// The file with the accounts cannot be written.
    pub fn set_account(&self, name: &str, claims: &Value) -> io::Result<()> {
        let file = self.folder.path().join("accounts.json");
        let text = std::fs::read_to_string(&file)?;
        let mut accounts: Map<String, Value> = serde_json::from_str(&text)?;
        accounts.insert(name.to_owned(), claims.clone());
        let new = file.with_extension("new");
        std::fs::write(&new, Value::Object(accounts).to_string())?;
        std::fs::rename(new, file)
    }
}

/// The library, in the target folder that this test was built in.
fn library() -> io::Result<PathBuf> {
    let test = std::env::current_exe()?;
    let target = test.ancestors().nth(3).unwrap_or(Path::new("target"));
    let library = target
        .join(INSTALLED_AT)
        .join("node_modules/oidc-provider/lib/index.js");
    if library.exists() {
        return Ok(library);
    }
    Err(io::Error::new(
        io::ErrorKind::NotFound,
        format!(
            "{} is missing; run the tests with \"cargo xtask test\", which installs it",
            library.display()
        ),
    ))
}

fn preparing(source: io::Error) -> ProcessError {
    ProcessError::Prepare {
        what: "an OpenID Connect provider".to_owned(),
        source,
    }
}
