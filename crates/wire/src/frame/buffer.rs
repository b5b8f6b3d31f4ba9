//! Gathering data for a frame.

use bytes::{BufMut as _, Bytes, BytesMut};

use super::{HEADER_BYTES, KIND_DATA, KIND_DATA_ASK, MAX_DATA_BYTES, write_header};

/// A data frame in the making: room for the header, then the bytes, so that sealing it copies nothing.
#[derive(Debug, Default)]
pub struct DataBuffer(BytesMut);

impl DataBuffer {
    /// How many bytes of data it holds.
    pub fn len(&self) -> usize {
        self.0.len().saturating_sub(HEADER_BYTES)
    }

    /// Whether it holds no data.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends as much as fits below `limit` (at most [`MAX_DATA_BYTES`]); says how much that was.
    pub fn append(&mut self, bytes: &[u8], limit: usize) -> usize {
        let room = limit.min(MAX_DATA_BYTES).saturating_sub(self.len());
        let taken = room.min(bytes.len());
        if taken > 0 {
            if self.0.is_empty() {
                self.0.reserve(HEADER_BYTES + taken);
                self.0.put_bytes(0, HEADER_BYTES);
            }
            self.0.extend_from_slice(&bytes[..taken]);
        }
        taken
    }

    /// The finished frame.
    pub fn seal(mut self, session: u64, number: u64, ask: bool) -> Bytes {
        if self.0.is_empty() {
            self.0.put_bytes(0, HEADER_BYTES);
        }
        let kind = if ask { KIND_DATA_ASK } else { KIND_DATA };
        write_header(&mut self.0, kind, session, number);
        self.0.freeze()
    }
}
