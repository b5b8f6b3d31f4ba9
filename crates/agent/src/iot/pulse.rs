//! That the device is there, and how busy it is.

use std::fs;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use edgeward_wire::iot::health::{HEALTH_INTERVAL_S, Health};

use super::hashes::Hashes;
use crate::clock;

/// How often both are said.
pub(super) const INTERVAL: Duration = Duration::from_secs(HEALTH_INTERVAL_S);

/// Linux counts the time of processors in hundredths of a second.
const TICKS_PER_S: f64 = 100.0;

/// That the device is there now.
pub(super) fn health(organisation: &str, device: &str, hashes: Option<Hashes>) -> Vec<u8> {
    let hashes = hashes.unwrap_or_default();
    let health = Health {
        org_id: organisation.to_owned(),
        device_id: device.to_owned(),
        refresh: rfc3339(SystemTime::now()),
        snap_list_hash: hashes.snap_list,
        installed_snaps_hash: hashes.installed_snaps,
    };
    // Texts always fit JSON.
    serde_json::to_vec(&health).unwrap_or_default()
}

/// Memory and processor in the line protocol, one message each; none where the system does not say.
pub(super) fn metrics(device: &str) -> Vec<String> {
    let memory = fs::read_to_string("/proc/meminfo")
        .ok()
        .and_then(|text| memory(device, &text));
    let processor = fs::read_to_string("/proc/stat")
        .ok()
        .and_then(|text| processor(device, &text));
    memory.into_iter().chain(processor).collect()
}

fn memory(device: &str, meminfo: &str) -> Option<String> {
    let bytes = |name: &str| -> Option<u64> {
        let line = meminfo.lines().find_map(|line| line.strip_prefix(name))?;
        let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
        Some(kib * 1024)
    };
    let total = bytes("MemTotal:")?;
    let used = total.saturating_sub(bytes("MemAvailable:")?);
    #[allow(clippy::cast_precision_loss)] // a share in per cent
    let percent = used as f64 * 100.0 / total.max(1) as f64;
    Some(format!(
        "memory,device={device} total={total},used={used},usedpc={percent:.6}"
    ))
}

fn processor(device: &str, stat: &str) -> Option<String> {
    let times: Vec<f64> = stat
        .lines()
        .find_map(|line| line.strip_prefix("cpu "))?
        .split_whitespace()
        .filter_map(|ticks| ticks.parse::<f64>().ok())
        .map(|ticks| ticks / TICKS_PER_S)
        .collect();
    // user, nice, system, idle, iowait, irq, softirq, steal; guests are in user already
    let (user, system) = (times.first()?, times.get(2)?);
    let total: f64 = times.iter().take(8).sum();
    Some(format!(
        "cpu,device={device} user={user:.6},system={system:.6},total={total:.6}"
    ))
}

/// As Go writes it, in UTC.
fn rfc3339(time: SystemTime) -> String {
    let nanos = time
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.subsec_nanos());
    let text = clock::utc(time);
    let text = text.trim_end_matches(" UTC").replacen(' ', "T", 1);
    format!("{text}.{nanos:09}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_in_the_line_protocol() {
        let meminfo = "MemTotal:       1000 kB\nMemFree: 1 kB\nMemAvailable:    750 kB\n";
        assert_eq!(
            memory("d1", meminfo).unwrap(),
            "memory,device=d1 total=1024000,used=256000,usedpc=25.000000"
        );
        let stat = "cpu  117486 0 33156 83647 100 0 0 0 5 5\ncpu0 1 2 3 4\n";
        assert_eq!(
            processor("d1", stat).unwrap(),
            "cpu,device=d1 user=1174.860000,system=331.560000,total=2343.890000"
        );
        let lines = metrics("d1").join("\n");
        let read = edgeward_wire::iot::metrics::read(lines.as_bytes()).unwrap();
        assert_eq!(read.len(), 2);
    }

    #[test]
    fn health_carries_the_devices_time() {
        let health = Health::read("d1", &health("abc", "d1", None)).unwrap();
        assert_eq!(health.org_id, "abc");
        let said = edgeward_snapd::parse_time(&health.refresh).unwrap();
        assert!(clock::distance(said, SystemTime::now()) < Duration::from_secs(60));
        assert_eq!(
            rfc3339(UNIX_EPOCH + Duration::from_nanos(1_500_000_000)),
            "1970-01-01T00:00:01.500000000Z"
        );
    }
}
