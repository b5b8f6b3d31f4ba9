//! Whoever goes away in the middle: a client that stops reading or writing for good, and a device that only an old message speaks for.

use std::sync::Arc;

use edgeward_agent::state::StateDir;
use edgeward_api::agent::Presence;
use edgeward_mqtt::{Lane, Publish, QoS};
use edgeward_testkit::eventually;
use edgeward_testkit::services::Service;
use edgeward_wire::report::State;
use edgeward_wire::topic::{Topic, Up};

use crate::raw::{self, publish};
use crate::system::{
    Device, LIMIT, OPERATORS_OWN, Parts, System, adopted, with_both_parts, within,
};
use crate::transfers::{Transfers, works_again};

with_both_parts! {
    a_client_that_goes_away_frees_the_service,
}

async fn a_client_that_goes_away_frees_the_service(parts: Parts) {
    let service = Service::start().await.unwrap();
    let system = System::start(parts).await;
    let (_joined, ids) = system.managed("press", &[("web", service.address())]).await;
    let transfers = Transfers::start(&system, ids[0]).await;
    assert_eq!(service.open(), 2);
    transfers.abandon();
    eventually(
        "a service with nothing to do",
        LIMIT,
        async || match service.open() {
            0 => Ok(()),
            open => Err(format!("{open} connections")),
        },
    )
    .await
    .unwrap();
    works_again(&system, ids[0]).await;
}

/// A broker keeps what was retained, whoever has gone since.
#[tokio::test(flavor = "multi_thread")]
async fn a_retained_message_does_not_make_a_device_present() {
    let service = Service::start().await.unwrap();
    let mut system = System::plan(OPERATORS_OWN).start_program().await;
    let device = Device::join(&system, service.address(), None).await;
    let process = device.run();
    let (agent, _) = adopted(&system).await;
    process.terminate();
    system.wait_presence(agent, Presence::Offline).await;

    let identity = StateDir::new(device.state_dir()).read_identity();
    let identity = identity.unwrap().expect("it has joined");
    let (client, _incoming) = raw::connect(&identity, raw::options(agent)).await.unwrap();
    let topic: Arc<str> = Topic::Up(agent, Up::Status).to_string().into();
    let stale = Publish {
        qos: QoS::AtLeastOnce,
        retain: true,
        ..publish(&topic, raw::status(State::Online))
    };
    within("an answer", LIMIT, client.publish(stale, Lane::Control))
        .await
        .unwrap();
    client.disconnect().await;

    // The control plane subscribes anew, and is given what the broker has kept.
    system.plane.restart().await;
    let seen = eventually("the subscription", LIMIT, async || {
        system.client.ready().await.map_err(|e| e.to_string())
    });
    seen.await.unwrap();
    let other = Device::join(&system, service.address(), None).await;
    let _process = other.run();
    eventually("a device that is really there", LIMIT, async || {
        let agents = system.client.agents(&Default::default()).await;
        let agents = agents.map_err(|e| e.to_string())?.items;
        let online = agents.iter().filter(|a| a.presence == Presence::Online);
        let online: Vec<_> = online.map(|a| a.id).collect();
        assert!(!online.contains(&agent), "the stale message was believed");
        if online.is_empty() {
            return Err("nobody".to_owned());
        }
        Ok(())
    })
    .await
    .unwrap();
}
