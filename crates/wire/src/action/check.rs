//! What may be asked: the snap and the data that each action needs.

use serde_json::Value;

use super::{ActionName, ActionRequest, MAX_DATA_BYTES, MAX_SNAP_NAME_CHARS};

/// What is wrong with an action that is asked for.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadAction {
    /// No such action.
    #[error(
        "\"{0}\" is not an action; the actions are ack, conf, device, disable, enable, info, install, list, logs, refresh, remove, \
         restart, revert, server, setconf, snapshot, start, stop, switch, unregister and user"
    )]
    Unknown(String),
    /// A snap has to be named.
    #[error("{} is about a snap: name it", .0.as_str())]
    SnapMissing(ActionName),
    /// No snap can be meant.
    #[error("{} is not about a snap: leave the snap out", .0.as_str())]
    SnapNotMeant(ActionName),
    /// Not a snap's name.
    #[error(
        "\"{0}\" is not the name of a snap; a name has 2 to {MAX_SNAP_NAME_CHARS} of a-z, 0-9 and \"-\", at least one letter, and may \
         end in \"_\" and an instance key"
    )]
    SnapName(String),
    /// The data is too long.
    #[error("the data has {0} bytes; {MAX_DATA_BYTES} are allowed")]
    DataTooLong(usize),
    /// The data is not what the action needs.
    #[error("{} needs as data {needs}", .name.as_str())]
    Data {
        /// The action.
        name: ActionName,
        /// What its data has to be.
        needs: &'static str,
    },
}

impl std::str::FromStr for ActionName {
    type Err = BadAction;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|name| name.as_str() == text)
            .ok_or_else(|| BadAction::Unknown(text.chars().take(64).collect()))
    }
}

/// Whether an action is about a snap.
enum About {
    Snap,
    SnapOrAll,
    Device,
}

impl ActionName {
    const fn about(self) -> About {
        match self {
            Self::Conf
            | Self::Disable
            | Self::Enable
            | Self::Info
            | Self::Install
            | Self::Refresh
            | Self::Remove
            | Self::Restart
            | Self::Revert
            | Self::Setconf
            | Self::Start
            | Self::Stop
            | Self::Switch => About::Snap,
            Self::Snapshot => About::SnapOrAll,
            Self::Ack
            | Self::Device
            | Self::List
            | Self::Logs
            | Self::Server
            | Self::Unregister
            | Self::User => About::Device,
        }
    }

    /// Whether it changes nothing on the device.
    pub const fn only_reads(self) -> bool {
        matches!(
            self,
            Self::Conf | Self::Device | Self::Info | Self::List | Self::Server
        )
    }
}

impl ActionRequest {
    /// Whether this can be asked of a device.
    ///
    /// # Errors
    /// What is missing, too much, or not as it has to be.
    pub fn check(&self) -> Result<(), BadAction> {
        match self.name.about() {
            About::Snap if self.snap.is_empty() => return Err(BadAction::SnapMissing(self.name)),
            About::Device if !self.snap.is_empty() => {
                return Err(BadAction::SnapNotMeant(self.name));
            }
            About::Snap | About::SnapOrAll | About::Device => {}
        }
        if !self.snap.is_empty() && !is_snap_name(&self.snap) {
            return Err(BadAction::SnapName(self.snap.chars().take(64).collect()));
        }
        if self.data.len() > MAX_DATA_BYTES {
            return Err(BadAction::DataTooLong(self.data.len()));
        }
        match self.wrong_data() {
            Some(needs) => Err(BadAction::Data {
                name: self.name,
                needs,
            }),
            None => Ok(()),
        }
    }

