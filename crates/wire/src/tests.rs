//! Golden forms (what is in the field must stay readable) and the grammar's edges.

use edgeward_ids::AgentId;
use serde_json::json;

use crate::command::{Body, Command, SignedCommand};
use crate::hosting::{
    Container, Engine, Hosted, Hosting, KeyFile, Keys, Login, Order, Port, Snap, Software, Spec,
    Step, Volume, Wish,
};
use crate::key;
use crate::report::{Outcome, Report, State, Status};
use crate::token::{JoinToken, JoinTokenError};
use crate::topic::{Down, HAIL, Topic, Up};

const AGENT: &str = "0192f0c1-7f4e-7c3a-9b1e-2d5f6a7b8c9d";

fn agent() -> AgentId {
    AGENT.parse().unwrap()
}

#[test]
fn every_topic_parses_back_to_itself() {
    let topics = [
        Topic::Up(agent(), Up::Status),
        Topic::Up(agent(), Up::Report),
        Topic::Up(agent(), Up::Tunnel),
        Topic::Down(agent(), Down::Command),
        Topic::Down(agent(), Down::Tunnel),
        Topic::Hail,
    ];
    for topic in topics {
        assert_eq!(topic.to_string().parse(), Ok(topic));
    }
}

#[test]
fn foreign_or_odd_topics_are_no_topics() {
    for text in [
        "edgeward/v1/agents/+/up/status".to_owned(),
        "#".to_owned(),
        format!("edgeward/v1/agents/{}/up/status", AGENT.to_uppercase()),
        format!("edgeward/v1/agents/{AGENT}/up/status/x"),
        format!("edgeward/v1/agents/{AGENT}/up"),
        format!("/edgeward/v1/agents/{AGENT}/up/status"),
    ] {
        assert!(text.parse::<Topic>().is_err(), "{text}");
    }
}

#[test]
fn an_agent_may_use_its_own_topics_only() {
    let other = AgentId::generate();
    assert!(Topic::Up(agent(), Up::Status).may_publish(agent()));
    assert!(!Topic::Up(agent(), Up::Status).may_publish(other));
    assert!(!Topic::Down(agent(), Down::Command).may_publish(agent()));
    assert!(!Topic::Hail.may_publish(agent()));
    assert!(Topic::Down(agent(), Down::Tunnel).may_subscribe(agent()));
    assert!(!Topic::Down(agent(), Down::Tunnel).may_subscribe(other));
    assert!(!Topic::Up(agent(), Up::Status).may_subscribe(agent()));
    assert!(HAIL.parse::<Topic>().unwrap().may_subscribe(agent()));
}

#[test]
fn status_v1_stays_as_it_is() {
    let golden = json!({"state": "offline", "run": 7, "heartbeat_s": 20});
    let status = Status {
        state: State::Offline,
        run: 7,
        heartbeat_s: 20,
    };
    assert_eq!(serde_json::to_value(&status).unwrap(), golden);
    assert_eq!(serde_json::from_value::<Status>(golden).unwrap(), status);
}

#[test]
fn hello_v1_reads_with_unknown_and_missing_fields() {
    let golden = json!({"report": "hello", "run": 1, "facts": {"hostname": "gw", "offers": [{"name": "neuron"}], "new": 1}});
    let Report::Hello(hello) = serde_json::from_value(golden).unwrap() else {
        panic!("not a hello")
    };
    assert_eq!(hello.facts.hostname, "gw");
    assert_eq!(hello.facts.offers[0].name.as_str(), "neuron");
    assert_eq!((hello.membership, hello.last_command), (None, 0));
}

#[test]
fn a_report_is_read_as_it_is_written() {
    let sections = json!({"os": {"id": "debian", "a": [1, null]}});
    let sections = sections.as_object().cloned().unwrap();
    let outcome = Outcome::Refused {
        reason: "no".to_owned(),
    };
    for report in [
        Report::Twin { sections },
        Report::Outcome { number: 3, outcome },
        Report::Unregister,
    ] {
        let text = serde_json::to_vec(&report).unwrap();
        assert_eq!(Report::from_slice(&text).unwrap(), report);
    }
    for bad in [
        "{}",
        "7",
        r#"{"report": "twin"}"#,
        r#"{"report": "twin", "sections": 7}"#,
        r#"{"report": "other"}"#,
    ] {
        assert!(Report::from_slice(bad.as_bytes()).is_err(), "{bad}");
    }
}

