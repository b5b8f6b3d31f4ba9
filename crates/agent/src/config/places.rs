//! Where the snap that the agent may be packed in keeps its files, and where snapd listens.
//!
//! Outside of a snap everything is in the state directory. Inside, what belongs to the device and not to a revision of the
//! snap (identity, ledger, journals) is below `SNAP_COMMON`: going back to an older revision of the snap must not bring back
//! an older ledger. The files of the iot-agent are where its documentation says: in `SNAP_DATA`, reached by `../current`, so
//! that every revision finds them.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The socket of snapd, below the root of the system.
const SOCKET: &str = "run/snapd.socket";

/// What snapd tells a program in a snap, and where snapd is. The default is: in no snap, and with no snapd to speak to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SnapPlaces {
    /// `SNAP_DATA`: this revision's data.
    pub data: Option<PathBuf>,
    /// `SNAP_COMMON`: data of all revisions.
    pub common: Option<PathBuf>,
    /// Where snapd listens; none if this agent is not to speak to it.
    pub socket: Option<PathBuf>,
}

impl SnapPlaces {
    /// As this process's environment has it: `SNAP_DATA`, `SNAP_COMMON`, and `SNAPPY_GLOBAL_ROOT` for the socket.
    pub fn of_process() -> Self {
        Self::new(|name| env::var_os(name))
    }

    /// As these variables have it. What is empty or no absolute path counts as absent.
    pub fn new(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let dir = |name: &str| {
            variable(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        let root = dir("SNAPPY_GLOBAL_ROOT").unwrap_or_else(|| PathBuf::from("/"));
        Self {
            data: dir("SNAP_DATA"),
            common: dir("SNAP_COMMON"),
            socket: Some(root.join(SOCKET)),
        }
    }

    /// Where documents for people and the change log are: `SNAP_DATA`, or the state directory.
    pub fn data_dir(&self, state_dir: &Path) -> PathBuf {
        self.data.clone().unwrap_or_else(|| state_dir.to_owned())
    }

    /// Where the iot-agent keeps `params` and `.secret`: the current revision's data, or the state directory.
    pub fn current_dir(&self, state_dir: &Path) -> PathBuf {
        match self.data.as_deref().and_then(Path::parent) {
            Some(all_revisions) => all_revisions.join("current"),
            None => state_dir.to_owned(),
        }
    }

    /// Where the iot-agent puts what an operator hands to a device: `SNAP_COMMON`, or the state directory.
    pub fn common_dir(&self, state_dir: &Path) -> PathBuf {
        self.common.clone().unwrap_or_else(|| state_dir.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(variables: &[(&str, &str)]) -> SnapPlaces {
        SnapPlaces::new(|name| {
            variables
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn outside_of_a_snap_all_is_in_the_state_directory() {
        let state = Path::new("/var/lib/x");
        let places = places(&[("SNAP_DATA", ""), ("SNAP_COMMON", "relative")]);
        assert_eq!(places.data_dir(state), state);
        assert_eq!(places.current_dir(state), state);
        assert_eq!(places.common_dir(state), state);
        assert_eq!(
            places.socket.as_deref(),
            Some(Path::new("/run/snapd.socket"))
        );
        assert_eq!(SnapPlaces::default().socket, None);
    }

    #[test]
    fn inside_of_a_snap_each_variable_counts() {
        let state = Path::new("/var/snap/agent/common/edgeward-agent");
        let places = places(&[
            ("SNAP_DATA", "/var/snap/agent/7"),
            ("SNAP_COMMON", "/var/snap/agent/common"),
            ("SNAPPY_GLOBAL_ROOT", "/test-root"),
        ]);
        assert_eq!(places.data_dir(state), Path::new("/var/snap/agent/7"));
        assert_eq!(
            places.current_dir(state),
            Path::new("/var/snap/agent/current")
        );
        assert_eq!(
            places.common_dir(state),
            Path::new("/var/snap/agent/common")
        );
        assert_eq!(
            places.socket.as_deref(),
            Some(Path::new("/test-root/run/snapd.socket"))
        );
    }
}
