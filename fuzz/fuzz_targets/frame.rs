//! The tunnel frame decoder: it never panics, and what it accepts encodes to the same bytes.
#![no_main]

use bytes::Bytes;
use edgeward_wire::frame::{Frame, session_of};
use libfuzzer_sys::fuzz_target;

const CHECKSUM: std::ops::Range<usize> = 17..21;

/// The checksum keeps nearly all random input out, so that it is also tried with the right one put in.
fn with_checksum(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    if bytes.len() >= CHECKSUM.end {
        let covered = [&bytes[..CHECKSUM.start], &bytes[CHECKSUM.end..]].concat();
        bytes[CHECKSUM].copy_from_slice(&crc32(&covered).to_be_bytes());
    }
    bytes
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = !0u32;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 * (crc & 1));
        }
    }
    !crc
}

fuzz_target!(|bytes: &[u8]| {
    for bytes in [bytes.to_vec(), with_checksum(bytes)] {
        let session = session_of(&bytes);
        if let Ok(frame) = Frame::decode(Bytes::from(bytes.clone())) {
            assert_eq!(session, Ok(frame.session));
            assert_eq!(frame.encode(), bytes);
        }
    }
});
