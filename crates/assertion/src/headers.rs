//! The headers of an assertion: `name: value`, with lists, maps and several lines told by indentation.

use std::collections::BTreeMap;

use crate::DecodeError;

/// The deepest nesting of lists and maps that is read.
pub const MAX_NESTING: usize = 16;

/// Longer pieces of what is wrong are cut in messages, in characters.
const MAX_SHOWN_CHARS: usize = 60;

/// What a header says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// A text, of one line or several.
    Text(String),
    /// Several values.
    List(Vec<Value>),
    /// Values by name.
    Map(BTreeMap<String, Value>),
}

impl Value {
    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::List(_) | Self::Map(_) => None,
        }
    }

    /// The values of a list, if it is one.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Self::List(values) => Some(values),
            Self::Text(_) | Self::Map(_) => None,
        }
    }
}

/// Indentation of what belongs to a list or a map, and of a line of a text.
const NESTED: usize = 2;
const LINE: usize = 4;

pub(crate) fn parse(text: &str) -> Result<BTreeMap<String, Value>, DecodeError> {
    let lines: Vec<&str> = text.split('\n').collect();
    let mut reader = Reader {
        lines: &lines,
        at: 0,
    };
    let headers = reader.map(0, 0)?;
    match reader.line() {
        None => Ok(headers),
        Some(line) => Err(wrong(line)),
    }
}

struct Reader<'a> {
    lines: &'a [&'a str],
    at: usize,
}

impl<'a> Reader<'a> {
    fn line(&self) -> Option<&'a str> {
        self.lines.get(self.at).copied()
    }

    /// The line without this indentation, if it has at least that.
    fn line_within(&self, indent: usize) -> Option<&'a str> {
        let (before, rest) = self.line()?.split_at_checked(indent)?;
        before.bytes().all(|byte| byte == b' ').then_some(rest)
    }

    /// `name: value` or `name:` and more below, each at this indentation.
    fn map(&mut self, indent: usize, depth: usize) -> Result<BTreeMap<String, Value>, DecodeError> {
        let mut map = BTreeMap::new();
        while let Some(entry) = self.line_within(indent) {
            let (name, rest) = entry.split_once(':').ok_or_else(|| wrong(entry))?;
            if !is_name(name) {
                return Err(wrong(entry));
            }
            let value = self.value(rest, indent, depth)?;
            if map.insert(name.to_owned(), value).is_some() {
                return Err(DecodeError::Repeated(shown(name)));
            }
        }
        Ok(map)
    }

    /// `- value` or `-` and more below, each at this indentation.
    fn list(&mut self, indent: usize, depth: usize) -> Result<Vec<Value>, DecodeError> {
        let mut list = Vec::new();
        while let Some(rest) = self
            .line_within(indent)
            .and_then(|line| line.strip_prefix('-'))
        {
            list.push(self.value(rest, indent, depth)?);
        }
        Ok(list)
    }

    /// What follows an introduction that stands at `indent`: the rest of the line, or the lines below.
    fn value(&mut self, rest: &str, indent: usize, depth: usize) -> Result<Value, DecodeError> {
        if depth >= MAX_NESTING {
            return Err(DecodeError::TooDeep);
        }
        let introduction = self.line().unwrap_or_default();
        self.at += 1;
        if !rest.is_empty() {
            let text = rest.strip_prefix(' ').ok_or_else(|| wrong(introduction))?;
            return Ok(Value::Text(text.to_owned()));
        }
        let inner = indent + NESTED;
        match self.line_within(inner).map(str::as_bytes) {
            Some([b'-', ..]) => Ok(Value::List(self.list(inner, depth + 1)?)),
            Some([first, ..]) if *first != b' ' => Ok(Value::Map(self.map(inner, depth + 1)?)),
            _ => self.text(indent + LINE, introduction),
        }
    }

    fn text(&mut self, indent: usize, introduction: &str) -> Result<Value, DecodeError> {
        let mut text: Option<String> = None;
        while let Some(line) = self.line_within(indent) {
            self.at += 1;
            match &mut text {
                None => text = Some(line.to_owned()),
                Some(text) => {
                    text.push('\n');
                    text.push_str(line);
                }
            }
        }
        text.map(Value::Text).ok_or_else(|| wrong(introduction))
    }
}

/// Lower-case letters and digits in words with single hyphens between them, the first character a letter.
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.split('-').all(|word| {
            !word.is_empty()
                && word
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        })
}

fn wrong(line: &str) -> DecodeError {
    DecodeError::Header(shown(line))
}

fn shown(text: &str) -> String {
    text.chars().take(MAX_SHOWN_CHARS).collect()
}
