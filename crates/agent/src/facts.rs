//! What the device is, as it reports it.

use std::fs;

use edgeward_wire::report::{Facts, MAX_TEXT_CHARS, Offer};

/// What is known of this device, with these offers. A configured host name stands in place of the device's own.
pub(crate) fn gather(
    host_name: Option<&str>,
    description: &str,
    offers: &[Offer],
    local_address: String,
) -> Facts {
    let own = || first_line("/proc/sys/kernel/hostname").unwrap_or_default();
    Facts {
        hostname: host_name.map_or_else(own, str::to_owned),
        description: description.to_owned(),
        version: crate::VERSION.to_owned(),
        os: os().unwrap_or_else(|| std::env::consts::OS.to_owned()),
        arch: std::env::consts::ARCH.to_owned(),
        local_address,
        offers: offers.to_vec(),
    }
}

/// The pretty name of os-release(5).
fn os() -> Option<String> {
    let release = ["/etc/os-release", "/usr/lib/os-release"]
        .into_iter()
        .find_map(|file| fs::read_to_string(file).ok())?;
    let name = release
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    Some(
        name.trim_matches(['"', '\''])
            .chars()
            .take(MAX_TEXT_CHARS)
            .collect(),
    )
}

fn first_line(file: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    Some(
        text.lines()
            .next()?
            .trim()
            .chars()
            .take(MAX_TEXT_CHARS)
            .collect(),
    )
}
