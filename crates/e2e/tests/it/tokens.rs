//! Join tokens that do not let a device in: each says why, and nothing stays behind on the device.

use std::path::PathBuf;
use std::time::SystemTime;

use edgeward_agent::enrolment::{self, CallError, EnrolError, Target};
use edgeward_pki::Authority;
use edgeward_testkit::eventually;
use edgeward_wire::token::JoinToken;

use crate::system::{LIMIT, Parts, System, agent_config, with_both_parts};

with_both_parts! {
    a_token_with_a_wrong_secret_is_unknown,
    a_token_is_good_for_as_many_devices_as_it_says,
    a_token_ends,
    a_device_does_not_join_another_installation_than_its_token_names,
}

/// Joins as a new device does, and says where that device would keep its state.
async fn join(system: &System, token: &JoinToken) -> (PathBuf, Result<(), EnrolError>) {
    let state_dir = system.folder.path().join(edgeward_pki::random_text());
    let target = Target {
        state_dir: state_dir.clone(),
        config: agent_config(&[]),
        replace: false,
    };
    let joined = enrolment::join(token, &target).await;
    (state_dir, joined.map(drop))
}

/// The word with which the control plane refused this token; nothing may be left on the device.
async fn refusal(system: &System, token: &JoinToken) -> Result<String, String> {
    let (state_dir, joined) = join(system, token).await;
    let refusal = match joined.expect_err("a bad token") {
        EnrolError::Refused(refusal) => refusal,
        EnrolError::Failed(errors) => match errors.into_iter().next() {
            Some(CallError::Refused { refusal, .. }) => refusal,
            other => return Err(format!("{other:?}")),
        },
        other => return Err(other.to_string()),
    };
    assert!(!state_dir.exists(), "something was left behind");
    assert!(
        refusal.message.contains("edgeward agent token create"),
        "it says what to do: {}",
        refusal.message
    );
    Ok(refusal.code)
}

async fn a_token_with_a_wrong_secret_is_unknown(parts: Parts) {
    let system = System::start(parts).await;
    let mut token = system.token(1, 600).await;
    token.secret = edgeward_pki::random_text();
    assert_eq!(refusal(&system, &token).await.unwrap(), "token_unknown");
}

async fn a_token_is_good_for_as_many_devices_as_it_says(parts: Parts) {
    let system = System::start(parts).await;
    let token = system.token(2, 600).await;
    for _ in 0..2 {
        let (state_dir, joined) = join(&system, &token).await;
        joined.unwrap();
        assert!(state_dir.exists());
    }
    assert_eq!(refusal(&system, &token).await.unwrap(), "token_used_up");
}

async fn a_token_ends(parts: Parts) {
    let system = System::start(parts).await;
    let token = system.token(10_000, 1).await;
    eventually("an expired token", LIMIT, async || {
        let (state_dir, joined) = join(&system, &token).await;
        if joined.is_ok() {
            return Err("it still works");
        }
        assert!(!state_dir.exists(), "something was left behind");
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(refusal(&system, &token).await.unwrap(), "token_expired");
}

async fn a_device_does_not_join_another_installation_than_its_token_names(parts: Parts) {
    let system = System::start(parts).await;
    let other = Authority::generate("another installation", SystemTime::now()).unwrap();
    let mut token = system.token(1, 600).await;
    token.ca_fingerprint = other.fingerprint().to_string();
    let (state_dir, joined) = join(&system, &token).await;
    let error = joined.expect_err("another installation");
    let EnrolError::Failed(errors) = &error else {
        panic!("{error:?}");
    };
    assert!(
        matches!(errors.as_slice(), [CallError::OtherAuthority(_)]),
        "{errors:?}"
    );
    assert!(
        error.to_string().contains("another certificate authority"),
        "{error}"
    );
    assert!(!state_dir.exists(), "something was left behind");
    let left = system.client.join_tokens().await.unwrap();
    assert_eq!(left.items[0].uses_left, 1, "the token was not used up");
}
