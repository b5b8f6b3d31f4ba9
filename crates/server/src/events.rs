//! What changed, for whoever wants to know: live pages, the reconciler, the tunnels.

use edgeward_api::event::Kind;
use edgeward_ids::AgentId;
use tokio::sync::broadcast;

/// Events that a slow listener may lag behind before it is told to look at everything again.
const BACKLOG: usize = 1024;

/// Something changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Something of this kind changed.
    Changed(Kind),
    /// An agent is here, or here on a new connection.
    AgentArrived(AgentId),
    /// An agent is gone.
    AgentLeft(AgentId),
}

/// Where changes are announced.
#[derive(Clone)]
pub struct Events {
    sender: broadcast::Sender<Event>,
}

impl Default for Events {
    fn default() -> Self {
        Self {
            sender: broadcast::channel(BACKLOG).0,
        }
    }
}

impl Events {
    /// Announces a change.
    pub fn changed(&self, kind: Kind) {
        let _ = self.sender.send(Event::Changed(kind));
    }

    /// Announces that an agent is here.
    pub fn agent_arrived(&self, agent: AgentId) {
        let _ = self.sender.send(Event::AgentArrived(agent));
    }

    /// Announces that an agent is gone.
    pub fn agent_left(&self, agent: AgentId) {
        let _ = self.sender.send(Event::AgentLeft(agent));
    }

    /// Listens from now on.
    pub fn listen(&self) -> broadcast::Receiver<Event> {
        self.sender.subscribe()
    }
}
