//! The log of services, as RFC 7464 JSON sequences.

use serde::Deserialize;

use crate::client::{Question, in_path};
use crate::{Snapd, SnapdError, Stream};

/// The longest record that is read, in bytes.
pub const MAX_RECORD_BYTES: usize = 256 * 1024;

/// Begins each record.
const RECORD: u8 = 0x1e;

/// One line.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(default)]
pub struct LogLine {
    /// When, in RFC 3339.
    pub timestamp: String,
    /// What was written.
    pub message: String,
    /// Who has written it, as it calls itself.
    pub sid: String,
    /// Its process.
    pub pid: String,
}

/// Lines, as they come in.
pub struct LogLines {
    body: Stream,
    /// What has come in and is not read yet.
    buffer: Vec<u8>,
    at_end: bool,
}

impl Snapd {
    /// The newest `lines` lines of these services, or of all if none is named; the oldest of them first.
    ///
    /// # Errors
    /// There are no such services, or no answer.
    pub async fn logs(&self, lines: u32, names: &[String]) -> Result<LogLines, SnapdError> {
        let mut path = format!("/v2/logs?n={lines}");
        for (index, name) in names.iter().enumerate() {
            path += if index == 0 { "&names=" } else { "," };
            path += in_path(name)?;
        }
        let body = self.ask(Question::get(path)).await?.into_body();
        Ok(LogLines {
            body,
            buffer: Vec::new(),
            at_end: false,
        })
    }
}

impl LogLines {
    /// The next line; none at the end. A record that is no line is passed over.
    ///
    /// # Errors
    /// The connection broke, or a record is longer than [`MAX_RECORD_BYTES`].
    pub async fn next(&mut self) -> Result<Option<LogLine>, SnapdError> {
        loop {
            let Some(record) = self.record().await? else {
                return Ok(None);
            };
            if let Ok(line) = serde_json::from_slice(&record) {
                return Ok(Some(line));
            }
        }
    }

    /// What is between two marks.
    async fn record(&mut self) -> Result<Option<Vec<u8>>, SnapdError> {
        loop {
            // What begins with a mark is complete when the next mark is there, or nothing more comes.
            let begin = self.buffer.iter().position(|byte| *byte == RECORD);
            if let Some(begin) = begin {
                let rest = &self.buffer[begin + 1..];
                match rest.iter().position(|byte| *byte == RECORD) {
                    Some(length) => {
                        let record = rest[..length].to_vec();
                        self.buffer.drain(..=begin + length);
                        return Ok(Some(record));
                    }
                    None if self.at_end => {
                        let record = rest.to_vec();
                        self.buffer.clear();
                        return Ok(Some(record));
                    }
                    None => {}
                }
            } else if self.at_end {
                return Ok(None);
            }
            if self.buffer.len() > MAX_RECORD_BYTES {
                return Err(SnapdError::TooLarge {
                    asked: self.body.asked().to_owned(),
                    limit_bytes: MAX_RECORD_BYTES,
                });
            }
            match self.body.next().await? {
                Some(piece) => self.buffer.extend_from_slice(&piece),
                None => self.at_end = true,
            }
        }
    }
}
