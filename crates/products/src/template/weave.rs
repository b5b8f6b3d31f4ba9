//! Values put into text, each as it must be written where it stands.

use std::collections::BTreeMap;

use serde_json::Value;

use super::document::number;
use super::{MAX_TEMPLATE_BYTES, Piece, TemplateError, pieces};

/// What stands around HOCON texts without escapes.
const TRIPLE: &str = "\"\"\"";

/// What a text is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Syntax {
    /// For people or topics: values go in as they are.
    Text,
    /// JSON, or nearly.
    Json,
    /// SQL as eKuiper has it.
    Sql,
    /// HOCON.
    Hocon,
}

/// Where in a text something stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    Outside,
    /// Between two of these.
    Quoted(char),
    /// Between three quotes and three quotes.
    Raw,
    /// Up to the end of the line.
    Comment,
}

/// Puts values into a text.
pub(super) fn weave(
    text: &str,
    syntax: Syntax,
    values: &BTreeMap<String, String>,
) -> Result<String, TemplateError> {
    let mut woven = String::with_capacity(text.len());
    let mut place = Place::Outside;
    let mut is_escaped = false;
    // Since the last value, whose quotes say nothing about the template's.
    let mut since = String::new();
    for piece in pieces(text)? {
        match piece {
            Piece::Literal => woven.push_str("${"),
            Piece::Name(name) => {
                let value = values.get(name);
                let value = value.ok_or_else(|| TemplateError::Missing(vec![name.to_owned()]))?;
                let written = written(value, syntax, place);
                let written = written.map_err(|why| TemplateError::Unsafe {
                    name: name.to_owned(),
                    why,
                })?;
                woven.push_str(&written);
                since.clear();
                is_escaped = false;
            }
            Piece::Text(text) => {
                woven.push_str(text);
                for c in text.chars() {
                    since.push(c);
                    if is_escaped {
                        is_escaped = false;
                        continue;
                    }
                    is_escaped = c == '\\' && matches!(place, Place::Quoted(_));
                    place = after(place, c, syntax, &since);
                }
            }
        }
        if woven.len() > MAX_TEMPLATE_BYTES {
            return Err(TemplateError::TooLong);
        }
    }
    Ok(woven)
}

/// Where the next character stands, after this one, with which `since` ends.
fn after(place: Place, c: char, syntax: Syntax, since: &str) -> Place {
    let quotes: &[char] = match syntax {
        Syntax::Text => &[],
        Syntax::Json | Syntax::Hocon => &['"'],
        Syntax::Sql => &['"', '\'', '`'],
    };
    let is_hocon = syntax == Syntax::Hocon;
    match place {
        Place::Outside if is_hocon && since.ends_with(TRIPLE) => Place::Raw,
        Place::Outside if quotes.contains(&c) => Place::Quoted(c),
        Place::Outside if is_hocon && (c == '#' || since.ends_with("//")) => Place::Comment,
        Place::Quoted(quote) if quote == c => Place::Outside,
        Place::Raw if since.ends_with(TRIPLE) => Place::Outside,
        Place::Comment if c == '\n' => Place::Outside,
        place => place,
    }
}

/// A value as it must be written there.
fn written(value: &str, syntax: Syntax, place: Place) -> Result<String, &'static str> {
    match (syntax, place) {
        (Syntax::Text, _) => Ok(value.to_owned()),
        (_, Place::Raw) if value.contains('"') => Err("it has a quotation mark in it"),
        (_, Place::Raw) => Ok(value.to_owned()),
        (Syntax::Sql, Place::Quoted(quote)) => {
            let ends = |c: char| c == quote || c == '\\' || c.is_control();
            if value.contains(ends) {
                return Err("it has a quotation mark, a backslash or a line feed in it");
            }
            Ok(value.to_owned())
        }
        (Syntax::Sql, Place::Outside) => {
            if is_word(value) && !value.contains("--") {
                return Ok(value.to_owned());
            }
            Err("outside of quotes, only letters, digits, _, . and - may stand in a statement")
        }
        (_, Place::Quoted(_)) => {
            let quoted = quoted(value);
            Ok(quoted[1..quoted.len() - 1].to_owned())
        }
        // A comment for us may be none for the product.
        (_, Place::Outside | Place::Comment) if is_word(value) || number(value).is_some() => {
            Ok(value.to_owned())
        }
        (_, Place::Outside | Place::Comment) => Ok(quoted(value)),
    }
}

fn quoted(value: &str) -> String {
    Value::from(value).to_string()
}

fn is_word(value: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    !value.is_empty() && value.chars().all(plain)
}
