//! The sections, as they are at the moment.

use std::fs;

use edgeward_runtime::Chain;
use edgeward_snapd::{Snap, Snapd, SnapdError, SystemInfo, Which};
use serde_json::{Map, Value, json};

use super::Device;

/// Which messages this agent speaks.
const DIALECT: &str = "edgeward";

/// The sections that can be told. While snapd is away, those that depend on it are left out, so that they stay as they were reported.
pub(super) async fn gather(snapd: Option<&Snapd>) -> Vec<(&'static str, Value)> {
    let mut sections = vec![(
        "agent",
        json!({"version": crate::VERSION, "dialect": DIALECT}),
    )];
    match snapd.filter(|snapd| snapd.is_installed()) {
        None => sections.push(("os", own_os())),
        Some(snapd) => {
            if let Err(error) = ask(snapd, &mut sections).await {
                tracing::debug!(error = %Chain(&error), "the device was not looked at");
            }
        }
    }
    sections
}

async fn ask(snapd: &Snapd, sections: &mut Vec<(&'static str, Value)>) -> Result<(), SnapdError> {
    sections.push(("os", os(&snapd.system_info().await?)));
    let device = Device::read(snapd).await?;
    sections.push(("device", json!(device)));
    let mut snaps = Map::new();
    for one in snapd.snaps(Which::Current).await? {
        let config = match snapd.conf(&one.name).await {
            // It has just gone, or may not be asked.
            Err(SnapdError::Refused { .. }) => Map::new(),
            other => other?,
        };
        snaps.insert(one.name.clone(), snap(&one, config));
    }
    sections.push(("snaps", Value::Object(snaps)));
    Ok(())
}

fn os(info: &SystemInfo) -> Value {
    json!({
        "id": info.os_release.id,
        "version_id": info.os_release.version_id,
        "kernel": info.kernel_version,
        "series": info.series,
        "on_classic": info.on_classic,
        "snapd": info.version,
    })
}

/// From os-release(5) and the kernel, where there is no snapd.
fn own_os() -> Value {
    let release = ["/etc/os-release", "/usr/lib/os-release"]
        .into_iter()
        .find_map(|file| fs::read_to_string(file).ok())
        .unwrap_or_default();
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    json!({
        "id": os_release(&release, "ID"),
        "version_id": os_release(&release, "VERSION_ID"),
        "kernel": kernel.trim(),
    })
}

fn os_release<'a>(text: &'a str, key: &str) -> &'a str {
    text.lines()
        .find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
        .unwrap_or_default()
        .trim_matches(['"', '\''])
}

fn snap(snap: &Snap, config: Map<String, Value>) -> Value {
    let services: Map<String, Value> = snap
        .apps
        .iter()
        .filter(|app| app.is_service())
        .map(|app| {
            let service =
                json!({"daemon": app.daemon, "enabled": app.enabled, "active": app.active});
            (app.name.clone(), service)
        })
        .collect();
    json!({
        "version": snap.version,
        "revision": snap.revision,
        "channel": snap.channel,
        "tracking": snap.tracking_channel,
        "confinement": snap.confinement,
        "status": snap.status,
        "devmode": snap.devmode,
        "installed_size": snap.installed_size,
        "installed_at": snap.install_date,
        "services": services,
        "config": config,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_without_snapd_knows_its_system() {
        let text = "PRETTY_NAME=\"x\"\nID=debian\nVERSION_ID=\"12\"\n";
        assert_eq!(os_release(text, "ID"), "debian");
        assert_eq!(os_release(text, "VERSION_ID"), "12");
        assert_eq!(os_release(text, "VERSION"), "");
        assert!(!own_os()["kernel"].as_str().unwrap().is_empty());
    }
}
