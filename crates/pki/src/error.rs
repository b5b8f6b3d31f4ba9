//! What can go wrong with keys and certificates.

/// Why a key, a certificate or a TLS configuration could not be made or read. Trying again does not help.
#[derive(Debug, thiserror::Error)]
pub enum PkiError {
    /// The text holds no PEM block of the wanted kind, or a damaged one.
    #[error("the {what} is not in PEM, or it is damaged")]
    Pem {
        /// What was read.
        what: &'static str,
        /// What the reader says.
        #[source]
        source: rustls_pki_types::pem::Error,
    },
    /// The file with more authorities cannot be read.
    #[error("cannot read the authorities in {}, which SSL_CERT_FILE names", path.display())]
    Authorities {
        /// The file.
        path: std::path::PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// A certificate that does not parse.
    #[error("the certificate cannot be read: {0}")]
    Certificate(String),
    /// A signing request that does not parse, or that its own key has not signed.
    #[error("the signing request is not valid: {0}")]
    SigningRequest(&'static str),
    /// A signing request for another kind of key.
    #[error("the signing request is for another kind of key; only P-256 is accepted")]
    NotP256,
    /// A private key that does not parse or cannot be used.
    #[error("cannot {attempt} the {what}")]
    Key {
        /// What was tried.
        attempt: &'static str,
        /// On which key.
        what: &'static str,
        /// What the library says.
        #[source]
        source: rcgen::Error,
    },
    /// An RSA key that could not be made; the library does not say why.
    #[error("cannot {attempt} the {what}")]
    Rsa {
        /// What was tried.
        attempt: &'static str,
        /// On which key.
        what: &'static str,
    },
    /// A certificate that could not be made.
    #[error("cannot make the {what}")]
    Make {
        /// What was to be made.
        what: &'static str,
        /// What the library says.
        #[source]
        source: rcgen::Error,
    },
    /// Certificate and key do not belong together.
    #[error("the {0} and its private key do not belong together")]
    Mismatch(&'static str),
    /// The certificate may not sign others.
    #[error("the certificate is not that of a certificate authority")]
    NotAnAuthority,
    /// A name that is neither a DNS name nor an IP address.
    #[error("\"{0}\" is neither a DNS name nor an IP address")]
    Name(String),
    /// A date beyond what a certificate can say.
    #[error("a certificate cannot be valid until then")]
    Lifetime,
    /// A TLS configuration that the library refuses.
    #[error("cannot configure TLS with the {what}")]
    Tls {
        /// Which part of it.
        what: &'static str,
        /// What the library says.
        #[source]
        source: rustls::Error,
    },
    /// A public key of commands that is not 32 bytes in base64.
    #[error("the command key is not an Ed25519 public key in base64")]
    CommandKey,
    /// A signature that does not fit.
    #[error("the signature is not valid")]
    Signature,
    /// A token that could not be signed.
    #[cfg(feature = "server")]
    #[error("cannot sign a token")]
    Token(#[source] jsonwebtoken::errors::Error),
    /// A secret that could not be sealed.
    #[error("cannot seal a secret")]
    Seal,
    /// A sealed text that does not open.
    #[error(
        "the sealed secret cannot be opened: it is damaged, or was sealed with another key or for another purpose"
    )]
    Sealed,
}
