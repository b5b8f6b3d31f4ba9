//! Whether a text could be HOCON: enough to tell the malformed from the rest, and no more; and plain values by their dotted names.

use std::collections::BTreeMap;

use serde_json::Value;

/// Whether braces, brackets and quotes match, and every line of an object has a key and something for it.
pub(super) fn is_well_formed(text: &str) -> bool {
    let mut open = Vec::new();
    let mut rest = text.chars().peekable();
    let mut words = String::new();
    while let Some(next) = rest.next() {
        match next {
            '#' => while rest.next_if(|c| *c != '\n').is_some() {},
            '/' if rest.peek() == Some(&'/') => while rest.next_if(|c| *c != '\n').is_some() {},
            '"' => {
                if !skip_quoted(&mut rest) {
                    return false;
                }
                words.push('"');
            }
            '{' | '[' => {
                let named =
                    !words.trim().is_empty() || open.is_empty() || open.last() == Some(&'[');
                if !named {
                    return false;
                }
                words.clear();
                open.push(next);
            }
            '}' | ']' => {
                let opened = if next == '}' { '{' } else { '[' };
                if !ends_well(&words, open.last()) || open.pop() != Some(opened) {
                    return false;
                }
                // What was opened is the value of what stood before it.
                "=".clone_into(&mut words);
            }
            '\n' | ',' => {
                if !ends_well(&words, open.last()) {
                    return false;
                }
                words.clear();
            }
            _ => words.push(next),
        }
    }
    open.is_empty() && ends_well(&words, None)
}

/// Whether these words may stand alone: nothing, an element of a list, or a key with a value behind `=` or `:`, or an include.
fn ends_well(words: &str, inside: Option<&char>) -> bool {
    let words = words.trim();
    words.is_empty()
        || words == "="
        || inside == Some(&'[')
        || words.starts_with("include ")
        || words
            .split_once(['=', ':'])
            .is_some_and(|(key, value)| !key.trim().is_empty() && !value.trim().is_empty())
}

/// Passes over a quoted text, whose opening quote is gone; `false` if it does not end.
fn skip_quoted(rest: &mut impl Iterator<Item = char>) -> bool {
    while let Some(next) = rest.next() {
        match next {
            '"' => return true,
            '\n' => return false,
            '\\' => {
                rest.next();
            }
            _ => {}
        }
    }
    false
}

/// The plain values of a well-formed text by their dotted names; lists and what is in them are passed over.
pub(super) fn values(text: &str) -> BTreeMap<String, Value> {
    let mut reading = Reading::default();
    let mut rest = text.chars().peekable();
    let mut lists = 0_usize;
    while let Some(next) = rest.next() {
        match next {
            '#' => while rest.next_if(|c| *c != '\n').is_some() {},
            '/' if rest.peek() == Some(&'/') && reading.is_blank() => {
                while rest.next_if(|c| *c != '\n').is_some() {}
            }
            '"' => {
                reading.is_quoted = true;
                while let Some(c) = rest.next_if(|c| *c != '"') {
                    let c = if c == '\\' { rest.next() } else { Some(c) };
                    reading.words.extend(c);
                }
                rest.next();
            }
            '[' => lists += 1,
            ']' => {
                lists = lists.saturating_sub(1);
                reading.forget();
            }
            _ if lists > 0 => {}
            '=' | ':' if reading.name.is_none() => {
                reading.name = Some(std::mem::take(&mut reading.words));
                reading.is_quoted = false;
            }
            '{' => {
                let words = std::mem::take(&mut reading.words);
                let name = reading.name.take().unwrap_or(words);
                reading.inside.push(name.trim().to_owned());
                reading.forget();
            }
            '}' => {
                reading.keep();
                reading.inside.pop();
            }
            '\n' | ',' => reading.keep(),
            _ => reading.words.push(next),
        }
    }
    reading.keep();
    reading.values
}

/// How far a text has been read.
#[derive(Default)]
struct Reading {
    values: BTreeMap<String, Value>,
    inside: Vec<String>,
    name: Option<String>,
    words: String,
    is_quoted: bool,
}

impl Reading {
    /// Whether the value may end here, before a comment.
    fn is_blank(&self) -> bool {
        self.words.is_empty() || self.words.ends_with(char::is_whitespace)
    }

    fn forget(&mut self) {
        self.name = None;
        self.words.clear();
        self.is_quoted = false;
    }

    /// A value ends here, if there is one. An include is one of its place.
    fn keep(&mut self) {
        let words = self.words.trim();
        let name = match &self.name {
            Some(name) => Some(name.trim()),
            None if words.starts_with("include ") => Some("include"),
            None => None,
        };
        if let Some(name) = name {
            let parts = self.inside.iter().map(String::as_str).chain([name]);
            let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
            let plain = serde_json::from_str::<Value>(words).ok();
            let plain =
                plain.filter(|plain| !self.is_quoted && (plain.is_number() || plain.is_boolean()));
            let value = plain.unwrap_or_else(|| words.into());
            self.values.insert(parts.join("."), value);
        }
        self.forget();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_their_names() {
        let text = "a.b = 1 # one\nc {\n  d = \"x = {y}\"\n  e { f = true, g = tcp://h:1 // end\n }\n  i = [1, {j = 2}]\n}\nk = {include \"l\"}\n";
        let values: Vec<(String, Value)> = values(text).into_iter().collect();
        let expected = [
            ("a.b", serde_json::json!(1)),
            ("c.d", "x = {y}".into()),
            ("c.e.f", true.into()),
            ("c.e.g", "tcp://h:1".into()),
            ("k.include", "include l".into()),
        ];
        assert_eq!(
            values,
            expected.map(|(name, value)| (name.to_owned(), value))
        );
    }

    #[test]
    fn good_ones_pass_and_bad_ones_do_not() {
        let good = [
            "",
            "mqtt {\n  max_packet_size = 10MB\n}\n",
            "listeners.tcp {\n  bind = \"0.0.0.0:1883\" # all\n}\nhttp_server {port = 8081, limit_conn = 2}",
            "{\"a\": 1, \"b\": [1, 2, {\"c\": 3}]}",
            "a = [\n one\n two\n]\n// end",
            "bridges.mqtt.x {\n  server = \"mqtt-tcp://{\\\"}\"\n  forwards = [ {remote_topic = \"a\"}, {remote_topic = \"b\"} ]\n}",
            "include \"other.conf\"\n",
        ];
        let bad = [
            "{{{ bad",
            "a {",
            "}",
            "a = \"open",
            "a = [1, 2}",
            "mqtt",
            "mqtt {\n  max_packet_size\n}",
            "= 3",
        ];
        for text in good {
            assert!(is_well_formed(text), "{text}");
        }
        for text in bad {
            assert!(!is_well_formed(text), "{text}");
        }
    }
}
