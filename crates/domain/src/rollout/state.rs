//! A rollout's state, and what people and the rollout itself may do with it.

use edgeward_ids::{Name, OrganisationId, ProjectId, RolloutId};

use super::{Plan, Standing};
use crate::Moment;

/// A rollout.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rollout {
    /// The id.
    pub id: RolloutId,
    /// What it is called.
    pub name: Name,
    /// Its organisation.
    pub organisation: OrganisationId,
    /// Its project; none when it concerns the whole organisation.
    pub project: Option<ProjectId>,
    /// In which waves it goes.
    pub plan: Plan,
    /// How far it is.
    pub state: State,
    /// Why it is in that state, where there is more to say; may be empty.
    pub reason: String,
    /// How many waves have begun.
    pub begun: u32,
    /// How many failures somebody has looked at and resumed after.
    pub forgiven: u64,
    /// When it was made.
    pub created_at: Moment,
    /// By whom, by name.
    pub created_by: String,
    /// When its state last changed, or a wave last began.
    pub changed_at: Moment,
}

/// How far a rollout is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// Its waves go on.
    Running,
    /// Nothing more begins until somebody resumes it.
    Paused,
    /// Nothing more begins.
    Aborted,
    /// Every device has its end.
    Done,
    /// What was done is being undone.
    Undoing,
    /// What was done was undone, as far as that went.
    Undone,
}

impl State {
    /// All.
    pub const ALL: [Self; 6] = [
        Self::Running,
        Self::Paused,
        Self::Aborted,
        Self::Done,
        Self::Undoing,
        Self::Undone,
    ];

    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Aborted => "aborted",
            Self::Done => "done",
            Self::Undoing => "undoing",
            Self::Undone => "undone",
        }
    }

    /// The state with this stable word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Whether something happens by itself, or may again.
    pub const fn is_under_way(self) -> bool {
        matches!(self, Self::Running | Self::Paused | Self::Undoing)
    }
}

/// What is to become of a rollout.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// The next wave begins.
    BeginWave,
    /// Nothing more begins until it is resumed; why.
    Pause(String),
    /// It goes on.
    Resume,
    /// Nothing more begins.
    Abort,
    /// What was done is undone.
    Undo,
    /// It is over.
    Finish,
}

impl Change {
    /// The stable word, as in the audit log.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::BeginWave => "rollout.begin_wave",
            Self::Pause(_) => "rollout.pause",
            Self::Resume => "rollout.resume",
            Self::Abort => "rollout.abort",
            Self::Undo => "rollout.undo",
            Self::Finish => "rollout.finish",
        }
    }
}

/// Why that cannot become of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ChangeRefusal {
    /// Not in this state.
    #[error("the rollout is {}; {can}", .state.as_str())]
    State {
        /// Which.
        state: State,
        /// What can be done.
        can: &'static str,
    },
}

impl Rollout {
    /// The rollout after a change. What waits for devices is called off by whoever records it, where [`Self::calls_off`] says so.
    ///
    /// # Errors
    /// In its state that cannot become of it.
    pub fn after(
        &self,
        change: &Change,
        standing: &Standing,
        now: Moment,
    ) -> Result<Self, ChangeRefusal> {
        let refused = |can| ChangeRefusal::State {
            state: self.state,
            can,
        };
        let mut next = Self {
            changed_at: now,
            reason: String::new(),
            ..self.clone()
        };
        next.state = match (change, self.state) {
            (Change::BeginWave, State::Running) => {
                next.begun += 1;
                State::Running
            }
            (Change::Pause(reason), State::Running) => {
                next.reason.clone_from(reason);
                State::Paused
            }
            (Change::Pause(_) | Change::BeginWave, _) => {
                return Err(refused("only a running one can be paused"));
            }
            (Change::Resume, State::Paused) => {
                next.forgiven = standing.all().failed;
                State::Running
            }
            (Change::Resume, _) => return Err(refused("only a paused one can be resumed")),
            (Change::Abort, State::Running | State::Paused) => {
                let all = standing.all();
                // One that only waits for devices to join has done all that it could.
                if all.ended() == all.total() && all.total() > 0 {
                    State::Done
                } else {
                    State::Aborted
                }
            }
            (Change::Abort, State::Undoing) => {
                "the undoing was aborted".clone_into(&mut next.reason);
                State::Aborted
            }
            (Change::Abort, _) => return Err(refused("there is nothing left to abort")),
            (Change::Undo, State::Running | State::Paused | State::Aborted | State::Done) => {
                State::Undoing
            }
            (Change::Undo, State::Undoing | State::Undone) => {
                return Err(refused("it cannot be undone again"));
            }
            (Change::Finish, State::Running) => State::Done,
            (Change::Finish, State::Undoing) => {
                next.reason = undone(standing);
                State::Undone
            }
            (Change::Finish, _) => return Err(refused("it goes on no more")),
        };
        Ok(next)
    }

    /// Whether what waits for devices is not to be begun any more after this change.
    pub const fn calls_off(change: &Change) -> bool {
        matches!(change, Change::Abort | Change::Undo)
    }
}

/// What came of undoing.
fn undone(standing: &Standing) -> String {
    let undo = &standing.undo;
    let done = standing.all().done;
    let left = done.saturating_sub(undo.total());
    let mut said = format!("undone on {} of {done}", undo.done);
    let not = undo.failed + undo.expired + undo.cancelled;
    if not > 0 {
        said += &format!("; on {not} the undoing did not succeed");
    }
    if left > 0 {
        said += &format!("; on {left} there was no way back");
    }
    said
}
