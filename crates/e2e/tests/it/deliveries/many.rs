//! Five hundred services, of which some fail in every way that there is; and the control plane killed in the midst of it.

use std::net::SocketAddr;

use edgeward_api::delivery::Step;
use edgeward_api::rollout::State;
use edgeward_api::service::{ServiceFilter, ServiceKind};
use edgeward_api::template::{Extent, TemplateRequest};
use edgeward_ids::RolloutId;
use edgeward_simulated::Trouble;
use edgeward_simulated::ekuiper::EKuiper;
use edgeward_testkit::eventually;
use futures::{StreamExt as _, stream};
use serde_json::Value;

use super::{END_LIMIT, all, configuration, ekuiper, near, published, request, values};
use crate::system::{EMBEDDED, Parts, System, with_both_parts};

with_both_parts! {
    killed_in_the_midst_it_ends_the_same,
}

/// All services.
const SERVICES: usize = 500;

/// What goes wrong at the first of them, and how the reason begins.
const TROUBLES: [(Option<Trouble>, usize, &str); 6] = [
    (
        Some(Trouble::Refuses),
        5,
        "cannot write its configuration: ",
    ),
    (
        Some(Trouble::Ignores),
        3,
        "it took the configuration, and read back it is another: ",
    ),
    (
        Some(Trouble::FailsHalfWay),
        4,
        "cannot write its configuration: ",
    ),
    (
        Some(Trouble::Stumbles),
        4,
        "cannot write its configuration: ",
    ),
    (Some(Trouble::Hangs), 1, "cannot write its configuration: "),
    // They are away.
    (None, 3, "cannot read its configuration: "),
];

/// A service as the story follows it.
struct Followed {
    name: String,
    address: SocketAddr,
    before: Value,
    /// How the reason must begin; none where it must not fail.
    reason: Option<&'static str>,
    /// Gone when it is away.
    ekuiper: Option<EKuiper>,
}

/// A fleet that the control plane knows by its list.
async fn fleet(system: &System) -> Vec<Followed> {
    let reasons = TROUBLES
        .iter()
        .flat_map(|(trouble, number, reason)| vec![(*trouble, Some(*reason)); *number])
        .chain(std::iter::repeat((None, None)));
    let numbered = reasons.take(SERVICES).enumerate();
    let mut fleet: Vec<Followed> = stream::iter(numbered)
        .map(async |(number, (trouble, reason))| {
            let ekuiper = ekuiper().await;
            if let Some(trouble) = trouble {
                ekuiper.troubles().once(trouble);
            }
            Followed {
                name: format!("Hall {number:03}"),
                address: ekuiper.address(),
                before: all(ekuiper.address()).await,
                reason,
                ekuiper: Some(ekuiper),
            }
        })
        .buffered(16)
        .collect()
        .await;
    let mut list = String::from("category,name,endpoint,scheme,tagName\n");
    for one in &fleet {
        list += &format!("1,{},{},http,halls\n", one.name, one.address);
    }
    let project = system.organisation().await.projects[0].id;
    let imported = system.client.import_services(project, list.into_bytes());
    let imported = imported.await.unwrap();
    assert_eq!(imported.imported, SERVICES as u64, "{imported:?}");
    for away in fleet.iter_mut().filter(|one| {
        one.reason
            .is_some_and(|reason| reason.starts_with("cannot read"))
    }) {
        away.ekuiper.take().unwrap().stop().await;
    }
    fleet
}

/// A delivery to all with the tag.
async fn deliver(system: &System) -> RolloutId {
    let template = TemplateRequest {
        project_id: system.organisation().await.projects[0].id,
        name: "Alarms".parse().unwrap(),
        kind: ServiceKind::EKuiper,
        description: String::new(),
        extent: Extent::Part,
        text: configuration("${broker}", "factory/new").to_string(),
    };
    let template = system.client.add_template(&template).await.unwrap();
    let mut wanted = request(&template, &[]);
    wanted.tag = Some("halls".into());
    wanted.defaults = values(&[("broker", "tcp://10.0.0.2:1883")]);
    wanted.plan.failure_limit = Some("5%".into());
    system.client.begin_delivery(&wanted).await.unwrap().id
}

/// Each is as it is to be, or as it was, and the reason is right; how many have failed. Where a trouble was over when the control plane
/// was killed, the second attempt may go well.
async fn each_is_as_it_should_be(
    system: &System,
    id: RolloutId,
    fleet: &[Followed],
    was_killed: bool,
) -> usize {
    let done = system.delivery_is(id, State::Done).await;
    let said = system.delivered(id).await;
    let mut failed = 0;
    for one in fleet {
        let said = &said[&one.name];
        let second = was_killed && said.state == Step::Done && one.ekuiper.is_some();
        let Some(reason) = one.reason.filter(|_| !second) else {
            assert_eq!(said.state, Step::Done, "{said:?}");
            let new = ("tcp://10.0.0.2:1883".to_owned(), "factory/new".to_owned());
            assert_eq!(published(&all(one.address).await), new, "{}", one.name);
            continue;
        };
        failed += 1;
        assert_eq!(said.state, Step::Failed, "{said:?}");
        assert!(said.message.starts_with(reason), "{reason}: {said:?}");
        assert!(!said.message.contains("could not be put back"), "{said:?}");
        if one.ekuiper.is_some() {
            assert_eq!(all(one.address).await, one.before, "{said:?}");
        }
    }
    assert_eq!(
        (done.counts.done, done.counts.failed),
        ((SERVICES - failed) as u64, failed as u64)
    );
    failed
}

#[tokio::test(flavor = "multi_thread")]
async fn some_of_many_fail_in_every_way() {
    let system = near(EMBEDDED).start().await;
    let fleet = fleet(&system).await;
    let filter = ServiceFilter {
        tag: Some("halls".into()),
        ..ServiceFilter::default()
    };
    let tagged = system.client.services(&filter).await.unwrap();
    assert_eq!(tagged.total, SERVICES as u64);
    let id = deliver(&system).await;
    let failed = each_is_as_it_should_be(&system, id, &fleet, false).await;
    let troubled: usize = TROUBLES.iter().map(|(_, number, _)| number).sum();
    assert_eq!(failed, troubled);
}

async fn killed_in_the_midst_it_ends_the_same(parts: Parts) {
    let mut system = near(parts).start_program().await;
    let fleet = fleet(&system).await;
    let id = deliver(&system).await;
    eventually("some that are done", END_LIMIT, async || {
        let delivery = system
            .client
            .delivery(id)
            .await
            .map_err(|e| e.to_string())?;
        let counts = delivery.counts;
        if counts.done >= 60 {
            Ok(())
        } else {
            Err(format!("{counts:?}"))
        }
    })
    .await
    .unwrap();
    system.plane.process().kill();
    let mut changed = 0;
    for one in fleet.iter().filter(|one| one.ekuiper.is_some()) {
        changed += usize::from(all(one.address).await != one.before);
    }
    assert!(changed < SERVICES - 60, "it was in the midst: {changed}");

    system.plane.start_again().await;
    each_is_as_it_should_be(&system, id, &fleet, true).await;
}
