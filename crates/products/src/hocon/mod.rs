//! Whether a text is HOCON that a careless parser reads without harm, and what it sets.
//!
//! It is stricter than HOCON: a key, its separator and an opening brace stand on one line, and what is open is closed. It
//! understands no setting, and resolves neither includes nor substitutions.

mod settings;

pub(crate) use settings::{INCLUDE, settings};

/// The longest text, in bytes.
const MAX_BYTES: usize = 1024 * 1024;

/// How deep objects and lists may be in each other.
const MAX_DEPTH: usize = 32;

/// What is wrong, and where.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct HoconError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub problem: &'static str,
}

/// Checks a whole configuration.
///
/// # Errors
/// The first thing that is wrong.
pub(crate) fn check(body: &[u8]) -> Result<(), HoconError> {
    let mut reader = Reader {
        text: body,
        at: 0,
        depth: 0,
    };
    if body.len() > MAX_BYTES {
        return reader.fail("the text is longer than 1 MiB");
    }
    if let Err(error) = std::str::from_utf8(body) {
        reader.at = error.valid_up_to();
        return reader.fail("this is no UTF-8");
    }
    if let Some(nul) = body.iter().position(|byte| *byte == 0) {
        reader.at = nul;
        return reader.fail("there is a zero byte");
    }
    reader.skip_between();
    match reader.peek() {
        None => return reader.fail("there is nothing in it"),
        Some(b'{') => {
            reader.object()?;
            reader.skip_between();
        }
        Some(_) => reader.fields(None)?,
    }
    if reader.peek().is_some() {
        return reader.fail("something follows the last brace");
    }
    Ok(())
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    depth: usize,
}

type Read = Result<(), HoconError>;

impl Reader<'_> {
    fn fail(&self, problem: &'static str) -> Read {
        let before = &self.text[..self.at.min(self.text.len())];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        Err(HoconError { line, problem })
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn begins(&self, text: &str) -> bool {
        self.text[self.at..].starts_with(text.as_bytes())
    }

    /// A comment begins here; `//` inside of an address is none.
    fn at_comment(&self) -> bool {
        let apart = self.at.checked_sub(1).is_none_or(|before| {
            self.text[before].is_ascii_whitespace() || b",{}[]".contains(&self.text[before])
        });
        self.peek() == Some(b'#') || (self.begins("//") && apart)
    }

    fn skip_line(&mut self) {
        while self.peek().is_some_and(|byte| byte != b'\n') {
            self.at += 1;
        }
    }

    fn skip_blanks(&mut self) {
        while self
            .peek()
            .is_some_and(|byte| byte.is_ascii_whitespace() && byte != b'\n')
        {
            self.at += 1;
        }
    }

    /// White space, comments and commas.
    fn skip_between(&mut self) {
        while let Some(byte) = self.peek() {
            if self.at_comment() {
                self.skip_line();
            } else if byte.is_ascii_whitespace() || byte == b',' {
                self.at += 1;
            } else {
                return;
            }
        }
    }

    fn deeper(&mut self) -> Read {
        self.at += 1;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return self.fail("braces and brackets are too deep in each other");
        }
        Ok(())
    }

    fn object(&mut self) -> Read {
        self.deeper()?;
        self.fields(Some(b'}'))?;
        self.at += 1;
        self.depth -= 1;
        Ok(())
    }

    fn list(&mut self) -> Read {
        self.deeper()?;
        loop {
            self.skip_between();
            match self.peek() {
                None => return self.fail("a bracket is not closed"),
                Some(b']') => break,
                Some(_) => self.value()?,
            }
        }
        self.at += 1;
        self.depth -= 1;
        Ok(())
    }

    /// Fields up to the closing brace, which is left, or to the end of the text.
    fn fields(&mut self, end: Option<u8>) -> Read {
        loop {
            self.skip_between();
            match self.peek() {
                None if end.is_none() => return Ok(()),
                None => return self.fail("a brace is not closed"),
                found if found == end => return Ok(()),
                Some(_) => self.field()?,
            }
        }
    }

    fn field(&mut self) -> Read {
        if self.begins("include ") {
            return self.include();
        }
        self.key()?;
        self.skip_blanks();
        match self.peek() {
            Some(b'{') => self.object(),
            Some(b'=' | b':') => {
                self.at += 1;
                self.value()
            }
            Some(b'+') if self.begins("+=") => {
                self.at += 2;
                self.value()
            }
            _ => self.fail("a name is not followed by a value"),
        }
    }

    /// Up to the end of the line, or of the object that has nothing else.
    fn include(&mut self) -> Read {
        while let Some(byte) = self.peek() {
            match byte {
                b'\n' | b'}' => break,
                b'"' => self.string()?,
                _ => self.at += 1,
            }
        }
        Ok(())
    }

    fn key(&mut self) -> Read {
        let begin = self.at;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => self.string()?,
                b'_' | b'-' | b'.' | b'$' | b'/' | b'*' => self.at += 1,
                byte if byte.is_ascii_alphanumeric() || !byte.is_ascii() => self.at += 1,
                _ => break,
            }
        }
        if self.at == begin {
            return self.fail("there should be a name here");
        }
        Ok(())
    }

    /// Everything up to the end of the value, which may consist of several parts on a line.
    fn value(&mut self) -> Read {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
        let begin = self.at;
        loop {
            self.skip_blanks();
            if self.at_comment() {
                break;
            }
            match self.peek() {
                None | Some(b'\n' | b',' | b'}' | b']') => break,
                Some(b'{') => self.object()?,
                Some(b'[') => self.list()?,
                Some(b'"') => self.string()?,
                Some(b'$') if self.begins("${") => self.substitution()?,
                Some(_) => self.at += 1,
            }
        }
        if self.at == begin {
            return self.fail("a name has no value");
        }
        Ok(())
    }

    fn substitution(&mut self) -> Read {
        while let Some(byte) = self.peek() {
            match byte {
                b'}' => {
                    self.at += 1;
                    return Ok(());
                }
                b'\n' => break,
                _ => self.at += 1,
            }
        }
        self.fail("a substitution is not closed")
    }

    fn string(&mut self) -> Read {
        if self.begins("\"\"\"") {
            let begin = self.at + 3;
            let length = self.text[begin..]
                .windows(3)
                .position(|part| part == b"\"\"\"");
            let Some(length) = length else {
                return self.fail("a text is not closed");
            };
            self.at = begin + length + 3;
            return Ok(());
        }
        self.at += 1;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    self.at += 1;
                    return Ok(());
                }
                b'\\' => self.at += 2,
                b'\n' => break,
                _ => self.at += 1,
            }
        }
        self.fail("a text is not closed")
    }
}
