//! What may be repeated of what a service said: little, printable, and nothing that could be a credential.
//!
//! Some services put the token into the text that refuses it, and one that lies puts it anywhere.

use crate::Answer;

/// How much of a body is looked at, in bytes.
const LOOKED_AT_BYTES: usize = 4 * 1024;

/// The longest excerpt, in characters.
const MAX_CHARS: usize = 120;

/// A run of the characters of a token that is this long is taken for one, unless it is all small letters.
const LONG_RUN_CHARS: usize = 24;

/// One that is this long is taken for one if it mixes capitals, small letters and digits.
const MIXED_RUN_CHARS: usize = 10;

/// What stands instead of what was taken out.
const TAKEN_OUT: &str = "[…]";

/// What an answer's body says, in short.
pub(crate) fn of(answer: &Answer) -> String {
    let looked_at = &answer.body[..answer.body.len().min(LOOKED_AT_BYTES)];
    printable(&String::from_utf8_lossy(looked_at))
}

/// A text from outside, in short.
pub(crate) fn printable(text: &str) -> String {
    let mut clean = String::new();
    let mut run = String::new();
    let mut after_scheme = false;
    for c in text.chars().chain([' ']) {
        if is_token_char(c) {
            run.push(c);
            continue;
        }
        if !run.is_empty() {
            let secret = after_scheme || is_secret(&run);
            clean.push_str(if secret { TAKEN_OUT } else { &run });
            after_scheme = ["basic", "bearer"]
                .iter()
                .any(|scheme| run.to_ascii_lowercase().ends_with(scheme));
            run.clear();
        }
        let shown = if c.is_alphanumeric() || c.is_ascii_graphic() {
            c
        } else {
            ' '
        };
        if shown != ' ' || !(clean.is_empty() || clean.ends_with(' ')) {
            clean.push(shown);
        }
    }
    let clean = clean.trim_end();
    let mut cut: String = clean.chars().take(MAX_CHARS).collect();
    if cut.len() < clean.len() {
        cut.push('…');
    }
    cut
}

/// The characters of tokens and of Base64.
fn is_token_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_+/=.~%".contains(c)
}

fn is_secret(run: &str) -> bool {
    let any = |test: fn(&char) -> bool| run.chars().any(|c| test(&c));
    let (capitals, digits) = (any(char::is_ascii_uppercase), any(char::is_ascii_digit));
    let mixed = capitals && digits && any(char::is_ascii_lowercase);
    run.contains("eyJ")
        || ((capitals || digits) && run.len() >= LONG_RUN_CHARS)
        || (mixed && run.len() >= MIXED_RUN_CHARS)
        || run.ends_with('=')
}
