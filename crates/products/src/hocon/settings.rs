//! What a text of HOCON that has been checked sets: paths and plain values. Includes and substitutions stay as they are.

use std::collections::BTreeMap;

use serde_json::Value;

/// The name under which an include is told.
pub(crate) const INCLUDE: &str = "include";

/// All settings by their path. What is said twice counts as said last.
pub(crate) fn settings(text: &str) -> BTreeMap<Vec<String>, Value> {
    let mut reader = Reader {
        rest: text,
        path: Vec::new(),
        settings: BTreeMap::new(),
    };
    reader.skip();
    if reader.eat('{') {
        reader.fields();
    } else {
        while !reader.rest.is_empty() {
            reader.fields();
            // A brace too many, which the check would have found.
            let _ = reader.eat('}');
        }
    }
    reader.settings
}

struct Reader<'a> {
    rest: &'a str,
    path: Vec<String>,
    settings: BTreeMap<Vec<String>, Value>,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn eat(&mut self, wanted: char) -> bool {
        let after = self.rest.strip_prefix(wanted);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    /// The text up to here.
    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }

    fn take_while(&mut self, test: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !test(c));
        self.take(end.unwrap_or(self.rest.len()))
    }

    /// White space, commas and comments.
    fn skip(&mut self) {
        loop {
            let blank = self.take_while(|c| c.is_whitespace() || c == ',');
            if self.rest.starts_with('#') || self.rest.starts_with("//") {
                self.take_while(|c| c != '\n');
            } else if blank.is_empty() {
                return;
            }
        }
    }

    fn fields(&mut self) {
        loop {
            self.skip();
            match self.peek() {
                None | Some('}') => return,
                Some(_) if self.rest.starts_with("include ") => {
                    let line = self.take_while(|c| c != '\n' && c != '}');
                    self.set(INCLUDE, line[INCLUDE.len()..].trim().into());
                }
                Some(_) => self.field(),
            }
        }
    }

    fn field(&mut self) {
        let depth = self.path.len();
        let before = self.rest.len();
        loop {
            let name = match self.peek() {
                Some('"') => self.quoted(),
                _ => self
                    .take_while(|c| !c.is_whitespace() && !"{}[]=:+,.\"#".contains(c))
                    .to_owned(),
            };
            self.path.push(name);
            if !self.eat('.') {
                break;
            }
        }
        self.take_while(|c| c == ' ' || c == '\t' || c == '+');
        let has_value = self.eat('=') || self.eat(':');
        if has_value || self.peek() == Some('{') {
            self.value();
        }
        self.path.truncate(depth);
        if self.rest.len() == before {
            // Nothing that can stand here: passed over, so that it ends.
            let length = self.peek().map_or(0, char::len_utf8);
            self.take(length);
        }
    }

    fn value(&mut self) {
        self.take_while(char::is_whitespace);
        if self.eat('{') {
            self.fields();
            let _ = self.eat('}');
        } else if self.eat('[') {
            self.list();
        } else {
            let value = self.plain();
            self.settings.insert(self.path.clone(), value);
        }
    }

    fn list(&mut self) {
        for place in 0_usize.. {
            self.skip();
            if self.rest.is_empty() || self.eat(']') {
                return;
            }
            let before = self.rest.len();
            self.path.push(place.to_string());
            self.value();
            self.path.pop();
            if self.rest.len() == before {
                return;
            }
        }
    }

    /// A value of one line, its parts together.
    fn plain(&mut self) -> Value {
        let mut text = String::new();
        let mut is_quoted = false;
        loop {
            match self.peek() {
                None | Some('\n' | ',' | '}' | ']' | '#') => break,
                Some('"') => {
                    is_quoted = true;
                    text.push_str(&self.quoted());
                }
                Some('$') if self.rest.starts_with("${") => {
                    let end = self.rest.find('}').map_or(self.rest.len(), |end| end + 1);
                    text.push_str(self.take(end));
                }
                Some('/') if self.rest.starts_with("//") && text.ends_with([' ', '\t']) => break,
                Some(c) => text.push_str(self.take(c.len_utf8())),
            }
        }
        if is_quoted {
            return text.trim().into();
        }
        let text = text.trim();
        match serde_json::from_str::<Value>(text) {
            Ok(value) if value.is_number() || value.is_boolean() => value,
            _ => text.into(),
        }
    }

    /// A text between quotes, which begins here.
    fn quoted(&mut self) -> String {
        if let Some(after) = self.rest.strip_prefix("\"\"\"") {
            let length = after.find("\"\"\"").unwrap_or(after.len());
            self.take(3);
            let text = self.take(length);
            self.take(self.rest.len().min(3));
            return text.to_owned();
        }
        let mut is_escaped = false;
        let end = self.rest.char_indices().skip(1).find(|(_, c)| {
            let ends = *c == '"' && !is_escaped;
            is_escaped = *c == '\\' && !is_escaped;
            ends
        });
        let whole = self.take(end.map_or(self.rest.len(), |(end, _)| end + 1));
        let text = serde_json::from_str(whole);
        text.unwrap_or_else(|_| whole.trim_matches('"').to_owned())
    }

    fn set(&mut self, name: &str, value: Value) {
        let mut path = self.path.clone();
        path.push(name.to_owned());
        self.settings.insert(path, value);
    }
}
