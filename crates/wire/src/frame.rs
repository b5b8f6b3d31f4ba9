//! Tunnel frames: what travels on the two tunnel topics of an agent, one frame per message.
//!
//! ```text
//! kind u8 | session u64 | number u64 | checksum u32 | body        numbers are big-endian
//! ```
//! The checksum is CRC-32 (IEEE) over everything but itself, so that a damaged frame is noticed and not delivered. Each
//! direction numbers its frames from 0. Bodies: data as it is; credit is a `u64`; finish is empty; close is a code byte
//! and UTF-8 text. What the frames mean together is the tunnel's session.

mod buffer;
mod close;

use bytes::{BufMut as _, Bytes, BytesMut};

pub use buffer::DataBuffer;
pub use close::CloseCode;

/// Bytes before the body.
pub const HEADER_BYTES: usize = 1 + 8 + 8 + 4;

/// The most data in one frame, in bytes.
pub const MAX_DATA_BYTES: usize = 64 * 1024;

/// The longest text of a close, in bytes; longer ones are cut when they are written.
pub const MAX_CLOSE_TEXT_BYTES: usize = 200;

/// The largest frame, in bytes.
pub const MAX_FRAME_BYTES: usize = HEADER_BYTES + MAX_DATA_BYTES;

/// How much one end may send before it is credited, in charged bytes (see [`charge`]).
pub const WINDOW_BYTES: u64 = 1024 * 1024;

/// What the smallest data frame counts for, so that a flood of tiny frames is bounded by the window too.
pub const MIN_CHARGE_BYTES: u64 = 256;

const CHECKSUM_AT: usize = 17;
const KIND_DATA: u8 = 1;
const KIND_DATA_ASK: u8 = 2;
const KIND_CREDIT: u8 = 3;
const KIND_FINISH: u8 = 4;
const KIND_CLOSE: u8 = 5;

/// One frame.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Frame {
    /// The session that it belongs to, as the opening command named it.
    pub session: u64,
    /// Its place among the frames of this session in this direction, from 0.
    pub number: u64,
    /// What it says.
    pub body: Body,
}

/// What a frame says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Body {
    /// Bytes of the stream, 1 to [`MAX_DATA_BYTES`].
    Data {
        /// The bytes.
        bytes: Bytes,
        /// Whether the sender asks for a credit as soon as they are consumed.
        ask: bool,
    },
    /// How many charged bytes have been consumed since the session began.
    Credit(u64),
    /// No more data will follow in this direction.
    Finish,
    /// The session is over for the sender.
    Close {
        /// Why, for a program.
        code: CloseCode,
        /// Why, for a person; at most [`MAX_CLOSE_TEXT_BYTES`].
        text: String,
    },
}

/// Why bytes are not a frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FrameError {
    /// Fewer bytes than the header.
    #[error("the frame has {0} bytes, the header alone needs {HEADER_BYTES}")]
    TooShort(usize),
    /// More bytes than any frame may have.
    #[error("the frame has {0} bytes, {MAX_FRAME_BYTES} are allowed")]
    TooLong(usize),
    /// No such kind.
    #[error("there is no frame kind {0}")]
    Kind(u8),
    /// Damaged on the way.
    #[error("the frame's checksum does not match its content")]
    Checksum,
    /// A data frame without data.
    #[error("the data frame is empty")]
    EmptyData,
    /// The body has a length that this kind never has.
    #[error("the frame of kind {kind} has a body of {length} bytes")]
    BodyLength {
        /// The kind.
        kind: u8,
        /// The body's length in bytes.
        length: usize,
    },
    /// A close whose text is not UTF-8.
    #[error("the close text is not UTF-8")]
    CloseText,
}

/// What a data frame with this many bytes counts for in credit.
pub const fn charge(data_bytes: usize) -> u64 {
    let bytes = data_bytes as u64;
    if bytes < MIN_CHARGE_BYTES {
        MIN_CHARGE_BYTES
    } else {
        bytes
    }
}

/// The session that a frame names, without checking the rest: enough to find who should decode it.
///
/// # Errors
/// [`FrameError::TooShort`] and [`FrameError::TooLong`].
pub fn session_of(bytes: &[u8]) -> Result<u64, FrameError> {
    if bytes.len() > MAX_FRAME_BYTES {
        return Err(FrameError::TooLong(bytes.len()));
    }
    header(bytes).map(|header| header.session)
}

