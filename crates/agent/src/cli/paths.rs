//! Where configuration and state are, unless the arguments say so.

use std::env;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use super::args::Options;

const NAME: &str = "edgeward-agent";
const FILE: &str = "agent.yaml";

/// The configuration file to read: the one that was named, whether it is there or not, or the usual one if it is there.
pub(crate) fn config_file(options: &Options) -> Option<PathBuf> {
    options.config.clone().or_else(|| {
        let usual = user_dir("XDG_CONFIG_HOME", ".config").unwrap_or_else(|| PathBuf::from("/etc"));
        Some(usual.join(NAME).join(FILE)).filter(|file| file.exists())
    })
}

/// The state directory.
pub(crate) fn state_dir(options: &Options) -> PathBuf {
    options.state_dir.clone().unwrap_or_else(|| {
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
