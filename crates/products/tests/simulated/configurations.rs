//! Configurations read, written and read back over real HTTP, with simulated services that take them, and with some that do not.

use std::net::SocketAddr;
use std::time::Duration;

use edgeward_products::{
    Answer, Call, Configuration, ConfigurationError, Extent, Kind, Unreachable, product,
};
use edgeward_simulated::ekuiper::{EKuiper, EKuiperOptions};
use edgeward_simulated::nanomq::{self, NanoMq, NanoMqOptions, RestartTimes};
use edgeward_simulated::neuron::{Neuron, NeuronOptions, Site};
use edgeward_simulated::neuronex::{NeuronEx, NeuronExOptions};
use edgeward_simulated::{Access, Trouble};

use crate::caller::send;

/// How a delivery ended.
#[derive(Debug)]
enum Outcome {
    Taken,
    Refused(String),
    NoAnswer,
}

fn of(kind: Kind) -> &'static dyn Configuration {
    product(kind).configuration().unwrap()
}

/// All of it, with secrets.
async fn read(kind: Kind, address: SocketAddr) -> String {
    let mut answers: Vec<Answer> = Vec::new();
    for call in of(kind).reading() {
        answers.push(send(address, call, None).await.unwrap());
    }
    of(kind).with_secrets(&answers).unwrap()
}

/// Sends the calls until one is not taken.
async fn write(kind: Kind, address: SocketAddr, calls: Vec<Call>) -> Outcome {
    for call in calls {
        match send(address, call.clone(), None).await {
            Err(Unreachable { .. }) => return Outcome::NoAnswer,
            Ok(answer) => match of(kind).accepted(&call, &answer) {
                Ok(()) => {}
                Err(ConfigurationError::Refused { why, .. }) => return Outcome::Refused(why),
                Err(other) => panic!("{other}"),
            },
        }
    }
    Outcome::Taken
}

/// Waits until it answers again.
async fn back(kind: Kind, address: SocketAddr) {
    let ask = async {
        while send(address, product(kind).proof(), None).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), ask)
        .await
        .unwrap();
}

/// Writes a part, reads it back, and puts everything back.
async fn there_and_back(kind: Kind, address: SocketAddr, part: &str) {
    let configuration = of(kind);
    let before = read(kind, address).await;
    let kept = configuration.without_secrets(&before).unwrap();
    assert!(
        !configuration
            .differences(part, &before, Extent::Part)
            .is_empty()
    );
    let calls = configuration.writing(part, &before, Extent::Part).unwrap();
    let outcome = write(kind, address, calls).await;
    assert!(matches!(outcome, Outcome::Taken), "{kind}: {outcome:?}");
    let after = read(kind, address).await;
    assert_eq!(configuration.differences(part, &after, Extent::Part), []);
    assert!(
        !configuration
            .differences(&kept, &after, Extent::Whole)
            .is_empty()
    );

    let calls = configuration
        .writing(&before, &after, Extent::Whole)
        .unwrap();
    let outcome = write(kind, address, calls).await;
    assert!(matches!(outcome, Outcome::Taken), "{kind}: {outcome:?}");
    assert_eq!(read(kind, address).await, before);
}

const NEURON: &str = r#"{"settings": [{"node": "mqtt-north", "params": {"host": "b", "password": "geheim"}}],
    "groups": [{"driver": "press-1", "group": "hydraulics", "interval": 500}]}"#;

const EKUIPER: &str = r#"{"streams": {"demo": "CREATE STREAM demo () WITH (DATASOURCE=\"a\")"},
    "rules": {"r": "{\"sql\": \"SELECT * FROM demo\", \"actions\": [{\"mqtt\": {\"password\": \"geheim\"}}]}"},
    "sourceConfig": {"mqtt": "{\"one\": {\"server\": \"tcp://a\"}}"}}"#;

async fn neuron() -> Neuron {
    let mut options = NeuronOptions::new(Site::PressShop, "/nonexistent");
    options.access = Access::Open;
    Neuron::start(options).await.unwrap()
}

async fn ekuiper() -> EKuiper {
    let mut options = EKuiperOptions::new("/nonexistent");
    options.access = Access::Open;
    EKuiper::start(options).await.unwrap()
}

async fn nanomq() -> NanoMq {
    let mut options = NanoMqOptions::new(nanomq::Access::Open);
    options.restart = RestartTimes {
        lingers: Duration::ZERO,
        refused: Duration::from_millis(10),
    };
    NanoMq::start(options).await.unwrap()
}

