use super::super::{ActionName, ActionRequest};
use super::{BadAction, is_channel, is_snap_name};

fn request(name: ActionName, snap: &str, data: &str) -> ActionRequest {
    ActionRequest {
        name,
        snap: snap.to_owned(),
        data: data.to_owned(),
    }
}

#[test]
fn every_name_reads_back_and_is_what_json_says() {
    for name in ActionName::ALL {
        assert_eq!(name.as_str().parse(), Ok(name));
        assert_eq!(
            serde_json::to_value(name).unwrap(),
            serde_json::json!(name.as_str())
        );
    }
    assert!(matches!(
        "Install".parse::<ActionName>(),
        Err(BadAction::Unknown(_))
    ));
}

#[test]
fn what_each_action_needs_is_asked_for() {
    use ActionName as A;
    let good = [
        request(A::Install, "hello-world", ""),
        request(A::Install, "hello-world", "latest/edge"),
        request(A::Switch, "hello", "edge"),
        request(A::Setconf, "hello", r#"{"a": {"b": null}}"#),
        request(A::Restart, "hello", ""),
        request(A::Restart, "hello", "{}"),
        request(A::Stop, "hello", r#"{"services": ["hello.web"]}"#),
        request(A::Logs, "", r#"{"url": "https://h.example/l"}"#),
        request(A::Snapshot, "", r#"{"url": "http://h.example/s"}"#),
        request(A::User, "", r#"{"action": "remove", "username": "ann"}"#),
        request(A::List, "", ""),
    ];
    for request in good {
        assert_eq!(request.check(), Ok(()), "{request:?}");
    }
    let bad = [
        request(A::Install, "", ""),
        request(A::Install, "Hello World", ""),
        request(A::Install, "hello", "a b"),
        request(A::Switch, "hello", ""),
        request(A::Setconf, "hello", "[]"),
        request(A::Setconf, "hello", "{}"),
        request(A::Stop, "foo", r#"{"services": ["foobar.b"]}"#),
        request(A::Stop, "foo", r#"{"service": ["foo.b"]}"#),
        request(A::Logs, "", r#"{"url": "file:///etc/passwd"}"#),
        request(A::Logs, "", r#"{"url": "https://h.example/l", "limit": 0}"#),
        request(A::User, "", r#"{"action": "create", "email": "nobody"}"#),
        request(A::List, "hello", ""),
        request(A::Ack, "", " "),
        request(A::Remove, "hello", "x"),
    ];
    for request in bad {
        assert!(request.check().is_err(), "{request:?}");
    }
}

#[test]
fn names_and_channels_are_snapds() {
    for name in ["hello", "a1", "hello-world_two", "0ad"] {
        assert!(is_snap_name(name), "{name}");
    }
    for name in ["", "a", "-a", "a--b", "a.b", "42", "hello_", "../etc"] {
        assert!(!is_snap_name(name), "{name}");
    }
    for channel in ["edge", "latest/stable", "2.0/candidate/fix-1"] {
        assert!(is_channel(channel), "{channel}");
    }
    for channel in ["", "/", "a//b", "a/b/c/d", "a b"] {
        assert!(!is_channel(channel), "{channel}");
    }
}
