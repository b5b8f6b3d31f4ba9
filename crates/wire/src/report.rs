//! What an agent says of itself: presence, facts, and how a command ended. JSON.

use std::borrow::Cow;
use std::collections::BTreeMap;

use edgeward_ids::{Name, OfferName, OrganisationId, ProjectId, ServiceId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::action::ActionReport;
use crate::hosting::Hosting;

/// The largest status or report that is read, in bytes.
pub const MAX_REPORT_BYTES: usize = 256 * 1024;

/// The most services that one agent may offer.
pub const MAX_OFFERS: usize = 64;

/// The longest free text in a report, in characters; what is longer is cut when it is read.
pub const MAX_TEXT_CHARS: usize = 500;

/// Presence. Published on connecting, every `heartbeat_s` seconds and on a hail; the last will is the offline form.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Status {
    /// Here, or gone.
    pub state: State,
    /// A number drawn for each connection, so that the late will of an old connection does not end the new one.
    pub run: u64,
    /// Seconds between two status messages of this agent.
    #[serde(default)]
    pub heartbeat_s: u32,
}

/// Here, or gone.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The agent is connected.
    Online,
    /// The agent said good-bye, or its last will did.
    Offline,
}

/// What an agent reports, at QoS 1.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "report", rename_all = "snake_case")]
pub enum Report {
    /// Sent after each connect, on a hail, and when something in it changes.
    Hello(Box<Hello>),
    /// How a command ended.
    Outcome {
        /// The command's number.
        number: u64,
        /// Done, or refused and why.
        outcome: Outcome,
    },
    /// How far an action has come.
    Action(ActionReport),
    /// What the device is like: each section (`device`, `os`, `snaps`, `agent`) replaces what was reported of it before;
    /// sections that are not named stay. Sent after each connect, and when something changes.
    Twin {
        /// The sections, each an object.
        sections: Map<String, Value>,
    },
    /// What the agent hosts, and how far it is with that.
    Hosting(Hosting),
    /// Something happened on the device that somebody should know. It comes again until it is acknowledged.
    Event(Event),
    /// The device gives up its identity and will not come back with it: the last report before the good-bye.
    Unregister,
}

impl Report {
    /// Reads a report. The kind is looked for first: what is read before its kind is known is put aside, which costs as much again
    /// as reading it, and twins are large.
    ///
    /// # Errors
    /// It is none.
    pub fn from_slice(bytes: &[u8]) -> serde_json::Result<Self> {
        #[derive(Deserialize)]
        struct Kind<'a> {
            #[serde(borrow)]
            report: Cow<'a, str>,
        }
        #[derive(Deserialize)]
        struct Twin {
            sections: Map<String, Value>,
        }
        let kind: Kind<'_> = serde_json::from_slice(bytes)?;
        if kind.report == "twin" {
            let Twin { sections } = serde_json::from_slice(bytes)?;
            return Ok(Self::Twin { sections });
        }
        serde_json::from_slice(bytes)
    }
}

/// Something that happened on a device.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Event {
    /// Counted up by the device; the same number is the same event, until the device forgets all.
    pub number: u64,
    /// When, by the device's clock, in microseconds since 1970.
    #[serde(default)]
    pub at_us: i64,
    /// What sort, such as `watchdog`.
    pub kind: String,
    /// What happened, for a person to read.
    #[serde(default)]
    pub text: String,
    /// The same for programs; what is in it depends on the kind.
    #[serde(default)]
    pub data: Value,
}

/// All that the control plane knows of an agent from the agent itself.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Hello {
    /// As in [`Status::run`].
    pub run: u64,
    /// What it is and what it offers.
    pub facts: Facts,
    /// What it was adopted into, as it has recorded it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub membership: Option<Membership>,
    /// The highest command number that it has accepted.
    #[serde(default)]
    pub last_command: u64,
}

/// What a device and its agent are.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Facts {
    /// The device's host name.
    #[serde(default)]
    pub hostname: String,
    /// Free text from the agent's configuration.
    #[serde(default)]
    pub description: String,
    /// The agent's version.
    #[serde(default)]
    pub version: String,
    /// Operating system, such as `Debian GNU/Linux 12`.
    #[serde(default)]
    pub os: String,
    /// Processor, such as `x86_64`.
    #[serde(default)]
    pub arch: String,
    /// The address from which it reaches the broker, as it sees it.
    #[serde(default)]
    pub local_address: String,
    /// What it offers, from its configuration.
    #[serde(default)]
    pub offers: Vec<Offer>,
}

/// A service that an agent's configuration allows to be reached.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Offer {
    /// What the agent calls it.
    pub name: OfferName,
    /// What it is (`neuron`, `nanomq`, `ekuiper`, `neuronex`, `node-red`, or `http`).
    #[serde(default)]
    pub kind: String,
    /// Free text.
    #[serde(default)]
    pub description: String,
}

/// What an adopted agent belongs to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Membership {
    /// The organisation.
    pub organisation: OrganisationId,
    /// The project.
    pub project: ProjectId,
    /// The name that it was adopted under.
    pub name: Name,
    /// The edge service that stands for each offer.
    pub services: BTreeMap<OfferName, ServiceId>,
}

/// How a command ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum Outcome {
    /// Carried out.
    Done,
    /// Not carried out.
    Refused {
        /// Why, for a person to read.
        reason: String,
    },
}