#[test]
fn events_and_leaving_for_good_stay_as_they_are() {
    let golden = json!({
        "report": "event", "number": 3, "at_us": 5, "kind": "watchdog", "text": "stuck", "data": {"change": "7"},
    });
    let Report::Event(event) = serde_json::from_value(golden.clone()).unwrap() else {
        panic!("another report")
    };
    assert_eq!((event.number, event.kind.as_str()), (3, "watchdog"));
    assert_eq!(serde_json::to_value(Report::Event(event)).unwrap(), golden);
    let golden = json!({"report": "unregister"});
    assert_eq!(serde_json::to_value(Report::Unregister).unwrap(), golden);
    assert_eq!(
        serde_json::from_value::<Report>(golden).unwrap(),
        Report::Unregister
    );
}

#[test]
fn command_v1_stays_as_it_is() {
    let golden = json!({"agent": AGENT, "number": 3, "expires_at_us": 9, "body": {"do": "open_tunnel", "session": 5}});
    let command = Command {
        agent: agent(),
        number: 3,
        expires_at_us: 9,
        body: Body::OpenTunnel { session: 5 },
    };
    assert_eq!(serde_json::to_value(&command).unwrap(), golden);
    assert_eq!(serde_json::from_value::<Command>(golden).unwrap(), command);

    let golden = json!({"agent": AGENT, "number": 4, "expires_at_us": 9,
        "body": {"do": "place_key", "service": "neuron", "file_name": "edgeward-2.pub", "pem": "x"}});
    let command = Command {
        number: 4,
        body: Body::PlaceKey {
            service: "neuron".parse().unwrap(),
            file_name: "edgeward-2.pub".into(),
            pem: "x".into(),
        },
        ..command
    };
    assert_eq!(serde_json::to_value(&command).unwrap(), golden);
    assert_eq!(serde_json::from_value::<Command>(golden).unwrap(), command);

    let signed = SignedCommand {
        payload: vec![1, 2],
        signature: vec![3],
    };
    assert_eq!(
        serde_json::to_value(&signed).unwrap(),
        json!({"payload": "AQI=", "signature": "Aw=="})
    );
    assert!(SignedCommand::signed_bytes(&[9]).ends_with(&[0, 9]));
}

#[test]
fn a_join_token_survives_being_pasted() {
    let token = JoinToken {
        addresses: vec!["edge.example.com:8883".into()],
        ca_fingerprint: "ab".repeat(32),
        secret: "s3cret".into(),
    };
    let text = token.to_string();
    assert_eq!(format!("  {text}\n").parse(), Ok(token.clone()));
    assert_eq!("hello".parse::<JoinToken>(), Err(JoinTokenError::Prefix));
    assert_eq!(
        text[..text.len() - 9].parse::<JoinToken>(),
        Err(JoinTokenError::Damaged)
    );
    assert!(!format!("{token:?}").contains("s3cret"));
}

#[test]
fn a_key_file_has_one_name_and_a_name_one_number() {
    for (number, name) in [
        (1, "edgeward.pub"),
        (2, "edgeward-2.pub"),
        (10, "edgeward-10.pub"),
        (key::MAX_KEY_NUMBER, "edgeward-999999.pub"),
    ] {
        assert_eq!(key::file_name(number), name);
        assert_eq!(key::number_of(name), Some(number));
    }
    for name in [
        "",
        "edgeward",
        "edgeward.pem",
        "edgeward-.pub",
        "edgeward-1.pub",
        "edgeward-02.pub",
        "edgeward-+2.pub",
        "edgeward-0.pub",
        "edgeward-1000000.pub",
        "edgeward-2.pub ",
        "edgeward-2/.pub",
        "../edgeward.pub",
        "Edgeward.pub",
    ] {
        assert_eq!(key::number_of(name), None, "{name}");
    }
}

