//! The subjects of the NATS API. The ones without `v1.` are what its users wrote first.

/// What is asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Call {
    /// An assertion of the device.
    Assertions,
    /// All snaps.
    Snaps,
    /// Services to be started or stopped.
    Apps,
    /// Something to be done with the snap of this name.
    Snap(String),
    /// Whether the agent is connected to its control plane.
    ConnectionStatus,
}

const ASSERTIONS: &str = "v1.snapd.v2.assertions.get";
const SNAPS: &str = "v1.snapd.v2.snaps.get";
const APPS: &str = "v1.snapd.v2.apps.post";
const SNAP_START: &str = "v1.snapd.v2.snaps.";
const SNAP_END: &str = ".post";
const CONNECTION_STATUS: &str = "iot.agent.mqtt.connection.status";

/// What is subscribed to; no two of them match the same subject.
pub(super) const FILTERS: [&str; 8] = [
    "snapd.v2.assertions.get",
    ASSERTIONS,
    "snapd.v2.snaps.get",
    SNAPS,
    "snapd.v2.apps.post",
    APPS,
    "v1.snapd.v2.snaps.*.post",
    CONNECTION_STATUS,
];

impl Call {
    /// None if the subject is none of the API's.
    pub(super) fn parse(subject: &str) -> Option<Self> {
        match subject {
            "snapd.v2.assertions.get" | ASSERTIONS => Some(Self::Assertions),
            "snapd.v2.snaps.get" | SNAPS => Some(Self::Snaps),
            "snapd.v2.apps.post" | APPS => Some(Self::Apps),
            CONNECTION_STATUS => Some(Self::ConnectionStatus),
            other => {
                let snap = other.strip_prefix(SNAP_START)?.strip_suffix(SNAP_END)?;
                (!snap.is_empty() && !snap.contains('.')).then(|| Self::Snap(snap.to_owned()))
            }
        }
    }
}
