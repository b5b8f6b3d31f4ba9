//! eKuiper, which says in words what is wrong, and what time it is.

use edgeward_products::{Apart, Credential, Kind, Verdict, Wanted};
use edgeward_simulated::ekuiper::{EKuiper, EKuiperOptions, OLD_VERSION, VERSION};
use edgeward_simulated::{Access, Signer};
use tempfile::TempDir;

use crate::caller::examine;
use crate::{FILE, OURS, THEIRS};

/// Makes options for a folder of keys.
type Options = fn(&TempDir) -> EKuiperOptions;

/// Both ages of it, with their versions.
const AGES: [(Options, &str); 2] = [
    (|folder| EKuiperOptions::new(folder.path()), VERSION),
    (|folder| EKuiperOptions::old(folder.path()), OLD_VERSION),
];

fn folder(keys: &[(&str, &Signer)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, key) in keys {
        key.put(folder.path(), name).unwrap();
    }
    folder
}

async fn verdict(service: &EKuiper, credential: Credential) -> Verdict {
    let finding = examine(Kind::EKuiper, credential, service.address()).await;
    finding.verdict
}

#[tokio::test]
async fn what_is_wrong_with_the_key_is_told_exactly() {
    for (options, version) in AGES {
        let proven = Verdict::Proven {
            version: Some(version.to_owned()),
            clock_ahead_s: None,
        };
        let found = Some("edgeward.pem".to_owned());
        for (keys, expected) in [
            (vec![(FILE, &*OURS)], proven),
            (vec![], Verdict::NoKeyFile),
            (vec![("some.pub", &*OURS)], Verdict::NoKeyFile),
            (vec![(FILE, &*THEIRS)], Verdict::OtherKey),
            (
                vec![("edgeward.pem", &*OURS)],
                Verdict::OtherFileName { found },
            ),
        ] {
            let folder = folder(&keys);
            let service = EKuiper::start(options(&folder)).await.unwrap();
            assert_eq!(verdict(&service, Credential::Token).await, expected);
        }
    }
}

#[tokio::test]
async fn a_clock_that_is_apart_is_told_to_the_second() {
    let folder = folder(&[(FILE, &OURS)]);
    for (options, _) in AGES {
        let service = EKuiper::start(options(&folder)).await.unwrap();
        service.clock().set_offset_s(7_200);
        match verdict(&service, Credential::Token).await {
            Verdict::ClockApart {
                by: Apart::Exactly { ahead_s },
            } => assert!((7_190..=7_210).contains(&ahead_s), "{ahead_s}"),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_clock_that_is_behind_harms_the_old_one_only() {
    let folder = folder(&[(FILE, &OURS)]);
    let behind = |ahead_s: i64| (-7_210..=-7_190).contains(&ahead_s);
    let [(current, _), (old, _)] = AGES;
    let service = EKuiper::start(current(&folder)).await.unwrap();
    service.clock().set_offset_s(-7_200);
    match verdict(&service, Credential::Token).await {
        Verdict::Proven {
            clock_ahead_s: Some(ahead_s),
            ..
        } => assert!(behind(ahead_s), "{ahead_s}"),
        other => panic!("{other:?}"),
    }
    let service = EKuiper::start(old(&folder)).await.unwrap();
    service.clock().set_offset_s(-7_200);
    match verdict(&service, Credential::Token).await {
        Verdict::ClockApart {
            by: Apart::Exactly { ahead_s },
        } => assert!(behind(ahead_s), "{ahead_s}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn open_to_everybody_and_the_wrong_credential_are_told() {
    let folder = folder(&[]);
    let mut options = EKuiperOptions::new(folder.path());
    let service = EKuiper::start(options.clone()).await.unwrap();
    for credential in [Credential::Basic, Credential::None] {
        let wants = Wanted::Token;
        let expected = Verdict::WrongScheme { wants };
        assert_eq!(verdict(&service, credential).await, expected);
    }
    options.access = Access::Open;
    let open = EKuiper::start(options).await.unwrap();
    for credential in [Credential::Token, Credential::None] {
        let version = Some(VERSION.to_owned());
        let expected = Verdict::NoAuthentication { version };
        assert_eq!(verdict(&open, credential).await, expected);
    }
}
