//! A handful of services, looked at closely.

use edgeward_api::audit::EntryFilter;
use edgeward_api::delivery::{Delivery, DeliveryPlan, DeliveryRequest, Step};
use edgeward_api::rollout::State;
use edgeward_api::service::{ServiceAuthentication, ServiceChange, ServiceKind};
use edgeward_api::template::{Extent, TemplateRequest, VersionRequest};
use edgeward_client::ClientError;
use edgeward_simulated::Trouble;
use edgeward_simulated::ekuiper::{EKuiper, EKuiperOptions};
use edgeward_testkit::eventually;
use http::StatusCode;

use super::{END_LIMIT, all, configuration, ekuiper, near, published, request, set, values};
use crate::system::{EMBEDDED, Parts, with_both_parts};

with_both_parts! {
    a_configuration_goes_from_one_service_to_others_and_back,
}

async fn a_configuration_goes_from_one_service_to_others_and_back(parts: Parts) {
    let system = near(parts).start().await;
    let (first, second, third) = (ekuiper().await, ekuiper().await, ekuiper().await);
    let model = system.add_ekuiper("Model", first.address()).await;
    let one = system.add_ekuiper("Hall 1", second.address()).await;
    let two = system.add_ekuiper("Hall 2", third.address()).await;
    // It is so already, but for the topic.
    set(
        third.address(),
        &configuration("tcp://10.0.0.2:1883", "factory/old"),
    )
    .await;
    let before = (all(second.address()).await, all(third.address()).await);

    let template = system.template_from(model).await;
    assert_eq!(template.newest, 1);
    let version = system.client.template_version(template.id, 1).await;
    assert_eq!(version.unwrap().placeholders, ["broker", "topic"]);

    let wanted = request(&template, &[one, two]);
    let preview = system.client.preview_delivery(&wanted).await.unwrap();
    assert_eq!((preview.total, preview.waves), (2, vec![2]));
    let changes: Vec<(&str, usize)> = preview
        .services
        .iter()
        .map(|service| (service.name.as_str(), service.differences.len()))
        .collect();
    assert_eq!(changes, [("Hall 1", 2), ("Hall 2", 1)]);
    let difference = &preview.services[1].differences[0];
    assert!(difference.path.contains("rules/alarm"), "{difference:?}");
    assert!(
        difference
            .before
            .as_deref()
            .unwrap()
            .contains("factory/old")
    );
    assert!(difference.after.as_deref().unwrap().contains("factory/1"));
    assert_eq!(
        all(second.address()).await,
        before.0,
        "a preview changes nothing"
    );

    let begun = system.client.begin_delivery(&wanted).await.unwrap();
    let done = system.delivery_is(begun.id, State::Done).await;
    assert_eq!((done.counts.done, done.counts.failed), (2, 0));
    let new = |topic: &str| ("tcp://10.0.0.2:1883".to_owned(), topic.to_owned());
    assert_eq!(published(&all(second.address()).await), new("factory/0"));
    assert_eq!(published(&all(third.address()).await), new("factory/1"));
    let preview = system.client.preview_delivery(&wanted).await.unwrap();
    assert!(preview.services.iter().all(|s| s.differences.is_empty()));

    system.client.undo_delivery(begun.id).await.unwrap();
    let undone = system.delivery_is(begun.id, State::Undone).await;
    assert_eq!(undone.reason, "undone on 2 of 2");
    assert_eq!(all(second.address()).await, before.0);
    assert_eq!(all(third.address()).await, before.1);

    let again = system.client.undo_delivery(begun.id).await.unwrap_err();
    assert_eq!(again.status(), Some(StatusCode::CONFLICT), "{again}");
    let filter = EntryFilter {
        object: Some(begun.id.to_string()),
        ..EntryFilter::default()
    };
    let entries = system.client.audit(&filter).await.unwrap().items;
    let mut said: Vec<&str> = entries.iter().map(|entry| entry.action.as_str()).collect();
    said.sort_unstable();
    assert_eq!(
        said,
        [
            "delivery.begin_wave",
            "delivery.create",
            "delivery.finish",
            "delivery.finish",
            "delivery.undo"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_delivered_is_refused_before_anything_begins() {
    let system = near(EMBEDDED).start().await;
    let ekuiper = ekuiper().await;
    let service = system.add_ekuiper("Hall 1", ekuiper.address()).await;
    let before = all(ekuiper.address()).await;
    let template = system.template_from(service).await;
    let refused = async |change: &dyn Fn(&mut DeliveryRequest)| {
        let mut wanted = request(&template, &[service]);
        change(&mut wanted);
        let refused = system.client.begin_delivery(&wanted).await.unwrap_err();
        let ClientError::Refused { detail, .. } = refused else {
            panic!("{refused:?}");
        };
        detail.message
    };
    let said = refused(&|wanted| wanted.defaults.clear()).await;
    assert!(said.contains("Hall 1") && said.contains("broker"), "{said}");
    let said = refused(&|wanted| wanted.defaults = values(&[("brokr", "a")])).await;
    assert!(
        said.contains("no ${brokr}") && said.contains("${broker}"),
        "{said}"
    );
    let said = refused(&|wanted| wanted.version = Some(2)).await;
    assert!(said.contains("versions 1 to 1"), "{said}");
    let said = refused(&|wanted| wanted.services.clear()).await;
    assert!(said.contains("no service is named"), "{said}");
    let said = refused(&|wanted| {
        wanted.plan = DeliveryPlan {
            waves: vec!["none".into()],
            ..DeliveryPlan::default()
        };
    })
    .await;
    assert!(said.contains("\"none\""), "{said}");
    assert_eq!(all(ekuiper.address()).await, before);

    let broken = VersionRequest {
        extent: Extent::Part,
        text: "{\"rules\": {\"a\": \"${\"}}".into(),
        note: String::new(),
    };
    let refused = system
        .client
        .add_template_version(template.id, &broken)
        .await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.status(), Some(StatusCode::BAD_REQUEST), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn waves_stop_at_the_failure_limit_and_go_on_when_somebody_says_so() {
    let system = near(EMBEDDED).start().await;
    let (good, last) = (ekuiper().await, ekuiper().await);
    let gone = ekuiper().await;
    let model = system.add_ekuiper("Good", good.address()).await;
    let away = system.add_ekuiper("Away", gone.address()).await;
    let late = system.add_ekuiper("Last", last.address()).await;
    let template = system.template_from(model).await;
    gone.stop().await;

    let mut wanted = request(&template, &[away, model, late]);
    wanted.plan.waves = vec!["1".into(), "1".into()];
    let begun = system.client.begin_delivery(&wanted).await.unwrap();
    let paused = system.delivery_is(begun.id, State::Paused).await;
    assert_eq!(paused.reason, "1 failed; the limit is 0");
    assert_eq!((paused.begun, paused.counts.waiting), (1, 2));
    let why = &system.delivered(begun.id).await["Away"];
    assert_eq!(why.state, Step::Failed);
    assert!(
        why.message.starts_with("cannot read its configuration: "),
        "{why:?}"
    );

    system.client.resume_delivery(begun.id).await.unwrap();
    let done = system.delivery_is(begun.id, State::Done).await;
    assert_eq!((done.counts.done, done.counts.failed), (2, 1));
    assert_eq!(done.waves.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_deliveries_to_one_service_wait_for_each_other() {
    let system = near(EMBEDDED).start().await;
    let ekuiper = ekuiper().await;
    let service = system.add_ekuiper("Hall 1", ekuiper.address()).await;
    let before = all(ekuiper.address()).await;
    let template = system.template_from(service).await;
    // The first leaves half of it behind until what was there is put back.
    ekuiper.troubles().once(Trouble::Stumbles);
    let wanted = request(&template, &[service]);
    let (first, second) = tokio::join!(
        system.client.begin_delivery(&wanted),
        system.client.begin_delivery(&wanted),
    );
    let mut ended = Vec::new();
    for begun in [first.unwrap(), second.unwrap()] {
        let end = eventually("an end", END_LIMIT, async || {
            let delivery = system.client.delivery(begun.id).await.unwrap();
            match delivery.state {
                State::Running => Err(format!("{delivery:?}")),
                _ => Ok(delivery),
            }
        });
        ended.push(end.await.unwrap());
    }
    ended.sort_by_key(|delivery| delivery.counts.done);
    let counts = |delivery: &Delivery| (delivery.counts.done, delivery.counts.failed);
    assert_eq!((ended[0].state, counts(&ended[0])), (State::Done, (0, 1)));
    assert_eq!((ended[1].state, counts(&ended[1])), (State::Done, (1, 0)));
    system.client.undo_delivery(ended[1].id).await.unwrap();
    system.delivery_is(ended[1].id, State::Undone).await;
    assert_eq!(
        all(ekuiper.address()).await,
        before,
        "the other never saw a half"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_with_the_newer_key_only_is_written_with_it() {
    let system = near(EMBEDDED).start().await;
    system.client.rotate_keys().await.unwrap();
    let key = system.client.key(2).await.unwrap();
    let keys = tempfile::tempdir().unwrap();
    std::fs::write(keys.path().join(&key.file_name), key.pem).unwrap();
    let ekuiper = EKuiper::start(EKuiperOptions::new(keys.path())).await;
    let ekuiper = ekuiper.unwrap();
    let service = system.add_ekuiper("Hall 1", ekuiper.address()).await;
    let token = ServiceChange {
        authentication: Some(ServiceAuthentication::Token),
        ..ServiceChange::default()
    };
    let changed = system.client.change_service(service, &token).await;
    assert_eq!(changed.unwrap().keys, Some(vec![2]));

    let template = TemplateRequest {
        project_id: system.organisation().await.projects[0].id,
        name: "Alarms".parse().unwrap(),
        kind: ServiceKind::EKuiper,
        description: String::new(),
        extent: Extent::Part,
        text: configuration("${broker}", "${topic}").to_string(),
    };
    let template = system.client.add_template(&template).await.unwrap();
    let wanted = request(&template, &[service]);
    let begun = system.client.begin_delivery(&wanted).await.unwrap();
    let done = system.delivery_is(begun.id, State::Done).await;
    assert_eq!(done.counts.done, 1);
    let now = system.client.service_configuration(service).await.unwrap();
    assert!(now.text.contains("tcp://10.0.0.2:1883"), "{}", now.text);
}
