//! Reading what other programs write: null for empty, long texts, bytes in base64. For `#[serde(deserialize_with)]`.

use serde::{Deserialize, Deserializer};

use super::{MAX_FIELD_CHARS, MAX_KEY_CHARS};

/// The value, or its default where there is a null.
///
/// # Errors
/// It is neither.
pub fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

/// A text cut to [`MAX_FIELD_CHARS`]; empty for null.
///
/// # Errors
/// It is neither text nor null.
pub fn short<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    or_default(deserializer).map(|text: String| cut(text, MAX_FIELD_CHARS))
}

/// A text cut to [`MAX_KEY_CHARS`]; empty for null.
///
/// # Errors
/// It is neither text nor null.
pub fn key<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    or_default(deserializer).map(|text: String| cut(text, MAX_KEY_CHARS))
}

/// The text with at most this many characters.
pub(super) fn cut(mut text: String, max_chars: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(max_chars) {
        text.truncate(end);
    }
    text
}

/// Bytes as base64 text, where no bytes may be null; for `#[serde(with)]`.
pub mod base64_or_null {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes standard base64; null when there are no bytes.
    ///
    /// # Errors
    /// The serializer's.
    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        if bytes.is_empty() {
            serializer.serialize_none()
        } else {
            serializer.serialize_str(&STANDARD.encode(bytes))
        }
    }

    /// Reads standard base64; no bytes from null.
    ///
    /// # Errors
    /// It is neither.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        match Option::<String>::deserialize(deserializer)? {
            None => Ok(Vec::new()),
            Some(text) => STANDARD.decode(text).map_err(D::Error::custom),
        }
    }
}
