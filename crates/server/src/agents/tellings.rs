//! What a device tells of itself that is neither presence nor state: events, and that it has left for good.

use edgeward_api::event::Kind;
use edgeward_domain::audit::{By, Note};
use edgeward_ids::AgentId;
use edgeward_runtime::Chain;
use edgeward_store::{AgentView, Failure, RegistrationChange, StatusChange, StoreError};
use edgeward_wire::report::{Event, MAX_TEXT_CHARS};
use serde_json::json;

use crate::app::App;
use crate::now;

/// The longest kind of an event, in characters.
const MAX_KIND_CHARS: usize = 64;

impl App {
    /// An event of a device is written into the audit log; the same one only once in a row.
    pub(crate) async fn told(&self, agent: AgentId, event: Event) {
        metrics::counter!("edgeward_device_events_total").increment(1);
        if self.agents.last_event.lock().insert(agent, event.number) == Some(event.number) {
            return;
        }
        let kind = cut(&event.kind, MAX_KIND_CHARS);
        let text = cut(&event.text, MAX_TEXT_CHARS);
        tracing::warn!(%agent, kind, text, "a device tells of something");
        if let Err(error) = self.write_event(agent, &kind, &text, &event).await {
            self.agents.last_event.lock().remove(&agent);
            tracing::error!(%agent, error = %Chain(&error), "cannot write down what a device tells");
        }
    }

    async fn write_event(
        &self,
        agent: AgentId,
        kind: &str,
        text: &str,
        event: &Event,
    ) -> Result<(), StoreError> {
        let Some(view) = self.store.agents().agent(agent).await? else {
            return Ok(());
        };
        let note = about("device.event", &view).after(json!({
            "kind": kind, "text": text, "at_us": event.at_us, "data": event.data,
        }));
        self.store
            .audit()
            .append(note, &itself(&view), now())
            .await?;
        self.events.changed(Kind::Audit);
        Ok(())
    }

    /// A device has given up its identity. One that is registered may enrol again; of another nothing is kept.
    pub(crate) async fn has_left(&self, agent: AgentId) {
        tracing::info!(%agent, "a device has given up its identity");
        if let Err(error) = self.forget_device(agent).await {
            tracing::error!(%agent, error = %Chain(&error), "cannot forget a device that has left");
        }
    }

    async fn forget_device(&self, agent: AgentId) -> Result<(), StoreError> {
        let Some(view) = self.store.agents().agent(agent).await? else {
            return Ok(());
        };
        let by = itself(&view);
        let note = about("agent.unregister", &view);
        self.store.audit().append(note, &by, now()).await?;
        if self.store.devices().registration(agent).await?.is_some() {
            let change = RegistrationChange {
                status: Some(StatusChange::Enable),
                ..RegistrationChange::default()
            };
            let devices = self.store.devices();
            store_only(devices.change_registration(agent, change, &by, now()).await)?;
        } else {
            store_only(self.store.agents().release(agent, &by, now()).await)?;
            store_only(self.store.agents().delete(agent, &by, now()).await)?;
            self.presence.forget(agent);
        }
        self.tunnels
            .end(agent, "the device has given up its identity");
        self.agents.last_hello.lock().remove(&agent);
        for kind in [Kind::Agents, Kind::Services, Kind::Audit] {
            self.events.changed(kind);
        }
        Ok(())
    }
}

/// Rules that are in the way (it was not managed, it is gone) do not matter here.
fn store_only<T, R: std::error::Error + 'static>(
    result: Result<T, Failure<R>>,
) -> Result<(), StoreError> {
    match result {
        Err(Failure::Store(error)) => Err(error),
        Ok(_) | Err(Failure::Refused(_)) => Ok(()),
    }
}

fn called(view: &AgentView) -> &str {
    match view.agent.state.membership() {
        Some(membership) => membership.name.as_str(),
        None => &view.agent.facts.hostname,
    }
}

fn itself(view: &AgentView) -> By {
    By::agent(view.agent.id, called(view), Some(&view.agent.address))
}

fn about(action: &'static str, view: &AgentView) -> Note {
    let membership = view.agent.state.membership();
    let home = view.home.as_ref().map(|home| home.organisation);
    Note::new(action, Some(view.agent.id.to_string()), called(view)).at(
        membership.map(|m| m.organisation).or(home),
        membership.map(|m| m.project),
    )
}

fn cut(text: &str, chars: usize) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(chars)
        .collect()
}
