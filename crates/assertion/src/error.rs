//! What is wrong with an assertion.

/// The text is no stream of assertions.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DecodeError {
    /// It ends in the middle of one.
    #[error("the assertion ends too early: unexpected EOF")]
    Incomplete,
    /// A part is larger than allowed.
    #[error("the {part} of an assertion has more than {limit_bytes} bytes")]
    TooLarge {
        /// Which part.
        part: &'static str,
        /// What is allowed.
        limit_bytes: usize,
    },
    /// There are more than allowed.
    #[error("there are more than {} assertions", crate::MAX_ASSERTIONS)]
    TooMany,
    /// Not UTF-8.
    #[error("the {0} of an assertion is no text")]
    NotText(&'static str),
    /// A header is not as it has to be.
    #[error("the headers of an assertion are not as they have to be, at \"{0}\"")]
    Header(String),
    /// A header comes twice.
    #[error("the header \"{0}\" of an assertion comes twice")]
    Repeated(String),
    /// Lists of lists of lists.
    #[error(
        "the headers of an assertion are nested more than {} levels deep",
        crate::MAX_NESTING
    )]
    TooDeep,
    /// A header that each assertion has is missing, or is not a single text.
    #[error("an assertion lacks the header \"{0}\"")]
    Missing(&'static str),
    /// The length of the body is no number.
    #[error("\"{0}\" is no length of a body")]
    BodyLength(String),
    /// The body is not followed by an empty line.
    #[error("the body of an assertion is not as long as it says")]
    BodyEnd,
    /// The signature is not base64.
    #[error("the signature of an assertion is not base64")]
    Signature,
}

/// An assertion does not say what it should.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum StatementError {
    /// It is of another type.
    #[error("this is an assertion of type {found}, not {wanted}")]
    OtherType {
        /// What was wanted.
        wanted: &'static str,
        /// What it is.
        found: String,
    },
    /// A header is missing, or is not a single text.
    #[error("the {kind} assertion lacks the header \"{header}\"")]
    Missing {
        /// What kind of assertion.
        kind: &'static str,
        /// Which header.
        header: &'static str,
    },
    /// The device key is not the one that its id stands for.
    #[cfg(feature = "verify")]
    #[error("the device key of the serial assertion is not as it has to be")]
    DeviceKey(#[source] KeyError),
}

/// The text is no public key.
#[cfg(feature = "verify")]
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum KeyError {
    /// Not base64.
    #[error("the key is not base64")]
    NotBase64,
    /// Of a newer format.
    #[error("the key is of format {0}, which is not known")]
    Format(u8),
    /// Not an OpenPGP packet with an RSA key.
    #[error("the key is no RSA key in an OpenPGP packet")]
    Packet,
    /// Not the key that was said to be there.
    #[error("the key has the id {found}, and {said} is said")]
    OtherKey {
        /// Its real id.
        found: String,
        /// The id beside it.
        said: String,
    },
    /// Not an assertion with a key.
    #[error(transparent)]
    Statement(Box<StatementError>),
}

/// A key has not signed an assertion.
#[cfg(feature = "verify")]
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum VerifyError {
    /// It says of itself that another key has.
    #[error("the assertion was signed with key {signer}, not with key {key}")]
    OtherKey {
        /// What it names.
        signer: String,
        /// What it was held against.
        key: String,
    },
    /// The signature is not of the form that snapd makes.
    #[error("the signature of the assertion is no RSA signature with SHA-512 in an OpenPGP packet")]
    Signature,
    /// The signature does not fit the text.
    #[error("the signature of the assertion is false")]
    Forged,
}
