//! Where a service is that is reached directly: a host and a port. It is parsed once; nothing is looked up or dialled here.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// The longest host name, in characters (RFC 1123, 2.1; RFC 1035, 2.3.4).
const MAX_HOST_CHARS: usize = 253;

/// The longest part of a host name between two dots, in characters (RFC 1035, 2.3.4).
const MAX_LABEL_CHARS: usize = 63;

/// How much of a text that is no address is repeated in an error, in characters.
const MAX_SHOWN_CHARS: usize = 80;

/// What a service that is reached directly speaks.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Scheme {
    /// HTTP in the clear.
    Http,
    /// HTTP over TLS.
    Https,
}

impl Scheme {
    /// `http` or `https`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is not a [`Scheme`].
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("\"{0}\" is not a scheme; use http or https")]
pub struct SchemeError(String);

impl FromStr for Scheme {
    type Err = SchemeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.to_ascii_lowercase().as_str() {
            "http" => Ok(Self::Http),
            "https" => Ok(Self::Https),
            _ => Err(SchemeError(shown(text))),
        }
    }
}

/// Where a service is: `host:port`, as it is printed. Two that print the same are the same place.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Address {
    host: Host,
    port: u16,
}

/// A host, as an address names it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Host {
    /// A host name by RFC 1123, in lower case, without a dot at its end.
    Name(String),
    /// An IPv4 address.
    V4(Ipv4Addr),
    /// An IPv6 address; printed in brackets.
    V6(Ipv6Addr),
}

/// Why a text is not an [`Address`], and what would be right.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AddressError {
    /// Nothing.
    #[error("the address is empty; write host:port, such as 192.168.1.7:7000")]
    Empty,
    /// It begins with a scheme, which is said apart.
    #[error(
        "the address \"{0}\" contains a scheme; write host:port only, such as 192.168.1.7:7000"
    )]
    Scheme(String),
    /// It has a path, a query or a user in it.
    #[error(
        "the address \"{text}\" contains \"{found}\"; write host:port only, such as 192.168.1.7:7000"
    )]
    More {
        /// The text.
        text: String,
        /// The character that has no place there.
        found: char,
    },
    /// There is no port.
    #[error("the address \"{0}\" has no port; write host:port, such as {0}:7000")]
    NoPort(String),
    /// Several colons: most likely an IPv6 address without brackets, so that nobody knows where it ends.
    #[error("\"{0}\" has several \":\"; write an IPv6 address in brackets, such as [fd00::7]:7000")]
    NoBrackets(String),
    /// The port is not a number from 1 to 65535.
    #[error("\"{0}\" is not a port; use a number from 1 to 65535")]
    Port(String),
    /// What is in brackets is no IPv6 address.
    #[error(
        "\"{0}\" is not an IPv6 address; write one without a zone in brackets, such as [fd00::7]:7000"
    )]
    V6(String),
    /// It looks like an IPv4 address and is none.
    #[error("\"{0}\" is not an IPv4 address; use four numbers from 0 to 255, such as 192.168.1.7")]
    V4(String),
    /// It is no host name.
    #[error(
        "\"{0}\" is not a host name; use letters a-z, digits and \"-\" in parts of 1 to {MAX_LABEL_CHARS} characters with dots between \
         them, {MAX_HOST_CHARS} characters in all"
    )]
    Name(String),
}

impl Address {
    /// The host.
    pub const fn host(&self) -> &Host {
        &self.host
    }

    /// The port, 1 to 65535.
    pub const fn port(&self) -> u16 {
        self.port
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.is_empty() {
            return Err(AddressError::Empty);
        }
        if text.contains("://") {
            return Err(AddressError::Scheme(shown(text)));
        }
        if let Some(found) = text.chars().find(|c| matches!(c, '/' | '?' | '#' | '@')) {
            let text = shown(text);
            return Err(AddressError::More { text, found });
        }
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (inside, behind) = rest
                    .split_once(']')
                    .ok_or_else(|| AddressError::V6(shown(text)))?;
                let address = inside
                    .parse()
                    .map_err(|_| AddressError::V6(shown(inside)))?;
                let port = match behind.strip_prefix(':') {
                    Some(port) => port,
                    None if behind.is_empty() => return Err(AddressError::NoPort(shown(text))),
                    None => return Err(AddressError::Port(shown(behind))),
                };
                (Host::V6(address), port)
            }
            None if text.parse::<Ipv6Addr>().is_ok() || text.matches(':').count() > 1 => {
                return Err(AddressError::NoBrackets(shown(text)));
            }
            None => {
                let (host, port) = text
                    .split_once(':')
                    .ok_or_else(|| AddressError::NoPort(shown(text)))?;
                (to_host(host)?, port)
            }
        };
        let port = to_port(port)?;
        Ok(Self { host, port })
    }
}

/// Digits only: the number itself would also be read with a sign.
fn to_port(text: &str) -> Result<u16, AddressError> {
    let wrong = || AddressError::Port(shown(text));
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(wrong());
    }
    match text.parse() {
        Ok(0) | Err(_) => Err(wrong()),
        Ok(port) => Ok(port),
    }
}

/// A host name or an IPv4 address. A name whose last part is a number is no name: programs would take it for an address.
fn to_host(text: &str) -> Result<Host, AddressError> {
    let last = text.rsplit('.').next().unwrap_or_default();
    if !last.is_empty() && last.bytes().all(|b| b.is_ascii_digit()) {
        return text
            .parse()
            .map(Host::V4)
            .map_err(|_| AddressError::V4(shown(text)));
    }
    let good = text.len() <= MAX_HOST_CHARS && text.split('.').all(is_label);
    if good {
        Ok(Host::Name(text.to_ascii_lowercase()))
    } else {
        Err(AddressError::Name(shown(text)))
    }
}

fn is_label(text: &str) -> bool {
    (1..=MAX_LABEL_CHARS).contains(&text.len())
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// As much of a text as an error repeats.
fn shown(text: &str) -> String {
    text.chars().take(MAX_SHOWN_CHARS).collect()
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::V4(address) => address.fmt(f),
            Self::V6(address) => write!(f, "[{address}]"),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}
