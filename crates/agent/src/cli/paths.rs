//! Where configuration and state are, unless the arguments say so: in a snap where its options and its data are, otherwise in
//! the system's directories for root and in the user's for others.

use std::env;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use edgeward_agent::config::SnapPlaces;

use super::args::Options;

const NAME: &str = "edgeward-agent";
const FILE: &str = "agent.yaml";

/// The configuration file to read: the one that was named, whether it is there or not, or the usual one if it is there.
pub(crate) fn config_file(options: &Options) -> Option<PathBuf> {
    options.config.clone().or_else(|| {
        if let Some(file) = snap_config() {
            return Some(file).filter(|file| file.exists());
        }
        let usual = user_dir("XDG_CONFIG_HOME", ".config").unwrap_or_else(|| PathBuf::from("/etc"));
        Some(usual.join(NAME).join(FILE)).filter(|file| file.exists())
    })
}

/// Where the options of the snap are written as a configuration; none outside of a snap.
pub(crate) fn snap_config() -> Option<PathBuf> {
    snap().data.map(|data| data.join(FILE))
}

/// What snapd says to a program in a snap.
pub(crate) fn snap() -> SnapPlaces {
    SnapPlaces::of_process()
}

/// The state directory.
pub(crate) fn state_dir(options: &Options) -> PathBuf {
    options.state_dir.clone().unwrap_or_else(|| {
        if let Some(common) = snap().common {
            return common.join(NAME);
        }
        let usual =
            user_dir("XDG_STATE_HOME", ".local/state").unwrap_or_else(|| PathBuf::from("/var/lib"));
        usual.join(NAME)
    })
}

/// A directory of the user's, as the XDG base directory specification has it; none for root, who means the system.
fn user_dir(variable: &str, below_home: &str) -> Option<PathBuf> {
    let is_root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    if is_root {
        return None;
    }
    env::var_os(variable)
        .map(PathBuf::from)
        .filter(|dir| dir.is_absolute())
        .or_else(|| env::home_dir().map(|home| home.join(below_home)))
}