    fn wrong_data(&self) -> Option<&'static str> {
        let json = || serde_json::from_str::<Value>(&self.data).ok();
        let text_at = |key: &str| json()?.get(key)?.as_str().map(str::to_owned);
        let (good, needs) = match self.name {
            ActionName::Ack => (!self.data.trim().is_empty(), "the text of an assertion"),
            ActionName::Install | ActionName::Refresh => (
                self.data.is_empty() || is_channel(&self.data),
                "a channel such as latest/stable, or nothing",
            ),
            ActionName::Switch => (is_channel(&self.data), "a channel such as latest/edge"),
            ActionName::Setconf => (
                matches!(json(), Some(Value::Object(keys)) if !keys.is_empty()),
                "a JSON object with at least one key, such as {\"port\": 8080}",
            ),
            ActionName::Start | ActionName::Stop | ActionName::Restart => (
                self.data.is_empty() || self.services_are_the_snaps(),
                "{\"services\": [\"snap.service\"]} with services of this very snap, or nothing for all of them",
            ),
            ActionName::Logs => (
                text_at("url").is_some_and(|url| is_url(&url)) && limit_is_fine(json()),
                "{\"url\": \"https://…\", \"limit\": 1000}; the limit, 1 to 100000 lines, may be left out",
            ),
            ActionName::Snapshot => (
                text_at("url").is_some_and(|url| is_url(&url)),
                "{\"url\": \"https://…\"}",
            ),
            ActionName::User => (
                match text_at("action").as_deref() {
                    Some("create") => text_at("email").is_some_and(|email| email.contains('@')),
                    Some("remove") => text_at("username").is_some_and(|name| !name.is_empty()),
                    _ => false,
                },
                "{\"action\": \"create\", \"email\": \"…\"} or {\"action\": \"remove\", \"username\": \"…\"}",
            ),
            _ => (self.data.is_empty(), "nothing"),
        };
        (!good).then_some(needs)
    }

    /// The services that are named; none for all of the snap.
    pub fn services(&self) -> Vec<String> {
        #[derive(serde::Deserialize, Default)]
        struct Services {
            #[serde(default)]
            services: Vec<String>,
        }
        serde_json::from_str::<Services>(&self.data)
            .unwrap_or_default()
            .services
    }

    fn services_are_the_snaps(&self) -> bool {
        let Ok(Value::Object(keys)) = serde_json::from_str(&self.data) else {
            return false;
        };
        let own = |service: &Value| {
            service
                .as_str()
                .and_then(|name| name.strip_prefix(&self.snap)?.strip_prefix('.'))
                .is_some_and(|name| !name.is_empty())
        };
        match keys.get("services") {
            None => keys.is_empty(),
            Some(Value::Array(services)) => services.iter().all(own),
            Some(_) => false,
        }
    }
}

/// Whether snapd would take this as the name of a snap, an instance key included.
pub fn is_snap_name(text: &str) -> bool {
    let (name, key) = match text.split_once('_') {
        Some((name, key)) => (name, Some(key)),
        None => (text, None),
    };
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    (2..=MAX_SNAP_NAME_CHARS).contains(&name.len())
        && name.chars().all(|c| plain(c) || c == '-')
        && name.chars().any(|c| c.is_ascii_lowercase())
        && !name.starts_with('-')
        && !name.ends_with('-')
        && !name.contains("--")
        && key.is_none_or(|key| (1..=10).contains(&key.len()) && key.chars().all(plain))
}

/// Whether the text can be a channel: `track/risk/branch`, `track/risk`, or one of them.
pub fn is_channel(text: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
    };
    text.len() <= 128 && text.split('/').count() <= 3 && text.split('/').all(part)
}

fn is_url(text: &str) -> bool {
    ["http://", "https://"].iter().any(|scheme| {
        text.strip_prefix(scheme).is_some_and(|rest| {
            !rest.is_empty()
                && !rest.starts_with('/')
                && text.len() <= 4096
                && !text.chars().any(|c| c.is_control() || c == ' ')
        })
    })
}

fn limit_is_fine(data: Option<Value>) -> bool {
    match data.as_ref().and_then(|data| data.get("limit")) {
        None => true,
        Some(limit) => limit
            .as_u64()
            .is_some_and(|limit| (1..=100_000).contains(&limit)),
    }
}

#[cfg(test)]
mod tests;
