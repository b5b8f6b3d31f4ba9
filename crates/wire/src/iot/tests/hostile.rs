use proptest::prelude::*;

use crate::iot::action::{Encoding, Reply, Request, Response};
use crate::iot::enrol::Answer;
use crate::iot::health::{Health, RequiredInstall};
use crate::iot::{SanitizedSerial, Topic, metrics};

/// Any JSON, somewhat deep.
fn json() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::Value;
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        let key = prop_oneof![
            Just("snaps".to_owned()),
            Just("revision".to_owned()),
            Just("name".to_owned()),
            Just("version".to_owned()),
            Just("services".to_owned()),
            ".{0,6}",
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..5)
                .prop_map(|keys| Value::Object(keys.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = Response::read(&bytes);
        let _ = Health::read("d1", &bytes);
        let _ = metrics::read(&bytes);
        let _ = serde_json::from_slice::<Request>(&bytes);
        let _ = serde_json::from_slice::<Answer>(&bytes);
        let _ = serde_json::from_slice::<RequiredInstall>(&bytes);
        let text = String::from_utf8_lossy(&bytes);
        if let Some(topic) = Topic::parse(&text) {
            prop_assert_eq!(topic.to_string(), &*text);
        }
        let _ = SanitizedSerial::of(&text);
    }

    #[test]
    fn no_lines_make_the_parser_panic(text in r#"[a-z,=\\ "0-9.éiu\n]{0,200}"#) {
        let _ = metrics::read(text.as_bytes());
    }

    #[test]
    fn no_result_makes_a_reader_panic(
        result in json(),
        action in prop_oneof!["(list|info|device|server|conf|install|unregister)", ".{0,5}"],
        version in prop_oneof![Just("2".to_owned()), Just(String::new())],
        success in any::<bool>(),
    ) {
        let response = Response { id: "1".into(), version, action, success, message: String::new(), result };
        let _ = response.said();
        for encoding in [Encoding::Full, Encoding::Sparse] {
            let bytes = serde_json::to_vec(&response.to_json(encoding)).unwrap();
            prop_assert!(matches!(Response::read(&bytes), Ok(Reply::Response(_))));
        }
    }
}
