//! Takes in what agents publish: parsed here, once, and handed to the concept that it belongs to.

use std::sync::{Arc, OnceLock, Weak};

use async_trait::async_trait;
use edgeward_bus::{Message, Receiver};
use edgeward_ids::AgentId;
use edgeward_wire::frame::MAX_FRAME_BYTES;
use edgeward_wire::iot;
use edgeward_wire::report::{MAX_REPORT_BYTES, Report, Status};
use edgeward_wire::topic::{Topic, Up};

use crate::agents::Change;
use crate::app::App;
use crate::now;

/// The receiver of the bus. Made before the application that it serves, and told of it once that exists.
#[derive(Default)]
pub struct Intake {
    app: OnceLock<Weak<App>>,
}

impl Intake {
    /// From now on, messages go to this application.
    pub fn serve(&self, app: &Arc<App>) {
        let _ = self.app.set(Arc::downgrade(app));
    }

    fn app(&self) -> Option<Arc<App>> {
        self.app.get()?.upgrade()
    }
}

#[async_trait]
impl Receiver for Intake {
    async fn receive(&self, message: Message) {
        let Some(app) = self.app() else { return };
        app.rates.incoming.count();
        // What the broker kept from earlier says nothing of now.
        if message.retained {
            return;
        }
        let Ok(Topic::Up(agent, channel)) = message.topic.parse() else {
            if let Some(topic) = iot::Topic::parse(&message.topic) {
                app.iot.receive(topic, &message).await;
            }
            return;
        };
        // An operator's own broker lets it in all the same.
        if app.agents.gate.is_denied(agent) {
            return;
        }
        match channel {
            Up::Tunnel if message.payload.len() <= MAX_FRAME_BYTES => {
                app.tunnels.deliver(agent, message.payload)
            }
            Up::Status => status(&app, agent, &message),
            Up::Report if message.payload.len() <= MAX_REPORT_BYTES => {
                report(&app, agent, &message).await
            }
            Up::Tunnel | Up::Report => unreadable(agent, "too large"),
        }
    }

    async fn connected(&self) {
        if let Some(app) = self.app() {
            app.hail().await;
        }
    }
}

fn status(app: &App, agent: AgentId, message: &Message) {
    let Ok(status) = serde_json::from_slice::<Status>(&message.payload) else {
        return unreadable(agent, "not a status message");
    };
    match app.presence.status(agent, &status, now()) {
        Change::None => {}
        Change::Arrived => app.events.agent_arrived(agent),
        Change::Left => app.events.agent_left(agent),
    }
}

async fn report(app: &Arc<App>, agent: AgentId, message: &Message) {
    match Report::from_slice(&message.payload) {
        Ok(Report::Hello(hello)) => {
            let (run, address) = (hello.run, &hello.facts.local_address);
            app.agents.gate.said_hello(agent, run, address).await;
            app.agents.hello(agent, *hello).await
        }
        Ok(Report::Outcome { number, outcome }) => app.agents.outcome(agent, number, outcome),
        Ok(Report::Action(report)) => app.actions.reported(agent, report).await,
        Ok(Report::Twin { sections }) => {
            app.twins.reported(agent, sections).await;
            app.lacking.look_at(agent);
        }
        // Not looked at yet.
        Ok(Report::Hosting(_)) => {}
        Ok(Report::Event(event)) => app.told(agent, event).await,
        Ok(Report::Unregister) => app.has_left(agent).await,
        Err(_) => unreadable(agent, "not a report"),
    }
}

fn unreadable(agent: AgentId, what: &'static str) {
    metrics::counter!("edgeward_unreadable_messages_total").increment(1);
    tracing::warn!(%agent, what, "dropped a message that cannot be read");
}
