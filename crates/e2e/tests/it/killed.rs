//! Each of the programs killed with `kill -9`, and the link cut, in the middle of transfers: what was under way ends with an error,
//! and as soon as the way is back all works again.

use edgeward_api::agent::Presence;
use edgeward_testkit::faults::FaultProxy;
use edgeward_testkit::services::Service;

use crate::system::{Device, OPERATORS_OWN, Parts, System, adopted, with_both_parts};
use crate::transfers::{END_LIMIT, Transfers, works_again};

with_both_parts! {
    a_killed_agent,
    a_killed_control_plane,
    a_cut_link,
}

async fn a_killed_agent(parts: Parts) {
    let service = Service::start().await.unwrap();
    let system = System::start(parts).await;
    let device = Device::join(&system, service.address(), None).await;
    let process = device.run();
    let (agent, web) = adopted(&system).await;

    let transfers = Transfers::start(&system, web).await;
    process.kill();
    transfers.are_broken(END_LIMIT).await;
    system.wait_presence(agent, Presence::Offline).await;

    let _again = device.run();
    works_again(&system, web).await;
}

async fn a_killed_control_plane(parts: Parts) {
    let service = Service::start().await.unwrap();
    let mut system = System::plan(parts).start_program().await;
    let device = Device::join(&system, service.address(), None).await;
    let _process = device.run();
    let (agent, web) = adopted(&system).await;
    let before = system.client.agent(agent).await.unwrap();

    let transfers = Transfers::start(&system, web).await;
    system.plane.process().kill();
    transfers.are_broken(END_LIMIT).await;

    system.plane.start_again().await;
    works_again(&system, web).await;
    let after = system.wait_presence(agent, Presence::Online).await;
    assert_eq!(after.membership, before.membership);
    assert_eq!(system.plane.stop().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_broker() {
    let service = Service::start().await.unwrap();
    let mut system = System::start(OPERATORS_OWN).await;
    let device = Device::join(&system, service.address(), None).await;
    let _process = device.run();
    let (_agent, web) = adopted(&system).await;

    let transfers = Transfers::start(&system, web).await;
    let broker = system.broker.as_mut().unwrap();
    broker.process().kill();
    transfers.are_broken(END_LIMIT).await;

    let broker = system.broker.as_mut().unwrap();
    broker.restart().await.unwrap();
    works_again(&system, web).await;
}

async fn a_cut_link(parts: Parts) {
    let service = Service::start().await.unwrap();
    let link = FaultProxy::start(service.address()).await.unwrap();
    let system = System::plan(parts).start_behind(&link).await;
    let (_joined, ids) = system.managed("press", &[("web", service.address())]).await;

    let transfers = Transfers::start(&system, ids[0]).await;
    assert!(link.cut() > 0, "the agent comes over this link");
    transfers.are_broken(END_LIMIT).await;
    works_again(&system, ids[0]).await;
}
