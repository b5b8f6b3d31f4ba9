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
    process: Option<Process>,
    options: OidcOptions,
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
        std::fs::write(folder.path().join("accounts.json"), "{}").map_err(preparing)?;
        let mut provider = Self {
            process: None,
            options,
            issuer: String::new(),
            folder,
        };
        provider.run(0).await?;
        Ok(provider)
    }

    /// Starts it again with other keys, at the same place. Whoever had signed in with it is forgotten.
    ///
    /// # Errors
    /// It does not start again.
    pub async fn exchange_keys(&mut self) -> Result<(), ProcessError> {
        let port = self.issuer.rsplit(':').next().map(str::parse);
        let port = port.and_then(Result::ok).unwrap_or_default();
        self.process = None;
        self.run(port).await
    }

    async fn run(&mut self, port: u16) -> Result<(), ProcessError> {
        let folder = self.folder.path();
        let auth_method = if self.options.secret_in_body {
            "client_secret_post"
        } else {
            "client_secret_basic"
        };
        let known = json!({
            "port": port,
            "redirect_urls": self.options.redirect_urls,
            "client_id": self.options.client_id,
            "client_secret": self.options.client_secret,
            "auth_method": auth_method,
            "claims_in_id_token": self.options.claims_in_id_token,
        });
        for (name, text) in [
            ("provider.mjs", include_str!("provider.mjs")),
            ("options.json", &known.to_string()),
            // Only what this start says counts.
            ("log", ""),
        ] {
            std::fs::write(folder.join(name), text).map_err(preparing)?;
        }
        let process = Program::debian("node", "nodejs")
            .arg(folder.join("provider.mjs"))
            .arg(library().map_err(preparing)?)
            .arg(folder)
            .start(folder.join("log"))?;
        let line = process.wait_for_line(READY, START_LIMIT).await?;
        self.issuer = line.strip_prefix(READY).unwrap_or_default().to_owned();
        self.process = Some(process);
        Ok(())
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
