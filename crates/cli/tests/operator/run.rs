//! Running the program with a home of its own and nothing of the environment.

use std::path::Path;
use std::process::Stdio;

use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::fake::{Fake, TOKEN};

/// What came of it.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    /// It did what was asked, and said this on standard output.
    pub(crate) fn done(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.stdout
    }

    /// It failed with this code, nothing on standard output, and one line that begins `error:`.
    pub(crate) fn failed(self, code: i32) -> String {
        assert_eq!(self.code, code, "{self:?}");
        assert_eq!(self.stdout, "", "{self:?}");
        assert!(self.stderr.starts_with("error: "), "{self:?}");
        self.stderr
    }
}

/// A person: a home folder, and what they type on standard input.
pub(crate) struct Person {
    home: TempDir,
}

impl Person {
    pub(crate) fn new() -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    pub(crate) async fn runs(&self, arguments: &[&str]) -> Outcome {
        self.runs_with(arguments, &[], "").await
    }

    pub(crate) async fn runs_with(
        &self,
        arguments: &[&str],
        variables: &[(&str, &str)],
        stdin: &str,
    ) -> Outcome {
        let mut child = Command::new(env!("CARGO_BIN_EXE_edgeward"))
            .args(arguments)
            .env_clear()
            .env("HOME", self.home())
            .envs(variables.iter().copied())
            .current_dir(self.home())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        // A program that does not read has ended before; that is seen in the outcome.
        let _ = input.write_all(stdin.as_bytes()).await;
        drop(input);
        let output = child.wait_with_output().await.unwrap();
        Outcome {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs against the fake, signed in by the environment.
    pub(crate) async fn asks(&self, fake: &Fake, arguments: &[&str]) -> Outcome {
        self.runs_with(
            arguments,
            &[("EDGEWARD_URL", &fake.url()), ("EDGEWARD_TOKEN", TOKEN)],
            "",
        )
        .await
    }
}

/// The columns of a table's lines.
pub(crate) fn cells(line: &str) -> Vec<&str> {
    line.split("  ")
        .map(str::trim)
        .filter(|cell| !cell.is_empty())
        .collect()
}
