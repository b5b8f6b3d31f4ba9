//! That a device is there, and what has to be installed on it.

use serde::{Deserialize, Serialize};

use super::{MAX_HEALTH_BYTES, text};

/// How often agents say that they are there, in seconds.
pub const HEALTH_INTERVAL_S: u64 = 60;

/// A device is there, on `devices/health/<device id>` at QoS 0, every [`HEALTH_INTERVAL_S`].
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Health {
    /// The organisation's id.
    #[serde(deserialize_with = "text::short")]
    pub org_id: String,
    /// The device's id: the one of the topic, or the message is not its own.
    #[serde(deserialize_with = "text::short")]
    pub device_id: String,
    /// RFC 3339, from the device's clock; says nothing of when it was sent.
    #[serde(deserialize_with = "text::short")]
    pub refresh: String,
    /// As in [`super::result::SnapList`]; empty from old agents.
    #[serde(
        skip_serializing_if = "String::is_empty",
        deserialize_with = "text::short"
    )]
    pub snap_list_hash: String,
    /// As in [`super::result::SnapList`]; empty from old agents.
    #[serde(
        skip_serializing_if = "String::is_empty",
        deserialize_with = "text::short"
    )]
    pub installed_snaps_hash: String,
}

/// The bytes are not the health of this device.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadHealth {
    /// More than is read.
    #[error("the health message has {0} bytes; {MAX_HEALTH_BYTES} are allowed")]
    TooLarge(usize),
    /// Not JSON, or not an object with such keys.
    #[error("the health message cannot be read")]
    Unreadable,
    /// It speaks of another device.
    #[error("the health message speaks of another device")]
    OtherDevice,
}

impl Health {
    /// Reads what arrived on this device's topic.
    ///
    /// # Errors
    /// It is not the health of this device.
    pub fn read(device: &str, bytes: &[u8]) -> Result<Self, BadHealth> {
        if bytes.len() > MAX_HEALTH_BYTES {
            return Err(BadHealth::TooLarge(bytes.len()));
        }
        let health: Self = serde_json::from_slice(bytes).map_err(|_| BadHealth::Unreadable)?;
        if health.device_id == device {
            Ok(health)
        } else {
            Err(BadHealth::OtherDevice)
        }
    }
}

/// What a device has to have, on `devices/actions/<sanitized serial>/required-install` at QoS 1, again and again until it has it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct RequiredInstall {
    /// Names the message.
    #[serde(default, deserialize_with = "text::short")]
    pub id: String,
    /// The snaps; one alone may stand without the array.
    #[serde(default, deserialize_with = "one_or_more")]
    pub snaps: Vec<RequiredSnap>,
}

/// A snap that a device has to have.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct RequiredSnap {
    /// The name.
    #[serde(default, deserialize_with = "text::short")]
    pub name: String,
    /// On this wire it is the *track* of snapd's channel.
    #[serde(
        default,
        skip_serializing_if = "String::is_empty",
        deserialize_with = "text::short"
    )]
    pub channel: String,
    /// On this wire it is the *risk* of snapd's channel.
    #[serde(
        default,
        skip_serializing_if = "String::is_empty",
        deserialize_with = "text::short"
    )]
    pub track: String,
}

impl RequiredSnap {
    /// From snapd's channel, such as `latest/stable` or `edge`; none for whatever is usual.
    pub fn new(name: &str, channel: Option<&str>) -> Self {
        let (track, risk) = match channel {
            None | Some("") => ("latest", "stable"),
            Some(channel) => match channel.split_once('/') {
                Some(parts) => parts,
                None if ["stable", "candidate", "beta", "edge"].contains(&channel) => {
                    ("latest", channel)
                }
                None => (channel, "stable"),
            },
        };
        Self {
            name: name.to_owned(),
            channel: track.to_owned(),
            track: risk.to_owned(),
        }
    }

    /// snapd's channel; none where nothing is said.
    pub fn snapd_channel(&self) -> Option<String> {
        match (&*self.channel, &*self.track) {
            ("", "") => None,
            (track, "") => Some(track.to_owned()),
            ("", risk) => Some(risk.to_owned()),
            (track, risk) => Some(format!("{track}/{risk}")),
        }
    }
}

fn one_or_more<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<RequiredSnap>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Snaps {
        More(Vec<RequiredSnap>),
        One(RequiredSnap),
        None(()),
    }
    Ok(match Snaps::deserialize(deserializer)? {
        Snaps::More(snaps) => snaps,
        Snaps::One(snap) => vec![snap],
        Snaps::None(()) => Vec::new(),
    })
}
