//! The two OpenPGP packets that assertions have (RFC 4880): a version 4 RSA public key, and a version 4 RSA signature.

/// Precedes the packet: the format of snapd's keys and signatures.
pub(crate) const FORMAT: u8 = 1;

const TAG_SIGNATURE: u8 = 2;
const TAG_PUBLIC_KEY: u8 = 6;
const VERSION: u8 = 4;
const RSA: u8 = 1;
const RSA_SIGN_ONLY: u8 = 3;
const SHA512: u8 = 10;

/// When every key was made, as far as its id is concerned: 2016-01-01, in seconds since 1970.
const KEY_MADE_AT: u32 = 1_451_606_400;

/// An RSA public key. Both numbers are without leading zeros.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct RsaKey {
    pub(crate) modulus: Vec<u8>,
    pub(crate) exponent: Vec<u8>,
}

/// An RSA signature with SHA-512.
pub(crate) struct RsaSignature {
    /// The beginning of the packet's body: it is signed too.
    pub(crate) signed_part: Vec<u8>,
    /// Without leading zeros.
    pub(crate) number: Vec<u8>,
}

struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    fn number(&mut self, bytes: usize) -> Option<usize> {
        self.take(bytes)?.iter().try_fold(0_usize, |sum, byte| {
            sum.checked_mul(256)?.checked_add(usize::from(*byte))
        })
    }

    /// A number with its length in bits before it.
    fn long_number(&mut self) -> Option<Vec<u8>> {
        let bits = self.number(2)?;
        let bytes = self.take(bits.div_ceil(8))?;
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        Some(bytes[zeros..].to_vec())
    }

    fn end(&self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}

/// The body of the one packet that there is, if it is of this kind.
fn body(packet: &[u8], wanted_tag: u8) -> Option<&[u8]> {
    let mut bytes = Bytes(packet);
    let head = bytes.byte()?;
    let (tag, length) = match head & 0xc0 {
        0xc0 => (head & 0x3f, new_length(&mut bytes)?),
        // The older form, with the length of the length in the head.
        0x80 => (
            (head >> 2) & 0x0f,
            match head & 3 {
                0 => bytes.number(1)?,
                1 => bytes.number(2)?,
                2 => bytes.number(4)?,
                _ => return None,
            },
        ),
        _ => return None,
    };
    let body = bytes.take(length)?;
    bytes.end()?;
    (tag == wanted_tag).then_some(body)
}

fn new_length(bytes: &mut Bytes<'_>) -> Option<usize> {
    match bytes.byte()? {
        short @ 0..192 => Some(usize::from(short)),
        first @ 192..224 => Some((usize::from(first) - 192) * 256 + bytes.number(1)? + 192),
        255 => bytes.number(4),
        _ => None,
    }
}

fn with_head(tag: u8, body: &[u8]) -> Vec<u8> {
    let mut packet = vec![0xc0 | tag];
    match body.len() {
        short @ 0..192 => packet.push(low_byte(short)),
        middle @ 192..8384 => {
            packet.push(low_byte((middle - 192) / 256 + 192));
            packet.push(low_byte(middle - 192));
        }
        long => {
            packet.push(255);
            packet.extend(u32::try_from(long).unwrap_or(u32::MAX).to_be_bytes());
        }
    }
    packet.extend_from_slice(body);
    packet
}

fn low_byte(number: usize) -> u8 {
    number.to_be_bytes()[size_of::<usize>() - 1]
}

fn push_long_number(bytes: &mut Vec<u8>, number: &[u8]) {
    let leading = number.first().map_or(0, |first| first.leading_zeros());
    let bits = (u32::try_from(number.len()).unwrap_or(0) * 8).saturating_sub(leading);
    bytes.extend(u16::try_from(bits).unwrap_or(u16::MAX).to_be_bytes());
    bytes.extend_from_slice(number);
}

impl RsaKey {
    pub(crate) fn parse(packet: &[u8]) -> Option<Self> {
        let mut bytes = Bytes(body(packet, TAG_PUBLIC_KEY)?);
        let is_v4 = bytes.byte()? == VERSION;
        let _made_at = bytes.take(4)?;
        let is_rsa = matches!(bytes.byte()?, RSA | RSA_SIGN_ONLY);
        let modulus = bytes.long_number()?;
        let exponent = bytes.long_number()?;
        bytes.end()?;
        let plausible = is_v4 && is_rsa && !modulus.is_empty() && !exponent.is_empty();
        plausible.then_some(Self { modulus, exponent })
    }

    /// The packet, as it is whoever wrote it: its hash is the key's id.
    pub(crate) fn to_packet(&self) -> Vec<u8> {
        let mut body = vec![VERSION];
        body.extend(KEY_MADE_AT.to_be_bytes());
        body.push(RSA);
        push_long_number(&mut body, &self.modulus);
        push_long_number(&mut body, &self.exponent);
        with_head(TAG_PUBLIC_KEY, &body)
    }
}

impl RsaSignature {
    pub(crate) fn parse(packet: &[u8]) -> Option<Self> {
        let whole = body(packet, TAG_SIGNATURE)?;
        let mut bytes = Bytes(whole);
        let is_v4 = bytes.byte()? == VERSION;
        let _kind = bytes.byte()?;
        let is_rsa = matches!(bytes.byte()?, RSA | RSA_SIGN_ONLY);
        let is_sha512 = bytes.byte()? == SHA512;
        let hashed_length = bytes.number(2)?;
        bytes.take(hashed_length)?;
        let signed_part = whole[..6 + hashed_length].to_vec();
        let other_length = bytes.number(2)?;
        bytes.take(other_length)?;
        let _beginning_of_hash = bytes.take(2)?;
        let number = bytes.long_number()?;
        bytes.end()?;
        (is_v4 && is_rsa && is_sha512).then_some(Self {
            signed_part,
            number,
        })
    }

    /// What is signed beside the text: the packet's beginning, and its length.
    pub(crate) fn trailer(signed_part: &[u8]) -> Vec<u8> {
        let length = u32::try_from(signed_part.len()).unwrap_or(u32::MAX);
        [signed_part, &[VERSION, 0xff], &length.to_be_bytes()].concat()
    }

    /// The beginning of a signature made at this time, in seconds since 1970.
    #[cfg(feature = "sign")]
    pub(crate) fn begin(made_at: u32) -> Vec<u8> {
        const BINARY: u8 = 0;
        const MADE_AT: u8 = 2;
        let mut part = vec![VERSION, BINARY, RSA, SHA512, 0, 6, 5, MADE_AT];
        part.extend(made_at.to_be_bytes());
        part
    }

    /// The packet of a signature.
    #[cfg(feature = "sign")]
    pub(crate) fn to_packet(&self, hash: &[u8]) -> Vec<u8> {
        let mut body = self.signed_part.clone();
        body.extend([0, 0]);
        body.extend(hash.iter().take(2));
        push_long_number(&mut body, &self.number);
        with_head(TAG_SIGNATURE, &body)
    }
}