#[tokio::test]
async fn what_is_written_is_read_back_and_can_be_put_back() {
    let neuron = neuron().await;
    there_and_back(Kind::Neuron, neuron.address(), NEURON).await;
    let ekuiper = ekuiper().await;
    there_and_back(Kind::EKuiper, ekuiper.address(), EKUIPER).await;
    let mut options = NeuronExOptions::new("/nonexistent");
    options.access = Access::Open;
    let neuronex = NeuronEx::start(options).await.unwrap();
    let both = format!(r#"{{"neuron": {NEURON}, "ekuiper": {EKUIPER}}}"#);
    there_and_back(Kind::NeuronEx, neuronex.address(), &both).await;
    let nanomq = nanomq().await;
    let part = r#"{"basic": {"msq_len": 7}, "http_server": {"password": "neu"}}"#;
    there_and_back(Kind::NanoMq, nanomq.address(), part).await;
}

#[tokio::test]
async fn nanomqs_file_is_in_effect_after_a_restart() {
    let nanomq = nanomq().await;
    let address = nanomq.address();
    let file = "mqtt.property_size = 64\nlisteners.tcp { bind = \"0.0.0.0:1884\" }\nlisteners.ssl { bind = \"0.0.0.0:8883\", keyfile = \"/k\", key_password = x }\nhttp_server { username = admin, password = geheim }\nauth { password = {include \"/pwd\"} }\n";
    let before = read(Kind::NanoMq, address).await;
    let configuration = of(Kind::NanoMq);
    let calls = configuration.writing(file, &before, Extent::Whole).unwrap();
    assert!(matches!(
        write(Kind::NanoMq, address, calls).await,
        Outcome::Taken
    ));
    assert_eq!(read(Kind::NanoMq, address).await, before);
    let restart = product(Kind::NanoMq).restart().unwrap();
    assert!(
        send(address, restart, None)
            .await
            .unwrap()
            .status
            .is_success()
    );
    let gone = async {
        while nanomq.runs() == 1 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), gone)
        .await
        .unwrap();
    back(Kind::NanoMq, address).await;
    let after = read(Kind::NanoMq, address).await;
    assert_eq!(configuration.differences(file, &after, Extent::Whole), []);
    assert_ne!(after, before);
}

#[tokio::test]
async fn what_goes_wrong_is_told_and_what_was_changed_is_seen() {
    let (neuron, ekuiper, nanomq) = (neuron().await, ekuiper().await, nanomq().await);
    let sections = r#"{"basic": {"msq_len": 7}, "tls": {"verify_peer": true}}"#;
    for (kind, address, troubles, part, words, half) in [
        (
            Kind::Neuron,
            neuron.address(),
            neuron.troubles(),
            NEURON,
            "error 2301",
            true,
        ),
        (
            Kind::EKuiper,
            ekuiper.address(),
            ekuiper.troubles(),
            EKUIPER,
            "simulated: the import is refused",
            true,
        ),
        (
            Kind::NanoMq,
            nanomq.address(),
            nanomq.troubles(),
            sections,
            "error 118",
            true,
        ),
    ] {
        let configuration = of(kind);
        let before = read(kind, address).await;
        for (trouble, changes) in [
            (Trouble::Refuses, false),
            (Trouble::Ignores, false),
            (Trouble::Hangs, false),
            (Trouble::FailsHalfWay, half),
            (Trouble::Stumbles, half),
        ] {
            troubles.once(trouble);
            let calls = configuration.writing(part, &before, Extent::Part).unwrap();
            match (trouble, write(kind, address, calls).await) {
                (Trouble::Refuses, Outcome::Refused(why)) => assert!(why.contains(words), "{why}"),
                (Trouble::FailsHalfWay, Outcome::Refused(_))
                | (Trouble::Ignores, Outcome::Taken)
                | (Trouble::Hangs | Trouble::Stumbles, Outcome::NoAnswer) => {}
                (_, other) => panic!("{kind} {trouble:?}: {other:?}"),
            }
            back(kind, address).await;
            let after = read(kind, address).await;
            assert_eq!(after != before, changes, "{kind} {trouble:?}");
            if changes {
                let undo = configuration.writing(&before, &after, Extent::Whole);
                assert!(matches!(
                    write(kind, address, undo.unwrap()).await,
                    Outcome::Taken
                ));
                assert_eq!(read(kind, address).await, before, "{kind} {trouble:?}");
            }
        }
        troubles.once(Trouble::Dies);
        let calls = configuration.writing(part, &before, Extent::Part).unwrap();
        assert!(matches!(
            write(kind, address, calls).await,
            Outcome::NoAnswer
        ));
        send(address, product(kind).proof(), None)
            .await
            .unwrap_err();
    }
}

#[tokio::test]
async fn five_hundred_start_in_one_process() {
    let mut services = Vec::new();
    for _ in 0..250 {
        services.push((neuron().await, ekuiper().await));
    }
    let (neuron, ekuiper) = services.last().unwrap();
    assert!(
        read(Kind::Neuron, neuron.address())
            .await
            .contains("press-1")
    );
    assert!(
        read(Kind::EKuiper, ekuiper.address())
            .await
            .contains("streams")
    );
}
