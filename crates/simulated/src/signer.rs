//! RSA key pairs: a service's own, for the tokens of its logins, and those of whoever tries its token check.

use std::io;
use std::path::Path;
use std::sync::OnceLock;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
pub use jsonwebtoken::Algorithm;
use jsonwebtoken::{DecodingKey, EncodingKey, Header};
use serde_json::Value;

/// Characters in a line of PEM.
const PEM_LINE_CHARS: usize = 64;

/// Someone who signs tokens with an RSA key of 2048 bits. Signs whatever it is told to, sense or not.
pub struct Signer {
    signing: EncodingKey,
    checking: DecodingKey,
    public_pem: String,
}

/// A pair of a service's own, made when it is first needed: most never are, and it takes a moment.
#[derive(Default)]
pub(crate) struct BuiltIn(OnceLock<Signer>);

impl BuiltIn {
    /// The pair; the first time it takes a moment.
    ///
    /// # Errors
    /// It cannot be made.
    pub(crate) fn signer(&self) -> Result<&Signer, SignerError> {
        if let Some(made) = self.0.get() {
            return Ok(made);
        }
        let made = Signer::generate()?;
        Ok(self.0.get_or_init(|| made))
    }

    /// The pair, if it was needed so far; otherwise it has signed nothing.
    pub(crate) fn made(&self) -> Option<&Signer> {
        self.0.get()
    }
}

/// A key or a token that could not be made.
#[derive(Debug, thiserror::Error)]
#[error("cannot {attempt}: {reason}")]
pub struct SignerError {
    attempt: &'static str,
    reason: String,
}

impl Signer {
    /// Makes a new pair. Takes a moment: not for an async thread.
    ///
    /// # Errors
    /// The library cannot make one.
    pub fn generate() -> Result<Self, SignerError> {
        let failed = |reason: String| SignerError {
            attempt: "make an RSA key",
            reason,
        };
        let unspecified = |error: aws_lc_rs::error::Unspecified| failed(error.to_string());
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(unspecified)?;
        let private: Pkcs8V1Der<'_> = pair.as_der().map_err(unspecified)?;
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().map_err(unspecified)?;
        let private_pem = pem("PRIVATE KEY", private.as_ref());
        let public_pem = pem("PUBLIC KEY", public.as_ref());
        Ok(Self {
            signing: EncodingKey::from_rsa_pem(private_pem.as_bytes())
                .map_err(|error| failed(error.to_string()))?,
            checking: DecodingKey::from_rsa_pem(public_pem.as_bytes())
                .map_err(|error| failed(error.to_string()))?,
            public_pem,
        })
    }

    /// The public key as the services want it: SPKI in PEM.
    pub fn public_pem(&self) -> &str {
        &self.public_pem
    }

    /// Writes the public key to `<folder>/<name>`.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn put(&self, folder: &Path, name: &str) -> io::Result<()> {
        std::fs::write(folder.join(name), &self.public_pem)
    }

    /// A token with header `{"typ":"JWT","alg":…}` over these claims. The algorithm is one of the RSA family.
    ///
    /// # Errors
    /// The library cannot sign.
    pub fn sign(&self, algorithm: Algorithm, claims: &Value) -> Result<String, SignerError> {
        let signed = jsonwebtoken::encode(&Header::new(algorithm), claims, &self.signing);
        signed.map_err(|error| SignerError {
            attempt: "sign a token",
            reason: error.to_string(),
        })
    }

    /// An RS256 token over these claims.
    ///
    /// # Errors
    /// The library cannot sign.
    pub fn token(&self, claims: &Value) -> Result<String, SignerError> {
        self.sign(Algorithm::RS256, claims)
    }

    /// A token whose header is this, whatever it says; the signature is RS256.
    ///
    /// # Errors
    /// The library cannot sign.
    pub fn with_header(&self, header: &Value, claims: &Value) -> Result<String, SignerError> {
        let segment = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let signed = format!("{}.{}", segment(header), segment(claims));
        let signature =
            jsonwebtoken::crypto::sign(signed.as_bytes(), &self.signing, Algorithm::RS256);
        let signature = signature.map_err(|error| SignerError {
            attempt: "sign a token",
            reason: error.to_string(),
        })?;
        Ok(format!("{signed}.{signature}"))
    }

    /// The public half, for checking.
    pub(crate) fn checking(&self) -> &DecodingKey {
        &self.checking
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    let mut text = format!("-----BEGIN {label}-----\n");
    let encoded = STANDARD.encode(der);
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(PEM_LINE_CHARS));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text.push_str(&format!("-----END {label}-----\n"));
    text
}
