//! What devices measured last, for Prometheus.
//!
//! The last value of each series and nothing of the past. Beside the process's own metrics and not among them, because series come
//! from outside: they are bounded, and go when nothing is heard of them any more.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::time::Duration;

use edgeward_domain::Moment;
use edgeward_ids::AgentId;
use edgeward_wire::iot::metrics::Line;
use parking_lot::Mutex;

/// The most series of one device: the existing agents have six.
pub const MAX_SERIES_PER_DEVICE: usize = 50;

/// The most series of all devices.
pub const MAX_SERIES: usize = 200_000;

/// After this time without a word a series is not shown any more.
pub const SERIES_LIFETIME: Duration = Duration::from_secs(5 * 60);

/// How every name begins.
const PREFIX: &str = "edgeward_device";

/// What devices measured last.
#[derive(Default)]
pub struct Measured {
    devices: Mutex<Devices>,
}

#[derive(Default)]
struct Devices {
    of: HashMap<AgentId, BTreeMap<Series, Value>>,
    count: usize,
}

/// A name, and labels as they are written.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Series {
    name: String,
    labels: String,
}

struct Value {
    number: f64,
    at: Moment,
}

impl Measured {
    /// Takes in a line of a device. False when that would be too many series; then some of it may be missing.
    pub fn take(&self, device: AgentId, line: &Line, now: Moment) -> bool {
        let mut all = self.devices.lock();
        let labels = labels(device, line);
        for (field, number) in &line.fields {
            let series = Series {
                name: format!("{PREFIX}_{}_{}", plain(&line.measurement), plain(field)),
                labels: labels.clone(),
            };
            let value = Value {
                number: *number,
                at: now,
            };
            let Devices { of, count } = &mut *all;
            let own = of.entry(device).or_default();
            let is_new = !own.contains_key(&series);
            if is_new && (own.len() >= MAX_SERIES_PER_DEVICE || *count >= MAX_SERIES) {
                return false;
            }
            own.insert(series, value);
            *count += usize::from(is_new);
        }
        true
    }

    /// All that was heard lately, in Prometheus's text format; the rest is forgotten.
    pub fn render(&self, now: Moment) -> String {
        let mut all = self.devices.lock();
        for own in all.of.values_mut() {
            own.retain(|_, value| now.since(value.at) <= SERIES_LIFETIME);
        }
        all.of.retain(|_, own| !own.is_empty());
        all.count = all.of.values().map(BTreeMap::len).sum();
        let mut by_name: BTreeMap<&str, Vec<(&str, f64)>> = BTreeMap::new();
        for (series, value) in all.of.values().flatten() {
            by_name
                .entry(&series.name)
                .or_default()
                .push((&series.labels, value.number));
        }
        let mut text = String::new();
        for (name, values) in by_name {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "# TYPE {name} gauge");
            for (labels, number) in values {
                let _ = writeln!(text, "{name}{{{labels}}} {number}");
            }
        }
        text
    }

    /// Forgets a device.
    pub fn forget(&self, device: AgentId) {
        let mut all = self.devices.lock();
        if let Some(own) = all.of.remove(&device) {
            all.count -= own.len();
        }
    }
}

/// The device, and whatever else the line says it is about.
fn labels(device: AgentId, line: &Line) -> String {
    let mut labels = format!("device=\"{device}\"");
    for (name, value) in line.tags.iter().filter(|(name, _)| name != "device") {
        let value = value
            .replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace(['\n', '\r'], " ");
        // The prefix keeps it from being a label that means something already.
        let _ = write!(labels, ",tag_{}=\"{value}\"", plain(name));
    }
    labels
}

/// As names may be: letters, digits and `_`.
fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect()
}
