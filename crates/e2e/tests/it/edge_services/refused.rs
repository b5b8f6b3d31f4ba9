//! Services that lie: refused, shown without the token, and harmless.

use edgeward_api::service::{ServiceFilter, ServiceKind};
use edgeward_simulated::liar::{Liar, Lie, MANY_HEADERS, Pose};

use super::near;
use crate::system::EMBEDDED;

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_lies_is_refused() {
    let system = near(EMBEDDED).await;
    for lie in [
        Lie::Poses(Pose::NanoMq),
        Lie::Poses(Pose::WebPage),
        Lie::EndlessBody,
        Lie::Redirect("http://192.0.2.1:80".into()),
        Lie::Headers(MANY_HEADERS),
        Lie::Half,
        Lie::Silent,
        Lie::Gibberish,
    ] {
        let liar = Liar::start(lie.clone()).await.unwrap();
        let request = system
            .request("Liar", ServiceKind::Neuron, liar.address())
            .await;
        let said = system.not_proven(&request).await;
        assert!(said.contains("Neuron"), "{lie:?}: {said}");
    }
    let listed = system.client.services(&ServiceFilter::default()).await;
    assert_eq!(listed.unwrap().total, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_a_service_sends_back_is_not_shown() {
    let system = near(EMBEDDED).await;
    let liar = Liar::start(Lie::EchoesToken).await.unwrap();
    for kind in [
        ServiceKind::Neuron,
        ServiceKind::NanoMq,
        ServiceKind::EKuiper,
        ServiceKind::NeuronEx,
    ] {
        let mut request = system.request(kind.as_str(), kind, liar.address()).await;
        let said = system.not_proven(&request).await;
        assert!(!said.contains("eyJ"), "{kind:?}: {said}");
        request.unproven = true;
        let added = system.client.add_service(&request).await.unwrap();
        let shown = serde_json::to_string(&added).unwrap();
        assert!(!shown.contains("eyJ"), "{kind:?}: {shown}");
        system.client.delete_service(added.id).await.unwrap();
    }
}
