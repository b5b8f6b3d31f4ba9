//! Who is connected: the rules of `domain::presence`, for all agents at once.
//!
//! Kept in memory only: after a restart nobody is online until heard, and the hail makes everybody speak.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use edgeward_domain::Moment;
use edgeward_domain::presence::{self, Event, IOT_PRESENCE_TIMEOUT, PRESENCE_TIMEOUT};
use edgeward_ids::AgentId;
use edgeward_wire::report::{State, Status};
use parking_lot::RwLock;

/// The run of agents that draw no number: existing ones.
const ONLY_RUN: u64 = 0;

/// What a message changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change {
    /// Nothing that anyone shows.
    None,
    /// It is here now, or here on a new connection.
    Arrived,
    /// It is gone.
    Left,
}

#[derive(Clone, Copy)]
struct Heard {
    presence: presence::Presence,
    /// How long it may be silent.
    timeout: Duration,
    /// Where the embedded broker sees it; nothing with an external one.
    address: Option<SocketAddr>,
    /// When it was last heard, kept when it goes.
    last_heard_at: Option<Moment>,
    /// How often it has arrived since the start.
    arrivals: u64,
}

impl Default for Heard {
    fn default() -> Self {
        Self {
            presence: presence::Presence::Offline,
            timeout: PRESENCE_TIMEOUT,
            address: None,
            last_heard_at: None,
            arrivals: 0,
        }
    }
}

/// Who is connected.
#[derive(Default)]
pub struct Presence {
    heard: RwLock<HashMap<AgentId, Heard>>,
}

impl Presence {
    /// Takes in a live status message.
    pub fn status(&self, agent: AgentId, status: &Status, now: Moment) -> Change {
        let event = match status.state {
            State::Online => Event::Heard { run: status.run },
            State::Offline => Event::Goodbye { run: status.run },
        };
        let mut all = self.heard.write();
        let heard = all.entry(agent).or_default();
        if status.state == State::Online {
            heard.last_heard_at = Some(now);
        }
        apply(heard, event, now)
    }

    /// Takes in that an existing agent said something, or connected.
    pub fn iot_heard(&self, agent: AgentId, now: Moment) -> Change {
        let mut all = self.heard.write();
        let heard = all.entry(agent).or_default();
        heard.last_heard_at = Some(now);
        heard.timeout = IOT_PRESENCE_TIMEOUT;
        apply(heard, Event::Heard { run: ONLY_RUN }, now)
    }

    /// The embedded broker saw a connection begin.
    pub fn connected(&self, agent: AgentId, address: SocketAddr) {
        self.heard.write().entry(agent).or_default().address = Some(address);
    }

    /// The embedded broker saw a connection end. Only the present one counts: one that was taken over ends later.
    pub fn disconnected(&self, agent: AgentId, address: SocketAddr, now: Moment) -> Change {
        let mut all = self.heard.write();
        match all.get_mut(&agent) {
            Some(heard) if heard.address == Some(address) => match heard.presence {
                presence::Presence::Online { run, .. } => apply(heard, Event::Goodbye { run }, now),
                presence::Presence::Offline => Change::None,
            },
            _ => Change::None,
        }
    }

    /// Ends the presence of those not heard in time, and says who they are.
    pub fn expire(&self, now: Moment) -> Vec<AgentId> {
        let mut all = self.heard.write();
        all.iter_mut()
            .filter_map(|(agent, heard)| {
                (apply(heard, Event::Tick, now) == Change::Left).then_some(*agent)
            })
            .collect()
    }

    /// Whether an agent is connected.
    pub fn is_online(&self, agent: AgentId) -> bool {
        self.heard
            .read()
            .get(&agent)
            .is_some_and(|heard| heard.presence.is_online())
    }

    /// Which arrival of an agent's its present connection is, counted since the start; none while it is not connected.
    pub fn arrival(&self, agent: AgentId) -> Option<u64> {
        let all = self.heard.read();
        let heard = all.get(&agent)?;
        heard.presence.is_online().then_some(heard.arrivals)
    }

    /// When an agent was last heard since the start, and where from.
    pub fn last(&self, agent: AgentId) -> (Option<Moment>, Option<SocketAddr>) {
        self.heard
            .read()
            .get(&agent)
            .map_or((None, None), |heard| (heard.last_heard_at, heard.address))
    }

    /// All who are connected, and when they were last heard.
    pub fn online(&self) -> Vec<(AgentId, Moment)> {
        let all = self.heard.read();
        all.iter()
            .filter_map(|(agent, heard)| match heard.presence {
                presence::Presence::Online { heard_at, .. } => Some((*agent, heard_at)),
                presence::Presence::Offline => None,
            })
            .collect()
    }

    /// Forgets a deleted agent.
    pub fn forget(&self, agent: AgentId) {
        self.heard.write().remove(&agent);
    }
}

fn apply(heard: &mut Heard, event: Event, now: Moment) -> Change {
    let before = heard.presence;
    heard.presence = presence::after_within(before, event, now, heard.timeout);
    match (before, heard.presence) {
        (
            presence::Presence::Online { run: old, .. },
            presence::Presence::Online { run: new, .. },
        ) if old == new => Change::None,
        (_, presence::Presence::Online { .. }) => {
            heard.arrivals += 1;
            Change::Arrived
        }
        (presence::Presence::Online { .. }, presence::Presence::Offline) => Change::Left,
        (presence::Presence::Offline, presence::Presence::Offline) => Change::None,
    }
}
