//! NeuronEX, which says 20204 to everything, and what time it is.

use edgeward_products::{Apart, Credential, Kind, Verdict, Wanted, product};
use edgeward_simulated::neuronex::{NeuronEx, NeuronExOptions, VERSION};
use edgeward_simulated::{Access, Signer};
use tempfile::TempDir;

use crate::caller::{examine, send};
use crate::{FILE, OURS, THEIRS};

async fn neuronex(keys: &[(&str, &Signer)]) -> (NeuronEx, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    for (name, key) in keys {
        key.put(folder.path(), name).unwrap();
    }
    let options = NeuronExOptions::new(folder.path());
    (NeuronEx::start(options).await.unwrap(), folder)
}

async fn token(service: &NeuronEx) -> Verdict {
    let finding = examine(Kind::NeuronEx, Credential::Token, service.address()).await;
    finding.verdict
}

#[tokio::test]
async fn what_is_wrong_with_the_key_is_told_as_far_as_it_can_be() {
    let proven = Verdict::Proven {
        version: Some(VERSION.to_owned()),
        clock_ahead_s: None,
    };
    let found = Some("my-ecp.pub".to_owned());
    for (keys, expected) in [
        (vec![(FILE, &*OURS)], proven),
        (vec![], Verdict::KeyFileOrKey),
        (vec![("some.pub", &*OURS)], Verdict::KeyFileOrKey),
        (vec![(FILE, &*THEIRS)], Verdict::KeyFileOrKey),
        (
            vec![("my-ecp.pub", &*OURS)],
            Verdict::OtherFileName { found },
        ),
    ] {
        let (service, _folder) = neuronex(&keys).await;
        assert_eq!(token(&service).await, expected);
    }
}

#[tokio::test]
async fn a_clock_that_is_apart_is_told_to_the_second_though_it_says_nothing_of_time() {
    let (service, _folder) = neuronex(&[(FILE, &OURS)]).await;
    for offset_s in [7_200, 1_000_000] {
        service.clock().set_offset_s(offset_s);
        match token(&service).await {
            Verdict::ClockApart {
                by: Apart::Exactly { ahead_s },
            } => assert!((ahead_s - offset_s).abs() < 10, "{ahead_s}"),
            other => panic!("{other:?}"),
        }
    }
    service.clock().set_offset_s(-7_200);
    match token(&service).await {
        Verdict::Proven {
            clock_ahead_s: Some(ahead_s),
            ..
        } => assert!((ahead_s + 7_200).abs() < 10, "{ahead_s}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn open_to_everybody_and_the_wrong_credential_are_told_and_figures_read() {
    let (service, folder) = neuronex(&[]).await;
    let finding = examine(Kind::NeuronEx, Credential::Basic, service.address()).await;
    let wants = Wanted::Token;
    assert_eq!(finding.verdict, Verdict::WrongScheme { wants });

    let mut options = NeuronExOptions::new(folder.path());
    options.access = Access::Open;
    let open = NeuronEx::start(options).await.unwrap();
    let version = Some(VERSION.to_owned());
    assert_eq!(token(&open).await, Verdict::NoAuthentication { version });

    let product = product(Kind::NeuronEx);
    let mut answers = Vec::new();
    for call in product.health_calls() {
        answers.push(send(open.address(), call, None).await.ok());
    }
    let health = product.health(&answers);
    assert!(health.figure("drivers").unwrap() > 0);
    assert_eq!(health.figure("rules"), Some(0));
}