#[test]
fn orders_to_host_stay_as_they_are() {
    let golden = json!({"do": "host", "service": "neuron", "generation": 3, "wish": {
        "wish": "present", "running": true, "restarts": 1, "spec": {
            "kind": "neuron", "description": "", "port": 7000, "healthy_within_s": 120,
            "software": {
                "software": "container", "image": "emqx/neuron:2.6.3", "command": ["neuron"],
                "login": {"user": "u", "password": "s3cret"}, "environment": {"A": "b"},
                "ports": [{"container": 1883, "host": 1884, "udp": false}],
                "volumes": [{"name": "data", "path": "/data"}],
                "memory_bytes": 1024, "cpu_millis": 500,
            },
            "keys": {"folder": "/opt/neuron/certs", "files": [{"name": "edgeward.pub", "pem": "x"}]},
        },
    }});
    let container = Container {
        image: "emqx/neuron:2.6.3".into(),
        login: Some(Login {
            user: "u".into(),
            password: "s3cret".into(),
        }),
        command: vec!["neuron".into()],
        environment: [("A".to_owned(), "b".to_owned())].into(),
        ports: vec![Port {
            container: 1883,
            host: 1884,
            udp: false,
        }],
        volumes: vec![Volume {
            name: "data".into(),
            path: "/data".into(),
        }],
        memory_bytes: Some(1024),
        cpu_millis: Some(500),
    };
    let spec = Spec {
        kind: "neuron".into(),
        description: String::new(),
        software: Software::Container(container),
        port: 7000,
        healthy_within_s: 120,
        keys: Some(Keys {
            folder: "/opt/neuron/certs".into(),
            files: vec![KeyFile {
                name: "edgeward.pub".into(),
                pem: "x".into(),
            }],
        }),
    };
    let order = |wish| {
        Body::Host(Order {
            service: "neuron".parse().unwrap(),
            generation: 3,
            wish,
        })
    };
    let body = order(Wish::Present {
        spec: Box::new(spec.clone()),
        running: true,
        restarts: 1,
    });
    assert!(!format!("{body:?}").contains("s3cret"));
    assert_eq!(serde_json::to_value(&body).unwrap(), golden);
    assert_eq!(serde_json::from_value::<Body>(golden).unwrap(), body);
    for (wish, word) in [(Wish::Destroyed, "destroyed"), (Wish::Released, "released")] {
        let golden =
            json!({"do": "host", "service": "neuron", "generation": 3, "wish": {"wish": word}});
        assert_eq!(serde_json::to_value(order(wish)).unwrap(), golden);
    }
    // What an older control plane leaves out.
    let short = json!({"kind": "http", "port": 1, "healthy_within_s": 2, "software": {"software": "snap", "name": "a"}});
    let read: Spec = serde_json::from_value(short).unwrap();
    assert_eq!(
        read.software,
        Software::Snap(Snap {
            name: "a".into(),
            channel: None
        })
    );
    assert_eq!((read.keys, read.description.as_str()), (None, ""));
}

#[test]
fn what_is_hosted_stays_as_it_is() {
    let golden = json!({"report": "hosting", "engine": {"name": "docker", "version": "20.10.24"}, "snaps": false, "problem": "",
    "services": [{"service": "neuron", "generation": 3, "step": "under_way", "running": false, "present": "", "message": "waiting"}]});
    let report = Report::Hosting(Hosting {
        engine: Some(Engine {
            name: "docker".into(),
            version: "20.10.24".into(),
        }),
        snaps: false,
        problem: String::new(),
        services: vec![Hosted {
            service: "neuron".parse().unwrap(),
            generation: 3,
            step: Step::UnderWay,
            running: false,
            present: String::new(),
            message: "waiting".into(),
        }],
    });
    assert_eq!(serde_json::to_value(&report).unwrap(), golden);
    let read = Report::from_slice(golden.to_string().as_bytes()).unwrap();
    assert_eq!(read, report);
    let steps = [Step::Settled, Step::Failed, Step::Returned];
    assert_eq!(
        serde_json::to_value(steps).unwrap(),
        json!(["settled", "failed", "returned"])
    );
    let least = Report::from_slice(br#"{"report": "hosting"}"#).unwrap();
    assert!(matches!(least, Report::Hosting(hosting) if hosting.services.is_empty()));
}
