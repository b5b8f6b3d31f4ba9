//! Services that are not what they were said to be, and addresses where nothing is.

use std::net::SocketAddr;

use edgeward_products::{Credential, Finding, Kind, Verdict};
use edgeward_simulated::ekuiper::{EKuiper, EKuiperOptions};
use edgeward_simulated::liar::{Liar, Lie, MANY_HEADERS, Pose};
use edgeward_simulated::nanomq::{NanoMq, NanoMqOptions};
use edgeward_simulated::neuron::{Neuron, NeuronOptions, Site};
use edgeward_simulated::neuronex::{NeuronEx, NeuronExOptions};

use crate::FILE;
use crate::caller::examine;

/// Says of a service that it is each of the other products, and expects to hear what it is.
async fn is_known_as(kind: Kind, address: SocketAddr) {
    for said in Kind::ALL {
        if said == kind || said == Kind::Http {
            continue;
        }
        let finding = examine(said, Credential::Token, address).await;
        let looks_like = match &finding.verdict {
            Verdict::NotThisProduct { looks_like, .. } => *looks_like,
            other => panic!("{kind} as {said}: {other:?}"),
        };
        assert_eq!(looks_like, Some(kind), "said to be {said}");
        assert!(finding.fix().unwrap().contains(kind.as_str()));
    }
}

#[tokio::test]
async fn each_product_is_known_by_its_answers() {
    let folder = tempfile::tempdir().unwrap();
    let options = NeuronOptions::new(Site::PressShop, folder.path());
    let neuron = Neuron::start(options).await.unwrap();
    is_known_as(Kind::Neuron, neuron.address()).await;
    let options = NanoMqOptions::token(folder.path().join(FILE));
    let nanomq = NanoMq::start(options).await.unwrap();
    is_known_as(Kind::NanoMq, nanomq.address()).await;
    let nanomq = NanoMq::start(NanoMqOptions::basic()).await.unwrap();
    is_known_as(Kind::NanoMq, nanomq.address()).await;
    let options = EKuiperOptions::new(folder.path());
    let ekuiper = EKuiper::start(options).await.unwrap();
    is_known_as(Kind::EKuiper, ekuiper.address()).await;
    let options = NeuronExOptions::new(folder.path());
    let neuronex = NeuronEx::start(options).await.unwrap();
    is_known_as(Kind::NeuronEx, neuronex.address()).await;
}

#[tokio::test]
async fn a_port_where_nothing_listens_is_unreachable() {
    // Bound and never listening: nobody else gets the port, and it refuses.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    for kind in Kind::ALL {
        let finding = examine(kind, Credential::Token, address).await;
        assert_eq!(finding.code(), "unreachable");
    }
}

/// What is found of a liar that is said to be this.
async fn liar(lie: Lie, kind: Kind) -> Finding {
    let liar = Liar::start(lie).await.unwrap();
    examine(kind, Credential::Token, liar.address()).await
}

#[tokio::test]
async fn liars_are_seen_through_and_nothing_of_ours_is_repeated() {
    for kind in [Kind::Neuron, Kind::NanoMq, Kind::EKuiper, Kind::NeuronEx] {
        for (lie, code, words) in [
            (Lie::Poses(Pose::WebPage), "not_this_product", "web page"),
            (Lie::EndlessBody, "not_this_product", "version"),
            (
                Lie::Redirect("http://192.0.2.1:80".to_owned()),
                "not_this_product",
                "192.0.2.1:80",
            ),
            (Lie::EchoesToken, "not_this_product", "cannot accept"),
            (Lie::Headers(MANY_HEADERS), "unreachable", ""),
            (Lie::Half, "unreachable", ""),
            (Lie::Gibberish, "unreachable", ""),
        ] {
            let finding = liar(lie.clone(), kind).await;
            let message = finding.message();
            assert_eq!(finding.code(), code, "{kind} {lie:?}: {message}");
            assert!(message.contains(words), "{kind} {lie:?}: {message}");
        }
    }
    let silent = liar(Lie::Silent, Kind::Neuron).await;
    assert_eq!(silent.code(), "unreachable");
}

#[tokio::test]
async fn who_poses_as_another_product_is_taken_for_it_and_for_nothing_else() {
    for (pose, kind) in [
        (Pose::Neuron, Kind::Neuron),
        (Pose::NanoMq, Kind::NanoMq),
        (Pose::EKuiper, Kind::EKuiper),
    ] {
        let liar = Liar::start(Lie::Poses(pose)).await.unwrap();
        is_known_as(kind, liar.address()).await;
    }
}

#[tokio::test]
async fn what_an_unknown_service_echoes_is_taken_out() {
    let liar = Liar::start(Lie::EchoesToken).await.unwrap();
    for credential in [Credential::Token, Credential::Basic] {
        let finding = examine(Kind::Http, credential, liar.address()).await;
        let message = finding.message();
        assert!(!message.contains("YWRtaW4"), "{message}");
        assert_eq!(finding.code() == "unclear", credential == Credential::Token);
    }
}
