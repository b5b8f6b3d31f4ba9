//! The console's files as gzip: made when first asked for, then kept.
//!
//! They are few, they are the same for everybody, and the program carries them; so each is compressed once and not with
//! every answer. Answers of the REST API and of services are not compressed here or anywhere.

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::LazyLock;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderMap, header};
use parking_lot::Mutex;

/// A file's SHA-256, as it is embedded.
type Hash = [u8; 32];

/// As many entries as the console has files; in debug builds one more with each change of a file.
static PACKED: LazyLock<Mutex<HashMap<Hash, Bytes>>> = LazyLock::new(Mutex::default);

/// Whether whoever asks takes gzip.
pub fn accepted(headers: &HeaderMap) -> bool {
    let mut any = None;
    let mut gzip = None;
    let values = headers.get_all(header::ACCEPT_ENCODING).iter();
    for coding in values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
    {
        let mut parts = coding.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let refused = parts.any(|part| {
            let weight = part.strip_prefix("q=").or_else(|| part.strip_prefix("Q="));
            weight.is_some_and(|weight| weight.trim().parse::<f32>().is_ok_and(|q| q <= 0.0))
        });
        if name.eq_ignore_ascii_case("gzip") {
            gzip = Some(!refused);
        } else if name == "*" {
            any = Some(!refused);
        }
    }
    gzip.or(any).unwrap_or(false)
}

/// The file with this hash as gzip.
///
/// # Errors
/// It cannot be compressed; then it goes out as it is.
pub fn of(hash: Hash, file: &[u8]) -> std::io::Result<Bytes> {
    let mut packed = PACKED.lock();
    if let Some(kept) = packed.get(&hash) {
        return Ok(kept.clone());
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(file)?;
    let made = Bytes::from(encoder.finish()?);
    packed.insert(hash, made.clone());
    Ok(made)
}
