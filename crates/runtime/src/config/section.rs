//! Which value each key of a section has: from the environment, a file, the YAML, or a stand-in. Unknown keys are noted here.

use std::path::Path;

use super::de::{Source, Value};
use super::fault::{Fault, unknown_key};
use super::problem::{Place, join};
use super::read_limited;
use super::tree::{Entry, Kind, Node};

/// Behind a key, or behind a variable in capitals: the value is in the file with this name.
const FILE_SUFFIXES: [&str; 2] = ["_file", "File"];

/// Every key of a section whose keys are free.
pub(super) fn entries_of<'r>(section: &Value<'r>) -> Result<Vec<(String, Value<'r>)>, Fault> {
    Ok(yaml_entries(section)?
        .iter()
        .map(|entry| {
            (
                entry.key.clone(),
                section.below(&entry.key, entry.value.clone()),
            )
        })
        .collect())
}

/// The given keys of a section of which these are known.
pub(super) fn fields_of<'r>(
    section: &Value<'r>,
    known: &'static [&'static str],
) -> Result<Vec<(&'static str, Source<'r>)>, Fault> {
    let mut found: Vec<(&'static str, Value<'r>)> = Vec::new();
    for entry in yaml_entries(section)? {
        let Some((field, node)) = field_of(section, known, entry) else {
            continue;
        };
        if matches!(node.kind, Kind::Null) {
            continue;
        }
        if found.iter().any(|(earlier, _)| *earlier == field) {
            let path = section.at().path;
            let message = format!("given twice: here and as \"{field}\" or a file of it");
            section
                .reading
                .problem(&entry.key_place, &join(&path, &entry.key), message);
            continue;
        }
        found.push((field, section.below(field, node)));
    }
    for field in known {
        if let Some(node) =
            from_environment(section, field, found.iter().any(|(name, _)| name == field))
        {
            found.retain(|(name, _)| name != field);
            found.push((field, section.below(field, node)));
        }
    }
    // What is missing and stood in for has no value yet.
    let path = section.at().path;
    for field in known {
        let missing = !found.iter().any(|(name, _)| name == field);
        if missing && section.reading.is_filled(&join(&path, field)) {
            let nothing = Node {
                place: section.node.place.clone(),
                kind: Kind::Null,
            };
            found.push((field, section.below(field, nothing)));
        }
    }
    Ok(section.sources(found))
}

fn yaml_entries<'v>(section: &'v Value<'_>) -> Result<&'v [Entry], Fault> {
    match &section.node.kind {
        Kind::Map(entries) => Ok(entries),
        Kind::Null => Ok(&[]),
        other => Err(Fault::wrong(format!(
            "expected a section with keys, found {}",
            other.describe()
        ))),
    }
}

/// The known key that an entry gives, and its value; notes a key that is unknown.
fn field_of(
    section: &Value<'_>,
    known: &'static [&'static str],
    entry: &Entry,
) -> Option<(&'static str, Node)> {
    if let Some(field) = known.iter().find(|field| **field == entry.key) {
        let mut node = entry.value.clone();
        if matches!(node.kind, Kind::Map(_)) {
            // A section stands where its key does.
            node.place = entry.key_place.clone();
        }
        return Some((field, node));
    }
    let path = join(&section.at().path, &entry.key);
    let stem = FILE_SUFFIXES
        .iter()
        .find_map(|suffix| entry.key.strip_suffix(suffix));
    if let Some(field) = stem.and_then(|stem| known.iter().find(|field| **field == stem)) {
        let Kind::Scalar { text, .. } = &entry.value.kind else {
            section
                .reading
                .problem(&entry.value.place, &path, "expected the name of a file");
            return None;
        };
        return Some((
            field,
            file_value(section, field, text, entry.value.place.clone()),
        ));
    }
    section
        .reading
        .problem(&entry.key_place, &path, unknown_key(&entry.key, known));
    None
}

fn from_environment(section: &Value<'_>, field: &str, given: bool) -> Option<Node> {
    let environment = section.reading.environment;
    let mut keys = section.path.clone();
    keys.push(field.to_owned());
    let path = keys.join(".");
    let variable = environment.name_of(&keys);
    if let Some(value) = environment.take(&variable, &path) {
        return Some(Node::plain(value, Place::Variable(variable)));
    }
    let by_file = format!("{variable}_FILE");
    if let Some(file) = environment.take(&by_file, &path) {
        return Some(file_value(section, field, file, Place::Variable(by_file)));
    }
    // The section is not in the file, but something in it is in the environment.
    (!given && environment.has_below(&variable)).then(|| Node {
        place: Place::Variable(format!("{variable}_…")),
        kind: Kind::Map(Vec::new()),
    })
}

/// What the file holds, without the line's end. A file that cannot be read is noted, and the value stood in for.
fn file_value(section: &Value<'_>, field: &str, file: &str, place: Place) -> Node {
    match read_limited(Path::new(file)) {
        Ok(text) => Node {
            kind: Kind::Scalar {
                text: text.trim_end_matches(['\r', '\n']).to_owned(),
                plain: false,
            },
            place,
        },
        Err(error) => {
            let path = join(&section.at().path, field);
            section
                .reading
                .problem(&place, &path, format!("cannot read {file}: {error}"));
            section.reading.fill(path);
            Node {
                place,
                kind: Kind::Null,
            }
        }
    }
}
