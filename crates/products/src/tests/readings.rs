//! What each product answers, as it was seen on real ones.

use super::*;

const EXPIRED: &str = "validate token error: token has invalid claims: token is expired\n";
const NO_FILE: &str = "validate token error: token is unverifiable: error while executing keyfunc: \
                       not found target key file edgeward.pub in /etc/mgmt\n";

#[test]
fn every_known_answer_is_read() {
    let brokers = r#"{"code":0,"data":[{"datetime":"2026-11-21","node_status":"Running","sysdescr":"NanoMQ Broker","uptime":"0 Hours, 0 minutes, 3 seconds","version":"0.25.4-5"}]}"#;
    let system = r#"{"version":"3.8.0","systemStatus":"0","neuronStatus":"0","ekuiperStatus":"0"}"#;
    let version = r#"{"version":"2.15.0","revision":"abc","build_date":"2026-01-01"}"#;
    let table = [
        (Kind::Neuron, 200, version, Reading::Accepted),
        (
            Kind::Neuron,
            401,
            r#"{"error": 1004}"#,
            Reading::NothingSeen,
        ),
        (Kind::Neuron, 401, r#"{"error": 1005}"#, Reading::Refused),
        (Kind::Neuron, 403, r#"{"error": 1006}"#, Reading::Expired),
        (
            Kind::Neuron,
            403,
            r#"{"error": 1007}"#,
            Reading::NotYetValid,
        ),
        (
            Kind::Neuron,
            403,
            r#"{"error": 1008}"#,
            Reading::OtherRefusal,
        ),
        (Kind::Neuron, 401, r#"{"code":104}"#, Reading::Foreign),
        (Kind::Neuron, 404, "", Reading::Foreign),
        (Kind::Neuron, 200, r#"{"version":"1"}"#, Reading::Foreign),
        (Kind::Neuron, 502, "", Reading::Failing),
        (Kind::NanoMq, 200, brokers, Reading::Accepted),
        (Kind::NanoMq, 401, r#"{"code":103}"#, Reading::Refused),
        (Kind::NanoMq, 401, r#"{"code":104}"#, Reading::NothingSeen),
        (Kind::NanoMq, 401, r#"{"code":116}"#, Reading::Expired),
        (Kind::NanoMq, 401, r#"{"error": 1005}"#, Reading::Foreign),
        (Kind::NanoMq, 401, r#"{"code":20203}"#, Reading::Foreign),
        (Kind::EKuiper, 200, "[]", Reading::Accepted),
        (
            Kind::EKuiper,
            200,
            r#"[{"id":"r","status":"Running"}]"#,
            Reading::Accepted,
        ),
        (Kind::EKuiper, 200, r#"{"id":"r"}"#, Reading::Foreign),
        (Kind::EKuiper, 401, "missing_token\n", Reading::NothingSeen),
        (Kind::EKuiper, 401, NO_FILE, Reading::NoKey),
        (
            Kind::EKuiper,
            401,
            "validate token error: token is unverifiable: open etc/mgmt: no such file or directory\n",
            Reading::NoKey,
        ),
        (Kind::EKuiper, 302, "missing_token\n", Reading::Foreign),
        (Kind::EKuiper, 401, EXPIRED, Reading::Expired),
        (
            Kind::EKuiper,
            401,
            "validate token error: token has invalid claims: token is not valid yet\n",
            Reading::NotYetValid,
        ),
        (
            Kind::EKuiper,
            401,
            "validate token error: token signature is invalid: crypto/rsa: verification error\n",
            Reading::OtherKey,
        ),
        (
            Kind::EKuiper,
            401,
            "validate token error: token is malformed: token contains an invalid number of segments\n",
            Reading::OtherRefusal,
        ),
        (
            Kind::EKuiper,
            401,
            "audience field should contain eKuiper, but got [neuron]\n",
            Reading::OtherRefusal,
        ),
        (
            Kind::EKuiper,
            401,
            "JWTVAL__ERRCODE:16__ERRSTR:token is expired by 1h__TOKEN:eyJhbGciOi.J9.x\n",
            Reading::Expired,
        ),
        (Kind::EKuiper, 401, "Unauthorized", Reading::Foreign),
        (Kind::NeuronEx, 200, system, Reading::Accepted),
        (
            Kind::NeuronEx,
            401,
            r#"{"code":20203,"message":"x"}"#,
            Reading::NothingSeen,
        ),
        (
            Kind::NeuronEx,
            401,
            r#"{"code":20204,"message":"x"}"#,
            Reading::Refused,
        ),
        (
            Kind::NeuronEx,
            401,
            r#"{"code":20205,"message":"x"}"#,
            Reading::OtherRefusal,
        ),
        (Kind::NeuronEx, 401, r#"{"code":104}"#, Reading::Foreign),
        (Kind::Http, 404, "", Reading::Accepted),
        (Kind::Http, 401, "", Reading::Refused),
        (Kind::Http, 503, "", Reading::Failing),
    ];
    for (kind, status, body, reading) in table {
        let read = product(kind).read(&answer(status, body));
        assert_eq!(read, reading, "{kind} {status} {body}");
    }
}

#[test]
fn a_list_of_rules_that_is_too_long_to_keep_is_still_one() {
    let rules = r#"{"id":"a-rule","status":"Running"},"#.repeat(10_000);
    let long = answer(200, &format!("[{rules}{{}}]"));
    assert!(long.is_cut());
    assert_eq!(product(Kind::EKuiper).read(&long), Reading::Accepted);
    let other = answer(200, &"x".repeat(MAX_BODY_BYTES));
    assert_eq!(product(Kind::EKuiper).read(&other), Reading::Foreign);
}

#[test]
fn a_version_is_only_read_from_the_product_itself() {
    let of = |kind, body: &str| product(kind).version(&answer(200, body));
    let ekuiper = r#"{"version":"1.14.6","os":"linux","arch":"amd64","upTimeSeconds":7}"#;
    assert_eq!(of(Kind::EKuiper, ekuiper).as_deref(), Some("1.14.6"));
    assert_eq!(of(Kind::Neuron, ekuiper), None);
    let neuron = r#"{"version":"2.15.0","revision":"abc","build_date":"2026-01-01"}"#;
    assert_eq!(of(Kind::Neuron, neuron).as_deref(), Some("2.15.0"));
    for kind in [Kind::EKuiper, Kind::NanoMq, Kind::NeuronEx, Kind::Http] {
        assert_eq!(of(kind, neuron), None, "{kind}");
    }
}
