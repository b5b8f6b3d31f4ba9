//! The topics, in both directions.
//!
//! ```
//! use edgeward_wire::iot::Topic;
//! assert_eq!(Topic::parse("devices/health/d1"), Some(Topic::Health("d1")));
//! assert_eq!(Topic::Sub("d1").to_string(), "devices/sub/d1");
//! ```

use std::fmt;

/// What the control plane subscribes to on an external broker: all that agents publish.
pub const ALL_UP: [&str; 3] = ["devices/pub/+", "devices/health/+", "metrics/+"];

/// The longest id in a topic, in characters.
pub const MAX_ID_CHARS: usize = 64;

/// The longest sanitized serial in a topic, in characters.
pub const MAX_SERIAL_CHARS: usize = 128;

/// A topic, or the one filter with a wildcard that agents use. Ids have 1 to [`MAX_ID_CHARS`] of `A-Z`, `a-z`, `0-9`, `_`, `-`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Topic<'a> {
    /// [`super::action::Request`] to this device, at QoS 1.
    Sub(&'a str),
    /// [`super::action::Response`] from this device, at QoS 1.
    Pub(&'a str),
    /// [`super::health::Health`] of this device, at QoS 0.
    Health(&'a str),
    /// [`super::metrics`] of devices of this organisation, at QoS 0.
    Metrics(&'a str),
    /// [`super::health::RequiredInstall`] to devices with this sanitized serial, at QoS 1.
    RequiredInstall(&'a str),
    /// The filter `devices/actions/<sanitized serial>/#`.
    AllActions(&'a str),
}

impl<'a> Topic<'a> {
    /// The topic that the text is, if it is one.
    pub fn parse(text: &'a str) -> Option<Self> {
        if let Some(organisation) = text.strip_prefix("metrics/") {
            return is_id(organisation, MAX_ID_CHARS).then_some(Self::Metrics(organisation));
        }
        let (kind, rest) = text.strip_prefix("devices/")?.split_once('/')?;
        match kind {
            "sub" => is_id(rest, MAX_ID_CHARS).then_some(Self::Sub(rest)),
            "pub" => is_id(rest, MAX_ID_CHARS).then_some(Self::Pub(rest)),
            "health" => is_id(rest, MAX_ID_CHARS).then_some(Self::Health(rest)),
            "actions" => {
                let (serial, rest) = rest.split_once('/')?;
                let topic = match rest {
                    "required-install" => Self::RequiredInstall(serial),
                    "#" => Self::AllActions(serial),
                    _ => return None,
                };
                is_id(serial, MAX_SERIAL_CHARS).then_some(topic)
            }
            _ => None,
        }
    }

    /// Whether the device with this id, of this organisation, may publish to this topic.
    pub fn may_publish(&self, device: &str, organisation: &str) -> bool {
        match self {
            Self::Pub(owner) | Self::Health(owner) => *owner == device,
            Self::Metrics(owner) => *owner == organisation,
            Self::Sub(_) | Self::RequiredInstall(_) | Self::AllActions(_) => false,
        }
    }

    /// Whether the device with this id and serial may subscribe to this topic or filter.
    pub fn may_subscribe(&self, device: &str, serial: Option<&SanitizedSerial>) -> bool {
        match self {
            Self::Sub(owner) => *owner == device,
            Self::RequiredInstall(owner) | Self::AllActions(owner) => {
                serial.is_some_and(|serial| serial.0 == *owner)
            }
            Self::Pub(_) | Self::Health(_) | Self::Metrics(_) => false,
        }
    }
}

impl fmt::Display for Topic<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sub(device) => write!(f, "devices/sub/{device}"),
            Self::Pub(device) => write!(f, "devices/pub/{device}"),
            Self::Health(device) => write!(f, "devices/health/{device}"),
            Self::Metrics(organisation) => write!(f, "metrics/{organisation}"),
            Self::RequiredInstall(serial) => {
                write!(f, "devices/actions/{serial}/required-install")
            }
            Self::AllActions(serial) => write!(f, "devices/actions/{serial}/#"),
        }
    }
}

/// A serial number as topics name it: all but `A-Z`, `a-z`, `0-9`, `_` and `-` is left out. Not unique: other brands and models may
/// have the same serial number.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct SanitizedSerial(String);

impl SanitizedSerial {
    /// Of this serial number; nothing when nothing remains of it, or more than [`MAX_SERIAL_CHARS`].
    pub fn of(serial: &str) -> Option<Self> {
        let plain: String = serial.chars().filter(|c| is_plain(*c)).collect();
        is_id(&plain, MAX_SERIAL_CHARS).then_some(Self(plain))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

fn is_id(text: &str, max_chars: usize) -> bool {
    (1..=max_chars).contains(&text.len()) && text.chars().all(is_plain)
}
