//! Reading.

use std::collections::VecDeque;

use csv_core::ReadRecordResult;

use super::is_formula;

/// The longest record, in bytes.
pub(crate) const MAX_RECORD_BYTES: usize = 64 * 1024;

/// The most values of a record.
pub(crate) const MAX_VALUES: usize = 64;

/// With what a file in UTF-8 may begin.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A record that could be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Record {
    /// The line that it begins on, from 1.
    pub(crate) line: u64,
    /// Its values, without quotation marks; there is at least one.
    pub(crate) values: Vec<String>,
}

/// A record that could not be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}: {problem}")]
pub(crate) struct Broken {
    /// The line that it begins on, from 1.
    pub(crate) line: u64,
    /// What is wrong with it.
    pub(crate) problem: String,
}

/// Takes a list in pieces, cut anywhere, and gives its records. Lines without values are passed over.
pub(crate) struct Reader {
    core: csv_core::Reader,
    /// The record that is being read.
    text: Vec<u8>,
    ends: Vec<usize>,
    /// How much of these is filled.
    written: usize,
    ended: usize,
    /// Whether the record has more than there is room for.
    too_long: bool,
    /// Whether nothing of the record has come yet.
    is_between: bool,
    /// The line that comes next, and the one that the record begins on.
    line: u64,
    began: u64,
    records: VecDeque<Result<Record, Broken>>,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            core: csv_core::Reader::new(),
            text: vec![0; MAX_RECORD_BYTES],
            ends: vec![0; MAX_VALUES],
            written: 0,
            ended: 0,
            too_long: false,
            is_between: true,
            line: 1,
            began: 1,
            records: VecDeque::new(),
        }
    }
}

impl Reader {
    /// The next piece of the list.
    pub(crate) fn feed(&mut self, mut piece: &[u8]) {
        loop {
            if self.is_between {
                piece = self.pass_over(piece);
            }
            if piece.is_empty() {
                return;
            }
            if self.is_between {
                self.is_between = false;
                self.began = self.line;
            }
            let (result, read, written, ended) = self.core.read_record(
                piece,
                &mut self.text[self.written..],
                &mut self.ends[self.ended..],
            );
            self.line += lines(&piece[..read]);
            piece = &piece[read..];
            self.written += written;
            self.ended += ended;
            match result {
                ReadRecordResult::InputEmpty | ReadRecordResult::End => return,
                // The rest of it is read over what is there.
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    self.too_long = true;
                    (self.written, self.ended) = (0, 0);
                }
                ReadRecordResult::Record => self.take(),
            }
        }
    }

    /// There is no more. The last record may be without an end of line.
    pub(crate) fn end(&mut self) {
        if self.is_between {
            return;
        }
        let before = self.records.len();
        self.feed(b"\n");
        if self.records.len() == before && !self.is_between {
            self.broken("a quotation mark is not closed".to_owned());
        }
    }

    /// The next record that is complete.
    pub(crate) fn next(&mut self) -> Option<Result<Record, Broken>> {
        self.records.pop_front()
    }

    /// The ends of line before a record.
    fn pass_over<'a>(&mut self, piece: &'a [u8]) -> &'a [u8] {
        let ends = piece
            .iter()
            .take_while(|byte| matches!(byte, b'\r' | b'\n'))
            .count();
        let (over, rest) = piece.split_at(ends);
        self.line += lines(over);
        rest
    }

    /// The record is complete.
    fn take(&mut self) {
        self.is_between = true;
        let too_long = std::mem::take(&mut self.too_long);
        let (written, ended) = (self.written, self.ended);
        (self.written, self.ended) = (0, 0);
        if too_long {
            return self.broken(format!(
                "the record has more than {MAX_VALUES} values or {MAX_RECORD_BYTES} bytes; is a quotation mark not closed?"
            ));
        }
        let Ok(text) = std::str::from_utf8(&self.text[..written]) else {
            return self.broken("the text is not UTF-8; save the file as \"CSV UTF-8\"".to_owned());
        };
        let mut values = Vec::with_capacity(ended);
        let mut from = 0;
        for end in &self.ends[..ended] {
            let value = text.get(from..*end).unwrap_or_default();
            values.push(read(value));
            from = *end;
        }
        if let Some(first) = values.first_mut()
            && self.began == 1
            && let Some(rest) = first.strip_prefix(BYTE_ORDER_MARK)
        {
            *first = rest.to_owned();
        }
        if values.iter().all(|value| value.trim().is_empty()) {
            return;
        }
        let line = self.began;
        self.records.push_back(Ok(Record { line, values }));
    }

    fn broken(&mut self, problem: String) {
        let line = self.began;
        self.records.push_back(Err(Broken { line, problem }));
    }
}

/// A value as it was before it was written.
fn read(value: &str) -> String {
    match value.strip_prefix('\'') {
        Some(rest) if is_formula(rest) => rest.to_owned(),
        _ => value.to_owned(),
    }
}

fn lines(bytes: &[u8]) -> u64 {
    bytes.iter().map(|byte| u64::from(*byte == b'\n')).sum()
}
