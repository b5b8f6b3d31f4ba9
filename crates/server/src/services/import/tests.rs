use edgeward_api::service::{ServiceAuthentication, ServiceKind};

use super::columns::Columns;
use super::line::{Fault, address, kind, must_be_direct, shown};

fn row(text: &str) -> Vec<String> {
    text.split(',').map(str::to_owned).collect()
}

/// Column, code and reason of what is refused.
fn refused<T>(outcome: Result<T, Fault>) -> (&'static str, &'static str, String) {
    match outcome {
        Err(Fault::Refused(refusal)) => {
            (refusal.column.unwrap_or(""), refusal.code, refusal.reason)
        }
        _ => panic!("not refused"),
    }
}

fn done<T>(outcome: Result<T, Fault>) -> T {
    outcome.unwrap_or_else(|fault| panic!("{:?}", refused::<()>(Err(fault))))
}

#[test]
fn columns_come_in_any_order_and_by_several_words() {
    let first = row(" Tag_Name ,NODE TYPE,colour,endpoint,name,Kind");
    let (columns, ignored) = Columns::read(&first).unwrap();
    assert_eq!(ignored, ["colour"]);
    let line = row("a,Direct,red,pump:7000,Pump");
    let values = [
        "tagName", "nodeType", "endpoint", "name", "category", "scheme",
    ]
    .map(|column| columns.value(&line, column));
    assert_eq!(values, ["a", "Direct", "pump:7000", "Pump", "", ""]);

    for (first, problem) in [
        (
            "Pump,http://pump:7000",
            "the first line does not name the column category and the column name",
        ),
        (
            "category,name,address,endpoint",
            "the column endpoint is named twice",
        ),
    ] {
        let error = Columns::read(&row(first)).err().unwrap();
        assert!(error.starts_with(problem), "{error}");
    }
}

#[test]
fn words_and_numbers_of_ecp_are_understood() {
    for (text, expected) in [
        ("1", ServiceKind::EKuiper),
        ("NeuronEX", ServiceKind::NeuronEx),
        ("Customize", ServiceKind::Http),
        ("99", ServiceKind::Http),
    ] {
        assert_eq!(done(kind(text)), expected);
    }
    let (column, _, reason) = refused(kind("emqx"));
    assert!(
        column == "category" && reason.contains("neuron (2)"),
        "{reason}"
    );
    for (node, scheme, agent) in [("Direct", "http", ""), ("4", "", "x"), ("", "https", "")] {
        done(must_be_direct(node, scheme, agent));
    }
    for (node, scheme, agent) in [
        ("Proxy", "", ""),
        ("3", "", ""),
        ("", "MQTT", ""),
        ("", "", "gw-1"),
    ] {
        let (column, code, reason) = refused(must_be_direct(node, scheme, agent));
        assert_eq!((column, code), ("nodeType", "of_agent"));
        assert!(reason.contains("adopt the agent"), "{reason}");
    }
    assert_eq!(
        refused(must_be_direct("Hosted - Docker", "", "")).1,
        "invalid"
    );
    assert_eq!(refused(must_be_direct("cloud", "", "")).1, "invalid");
}

#[test]
fn an_address_has_its_scheme_beside_it_or_before_it() {
    for (scheme, endpoint, expected) in [
        ("", "pump:7000", "http pump:7000"),
        ("HTTPS", "pump:7000", "https pump:7000"),
        ("", "https://pump:7000/", "https pump:7000"),
        ("https", "https://pump:7000", "https pump:7000"),
    ] {
        let (scheme, address) = done(address(scheme, endpoint));
        assert_eq!(format!("{scheme} {address}"), expected);
    }
    assert_eq!(refused(address("http", "https://pump:7000")).0, "scheme");
    assert_eq!(refused(address("ftp", "pump:7000")).0, "scheme");
    let (column, _, reason) = refused(address("", "pump"));
    assert!(
        column == "endpoint" && reason.contains("pump:7000"),
        "{reason}"
    );
}

#[test]
fn what_is_shown_follows_from_what_is_there() {
    let method =
        |method: &str, user: &str, password: &str| done(shown(method, user, password)).method;
    assert_eq!(method("", "", ""), ServiceAuthentication::None);
    assert_eq!(method("", "admin", "public"), ServiceAuthentication::Basic);
    assert_eq!(method("1", "admin", "public"), ServiceAuthentication::Basic);
    assert_eq!(method("JWT", "", ""), ServiceAuthentication::Token);
    assert_eq!(method("2", "", ""), ServiceAuthentication::Token);
    assert_eq!(refused(shown("basic", "admin", "")).0, "password");
    assert_eq!(refused(shown("3", "", "")).0, "authentication");
}
