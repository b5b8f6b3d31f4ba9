//! Programs asked to stop while something is under way: it is finished first, nothing new begins, and they end by themselves.

use edgeward_client::ProxyAnswer;
use edgeward_ids::ServiceId;
use edgeward_testkit::process::Process;
use edgeward_testkit::services::{Service, pattern};

use crate::system::{Device, LIMIT, Parts, System, adopted, with_both_parts, within};

with_both_parts! {
    a_control_plane_that_stops_lets_a_download_finish,
    an_agent_that_stops_lets_a_download_finish,
}

/// A download that takes two seconds.
const SLOW: &str = "/slow?bytes=200000&piece=10000&every_ms=100";
const SLOW_BYTES: usize = 200_000;

async fn a_control_plane_that_stops_lets_a_download_finish(parts: Parts) {
    let service = Service::start().await.unwrap();
    let plan = System::plan(parts).with(|config| config.drain_timeout_s = Some(20));
    let system = plan.start_program().await;
    let device = Device::join(&system, service.address(), None).await;
    let agent = device.run();
    let (_, web) = adopted(&system).await;

    let download = Download::begin(&system, web).await;
    system.plane.process().interrupt();
    finishes(download, &system, &agent, system.plane.process()).await;
}

async fn an_agent_that_stops_lets_a_download_finish(parts: Parts) {
    let service = Service::start().await.unwrap();
    let system = System::plan(parts).start_program().await;
    let device = Device::join(&system, service.address(), None).await;
    let agent = device.run();
    let (_, web) = adopted(&system).await;

    let download = Download::begin(&system, web).await;
    agent.terminate();
    finishes(download, &system, &agent, &agent).await;
}

/// The download becomes whole, and who was asked to stop ends well.
async fn finishes(download: Download, system: &System, agent: &Process, stopping: &Process) {
    let whole = download.becomes_whole().await;
    assert!(
        whole,
        "the control plane says:\n{}\nand the agent:\n{}",
        system.plane.process().log(),
        agent.log()
    );
    let status = stopping.wait_for_end(LIMIT).await.unwrap();
    assert!(status.success(), "{status}: {}", stopping.log());
}

/// A slow download, of which the beginning has come.
struct Download {
    answer: ProxyAnswer,
    come: Vec<u8>,
}

impl Download {
    async fn begin(system: &System, service: ServiceId) -> Self {
        let mut answer = system.get(service, SLOW).await.unwrap();
        let first = within("the first piece", LIMIT, answer.next_piece()).await;
        let come = first.unwrap().expect("more than nothing").to_vec();
        assert!(come.len() < SLOW_BYTES);
        Self { answer, come }
    }

    async fn becomes_whole(mut self) -> bool {
        match within("the rest", LIMIT, self.answer.bytes()).await {
            Ok(rest) => self.come.extend(rest),
            Err(_) => return false,
        }
        self.come == pattern(0, SLOW_BYTES)
    }
}
