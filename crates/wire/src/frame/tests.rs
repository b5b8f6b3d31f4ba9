use bytes::Bytes;
use proptest::prelude::*;

use super::*;

fn frame(body: Body) -> Frame {
    Frame {
        session: 0x0102_0304_0506_0708,
        number: 9,
        body,
    }
}

fn data(bytes: &'static [u8]) -> Body {
    Body::Data {
        bytes: Bytes::from_static(bytes),
        ask: false,
    }
}

fn close(code: CloseCode, text: &str) -> Body {
    Body::Close {
        code,
        text: text.to_owned(),
    }
}

fn sealed(kind: u8, body: &[u8]) -> Bytes {
    let mut bytes = BytesMut::zeroed(HEADER_BYTES);
    bytes.extend_from_slice(body);
    write_header(&mut bytes, kind, 1, 2);
    bytes.freeze()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn frames_v1_stay_as_they_are() {
    let golden = [
        (
            data(b"hi"),
            "0101020304050607080000000000000009e9b604266869",
        ),
        (
            Body::Credit(65_536),
            "03010203040506070800000000000000098719e5730000000000010000",
        ),
        (Body::Finish, "0401020304050607080000000000000009501f05a9"),
        (
            close(CloseCode::Replaced, "new"),
            "0501020304050607080000000000000009a810a535036e6577",
        ),
    ];
    for (body, expected) in golden {
        let encoded = frame(body.clone()).encode();
        assert_eq!(hex(&encoded), expected, "{body:?}");
        assert_eq!(Frame::decode(encoded), Ok(frame(body)));
    }
}

#[test]
fn a_sealed_buffer_is_the_encoded_frame() {
    for ask in [false, true] {
        let mut buffer = DataBuffer::default();
        assert_eq!(buffer.append(b"hello ", MAX_DATA_BYTES), 6);
        assert_eq!(buffer.append(b"world", 8), 2);
        assert_eq!(buffer.len(), 8);
        let bytes = Bytes::from_static(b"hello wo");
        let expected = frame(Body::Data { bytes, ask });
        assert_eq!(buffer.seal(expected.session, 9, ask), expected.encode());
    }
}

#[test]
fn a_buffer_takes_no_more_than_a_frame_may_hold() {
    let mut buffer = DataBuffer::default();
    assert_eq!(
        buffer.append(&vec![7; MAX_DATA_BYTES + 1], usize::MAX),
        MAX_DATA_BYTES
    );
    assert_eq!(buffer.append(b"x", usize::MAX), 0);
    let sealed = buffer.seal(1, 2, false);
    assert_eq!(sealed.len(), MAX_FRAME_BYTES);
    assert!(Frame::decode(sealed).is_ok());
}

#[test]
fn what_is_no_frame_says_why() {
    let long = vec![0; MAX_FRAME_BYTES + 1];
    let text = vec![b'x'; MAX_CLOSE_TEXT_BYTES + 2];
    let cases = [
        (Bytes::new(), FrameError::TooShort(0)),
        (
            sealed(KIND_FINISH, &[]).slice(..20),
            FrameError::TooShort(20),
        ),
        (long.into(), FrameError::TooLong(MAX_FRAME_BYTES + 1)),
        (sealed(0, &[]), FrameError::Kind(0)),
        (sealed(6, &[]), FrameError::Kind(6)),
        (sealed(KIND_DATA, &[]), FrameError::EmptyData),
        (
            sealed(KIND_CREDIT, &[0; 7]),
            FrameError::BodyLength { kind: 3, length: 7 },
        ),
        (
            sealed(KIND_FINISH, &[0]),
            FrameError::BodyLength { kind: 4, length: 1 },
        ),
        (
            sealed(KIND_CLOSE, &[]),
            FrameError::BodyLength { kind: 5, length: 0 },
        ),
        (
            sealed(KIND_CLOSE, &text),
            FrameError::BodyLength {
                kind: 5,
                length: 202,
            },
        ),
        (sealed(KIND_CLOSE, &[0, 0xff]), FrameError::CloseText),
    ];
    for (bytes, error) in cases {
        assert_eq!(Frame::decode(bytes), Err(error));
    }
}

#[test]
fn every_single_damaged_byte_is_noticed() {
    let good = frame(data(b"some bytes")).encode();
    for at in 0..good.len() {
        for change in [1, 0x80, 0xff] {
            let mut bad = good.to_vec();
            bad[at] ^= change;
            assert!(Frame::decode(bad.into()).is_err(), "byte {at}");
        }
    }
}

#[test]
fn a_long_close_text_is_cut_between_characters() {
    let text = "ü".repeat(MAX_CLOSE_TEXT_BYTES) + "!";
    let encoded = frame(close(CloseCode::Done, &format!("a{text}"))).encode();
    let Ok(Frame {
        body: Body::Close { text, .. },
        ..
    }) = Frame::decode(encoded)
    else {
        panic!("not a close frame");
    };
    assert_eq!(text.len(), MAX_CLOSE_TEXT_BYTES - 1);
}

#[test]
fn close_codes_of_later_versions_are_kept() {
    let body = close(CloseCode::Other(77), "");
    assert_eq!(Frame::decode(frame(body.clone()).encode()), Ok(frame(body)));
}

#[test]
fn the_session_is_read_without_the_rest() {
    let bytes = frame(Body::Finish).encode();
    assert_eq!(session_of(&bytes), Ok(0x0102_0304_0506_0708));
    assert_eq!(session_of(&bytes[..5]), Err(FrameError::TooShort(5)));
}

#[test]
fn small_frames_are_charged_a_minimum() {
    assert_eq!(charge(1), MIN_CHARGE_BYTES);
    assert_eq!(charge(MAX_DATA_BYTES), MAX_DATA_BYTES as u64);
}

proptest! {
    #[test]
    fn decoding_never_panics_and_accepts_only_what_encodes_to_the_same(bytes: Vec<u8>) {
        if let Ok(frame) = Frame::decode(Bytes::from(bytes.clone())) {
            prop_assert_eq!(frame.encode(), bytes);
        }
    }

    #[test]
    fn any_data_frame_comes_back(session: u64, number: u64, ask: bool, bytes in prop::collection::vec(any::<u8>(), 1..2000)) {
        let frame = Frame { session, number, body: Body::Data { bytes: bytes.into(), ask } };
        prop_assert_eq!(Frame::decode(frame.encode()), Ok(frame));
    }
}
