//! Secrets come from standard input or from a person at the terminal, never from an argument: arguments are seen by others.

use std::io::{self, Read};

use crate::error::CliError;

/// The longest secret, in bytes.
const MAX_SECRET_BYTES: usize = 1024;

/// The secret on standard input, without its final newline.
pub(crate) fn from_stdin(what: &str) -> Result<String, CliError> {
    let text = read_stdin(what, 1)?;
    checked(text.trim_end_matches(['\r', '\n']), what)
}

/// Two secrets on standard input, one on each line.
pub(crate) fn two_from_stdin(first: &str, second: &str) -> Result<(String, String), CliError> {
    let text = read_stdin(first, 2)?;
    let mut lines = text.lines();
    let first = checked(lines.next().unwrap_or_default(), first)?;
    let second = checked(lines.next().unwrap_or_default(), second)?;
    Ok((first, second))
}

/// Asks for a secret that the person knows. `option` is the other way, named when there is no terminal.
pub(crate) fn ask(prompt: &str, option: &str) -> Result<String, CliError> {
    rpassword::prompt_password(format!("{prompt}: ")).map_err(|error| {
        CliError::usage(format!(
            "cannot ask for the {} without a terminal: {error}",
            prompt.to_lowercase()
        ))
        .hint(format!("send it to standard input with {option}"))
    })
}

/// Asks twice for a secret that is new, so that what was typed is what was meant.
pub(crate) fn ask_new(prompt: &str, option: &str) -> Result<String, CliError> {
    let first = ask(prompt, option)?;
    if first.is_empty() {
        return Err(CliError::usage(format!(
            "the {} is empty",
            prompt.to_lowercase()
        )));
    }
    if first != ask("The same again", option)? {
        return Err(CliError::usage("the two differ; nothing was changed"));
    }
    Ok(first)
}

fn read_stdin(what: &str, lines: usize) -> Result<String, CliError> {
    let mut text = String::new();
    // A little more than is allowed, so that a longer one is refused instead of cut.
    let limit = (MAX_SECRET_BYTES + 3) * lines;
    io::stdin()
        .lock()
        .take(limit as u64)
        .read_to_string(&mut text)
        .map_err(|error| {
            CliError::failed(format!("cannot read the {what} from standard input"), error)
        })?;
    Ok(text)
}

fn checked(secret: &str, what: &str) -> Result<String, CliError> {
    match secret.len() {
        0 => Err(CliError::usage(format!("standard input gave no {what}"))),
        length if length > MAX_SECRET_BYTES => Err(CliError::usage(format!(
            "the {what} is longer than {MAX_SECRET_BYTES} bytes"
        ))),
        _ => Ok(secret.to_owned()),
    }
}
