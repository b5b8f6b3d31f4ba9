use serde_json::json;

use super::*;

fn reported() -> Map<String, Value> {
    let Value::Object(map) = json!({
        "device": {"model": "gate-2", "serial": null},
        "snaps": {"hello": {"channel": "latest/stable", "revision": "5", "a/b": 1}},
        "list": [10, 20],
    }) else {
        unreachable!()
    };
    map
}

fn selection(conditions: &[(&str, Test)]) -> Selection {
    Selection {
        organisation: OrganisationId::generate(),
        project: None,
        tags: BTreeSet::new(),
        model: None,
        conditions: conditions
            .iter()
            .map(|(path, test)| Condition::new(path, test.clone()).unwrap())
            .collect(),
    }
}

#[test]
fn a_condition_is_met_by_what_is_reported() {
    let met: [(&str, Test, &str); 8] = [
        (
            "/snaps/hello/channel",
            Test::Is(json!("latest/stable")),
            "/snaps/hello/channel is \"latest/stable\"",
        ),
        (
            "/snaps/hello/channel",
            Test::IsNot(json!("latest/edge")),
            "/snaps/hello/channel is \"latest/stable\", not \"latest/edge\"",
        ),
        (
            "/snaps/other/channel",
            Test::IsNot(json!("latest/edge")),
            "/snaps/other/channel is not reported, so not \"latest/edge\"",
        ),
        ("/snaps/hello", Test::Present, "/snaps/hello is reported"),
        (
            "/snaps/hello/revision",
            Test::Present,
            "/snaps/hello/revision is reported: \"5\"",
        ),
        ("/snaps/other", Test::Absent, "/snaps/other is not reported"),
        (
            "/device/serial",
            Test::Absent,
            "/device/serial is not reported",
        ),
        (
            "/snaps/hello/a~1b",
            Test::Is(json!(1)),
            "/snaps/hello/a~1b is 1",
        ),
    ];
    for (path, test, why) in met {
        let found = selection(&[(path, test.clone())]).why(&reported());
        assert_eq!(found, Some(vec![why.to_owned()]), "{path} {test:?}");
    }
    let unmet: [(&str, Test); 7] = [
        ("/snaps/hello/channel", Test::Is(json!("latest/edge"))),
        ("/snaps/hello/channel", Test::IsNot(json!("latest/stable"))),
        ("/snaps/hello/revision", Test::Is(json!(5))),
        ("/snaps/other", Test::Present),
        ("/device/serial", Test::Present),
        ("/snaps/hello", Test::Absent),
        ("/list/2", Test::Present),
    ];
    for (path, test) in unmet {
        let found = selection(&[(path, test.clone())]).why(&reported());
        assert_eq!(found, None, "{path} {test:?}");
    }
    let second = selection(&[("/list/1", Test::Is(json!(20)))]);
    assert!(second.why(&reported()).is_some());
}

#[test]
fn all_has_to_be_so() {
    let mut wanted = selection(&[("/snaps/hello", Test::Present)]);
    wanted.model = Some("gate-2".to_owned());
    wanted.tags.insert("line-3".parse().unwrap());
    let why = wanted.why(&reported()).unwrap();
    assert_eq!(
        why,
        [
            "it has the tag line-3",
            "its model is gate-2",
            "/snaps/hello is reported"
        ]
    );
    wanted.model = Some("gate-1".to_owned());
    assert_eq!(wanted.why(&reported()), None);
    assert_eq!(wanted.why(&Map::new()), None);
    assert!(wanted.asks_twins() && !selection(&[]).asks_twins());
}

#[test]
fn paths_and_tags_are_checked() {
    assert!(Condition::new("snaps", Test::Present).is_err());
    assert!(Condition::new(&"/x".repeat(251), Test::Present).is_err());
    for good in ["a", "site:berlin/2", "line-3.b_c"] {
        assert_eq!(good.parse::<Tag>().unwrap().as_str(), good);
    }
    for bad in ["", "A", "a b", &"x".repeat(65), "ü"] {
        assert!(bad.parse::<Tag>().is_err(), "{bad}");
    }
}
