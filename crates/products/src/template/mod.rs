//! Templates' text: a document with `${name}` where each service has a value of its own.
//!
//! A value can only ever be a value. Inside quotes it is escaped as deep as it stands, also in JSON that is a text in JSON;
//! outside it is a number, a truth value, a word, or quoted; and where escaping is not certain, as in SQL, what could end the quotes is
//! refused. `$${` is a literal `${`.

mod document;
mod weave;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::configuration::Form;
pub(crate) use document::literal_but;

/// The longest name, in characters.
pub const MAX_NAME_CHARS: usize = 64;

/// The longest text, in bytes, before and after it is filled in.
pub const MAX_TEMPLATE_BYTES: usize = 4 * 1024 * 1024;

/// The most names in a text.
pub const MAX_PLACEHOLDERS: usize = 1000;

/// What is wrong with a template, or with its values. Trying again as it is does not help.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TemplateError {
    /// `${` that no name follows.
    #[error(
        "line {line}: a name of letters, digits, _ and - and then a brace must follow ${{ (write $${{ for a literal ${{)"
    )]
    NoName {
        /// From 1.
        line: usize,
    },
    /// More names than [`MAX_PLACEHOLDERS`].
    #[error("the template has more than {MAX_PLACEHOLDERS} placeholders")]
    TooMany,
    /// Longer than [`MAX_TEMPLATE_BYTES`].
    #[error("the template is longer than {MAX_TEMPLATE_BYTES} bytes, or would be once filled in")]
    TooLong,
    /// Names without a value, all of them.
    #[error("there is no value for {}", .0.join(", "))]
    Missing(Vec<String>),
    /// A value that could be more than a value where it stands.
    #[error("the value of {name} cannot stand where the template has it: {why}")]
    Unsafe {
        /// Whose.
        name: String,
        /// Why not.
        why: &'static str,
    },
    /// Two names of an object have become one.
    #[error("once filled in, there is more than one {0} in the same place")]
    Twice(String),
    /// It should be JSON.
    #[error("line {line} of the template is no JSON")]
    NotJson {
        /// From 1.
        line: usize,
    },
}

/// What a text consists of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Piece<'a> {
    /// As it stands.
    Text(&'a str),
    /// A literal `${`.
    Literal,
    /// A placeholder.
    Name(&'a str),
}

/// The names of `${name}` in a text, in order of appearance, once each.
///
/// # Errors
/// The text is too long, has too many, or has a `${` without a name.
pub fn placeholders(text: &str) -> Result<Vec<String>, TemplateError> {
    let mut names: Vec<String> = Vec::new();
    let mut known = std::collections::BTreeSet::new();
    for piece in pieces(text)? {
        if let Piece::Name(name) = piece
            && known.insert(name)
        {
            if names.len() >= MAX_PLACEHOLDERS {
                return Err(TemplateError::TooMany);
            }
            names.push(name.to_owned());
        }
    }
    Ok(names)
}

/// Puts values in. A string of JSON that is nothing but `${name}` becomes a number or truth value if the value is one, unless the name is that of a
/// secret, and text otherwise. HOCON
/// that is JSON is filled in as JSON. The answer is pretty JSON, or the HOCON as it stood. Values without a placeholder are passed over.
///
/// # Errors
/// Values are missing, cannot stand where they belong, or the text is no template.
pub fn fill(
    form: Form,
    text: &str,
    values: &BTreeMap<String, String>,
) -> Result<String, TemplateError> {
    let missing: Vec<String> = placeholders(text)?
        .into_iter()
        .filter(|name| !values.contains_key(name))
        .collect();
    if !missing.is_empty() {
        return Err(TemplateError::Missing(missing));
    }
    let filled = match (form, serde_json::from_str::<Value>(text)) {
        (_, Ok(document)) if form == Form::Json || document.is_object() => {
            format!("{:#}\n", document::fill(&document, values)?)
        }
        (Form::Json, Err(error)) => return Err(TemplateError::NotJson { line: error.line() }),
        _ => weave::weave(text, weave::Syntax::Hocon, values)?,
    };
    if filled.len() > MAX_TEMPLATE_BYTES {
        return Err(TemplateError::TooLong);
    }
    Ok(filled)
}

/// A text in which every `${` is literal.
pub(crate) fn literal(text: &str) -> String {
    text.replace("${", "$${")
}

/// A text's pieces.
fn pieces(text: &str) -> Result<Vec<Piece<'_>>, TemplateError> {
    if text.len() > MAX_TEMPLATE_BYTES {
        return Err(TemplateError::TooLong);
    }
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, found) = rest.split_at(at);
        let after = &found["${".len()..];
        if let Some(before) = before.strip_suffix('$') {
            pieces.extend([Piece::Text(before), Piece::Literal]);
            rest = after;
            continue;
        }
        let name = after.split_once('}').filter(|(name, _)| is_name(name));
        let (name, after) = name.ok_or_else(|| {
            let passed = &text[..text.len() - found.len()];
            let line = 1 + passed.matches('\n').count();
            TemplateError::NoName { line }
        })?;
        pieces.extend([Piece::Text(before), Piece::Name(name)]);
        rest = after;
    }
    pieces.push(Piece::Text(rest));
    pieces.retain(|piece| *piece != Piece::Text(""));
    Ok(pieces)
}

fn is_name(name: &str) -> bool {
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let goes_on = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    begins && name.len() <= MAX_NAME_CHARS && name.chars().all(goes_on)
}
