//! Asking before something is taken away.

use std::io::{self, BufRead, IsTerminal, Write};

use crate::error::CliError;

/// Asks unless `yes`; without a terminal there is nobody to ask, which is an error.
pub(crate) fn confirm(yes: bool, question: &str) -> Result<(), CliError> {
    if yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        return Err(CliError::usage(format!(
            "not done: \"{question}\" could not be asked, because standard input is no terminal"
        ))
        .hint("add --yes if that is what you want"));
    }
    let mut stderr = io::stderr().lock();
    let asked = write!(stderr, "{question} [y/N] ").and_then(|()| stderr.flush());
    let mut answer = String::new();
    asked
        .and_then(|()| io::stdin().lock().read_line(&mut answer))
        .map_err(|error| CliError::failed("cannot ask", error))?;
    if matches!(answer.trim().to_lowercase().as_str(), "y" | "yes") {
        Ok(())
    } else {
        Err(CliError::refused("not done: the answer was no"))
    }
}
