//! The topic grammar, in both directions.
//!
//! `edgeward/v1/agents/<agent id>/up/{status,report,tunnel}` are written by the agent,
//! `edgeward/v1/agents/<agent id>/down/{command,tunnel}` by the control plane, and `edgeward/v1/hail` is read by every agent.
//!
//! ```
//! use edgeward_wire::topic::{Topic, Up};
//! let text = "edgeward/v1/agents/0192f0c1-7f4e-7c3a-9b1e-2d5f6a7b8c9d/up/status";
//! let topic: Topic = text.parse().unwrap();
//! assert!(matches!(topic, Topic::Up(_, Up::Status)));
//! assert_eq!(topic.to_string(), text);
//! ```

use std::fmt;
use std::str::FromStr;

use edgeward_ids::AgentId;

const AGENTS: &str = "edgeward/v1/agents/";

/// The topic on which the control plane asks every agent to say that it is there; its payload is empty.
pub const HAIL: &str = "edgeward/v1/hail";

/// Everything that agents publish; what the control plane subscribes to on an external broker.
pub const ALL_UP: &str = "edgeward/v1/agents/+/up/+";

/// What an agent publishes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Up {
    /// [`crate::report::Status`]: presence, at QoS 0; the last will is the same message saying offline.
    Status,
    /// [`crate::report::Report`], at QoS 1.
    Report,
    /// [`crate::frame`], at QoS 0: order and loss are the tunnel's own business.
    Tunnel,
}

/// What an agent subscribes to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Down {
    /// [`crate::command::SignedCommand`], at QoS 1.
    Command,
    /// [`crate::frame`], at QoS 0.
    Tunnel,
}

/// A topic that Edgeward uses.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Topic {
    /// From this agent to the control plane.
    Up(AgentId, Up),
    /// From the control plane to this agent.
    Down(AgentId, Down),
    /// From the control plane to all agents.
    Hail,
}

/// The text is not a topic of Edgeward's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a topic of Edgeward's")]
pub struct NotATopic;

impl Topic {
    /// Whether an agent may publish to this topic: only its own `up` topics.
    pub fn may_publish(&self, agent: AgentId) -> bool {
        matches!(self, Self::Up(owner, _) if *owner == agent)
    }

    /// Whether an agent may subscribe to this topic: its own `down` topics and the hail. Filters with wildcards are no
    /// topics, and so are never allowed.
    pub fn may_subscribe(&self, agent: AgentId) -> bool {
        match self {
            Self::Down(owner, _) => *owner == agent,
            Self::Hail => true,
            Self::Up(..) => false,
        }
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Up(agent, Up::Status) => write!(f, "{AGENTS}{agent}/up/status"),
            Self::Up(agent, Up::Report) => write!(f, "{AGENTS}{agent}/up/report"),
            Self::Up(agent, Up::Tunnel) => write!(f, "{AGENTS}{agent}/up/tunnel"),
            Self::Down(agent, Down::Command) => write!(f, "{AGENTS}{agent}/down/command"),
            Self::Down(agent, Down::Tunnel) => write!(f, "{AGENTS}{agent}/down/tunnel"),
            Self::Hail => f.write_str(HAIL),
        }
    }
}

impl FromStr for Topic {
    type Err = NotATopic;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == HAIL {
            return Ok(Self::Hail);
        }
        let rest = text.strip_prefix(AGENTS).ok_or(NotATopic)?;
        let (agent, channel) = rest.split_once('/').ok_or(NotATopic)?;
        // Only the hyphenated form: one agent has one spelling of its topics.
        if agent.len() != 36 {
            return Err(NotATopic);
        }
        let id: AgentId = agent.parse().map_err(|_| NotATopic)?;
        if id.to_string() != agent {
            return Err(NotATopic);
        }
        Ok(match channel {
            "up/status" => Self::Up(id, Up::Status),
            "up/report" => Self::Up(id, Up::Report),
            "up/tunnel" => Self::Up(id, Up::Tunnel),
            "down/command" => Self::Down(id, Down::Command),
            "down/tunnel" => Self::Down(id, Down::Tunnel),
            _ => return Err(NotATopic),
        })
    }
}
