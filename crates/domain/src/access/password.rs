//! What a password must be like. The installation may ask for more than the least, never for less.

/// The shortest password that may be asked for, in characters.
pub const LEAST_MIN_CHARS: u32 = 8;

/// The longest that the shortest password may have to be, in characters.
pub const MOST_MIN_CHARS: u32 = 128;

/// The longest password, in bytes.
pub const MAX_BYTES: usize = 1024;

/// What passwords must be like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PasswordRules {
    /// The shortest, in characters.
    pub min_chars: u32,
    /// A letter must be in it.
    pub letter: bool,
    /// A digit must be in it.
    pub digit: bool,
    /// Something that is neither letter nor digit must be in it.
    pub symbol: bool,
}

impl Default for PasswordRules {
    fn default() -> Self {
        Self {
            min_chars: 10,
            letter: true,
            digit: true,
            symbol: false,
        }
    }
}

/// What a password lacks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PasswordFault {
    /// Too few characters.
    #[error("the password must have at least {0} characters")]
    TooShort(u32),
    /// Too many bytes.
    #[error("the password must have at most {MAX_BYTES} bytes")]
    TooLong,
    /// No letter.
    #[error("the password must contain a letter")]
    NoLetter,
    /// No digit.
    #[error("the password must contain a digit")]
    NoDigit,
    /// Nothing but letters and digits.
    #[error("the password must contain a character that is neither letter nor digit")]
    NoSymbol,
}

impl PasswordRules {
    /// Whether a password keeps the rules; the first that it breaks.
    pub fn check(&self, password: &str) -> Result<(), PasswordFault> {
        let chars = u32::try_from(password.chars().count()).unwrap_or(u32::MAX);
        if chars < self.min_chars {
            return Err(PasswordFault::TooShort(self.min_chars));
        }
        if password.len() > MAX_BYTES {
            return Err(PasswordFault::TooLong);
        }
        if self.letter && !password.chars().any(char::is_alphabetic) {
            return Err(PasswordFault::NoLetter);
        }
        if self.digit && !password.chars().any(char::is_numeric) {
            return Err(PasswordFault::NoDigit);
        }
        if self.symbol && password.chars().all(char::is_alphanumeric) {
            return Err(PasswordFault::NoSymbol);
        }
        Ok(())
    }
}
