//! In what a device is not what it is wished to be.

use serde_json::{Map, Value};

/// How many leaves a difference names at most.
pub const MAX_LEAVES: usize = 200;

/// One leaf of what is wished that the device does not report.
#[derive(Clone, PartialEq, Debug)]
pub struct Leaf {
    /// The members on the way, from the top.
    pub path: Vec<String>,
    /// What is wished.
    pub desired: Value,
    /// What is reported; none when nothing is.
    pub reported: Option<Value>,
}

/// The leaves of what is wished that are not reported so, in order; at most [`MAX_LEAVES`]. What is reported beyond does not
/// matter. Lists are compared whole; an object without members is wished as soon as there is any object.
pub fn difference(desired: &Map<String, Value>, reported: &Map<String, Value>) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    compare(desired, Some(reported), &mut Vec::new(), &mut leaves);
    leaves
}

fn compare(
    desired: &Map<String, Value>,
    reported: Option<&Map<String, Value>>,
    path: &mut Vec<String>,
    leaves: &mut Vec<Leaf>,
) {
    for (name, wished) in desired {
        if leaves.len() >= MAX_LEAVES {
            return;
        }
        let found = reported.and_then(|reported| reported.get(name));
        path.push(name.clone());
        match (wished, found) {
            (Value::Object(wished), found)
                if !wished.is_empty() && found.is_none_or(Value::is_object) =>
            {
                compare(wished, found.and_then(Value::as_object), path, leaves);
            }
            (Value::Object(_), Some(Value::Object(_))) => {}
            (wished, found) if found == Some(wished) => {}
            (wished, found) => leaves.push(Leaf {
                path: path.clone(),
                desired: wished.clone(),
                reported: found.cloned(),
            }),
        }
        path.pop();
    }
}
