use super::*;

const METRICS: &str = "# HELP uptime_seconds Uptime\n# TYPE uptime_seconds counter\nuptime_seconds 71\n\
    core_dumped 0\ncpu_percent 1.5\nnorth_nodes_total 2\nnorth_running_nodes_total 2\nnorth_disconnected_nodes_total 0\n\
    south_nodes_total 3\nsouth_running_nodes_total 3\nsouth_disconnected_nodes_total 1\nlicense_used_tags 12\n\
    tags_total{node=\"a\"} 4\n";

const RULES: &str = r#"[{"id":"a","status":"Running"},{"id":"b","status":"Stopped: canceled manually."},
    {"id":"c","status":"Stopped: connection refused"}]"#;

fn health(kind: Kind, answers: &[Option<&str>]) -> Health {
    let product = product(kind);
    assert_eq!(product.health_calls().len(), answers.len());
    let answers: Vec<_> = answers
        .iter()
        .map(|body| body.map(|body| answer(200, body)))
        .collect();
    product.health(&answers)
}

#[test]
fn neuron_counts_drivers_and_applications() {
    let health = health(Kind::Neuron, &[Some(METRICS)]);
    for (name, value) in [
        ("uptime_s", 71),
        ("drivers", 3),
        ("drivers_running", 3),
        ("drivers_disconnected", 1),
        ("applications", 2),
        ("tags", 12),
    ] {
        assert_eq!(health.figure(name), Some(value), "{name}");
    }
    assert_eq!(health.troubles, ["1 driver is disconnected"]);
}

#[test]
fn nanomq_counts_connections_and_messages() {
    let nodes = r#"{"code":0,"data":[{"connections":4,"node_status":"Running","uptime":"1 Hours, 2 minutes, 3 seconds","version":"0.25"}]}"#;
    let text = "nanomq_messages_received 7\nnanomq_messages_sent 9\nnanomq_subscribers_count 2\n";
    let both = health(Kind::NanoMq, &[Some(nodes), Some(text)]);
    assert_eq!(both.figure("uptime_s"), Some(3_723));
    assert_eq!(both.figure("connections"), Some(4));
    assert_eq!(both.figure("messages_sent"), Some(9));
    assert_eq!(both.troubles, [""; 0]);
    let one = health(Kind::NanoMq, &[None, Some(text)]);
    assert_eq!(one.figure("connections"), None);
    assert_eq!(one.figure("messages_received"), Some(7));
}

#[test]
fn ekuiper_counts_rules_and_complains_of_those_that_broke() {
    let about = r#"{"version":"1.14.6","upTimeSeconds":7}"#;
    let health = health(Kind::EKuiper, &[Some(about), Some(RULES)]);
    let figures = ["uptime_s", "rules", "rules_running", "rules_stopped"];
    let values = figures.map(|name| health.figure(name));
    assert_eq!(values, [Some(7), Some(3), Some(1), Some(2)]);
    assert_eq!(health.troubles, ["1 rule is stopped by an error"]);
}

#[test]
fn neuronex_has_both_and_says_what_is_stopped() {
    let system = r#"{"version":"3.8.0","neuronStatus":"0","ekuiperStatus":"1"}"#;
    let health = health(Kind::NeuronEx, &[Some(system), Some(METRICS), Some(RULES)]);
    assert_eq!(health.figure("drivers"), Some(3));
    assert_eq!(health.figure("rules"), Some(3));
    assert!(
        health
            .troubles
            .contains(&"its eKuiper is stopped".to_owned())
    );
}

#[test]
fn nonsense_has_no_figures() {
    for kind in Kind::ALL {
        let calls = product(kind).health_calls().len();
        let nonsense = vec![Some(answer(200, "uptime_seconds NaN\n[1e99,{]")); calls];
        assert_eq!(product(kind).health(&nonsense).figures, [], "{kind}");
        let refused = vec![Some(answer(401, METRICS)); calls];
        assert_eq!(product(kind).health(&refused), Health::default(), "{kind}");
    }
}
