//! The sections of a twin and what existing agents and their clients call the same things, both ways.

use edgeward_wire::iot::result::{Device, DeviceSnap, DeviceVersion, SnapService};
use serde_json::{Map, Value, json};

/// What was said; nothing for an empty text.
fn said(text: &str) -> Value {
    if text.is_empty() {
        Value::Null
    } else {
        Value::String(text.to_owned())
    }
}

/// The sections that a device's answer to `device` is.
pub fn of_device(device: &Device) -> Map<String, Value> {
    let mut sections = Map::new();
    sections.insert(
        "device".to_owned(),
        json!({
            "brand": said(&device.brand), "model": said(&device.model), "serial": said(&device.serial),
            "store": said(&device.store), "device_key": said(&device.device_key),
        }),
    );
    sections.insert("agent".to_owned(), json!({ "dialect": "iot" }));
    if let Some(version) = &device.version {
        sections.insert("os".to_owned(), of_version(version));
    }
    sections
}

/// The section `os`.
pub fn of_version(version: &DeviceVersion) -> Value {
    json!({
        "id": said(&version.os_id), "version_id": said(&version.os_version_id), "kernel": said(&version.kernel_version),
        "series": said(&version.series), "on_classic": version.on_classic, "snapd": said(&version.version),
    })
}

/// A member of the section `snaps`.
pub fn of_snap(snap: &DeviceSnap) -> Value {
    let config: Value = serde_json::from_str(&snap.config).unwrap_or_default();
    let services: Map<String, Value> = snap
        .services
        .iter()
        .map(|service| {
            let state = json!({
                "daemon": said(&service.daemon), "enabled": service.enabled, "active": service.active,
            });
            (service.name.clone(), state)
        })
        .collect();
    json!({
        "version": said(&snap.version), "revision": snap.revision_text(), "channel": said(&snap.channel),
        "confinement": said(&snap.confinement), "status": said(&snap.status), "devmode": snap.devmode,
        "installed_size": snap.installed_size, "installed_at": said(&snap.installed_date),
        "services": services, "config": config,
    })
}

/// The operating system, from the section `os`.
pub fn to_version(id: &str, os: &Value) -> DeviceVersion {
    let text = |key: &str| os[key].as_str().unwrap_or_default().to_owned();
    DeviceVersion {
        device_id: id.to_owned(),
        version: text("snapd"),
        series: text("series"),
        os_id: text("id"),
        os_version_id: text("version_id"),
        on_classic: os["on_classic"].as_bool().unwrap_or_default(),
        kernel_version: text("kernel"),
    }
}

/// A snap, from a member of the section `snaps`.
pub fn to_snap(id: &str, name: &str, value: &Value) -> DeviceSnap {
    let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let services = value["services"].as_object();
    let service = |(name, service): (&String, &Value)| SnapService {
        name: name.clone(),
        active: service["active"].as_bool().unwrap_or_default(),
        enabled: service["enabled"].as_bool().unwrap_or_default(),
        daemon: service["daemon"].as_str().unwrap_or_default().to_owned(),
    };
    DeviceSnap {
        device_id: id.to_owned(),
        name: name.to_owned(),
        installed_size: value["installed_size"].as_i64().unwrap_or_default(),
        installed_date: text("installed_at"),
        status: text("status"),
        channel: text("channel"),
        confinement: text("confinement"),
        version: text("version"),
        revision: DeviceSnap::revision_of(&text("revision")),
        devmode: value["devmode"].as_bool().unwrap_or_default(),
        config: match &value["config"] {
            Value::Object(keys) if !keys.is_empty() => value["config"].to_string(),
            _ => String::new(),
        },
        services: services.into_iter().flatten().map(service).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_agent_says_of_its_snaps_is_what_clients_are_told() {
        let snap = DeviceSnap {
            device_id: "d".to_owned(),
            name: "hello".to_owned(),
            installed_size: 3_000_000_000,
            installed_date: "2026-01-31T08:00:00Z".to_owned(),
            status: "active".to_owned(),
            channel: "latest/stable".to_owned(),
            confinement: "strict".to_owned(),
            version: "1.0".to_owned(),
            revision: -2,
            devmode: true,
            config: r#"{"port":8080}"#.to_owned(),
            services: vec![SnapService {
                name: "web".to_owned(),
                active: true,
                enabled: false,
                daemon: "simple".to_owned(),
            }],
        };
        assert_eq!(to_snap("d", "hello", &of_snap(&snap)), snap);
        let version = DeviceVersion {
            device_id: "d".to_owned(),
            version: "2.57".to_owned(),
            series: "16".to_owned(),
            os_id: "ubuntu-core".to_owned(),
            os_version_id: "22".to_owned(),
            on_classic: true,
            kernel_version: "5.15".to_owned(),
        };
        assert_eq!(to_version("d", &of_version(&version)), version);
    }
}
