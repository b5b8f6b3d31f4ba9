use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;

fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

fn document(value: Value, version: u64) -> Document {
    Document {
        value: object(value),
        version,
        at: None,
    }
}

const NOW: Moment = Moment::from_micros(7);

#[test]
fn merging_is_as_the_rfc_says() {
    // The examples of appendix A.
    let cases = [
        (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
        (
            json!({"a": "b"}),
            json!({"b": "c"}),
            json!({"a": "b", "b": "c"}),
        ),
        (json!({"a": "b"}), json!({"a": null}), json!({})),
        (
            json!({"a": "b", "b": "c"}),
            json!({"a": null}),
            json!({"b": "c"}),
        ),
        (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
        (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
        (
            json!({"a": {"b": "c"}}),
            json!({"a": {"b": "d", "c": null}}),
            json!({"a": {"b": "d"}}),
        ),
        (
            json!({"a": [{"b": "c"}]}),
            json!({"a": [1]}),
            json!({"a": [1]}),
        ),
        (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
        (json!({"a": "b"}), json!(["c"]), json!(["c"])),
        (json!({"a": "foo"}), json!(null), json!(null)),
        (json!({"a": "foo"}), json!("bar"), json!("bar")),
        (
            json!({"e": null}),
            json!({"a": 1}),
            json!({"e": null, "a": 1}),
        ),
        (
            json!([1, 2]),
            json!({"a": "b", "c": null}),
            json!({"a": "b"}),
        ),
        (
            json!({}),
            json!({"a": {"bb": {"ccc": null}}}),
            json!({"a": {"bb": {}}}),
        ),
    ];
    for (mut target, patch, result) in cases {
        merge(&mut target, &patch);
        assert_eq!(target, result, "{patch}");
    }
}

#[test]
fn of_two_writers_who_saw_the_same_the_second_is_refused_with_both_versions() {
    let before = document(json!({"a": 1}), 4);
    let first = write(&before, object(json!({"a": 2})), Some(4), NOW)
        .unwrap()
        .unwrap();
    assert_eq!(first.document.version, 5);
    assert_eq!(
        write(&first.document, object(json!({"a": 3})), Some(4), NOW),
        Err(WriteRefusal::Conflict {
            expected: 4,
            found: 5
        })
    );
}

#[test]
fn what_changes_nothing_is_not_a_write() {
    let before = document(json!({"a": {"b": 1}}), 4);
    let same = object(json!({"a": {"b": 1, "c": null}}));
    assert_eq!(write(&before, same, None, NOW), Ok(None));
}

#[test]
fn large_and_deep_documents_are_refused() {
    let large = object(json!({"a": "x".repeat(MAX_DOCUMENT_BYTES)}));
    assert!(matches!(
        write(&Document::default(), large, None, NOW),
        Err(WriteRefusal::TooLarge { .. })
    ));
    let mut deep = json!(1);
    for _ in 0..MAX_DEPTH {
        deep = json!({ "a": deep });
    }
    assert_eq!(
        write(&Document::default(), object(deep), None, NOW),
        Err(WriteRefusal::TooDeep)
    );
}

#[test]
fn a_reported_section_replaces_the_one_before() {
    let before =
        json!({"snaps": {"gone": {}, "here": {"version": "1"}}, "os": {"id": 1}, "old": 1});
    let mut now = document(before.clone(), 4);
    let report = Sections::new(object(
        json!({"snaps": {"here": {"version": "2", "none": null}}, "old": null, "never": null}),
    ));
    let (patch, undo) = report.write(&mut now, 0, NOW).unwrap().unwrap();
    let after = json!({"snaps": {"here": {"version": "2"}}, "os": {"id": 1}});
    let written = Document {
        at: Some(NOW),
        ..document(after.clone(), 5)
    };
    assert_eq!(now, written);
    let applied = |start: &Value, patch: &Value| {
        let mut value = start.clone();
        merge(&mut value, patch);
        value
    };
    assert_eq!(applied(&before, &patch), after);
    assert_eq!(applied(&after, &undo), before);
    assert_eq!(report.write(&mut now, 0, NOW), Ok(None));
    assert_eq!(now.version, 5);
}

#[test]
fn a_report_that_makes_the_document_too_large_or_deep_changes_nothing() {
    let before = document(
        json!({"a": {"b": "x".repeat(MAX_DOCUMENT_BYTES / 2)}, "c": 1}),
        4,
    );
    let mut now = before.clone();
    let large = json!({"c": "y".repeat(MAX_DOCUMENT_BYTES / 2)});
    let refused = Sections::new(object(large)).write(&mut now, 0, NOW);
    assert!(matches!(refused, Err(WriteRefusal::TooLarge { .. })));
    let mut deep = json!(1);
    for _ in 1..MAX_DEPTH {
        deep = json!({ "a": deep });
    }
    let deep = json!({"c": deep, "a": null});
    let refused = Sections::new(object(deep)).write(&mut now, 0, NOW);
    assert_eq!(refused, Err(WriteRefusal::TooDeep));
    assert_eq!(now, before);
}

#[test]
fn only_what_is_wished_can_differ() {
    let desired = object(json!({
        "snaps": {"a": {"channel": "edge"}, "b": {"channel": "stable", "config": {}}, "c": {}},
        "os": "core",
    }));
    let reported = object(json!({
        "snaps": {"a": {"channel": "stable", "version": "1"}, "c": {"version": "2"}},
        "os": {"id": "core"},
        "more": 1,
    }));
    let found = difference(&desired, &reported);
    let leaf = |path: &[&str], desired, reported| Leaf {
        path: path.iter().map(|name| (*name).to_owned()).collect(),
        desired,
        reported,
    };
    let mut expected = vec![
        leaf(
            &["snaps", "a", "channel"],
            json!("edge"),
            Some(json!("stable")),
        ),
        leaf(&["snaps", "b", "channel"], json!("stable"), None),
        leaf(&["snaps", "b", "config"], json!({}), None),
        leaf(&["os"], json!("core"), Some(json!({"id": "core"}))),
    ];
    expected.sort_by(|a, b| a.path.cmp(&b.path));
    let mut found = found;
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert_eq!(found, expected);
}

#[test]
fn a_difference_keeps_its_time_until_it_is_gone() {
    let mut twin = Twin {
        desired: document(json!({"a": 1}), 1),
        ..Twin::default()
    };
    let (first, later) = (Moment::from_micros(1), Moment::from_micros(2));
    twin.differs_since = differs_since(&twin, first);
    assert_eq!(twin.differs_since, Some(first));
    twin.reported = document(json!({"a": 2}), 1);
    twin.differs_since = differs_since(&twin, later);
    assert_eq!(twin.differs_since, Some(first));
    twin.reported = document(json!({"a": 1, "b": 2}), 2);
    assert_eq!(differs_since(&twin, later), None);
}

#[test]
fn whoever_touched_a_leaf_last_has_set_it() {
    let change = |version, writer: &str, patch| Change {
        part: Part::Desired,
        version,
        at: Moment::from_micros(i64::try_from(version).unwrap()),
        writer: writer.to_owned(),
        patch,
        undo: Value::Null,
    };
    let changes = [
        change(4, "dora", json!({"snaps": {"b": {"channel": "edge"}}})),
        change(3, "carl", json!({"snaps": {"a": null}})),
        change(2, "bert", json!({"snaps": {"a": {"config": {"port": 1}}}})),
        change(1, "anna", json!({"snaps": {"a": {"channel": "edge"}}})),
    ];
    let who = |path: &[&str], changes: &[Change]| {
        let touched = changes.iter().find(|change| change.touches(path));
        touched.map(|change| change.writer.clone())
    };
    assert_eq!(
        who(&["snaps", "b", "channel"], &changes).as_deref(),
        Some("dora")
    );
    assert_eq!(
        who(&["snaps", "a", "channel"], &changes).as_deref(),
        Some("carl")
    );
    assert_eq!(
        who(&["snaps", "a", "channel"], &changes[2..]).as_deref(),
        Some("anna")
    );
    assert_eq!(who(&["snaps", "a"], &changes[2..]).as_deref(), Some("bert"));
    assert_eq!(who(&["os"], &changes), None);
}

fn any_document() -> impl Strategy<Value = Map<String, Value>> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        (0..3i64).prop_map(Value::from),
        "[ab]{0,2}".prop_map(Value::from),
        Just(json!([null, 1])),
    ];
    let value = leaf.prop_recursive(3, 12, 3, |inner| {
        prop::collection::btree_map("[a-c]", inner, 0..3)
            .prop_map(|members| Value::Object(members.into_iter().collect()))
    });
    prop::collection::btree_map("[a-c]", value, 0..4)
        .prop_map(|members| members.into_iter().collect())
}

proptest! {
    #[test]
    fn every_earlier_state_can_be_found(states in prop::collection::vec(any_document(), 1..8)) {
        let mut documents = vec![Document::default()];
        let mut changes: Vec<Change> = Vec::new();
        for state in states {
            let before = documents.last().unwrap();
            let Some(written) = write(before, state, None, NOW).unwrap() else { continue };
            let mut redone = Value::Object(before.value.clone());
            merge(&mut redone, &written.patch);
            prop_assert_eq!(&redone, &Value::Object(written.document.value.clone()));
            changes.insert(0, Change {
                part: Part::Reported,
                version: written.document.version,
                at: NOW,
                writer: String::new(),
                patch: written.patch,
                undo: written.undo,
            });
            documents.push(written.document);
        }
        let now = &documents.last().unwrap().value;
        for document in &documents {
            let since = changes.iter().filter(|change| change.version > document.version);
            prop_assert_eq!(&as_it_was(now, since), &document.value);
        }
    }

    /// A report is a write of the whole document with the sections in it.
    #[test]
    fn a_report_is_a_write(before in any_document(), sections in any_document()) {
        let mut now = Document { value: before.clone(), version: 7, at: Some(NOW) };
        let mut whole = before;
        whole.extend(sections.clone());
        let written = write(&now, whole, None, NOW).unwrap();
        let reported = Sections::new(sections).write(&mut now, 0, NOW).unwrap();
        let expected = written.map(|written| {
            prop_assert_eq!(&now, &written.document);
            Ok((written.patch, written.undo))
        });
        prop_assert_eq!(reported, expected.transpose()?);
    }

    #[test]
    fn nothing_differs_from_itself(document in any_document()) {
        prop_assert!(difference(&document, &document).is_empty());
    }
}
