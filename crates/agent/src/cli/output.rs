//! Printing results to standard output, and complaints to standard error.

use std::io::{self, IsTerminal as _, Write as _};

use edgeward_agent::check::{Finding, Verdict};
use serde::Serialize;

/// Prints a text as it is. A reader that has gone away is not an error.
pub(crate) fn say(text: &str) {
    let mut out = io::stdout().lock();
    let _reader_gone = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Prints what went wrong.
pub(crate) fn warn(message: &str) {
    let _reader_gone = writeln!(io::stderr().lock(), "edgeward-agent: {message}");
}

/// Prints a value as JSON.
pub(crate) fn json(value: &impl Serialize) {
    match serde_json::to_string_pretty(value) {
        Ok(text) => say(&format!("{text}\n")),
        Err(error) => warn(&format!("cannot print the result: {error}")),
    }
}

/// One finding, for a person: a line, and a second one if there is something to do.
pub(crate) fn finding(finding: &Finding) -> String {
    let (word, colour) = match finding.verdict {
        Verdict::Ok => ("ok", "32"),
        Verdict::Warning => ("warning", "33"),
        Verdict::Failed => ("FAILED", "31"),
        Verdict::Skipped => ("skipped", "2"),
    };
    let word = format!("{word:<7}");
    let word = if io::stdout().is_terminal() {
        format!("\x1b[{colour}m{word}\x1b[0m")
    } else {
        word
    };
    let detail = finding.detail.replace('\n', "\n         ");
    let mut lines = format!("{word}  {}: {detail}\n", finding.step);
    if let Some(advice) = &finding.advice {
        lines.push_str(&format!("         → {advice}\n"));
    }
    lines
}
