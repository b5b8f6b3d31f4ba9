//! Neuron, which says 1005 to nearly everything.

use edgeward_products::{Apart, Credential, Kind, Verdict, Wanted, product};
use edgeward_simulated::Access;
use edgeward_simulated::neuron::{Neuron, NeuronOptions, Site, VERSION};
use tempfile::TempDir;

use crate::caller::{examine, send};
use crate::{FILE, OURS, THEIRS};

/// A Neuron, and its folder of keys.
async fn neuron(keys: &[(&str, &edgeward_simulated::Signer)]) -> (Neuron, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    for (name, key) in keys {
        key.put(folder.path(), name).unwrap();
    }
    let options = NeuronOptions::new(Site::PressShop, folder.path());
    (Neuron::start(options).await.unwrap(), folder)
}

async fn token(neuron: &Neuron) -> Verdict {
    let finding = examine(Kind::Neuron, Credential::Token, neuron.address()).await;
    finding.verdict
}

fn proven() -> Verdict {
    Verdict::Proven {
        version: Some(VERSION.to_owned()),
        clock_ahead_s: None,
    }
}

fn other_name(found: Option<&str>) -> Verdict {
    Verdict::OtherFileName {
        found: found.map(str::to_owned),
    }
}

#[tokio::test]
async fn a_key_in_its_place_is_proven_also_when_it_has_just_been_put_there() {
    let (there, _folder) = neuron(&[(FILE, &OURS)]).await;
    assert_eq!(token(&there).await, proven());

    let (late, folder) = neuron(&[]).await;
    assert_eq!(token(&late).await, Verdict::KeyFileOrKey);
    OURS.put(folder.path(), FILE).unwrap();
    assert_eq!(token(&late).await, proven());
}

#[tokio::test]
async fn what_is_wrong_with_the_key_is_told_as_far_as_it_can_be() {
    for (keys, expected) in [
        (vec![], Verdict::KeyFileOrKey),
        (vec![(FILE, &*THEIRS)], Verdict::KeyFileOrKey),
        (vec![("theirs.pub", &*THEIRS)], Verdict::KeyFileOrKey),
        (vec![("some.pub", &*OURS)], other_name(None)),
        (vec![("my-ecp.pub", &*OURS)], other_name(Some("my-ecp.pub"))),
        (
            vec![("a.pub", &*THEIRS), ("public.pem", &*OURS)],
            other_name(Some("public.pem")),
        ),
    ] {
        let (service, _folder) = neuron(&keys).await;
        let finding = examine(Kind::Neuron, Credential::Token, service.address()).await;
        assert_eq!(finding.verdict, expected);
        let fix = finding.fix().unwrap();
        assert!(fix.contains(FILE) && fix.contains("certs"), "{fix}");
    }
}

#[tokio::test]
async fn a_clock_that_is_ahead_is_told_by_bounds_and_one_that_is_behind_does_no_harm() {
    let (service, _folder) = neuron(&[(FILE, &OURS)]).await;
    for (offset_s, at_least_s, at_most_s) in [
        (1_800, 300, Some(3_600)),
        (7_200, 3_600, Some(21_600)),
        (1_000_000, 86_400, None),
    ] {
        service.clock().set_offset_s(offset_s);
        let by = Apart::Ahead {
            at_least_s,
            at_most_s,
        };
        assert_eq!(token(&service).await, Verdict::ClockApart { by });
    }
    service.clock().set_offset_s(-1_000_000);
    assert_eq!(token(&service).await, proven());
}

#[tokio::test]
async fn open_to_everybody_and_the_wrong_credential_are_told() {
    let mut options = NeuronOptions::new(Site::PressShop, "/nonexistent");
    options.access = Access::Open;
    let open = Neuron::start(options).await.unwrap();
    let version = Some(VERSION.to_owned());
    assert_eq!(token(&open).await, Verdict::NoAuthentication { version });

    let (service, _folder) = neuron(&[(FILE, &OURS)]).await;
    for credential in [Credential::Basic, Credential::None] {
        let finding = examine(Kind::Neuron, credential, service.address()).await;
        let wants = Wanted::Token;
        assert_eq!(finding.verdict, Verdict::WrongScheme { wants });
    }
}

#[tokio::test]
async fn its_key_figures_are_read() {
    let (service, _folder) = neuron(&[]).await;
    let product = product(Kind::Neuron);
    let mut answers = Vec::new();
    for call in product.health_calls() {
        answers.push(send(service.address(), call, None).await.ok());
    }
    let health = product.health(&answers);
    assert!(health.figure("drivers").unwrap() > 0);
    assert!(health.figure("uptime_s").is_some());
}
