//! The files under which edge services store the public halves of an installation's key pairs: tokens name them as their issuer, and edge
//! services look for a file of exactly that name.

/// The largest public key file that is sent or written, in bytes. One of 2048 bits has about 450.
pub const MAX_KEY_FILE_BYTES: usize = 8 * 1024;

/// The highest number of a key pair.
pub const MAX_KEY_NUMBER: u32 = 999_999;

/// What the file of the key pair of this number is called: `edgeward.pub` for the first, then `edgeward-2.pub` and so on.
pub fn file_name(number: u32) -> String {
    match number {
        0 | 1 => "edgeward.pub".to_owned(),
        _ => format!("edgeward-{number}.pub"),
    }
}

/// The number of the key pair whose file is called so; nothing for any other name.
pub fn number_of(file_name: &str) -> Option<u32> {
    let middle = file_name.strip_prefix("edgeward")?.strip_suffix(".pub")?;
    let number = match middle.strip_prefix('-') {
        None if middle.is_empty() => 1,
        None => return None,
        Some(digits) => digits.parse().ok().filter(|number| *number > 1)?,
    };
    // The same number written otherwise, such as with zeros before it, is another name.
    (number <= MAX_KEY_NUMBER && self::file_name(number) == file_name).then_some(number)
}
