//! Public keys: their ids, and whether they have signed something.

use aws_lc_rs::digest::{SHA3_384, digest};
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA512, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::decode::from_base64;
use crate::packet::{FORMAT, RsaKey, RsaSignature};
use crate::{Assertion, KeyError, VerifyError};

/// Longer lines of base64 are broken, in characters.
const LINE_CHARS: usize = 76;

/// An RSA public key of 2048 to 8192 bits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PublicKey {
    key: RsaKey,
    id: String,
}

impl PublicKey {
    /// The key in the body of an account-key assertion. Whether that assertion is true is another question.
    ///
    /// # Errors
    /// It is of another type, holds no key, or another one than it says.
    pub fn from_account_key(assertion: &Assertion) -> Result<Self, KeyError> {
        let statement = |error| KeyError::Statement(Box::new(error));
        assertion.be("account-key").map_err(statement)?;
        let said = assertion
            .need("account-key", "public-key-sha3-384")
            .map_err(statement)?;
        let key = Self::read(assertion.body())?;
        key.be(&said)?;
        Ok(key)
    }

    /// The key in this text, as in an account-key's body or a serial's `device-key`: base64 of a format byte and an
    /// OpenPGP packet, in one line or several.
    ///
    /// # Errors
    /// It is no such text.
    pub fn from_base64(text: &str) -> Result<Self, KeyError> {
        Self::read(text.as_bytes())
    }

    fn read(text: &[u8]) -> Result<Self, KeyError> {
        let bytes = from_base64(text).ok_or(KeyError::NotBase64)?;
        match bytes.split_first() {
            Some((&FORMAT, packet)) => {
                let key = RsaKey::parse(packet).ok_or(KeyError::Packet)?;
                Ok(Self::of(key))
            }
            Some((format, _)) => Err(KeyError::Format(*format)),
            None => Err(KeyError::NotBase64),
        }
    }

    pub(crate) fn of(key: RsaKey) -> Self {
        let bytes = [&[FORMAT], key.to_packet().as_slice()].concat();
        let id = URL_SAFE_NO_PAD.encode(digest(&SHA3_384, &bytes));
        Self { key, id }
    }

    /// What it is called in assertions: the SHA3-384 of what [`to_base64`](Self::to_base64) encodes, as base64url without padding.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The key as text, in lines of 76 characters.
    pub fn to_base64(&self) -> String {
        in_lines(&self.key.to_packet())
    }

    pub(crate) fn be(&self, said: &str) -> Result<(), KeyError> {
        if self.id == said {
            return Ok(());
        }
        Err(KeyError::OtherKey {
            found: self.id.clone(),
            said: said.chars().take(100).collect(),
        })
    }

    fn has_signed(&self, content: &[u8], signature: &RsaSignature) -> bool {
        // snapd writes numbers without leading zeros; signatures are as long as the modulus.
        let Some(zeros) = self.key.modulus.len().checked_sub(signature.number.len()) else {
            return false;
        };
        let number = [vec![0; zeros].as_slice(), &signature.number].concat();
        let message = [content, &RsaSignature::trailer(&signature.signed_part)].concat();
        let components = RsaPublicKeyComponents {
            n: &self.key.modulus,
            e: &self.key.exponent,
        };
        components
            .verify(&RSA_PKCS1_2048_8192_SHA512, &message, &number)
            .is_ok()
    }
}

impl Assertion {
    /// Whether this key has signed it.
    ///
    /// # Errors
    /// It has not.
    pub fn verify(&self, key: &PublicKey) -> Result<(), VerifyError> {
        if self.sign_key() != key.id {
            return Err(VerifyError::OtherKey {
                signer: self.sign_key().chars().take(100).collect(),
                key: key.id.clone(),
            });
        }
        let signature = match self.signature().split_first() {
            Some((&FORMAT, packet)) => RsaSignature::parse(packet),
            _ => None,
        };
        let signature = signature.ok_or(VerifyError::Signature)?;
        if key.has_signed(self.content(), &signature) {
            Ok(())
        } else {
            Err(VerifyError::Forged)
        }
    }
}

/// A packet behind the format byte, as base64 in lines.
pub(crate) fn in_lines(packet: &[u8]) -> String {
    let flat = STANDARD.encode([&[FORMAT], packet].concat());
    let lines: Vec<&str> = flat
        .as_bytes()
        .chunks(LINE_CHARS)
        .filter_map(|line| std::str::from_utf8(line).ok())
        .collect();
    lines.join("\n")
}
