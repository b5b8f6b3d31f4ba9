//! Hashes of what is installed, which let a server see that its list is out of date.
//!
//! Servers take them for opaque texts. Here they are the SHA-256, in hexadecimal, of the list of snaps in the order of their names,
//! and of their names alone.

use edgeward_pki::sha256_hex;
use serde_json::{Value, json};

/// The version of a list that carries hashes.
pub(super) const LIST_VERSION: &str = "2";

/// What a list comes down to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Hashes {
    /// Of all that the list says.
    pub(super) snap_list: String,
    /// Of the names.
    pub(super) installed_snaps: String,
}

impl Hashes {
    /// Of the result of `list`.
    pub(super) fn of(list: &Value) -> Self {
        let mut snaps: Vec<&Value> = list.as_array().into_iter().flatten().collect();
        snaps.sort_by_key(|snap| name(snap));
        let names: Vec<&str> = snaps.iter().map(|snap| name(snap)).collect();
        let hash = |value: Value| sha256_hex(value.to_string().as_bytes());
        Self {
            snap_list: hash(json!(snaps)),
            installed_snaps: hash(json!(names)),
        }
    }
}

fn name(snap: &Value) -> &str {
    snap.get("name").and_then(Value::as_str).unwrap_or_default()
}

/// The result of `list` with its hashes beside it, as version [`LIST_VERSION`] has it.
pub(super) fn versioned(list: Value) -> Value {
    let hashes = Hashes::of(&list);
    json!({
        "snapListHash": hashes.snap_list,
        "installedSnapsHash": hashes.installed_snaps,
        "snaps": list,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_no_change_and_everything_else_is() {
        let list = json!([{"name": "b", "revision": 1}, {"name": "a", "revision": 2}]);
        let same = json!([{"name": "a", "revision": 2}, {"name": "b", "revision": 1}]);
        let other = json!([{"name": "a", "revision": 3}, {"name": "b", "revision": 1}]);
        let more = json!([{"name": "a"}, {"name": "b"}, {"name": "c"}]);
        let hashes = Hashes::of(&list);
        assert_eq!(hashes, Hashes::of(&same));
        assert_ne!(hashes.snap_list, Hashes::of(&other).snap_list);
        assert_eq!(hashes.installed_snaps, Hashes::of(&other).installed_snaps);
        assert_ne!(hashes.installed_snaps, Hashes::of(&more).installed_snaps);
        // What `printf '["a","b"]' | sha256sum` says.
        assert_eq!(
            hashes.installed_snaps,
            "0473ef2dc0d324ab659d3580c1134e9d812035905c4781fdd6d529b0c6860e13"
        );
    }
}
