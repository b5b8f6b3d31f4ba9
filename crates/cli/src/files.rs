//! Files that a command line names, within a limit; `-` is standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::error::CliError;

/// What a file holds.
pub(crate) fn bytes(file: &Path, max_bytes: usize) -> Result<Vec<u8>, CliError> {
    let what = shown(file);
    let cannot = |error| CliError::failed(format!("cannot read {what}"), error);
    let source: Box<dyn Read> = if is_standard_input(file) {
        Box::new(io::stdin().lock())
    } else {
        Box::new(File::open(file).map_err(cannot)?)
    };
    let mut bytes = Vec::new();
    source
        .take(max_bytes as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(cannot)?;
    if bytes.len() > max_bytes {
        return Err(CliError::usage(format!(
            "{what} is too large; {max_bytes} bytes are allowed"
        )));
    }
    Ok(bytes)
}

/// What a file holds, as text.
pub(crate) fn text(file: &Path, max_bytes: usize) -> Result<String, CliError> {
    String::from_utf8(bytes(file, max_bytes)?)
        .map_err(|_| CliError::usage(format!("{} is not text in UTF-8", shown(file))))
}

fn is_standard_input(file: &Path) -> bool {
    file == Path::new("-")
}

fn shown(file: &Path) -> String {
    if is_standard_input(file) {
        "standard input".to_owned()
    } else {
        file.display().to_string()
    }
}
