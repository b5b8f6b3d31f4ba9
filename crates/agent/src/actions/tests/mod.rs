mod interrupted;
mod ordinary;
mod uploads;

use std::sync::Mutex;
use std::time::Duration;

use edgeward_testkit::eventually;
use edgeward_testkit::snapd::{Control, Device, SimSnap, SimulatedSnapd};
use serde_json::Value;
use tokio::task::JoinHandle;

use super::*;

const LIMIT: Duration = Duration::from_secs(20);

/// A device with a simulated snapd, and whoever hears its reports.
struct Rig {
    dir: tempfile::TempDir,
    agent: AgentId,
    simulated: SimulatedSnapd,
    actions: Arc<Actions>,
    running: Option<JoinHandle<()>>,
    heard: Arc<Mutex<Vec<ActionReport>>>,
    listening: Option<JoinHandle<()>>,
}

fn device() -> Device {
    Device {
        model: None,
        serial: None,
        snaps: vec![
            SimSnap::new("alpha")
                .with_service("daemon")
                .with_service("timer")
                .with_conf("port", 80),
            SimSnap::new("beta").at("0.9", "x2"),
        ],
    }
}

impl Rig {
    fn new() -> Self {
        Self::with(device())
    }

    fn with(device: Device) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let agent = AgentId::generate();
        let simulated = SimulatedSnapd::start(device).unwrap();
        let control = simulated.control();
        control.publish("gamma", "latest/stable", "2.0", "7");
        control.publish("alpha", "latest/stable", "1.1", "2");
        let snapd = Some(Snapd::new(simulated.socket()));
        let reports = Arc::new(Reports::new());
        let actions = Arc::new(Actions::open(dir.path(), agent, snapd, reports).unwrap());
        let mut rig = Self {
            dir,
            agent,
            simulated,
            actions,
            running: None,
            heard: Arc::default(),
            listening: None,
        };
        rig.run();
        rig
    }

    fn run(&mut self) {
        self.running = Some(tokio::spawn(Arc::clone(&self.actions).run()));
        let (reports, heard) = (Arc::clone(&self.actions.reports), Arc::clone(&self.heard));
        self.listening = Some(tokio::spawn(async move {
            loop {
                let waiting = reports.next().await;
                if let Report::Action(report) = &waiting.report {
                    heard.lock().unwrap().push(report.clone());
                }
                reports.deliver(&waiting);
            }
        }));
    }

    /// As kill -9 does it: nothing is finished, and only what is on the disk is known afterwards.
    async fn kill(&mut self) {
        for task in [self.running.take(), self.listening.take()]
            .into_iter()
            .flatten()
        {
            task.abort();
            let _aborted = task.await;
        }
        let snapd = Some(Snapd::new(self.simulated.socket()));
        let reports = Arc::new(Reports::new());
        self.actions =
            Arc::new(Actions::open(self.dir.path(), self.agent, snapd, reports).unwrap());
    }

    fn control(&self) -> Control {
        self.simulated.control()
    }

    fn ask(&self, name: &str, snap: &str, data: impl ToString) -> ActionId {
        let action = ActionId::generate();
        self.ask_as(action, name, snap, data);
        action
    }

    fn ask_as(&self, action: ActionId, name: &str, snap: &str, data: impl ToString) {
        let request = ActionRequest {
            name: name.parse().unwrap(),
            snap: snap.into(),
            data: data.to_string(),
        };
        self.actions.accept(action, &request, i64::MAX).unwrap();
    }

    fn steps(&self, action: ActionId) -> Vec<Step> {
        let heard = self.heard.lock().unwrap();
        heard
            .iter()
            .filter(|report| report.action == action)
            .map(|report| report.step.clone())
            .collect()
    }

    async fn until(&self, action: ActionId, what: &str, wanted: impl Fn(&Step) -> bool) -> Step {
        eventually(what, LIMIT, async || {
            let steps = self.steps(action);
            let found = steps.iter().rev().find(|step| wanted(step));
            found.cloned().ok_or_else(|| format!("{steps:?}"))
        })
        .await
        .unwrap()
    }

    async fn end(&self, action: ActionId) -> Step {
        let over = |step: &Step| !matches!(step, Step::Accepted | Step::Running { .. });
        self.until(action, "the end of an action", over).await
    }

    async fn done(&self, action: ActionId) -> Value {
        match self.end(action).await {
            Step::Done { result } => result,
            other => panic!("not done: {other:?}"),
        }
    }

    async fn failed(&self, action: ActionId) -> String {
        match self.end(action).await {
            Step::Failed { message } => message,
            other => panic!("not failed: {other:?}"),
        }
    }

    async fn running(&self, action: ActionId) -> u64 {
        let step = self
            .until(action, "a running change", |step| {
                matches!(
                    step,
                    Step::Running {
                        change: Some(_),
                        ..
                    }
                )
            })
            .await;
        let Step::Running {
            change: Some(change),
            ..
        } = step
        else {
            panic!()
        };
        change.parse().unwrap()
    }

    /// Waits until snapd was asked this.
    async fn asked(&self, wanted: &str) {
        eventually(wanted, LIMIT, async || {
            let asked = self.control().asked();
            if asked.iter().any(|one| one == wanted) {
                Ok(())
            } else {
                Err(format!("{asked:?}"))
            }
        })
        .await
        .unwrap();
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        for task in [self.running.take(), self.listening.take()]
            .into_iter()
            .flatten()
        {
            task.abort();
        }
    }
}
