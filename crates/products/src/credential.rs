//! What a service may want to see: nothing, a password, or a token; and what a token claims.

use serde_json::{Value, json};

/// How long a token is valid, in seconds.
pub const TOKEN_LIFE_S: i64 = 300;

/// How long before now a token says to have been issued, in seconds: a service whose clock is a little late takes it all the same.
pub(crate) const ISSUED_EARLIER_S: i64 = 60;

/// What we present to a service.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Credential {
    /// Nothing.
    None,
    /// User and password.
    Basic,
    /// A token signed with our key.
    Token,
}

/// What a token claims, for whoever signs it (RS256, header `{"alg":"RS256","typ":"JWT"}`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claims {
    /// The file name of the public key, with its ending.
    pub issuer: String,
    /// Whom it is for, where the product knows that.
    pub audience: Option<&'static str>,
    /// Seconds since 1970.
    pub issued_at: i64,
    /// Seconds since 1970.
    pub expires_at: i64,
    /// Whether it says that bodies are not encoded, as the products' own tokens do.
    pub body_encode: bool,
}

impl Claims {
    /// As JSON; points in time are numbers, because a text is refused by some and never expires for others.
    pub fn json(&self) -> Value {
        let mut claims = json!({
            "iss": self.issuer, "iat": self.issued_at, "exp": self.expires_at,
        });
        if let Some(audience) = self.audience {
            claims["aud"] = audience.into();
        }
        if self.body_encode {
            claims["bodyEncode"] = "0".into();
        }
        claims
    }
}