impl Frame {
    /// The bytes of the frame.
    pub fn encode(&self) -> Bytes {
        let (kind, body_bytes) = match &self.body {
            Body::Data { bytes, ask } => {
                let kind = if *ask { KIND_DATA_ASK } else { KIND_DATA };
                (kind, bytes.len())
            }
            Body::Credit(_) => (KIND_CREDIT, 8),
            Body::Finish => (KIND_FINISH, 0),
            Body::Close { text, .. } => (KIND_CLOSE, 1 + text.len()),
        };
        let mut out = BytesMut::with_capacity(HEADER_BYTES + body_bytes);
        out.put_bytes(0, HEADER_BYTES);
        match &self.body {
            Body::Data { bytes, .. } => out.extend_from_slice(bytes),
            Body::Credit(bytes) => out.put_u64(*bytes),
            Body::Finish => {}
            Body::Close { code, text } => {
                out.put_u8(code.to_byte());
                out.extend_from_slice(cut(text).as_bytes());
            }
        }
        write_header(&mut out, kind, self.session, self.number);
        out.freeze()
    }

    /// Reads a frame; data is not copied.
    ///
    /// # Errors
    /// What is wrong first, in the order of [`FrameError`].
    pub fn decode(bytes: Bytes) -> Result<Self, FrameError> {
        if bytes.len() > MAX_FRAME_BYTES {
            return Err(FrameError::TooLong(bytes.len()));
        }
        let header = header(&bytes)?;
        if !(KIND_DATA..=KIND_CLOSE).contains(&header.kind) {
            return Err(FrameError::Kind(header.kind));
        }
        if checksum(&bytes) != header.checksum {
            return Err(FrameError::Checksum);
        }
        let body = bytes.slice(HEADER_BYTES..);
        Ok(Self {
            session: header.session,
            number: header.number,
            body: Body::decode(header.kind, body)?,
        })
    }
}

impl Body {
    fn decode(kind: u8, body: Bytes) -> Result<Self, FrameError> {
        let wrong_length = FrameError::BodyLength {
            kind,
            length: body.len(),
        };
        match kind {
            KIND_DATA | KIND_DATA_ASK if body.is_empty() => Err(FrameError::EmptyData),
            KIND_DATA | KIND_DATA_ASK => Ok(Self::Data {
                bytes: body,
                ask: kind == KIND_DATA_ASK,
            }),
            KIND_CREDIT => match <[u8; 8]>::try_from(&body[..]) {
                Ok(bytes) => Ok(Self::Credit(u64::from_be_bytes(bytes))),
                Err(_) => Err(wrong_length),
            },
            KIND_FINISH if body.is_empty() => Ok(Self::Finish),
            KIND_CLOSE => match body.split_first() {
                Some((code, text)) if text.len() <= MAX_CLOSE_TEXT_BYTES => Ok(Self::Close {
                    code: CloseCode::from_byte(*code),
                    text: str::from_utf8(text)
                        .map_err(|_| FrameError::CloseText)?
                        .to_owned(),
                }),
                _ => Err(wrong_length),
            },
            _ => Err(wrong_length),
        }
    }
}

struct Header {
    kind: u8,
    session: u64,
    number: u64,
    checksum: u32,
}

fn header(bytes: &[u8]) -> Result<Header, FrameError> {
    let Some((header, _)) = bytes.split_first_chunk::<HEADER_BYTES>() else {
        return Err(FrameError::TooShort(bytes.len()));
    };
    let [kind, rest @ ..] = header;
    let (session, rest) = split_u64(rest);
    let (number, rest) = split_u64(rest);
    let mut checksum = [0; 4];
    checksum.copy_from_slice(rest);
    Ok(Header {
        kind: *kind,
        session,
        number,
        checksum: u32::from_be_bytes(checksum),
    })
}

fn split_u64(bytes: &[u8]) -> (u64, &[u8]) {
    let (number, rest) = bytes.split_at(8);
    let number = number
        .iter()
        .fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    (number, rest)
}

fn write_header(frame: &mut BytesMut, kind: u8, session: u64, number: u64) {
    frame[0] = kind;
    frame[1..9].copy_from_slice(&session.to_be_bytes());
    frame[9..CHECKSUM_AT].copy_from_slice(&number.to_be_bytes());
    let checksum = checksum(frame);
    frame[CHECKSUM_AT..HEADER_BYTES].copy_from_slice(&checksum.to_be_bytes());
}

fn checksum(frame: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&frame[..CHECKSUM_AT]);
    hasher.update(&frame[HEADER_BYTES..]);
    hasher.finalize()
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_CLOSE_TEXT_BYTES)]
}

#[cfg(test)]
mod tests;
