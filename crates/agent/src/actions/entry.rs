//! What the journal knows of one action.

use edgeward_ids::ActionId;
use edgeward_snapd::{ChangeId, SetId};
use edgeward_wire::action::{ActionRequest, Step};
use serde::{Deserialize, Serialize};

/// An action that has not ended.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Entry {
    pub(crate) action: ActionId,
    pub(crate) request: ActionRequest,
    /// From when on it is not begun any more.
    pub(crate) not_after_us: i64,
    /// Whether it is to be undone.
    pub(crate) cancelled: bool,
    pub(crate) state: State,
}

/// How far an action has come, as it decides what to do after a restart.
///
/// `Received`: nothing was done; do it. `AboutTo`: snapd may or may not have been asked; look among its changes for one of that
/// kind that is newer than what it knew, and follow it; if there is none, nothing was done. `Change`: follow it. `Uploading`: the
/// device is done with it; sending may be repeated. `Ended`: nothing any more.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(crate) enum State {
    Received,
    AboutTo(Before),
    Change {
        change: ChangeId,
        /// The snapshot set that comes of it, as soon as that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        set: Option<SetId>,
        before: Before,
    },
    Uploading {
        set: SetId,
    },
    Ended {
        step: Step,
    },
}

/// What snapd knew before it was asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Before {
    /// When that was, in microseconds since 1970.
    pub(crate) at_us: u64,
    /// Its newest change.
    pub(crate) highest_change: u64,
    /// Its newest snapshot set, where that matters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) highest_set: Option<SetId>,
}

impl State {
    pub(crate) fn done(result: impl Into<serde_json::Value>) -> Self {
        let step = Step::Done {
            result: result.into(),
        };
        Self::Ended { step }
    }

    pub(crate) fn failed(message: impl Into<String>) -> Self {
        let step = Step::Failed {
            message: message.into(),
        };
        Self::Ended { step }
    }

    pub(crate) const CANCELLED: Self = Self::Ended {
        step: Step::Cancelled,
    };
}
