//! Takes in what agents say of the services that they host.

use edgeward_api::event::Kind;
use edgeward_domain::hosting::{Reported, Step};
use edgeward_ids::AgentId;
use edgeward_runtime::Chain;
use edgeward_store::Capability;
use edgeward_wire::hosting as wire;

use super::Hosting;
use crate::now;

/// The longest name and version of an engine, and the longest problem with one, in characters.
const MAX_PROBLEM_CHARS: usize = 500;

impl Hosting {
    /// An agent says what it hosts, and how far it is with that.
    pub async fn reported(&self, agent: AgentId, report: wire::Hosting) {
        let (capability, services) = from_wire(report);
        let recorded = self
            .store
            .record_hosting(agent, capability, services, now())
            .await;
        match recorded {
            Ok(heard) => {
                if heard.changed {
                    self.events.changed(Kind::Services);
                }
                if heard.open {
                    self.ring();
                }
            }
            Err(error) => {
                tracing::error!(%agent, error = %Chain(&error), "cannot record what an agent hosts");
            }
        }
    }
}

/// What it can host, and what it says of each service.
pub(super) fn from_wire(
    report: wire::Hosting,
) -> (Capability, Vec<(edgeward_ids::OfferName, Reported)>) {
    let capability = Capability {
        engine: report
            .engine
            .map(|engine| (cut(&engine.name), cut(&engine.version))),
        snaps: report.snaps,
        problem: cut(&report.problem),
    };
    let services = report.services.into_iter().take(wire::MAX_HOSTED);
    let services = services.map(|hosted| {
        let reported = Reported {
            generation: hosted.generation,
            step: match hosted.step {
                wire::Step::UnderWay => Step::UnderWay,
                wire::Step::Settled => Step::Settled,
                wire::Step::Failed => Step::Failed,
                wire::Step::Returned => Step::Returned,
            },
            running: hosted.running,
            present: hosted.present,
            message: hosted.message,
        };
        (hosted.service, reported)
    });
    (capability, services.collect())
}

fn cut(text: &str) -> String {
    text.chars().take(MAX_PROBLEM_CHARS).collect()
}
