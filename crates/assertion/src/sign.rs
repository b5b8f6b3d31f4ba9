//! Signing, for tests: a brand with its own key, and the assertions of its devices. Nobody's devices believe them.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::digest::{SHA512, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA512};

use crate::key::in_lines;
use crate::packet::{RsaKey, RsaSignature};
use crate::{Assertion, PublicKey, decode_stream};

/// A key could not be made or used. The cryptographic library says no more.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the key could not be made or used")]
pub struct SignError;

/// An RSA key of 2048 bits; snapd's own have 4096, which take longer to make.
pub struct SigningKey {
    pair: KeyPair,
    public: PublicKey,
}

/// Someone who makes devices.
pub struct Brand {
    /// Its account.
    pub account: String,
    /// What it signs with.
    pub key: SigningKey,
}

impl SigningKey {
    /// A new key.
    ///
    /// # Errors
    /// It could not be made.
    pub fn generate() -> Result<Self, SignError> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| SignError)?;
        let (modulus, exponent) = numbers(pair.public_key().as_ref()).ok_or(SignError)?;
        let public = PublicKey::of(RsaKey { modulus, exponent });
        Ok(Self { pair, public })
    }

    /// The public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// An assertion with these headers, in this order, and this body. `body-length` and `sign-key-sha3-384` are added behind them.
    ///
    /// # Errors
    /// It could not be signed, or is none.
    pub fn sign(&self, headers: &[(&str, &str)], body: &str) -> Result<Assertion, SignError> {
        let mut content = String::new();
        let length = body.len().to_string();
        let own = [
            ("body-length", length.as_str()),
            ("sign-key-sha3-384", self.public.id()),
        ];
        for (name, value) in headers.iter().chain(&own) {
            if !content.is_empty() {
                content.push('\n');
            }
            content += name;
            content.push(':');
            if value.contains('\n') {
                for line in value.split('\n') {
                    content += "\n    ";
                    content += line;
                }
            } else {
                content.push(' ');
                content += value;
            }
        }
        if !body.is_empty() {
            content += "\n\n";
            content += body;
        }
        let signature = self.signature(content.as_bytes())?;
        let text = format!("{content}\n\n{signature}\n");
        let decoded = decode_stream(text.as_bytes()).map_err(|_| SignError)?;
        decoded.into_iter().next().ok_or(SignError)
    }

    fn signature(&self, content: &[u8]) -> Result<String, SignError> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let made_at = now.map_or(0, |now| u32::try_from(now.as_secs()).unwrap_or(u32::MAX));
        let signed_part = RsaSignature::begin(made_at);
        let message = [content, &RsaSignature::trailer(&signed_part)].concat();
        let mut number = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(
                &RSA_PKCS1_SHA512,
                &SystemRandom::new(),
                &message,
                &mut number,
            )
            .map_err(|_| SignError)?;
        let zeros = number.iter().take_while(|byte| **byte == 0).count();
        let signature = RsaSignature {
            signed_part,
            number: number.split_off(zeros),
        };
        let hash = digest(&SHA512, &message);
        Ok(in_lines(&signature.to_packet(hash.as_ref())))
    }
}

impl Brand {
    /// A brand with a new key.
    ///
    /// # Errors
    /// The key could not be made.
    pub fn new(account: impl Into<String>) -> Result<Self, SignError> {
        Ok(Self {
            account: account.into(),
            key: SigningKey::generate()?,
        })
    }

    /// The account-key assertion of the brand's key, signed by whoever vouches for it.
    ///
    /// # Errors
    /// It could not be signed.
    pub fn account_key(&self, authority: &Brand) -> Result<Assertion, SignError> {
        let headers = [
            ("type", "account-key"),
            ("authority-id", authority.account.as_str()),
            ("public-key-sha3-384", self.key.public.id()),
            ("account-id", &self.account),
            ("name", "default"),
            ("since", SINCE),
        ];
        let body = self.key.public.to_base64();
        authority.key.sign(&headers, &body)
    }

    /// The model assertion of its devices of this model.
    ///
    /// # Errors
    /// It could not be signed.
    pub fn model(&self, model: &str, store: Option<&str>) -> Result<Assertion, SignError> {
        let mut headers = vec![
            ("type", "model"),
            ("authority-id", self.account.as_str()),
            ("series", "16"),
            ("brand-id", &self.account),
            ("model", model),
            ("classic", "true"),
        ];
        headers.extend(store.map(|store| ("store", store)));
        headers.push(("timestamp", SINCE));
        self.key.sign(&headers, "")
    }

    /// The serial assertion of one device with this key.
    ///
    /// # Errors
    /// It could not be signed.
    pub fn serial(
        &self,
        model: &str,
        serial: &str,
        device_key: &PublicKey,
    ) -> Result<Assertion, SignError> {
        let device_key_text = device_key.to_base64();
        let headers = [
            ("type", "serial"),
            ("authority-id", self.account.as_str()),
            ("brand-id", &self.account),
            ("model", model),
            ("serial", serial),
            ("device-key", &device_key_text),
            ("device-key-sha3-384", device_key.id()),
            ("timestamp", SINCE),
        ];
        self.key.sign(&headers, "")
    }
}

/// When everything was made.
const SINCE: &str = "2024-01-01T00:00:00.0Z";

/// Modulus and exponent out of a DER `RSAPublicKey` (RFC 8017), without leading zeros.
fn numbers(der: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    const SEQUENCE: u8 = 0x30;
    const INTEGER: u8 = 0x02;
    fn element(der: &[u8], wanted: u8) -> Option<(&[u8], &[u8])> {
        let (&[tag, first], rest) = der.split_first_chunk()?;
        let long = usize::from(first & 0x7f);
        let (length, rest) = if first < 0x80 {
            (long, rest)
        } else {
            let (bytes, rest) = rest.split_at_checked(long)?;
            let length = bytes.iter().try_fold(0_usize, |sum, byte| {
                sum.checked_mul(256)?.checked_add(usize::from(*byte))
            });
            (length?, rest)
        };
        (tag == wanted).then_some(())?;
        rest.split_at_checked(length)
    }
    let plain = |number: &[u8]| {
        let zeros = number.iter().take_while(|byte| **byte == 0).count();
        number[zeros..].to_vec()
    };
    let (inner, _nothing) = element(der, SEQUENCE)?;
    let (modulus, rest) = element(inner, INTEGER)?;
    let (exponent, _nothing) = element(rest, INTEGER)?;
    Some((plain(modulus), plain(exponent)))
}
