//! Templates that are JSON: each text in them is filled in by itself, for what it is.

use std::collections::BTreeMap;

use serde_json::{Map, Number, Value};

use super::weave::{Syntax, weave};
use super::{Piece, TemplateError, literal, pieces};
use crate::configuration::{names_a_secret, nested};

/// Digits that a number keeps for certain when it is read and written again.
const SAFE_DIGITS: usize = 15;

/// How eKuiper's statements begin, in small letters.
const STATEMENTS: [&str; 2] = ["create ", "select "];

type Values = BTreeMap<String, String>;

/// A document with values in it.
pub(super) fn fill(document: &Value, values: &Values) -> Result<Value, TemplateError> {
    Ok(match document {
        Value::Object(fields) => {
            let mut filled = Map::new();
            for (name, value) in fields {
                let name = weave(name, Syntax::Text, values)?;
                let value = fill(value, values)?;
                if filled.insert(name.clone(), value).is_some() {
                    return Err(TemplateError::Twice(name));
                }
            }
            Value::Object(filled)
        }
        Value::Array(list) => {
            let filled = list.iter().map(|value| fill(value, values));
            Value::Array(filled.collect::<Result<_, _>>()?)
        }
        Value::String(text) => fill_text(text, values)?,
        other => other.clone(),
    })
}

fn fill_text(text: &str, values: &Values) -> Result<Value, TemplateError> {
    if !text.contains("${") {
        return Ok(text.into());
    }
    if let [Piece::Name(name)] = pieces(text)?[..] {
        let value = values.get(name);
        let value = value.ok_or_else(|| TemplateError::Missing(vec![name.to_owned()]))?;
        // A password of digits stays a text.
        return Ok(if names_a_secret(name) {
            value.as_str().into()
        } else {
            scalar(value)
        });
    }
    if let Some(inner) = nested(text) {
        return Ok(fill(&inner, values)?.to_string().into());
    }
    let begin = text.trim_start();
    let lower = begin.get(..7).unwrap_or_default().to_ascii_lowercase();
    let syntax = if begin.starts_with(['{', '[']) {
        Syntax::Json
    } else if STATEMENTS.contains(&lower.as_str()) {
        Syntax::Sql
    } else {
        Syntax::Text
    };
    Ok(weave(text, syntax, values)?.into())
}

/// A value as what it is.
fn scalar(value: &str) -> Value {
    match value {
        "true" => true.into(),
        "false" => false.into(),
        _ => number(value).map_or_else(|| value.into(), Value::Number),
    }
}

/// A number, unless it would lose digits or is not written as JSON has it.
pub(super) fn number(value: &str) -> Option<Number> {
    let Ok(Value::Number(number)) = serde_json::from_str(value) else {
        return None;
    };
    let digits = value.chars().filter(char::is_ascii_digit).count();
    let trimmed = value.trim() == value;
    (trimmed && (!number.is_f64() || digits <= SAFE_DIGITS)).then_some(number)
}

/// A document in which every `${` is literal, except in texts that are nothing but one of these.
pub(crate) fn literal_but(document: &Value, kept: &[String]) -> Value {
    match document {
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, value)| (literal(name), literal_but(value, kept)));
            Value::Object(fields.collect())
        }
        Value::Array(list) => list.iter().map(|value| literal_but(value, kept)).collect(),
        Value::String(text) if !text.contains("${") || kept.contains(text) => document.clone(),
        Value::String(text) => match nested(text) {
            Some(inner) => literal_but(&inner, kept).to_string().into(),
            None => literal(text).into(),
        },
        other => other.clone(),
    }
}
