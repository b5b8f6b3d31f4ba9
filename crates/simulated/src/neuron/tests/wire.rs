//! What goes over the wire for each kind of token, and what the options change.

use edgeward_testkit::{AskError, eventually};
use serde_json::{Value, json};

use super::LIMIT;
use crate::neuron::*;
use crate::trial::{KEY_FILE, Keys, call, claims, now_s, try_call, unsigned, with};
use crate::{Access, Algorithm};

const MISSING: (u16, &str) = (401, "{\"error\": 1004}");
const INVALID: (u16, &str) = (401, "{\"error\": 1005}");
const EXPIRED: (u16, &str) = (403, "{\"error\": 1006}");
const NOT_YET: (u16, &str) = (403, "{\"error\": 1007}");

async fn start(change: impl FnOnce(&mut NeuronOptions), keys: &Keys) -> Neuron {
    let mut options = NeuronOptions::new(Site::PressShop, keys.folder.path());
    change(&mut options);
    Neuron::start(options).await.unwrap()
}

#[tokio::test]
async fn every_row_of_the_table() {
    let keys = Keys::new();
    let neuron = start(|_| {}, &keys).await;
    let full = claims("neuron");
    let now = now_s();
    let bearer = |token: String| Some(format!("Bearer {token}"));
    let signed = |changes: Value| bearer(keys.token(&with(&full, changes)));
    let good = keys.token(&full);
    let no_typ = keys
        .good
        .with_header(&json!({"alg": "RS256"}), &full)
        .unwrap();
    let rows = [
        ("no header", None, Some(MISSING)),
        ("empty", Some(String::new()), Some(MISSING)),
        ("scheme only", Some("Bearer ".to_owned()), Some(MISSING)),
        ("good", bearer(good.clone()), None),
        ("no aud", signed(json!({"aud": null})), None),
        ("no iat", signed(json!({"iat": null})), None),
        ("no exp", signed(json!({"exp": null})), None),
        ("no typ", bearer(no_typ), None),
        ("exp as text", signed(json!({"exp": "1"})), None),
        ("iss a prefix", signed(json!({"iss": "ecp-test"})), None),
        ("iss empty", signed(json!({"iss": ""})), None),
        ("lower-case scheme", Some(format!("bearer {good}")), None),
        ("any seven characters", Some(format!("1234567{good}")), None),
        (
            "unknown iss",
            signed(json!({"iss": "other.pub"})),
            Some(INVALID),
        ),
        (
            "iss too long",
            signed(json!({"iss": format!("{KEY_FILE}x")})),
            Some(INVALID),
        ),
        ("no iss", signed(json!({"iss": null})), Some(INVALID)),
        (
            "wrong key",
            bearer(keys.stranger.token(&full).unwrap()),
            Some(INVALID),
        ),
        (
            "RS512",
            bearer(keys.token_by(Algorithm::RS512, &full)),
            Some(INVALID),
        ),
        ("none", bearer(unsigned(&good)), Some(INVALID)),
        ("garbage", bearer("garbage".to_owned()), Some(INVALID)),
        ("raw token", Some(good.clone()), Some(INVALID)),
        (
            "Basic",
            Some("Basic YWRtaW46MDAwMA==".to_owned()),
            Some(INVALID),
        ),
        (
            "expired 2 s ago",
            signed(json!({"exp": now - 2})),
            Some(EXPIRED),
        ),
        (
            "nbf later",
            signed(json!({"nbf": now + 600})),
            Some(NOT_YET),
        ),
    ];
    for (case, authorization, refused) in rows {
        let path = "/api/v2/version";
        let reply = call(neuron.address(), authorization.as_deref(), "GET", path, "").await;
        let kind = reply.header("content-type");
        assert_eq!(kind, Some("application/json"), "{case}");
        assert_eq!(reply.header("date"), None, "{case}");
        match refused {
            Some(row) => assert_eq!((reply.status, reply.body.as_str()), row, "{case}"),
            None => assert_eq!(
                (reply.status, reply.json()["version"].clone()),
                (200, json!(VERSION)),
                "{case}"
            ),
        }
    }
    neuron.stop().await;
}

#[tokio::test]
async fn a_wrong_clock_makes_good_tokens_expire_or_begin_later() {
    let keys = Keys::new();
    let neuron = start(|_| {}, &keys).await;
    let token = keys.token(&with(&claims("neuron"), json!({"nbf": now_s() - 60})));
    let bearer = format!("Bearer {token}");
    let ask = async || {
        let path = "/api/v2/version";
        let reply = call(neuron.address(), Some(&bearer), "GET", path, "").await;
        (reply.status, reply.body)
    };
    assert_eq!(ask().await.0, 200);
    for (offset_s, (status, body)) in [(3600, EXPIRED), (-3600, NOT_YET)] {
        neuron.clock().set_offset_s(offset_s);
        assert_eq!(ask().await, (status, body.to_owned()), "{offset_s}");
    }
}

#[tokio::test]
async fn without_authentication_everybody_is_answered() {
    let keys = Keys::new();
    let neuron = start(
        |options| {
            options.access = Access::Open;
            "2.9.5".clone_into(&mut options.version);
        },
        &keys,
    )
    .await;
    for authorization in [None, Some("nonsense")] {
        let reply = call(
            neuron.address(),
            authorization,
            "GET",
            "/api/v2/version",
            "",
        )
        .await;
        assert_eq!(
            (reply.status, reply.json()["version"].clone()),
            (200, json!("2.9.5"))
        );
    }
}

#[tokio::test]
async fn a_fragile_one_stands_one_call_for_everything_and_not_two() {
    let keys = Keys::new();
    let fragile = |options: &mut NeuronOptions| {
        options.access = Access::Open;
        options.global_config = GlobalConfig::Fragile;
    };
    let neuron = start(fragile, &keys).await;
    let path = "/api/v2/global/config";
    let ask = || try_call(neuron.address(), None, "GET", path, "");
    for _ in 0..2 {
        assert_eq!(ask().await.unwrap().status, 200);
    }
    let both = futures::join!(ask(), ask());
    assert!(matches!(both, (Err(_), Err(_))), "{both:?}");
    eventually("nobody there", LIMIT, async || match ask().await {
        Err(AskError::Connect { .. }) => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await
    .unwrap();
    assert!(neuron.has_ended());
    let sound = start(|options| options.access = Access::Open, &keys).await;
    let ask = || call(sound.address(), None, "GET", path, "");
    let (one, other) = futures::join!(ask(), ask());
    assert_eq!((one.status, other.status), (200, 200));
}
