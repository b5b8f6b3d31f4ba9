//! Cutting a section to what fits a report. What was left out is named where it would have been.

use edgeward_wire::report::MAX_REPORT_BYTES;
use serde_json::{Value, json};

/// The largest section, as JSON, in bytes: a report, and room for what is around the section.
const MAX_SECTION_BYTES: usize = MAX_REPORT_BYTES - 4096;

/// What is left out of the entries, in this order, largest first, until the section fits.
const LESS_AND_LESS: [&str; 2] = ["config", "services"];

/// Names in an entry what was left out of it.
const LEFT_OUT: &str = "left_out";

/// The section, with as much of it left out as has to be.
pub(super) fn fitting(section: Value) -> Value {
    within(section, MAX_SECTION_BYTES)
}

fn within(mut section: Value, max_bytes: usize) -> Value {
    let mut bytes = section.to_string().len();
    for part in LESS_AND_LESS {
        while bytes > max_bytes {
            let Some(entry) = largest(&mut section, part) else {
                break;
            };
            let Value::Object(fields) = entry else { break };
            let gone = fields.remove(part).unwrap_or_default();
            let left_out = fields.entry(LEFT_OUT).or_insert_with(|| json!([]));
            if let Value::Array(names) = left_out {
                names.push(part.into());
            }
            // A little more than was won: the name of what is gone.
            bytes = bytes.saturating_sub(gone.to_string().len().saturating_sub(LEFT_OUT.len() + 8));
        }
    }
    if section.to_string().len() <= max_bytes {
        return section;
    }
    // More entries than fit, even bare: as many as do.
    let Value::Object(entries) = section else {
        return json!({LEFT_OUT: "all"});
    };
    let total = entries.len();
    let mut kept = serde_json::Map::new();
    let mut bytes = 100;
    for (name, entry) in entries {
        bytes += name.len() + entry.to_string().len() + 8;
        if bytes > max_bytes {
            break;
        }
        kept.insert(name, entry);
    }
    let missing = total - kept.len();
    kept.insert(LEFT_OUT.to_owned(), json!({"entries": missing}));
    Value::Object(kept)
}

/// The entry in which this part is largest; none if no entry has any.
fn largest<'a>(section: &'a mut Value, part: &str) -> Option<&'a mut Value> {
    let size = |entry: &Value| match entry.get(part) {
        None => 0,
        Some(part) => part.to_string().len(),
    };
    section
        .as_object_mut()?
        .values_mut()
        .filter(|entry| size(entry) > LEFT_OUT.len() + part.len() + 8)
        .max_by_key(|entry| size(entry))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_stays_as_it_is() {
        let section = json!({"a": {"config": {"x": 1}, "services": {}}});
        assert_eq!(fitting(section.clone()), section);
    }

    #[test]
    fn the_largest_configuration_goes_first() {
        let section = json!({
            "a": {"version": "1", "config": {"x": "y".repeat(500)}},
            "b": {"version": "2", "config": {"x": "y".repeat(900)}},
        });
        let cut = within(section.clone(), 800);
        assert_eq!(cut["a"], section["a"]);
        assert_eq!(cut["b"], json!({"version": "2", "left_out": ["config"]}));
    }

    #[test]
    fn with_too_many_entries_the_rest_is_counted() {
        let entries = (0..100).map(|n| (format!("snap-{n}"), json!({"version": "1"})));
        let section = Value::Object(entries.collect());
        let cut = within(section, 1000);
        assert!(cut.to_string().len() <= 1000);
        let kept = cut.as_object().unwrap().len() - 1;
        assert!(kept > 10, "{kept}");
        assert_eq!(cut["left_out"]["entries"], 100 - kept);
    }
}
