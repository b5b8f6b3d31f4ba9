//! What people and agents change of a hosted service.

use super::{Course, Hosted, MAX_MESSAGE_CHARS, MAX_PRESENT_CHARS, Reported, Step, Wish};
use crate::Moment;

/// What somebody wants of a hosted service.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// It is to run.
    Start,
    /// It is to be stopped.
    Stop,
    /// It is to be started again; and to run, if it did not.
    Restart,
    /// It is to be made of something else.
    Upgrade {
        /// Of what.
        spec: String,
        /// The image or channel in that, for the log.
        to: String,
    },
    /// It is to go, with its data.
    Destroy,
    /// It is to be left as it is.
    Release,
}

/// Why an order is not given.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum OrderRefusal {
    /// There is no such service.
    #[error("there is no such service")]
    Unknown,
    /// No agent made it.
    #[error("the service is not hosted: no agent of the control plane has made it")]
    NotHosted,
    /// It is going already.
    #[error("the service is being removed")]
    Going,
}

/// What a report changes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Heard {
    /// Nothing.
    Nothing,
    /// This is how it is now.
    Changed(Box<Hosted>),
    /// It is gone, as wished.
    Gone,
}

impl Hosted {
    /// One that is wished for the first time, and is to run.
    pub const fn new(spec: String, now: Moment) -> Self {
        Self {
            course: Course {
                wish: Wish::Present,
                running: true,
                restarts: 0,
                generation: 1,
                taken: 0,
                reported: None,
                ordered_at: now,
                changed_at: now,
            },
            spec,
            spec_before: None,
        }
    }

    /// As it is once somebody wants this.
    ///
    /// # Errors
    /// It is on its way out.
    pub fn ordered(&self, change: Change, now: Moment) -> Result<Self, OrderRefusal> {
        if self.course.wish != Wish::Present {
            return Err(OrderRefusal::Going);
        }
        let mut after = self.clone();
        let course = &mut after.course;
        match change {
            Change::Start => course.running = true,
            Change::Stop => course.running = false,
            Change::Restart => {
                course.running = true;
                course.restarts = course.restarts.saturating_add(1);
            }
            Change::Upgrade { spec, to: _ } => {
                let before = std::mem::replace(&mut after.spec, spec);
                after.spec_before.get_or_insert(before);
            }
            Change::Destroy => course.wish = Wish::Destroyed,
            Change::Release => course.wish = Wish::Released,
        }
        after.course.next(now);
        Ok(after)
    }

    /// What the agent's report of it changes; none where the agent does not have it.
    pub fn heard(&self, reported: Option<Reported>, now: Moment) -> Heard {
        let course = &self.course;
        let Some(mut reported) = reported else {
            return self.missed(now);
        };
        cut(&mut reported.message, MAX_MESSAGE_CHARS);
        cut(&mut reported.present, MAX_PRESENT_CHARS);
        let mut after = self.clone();
        if let Some(known) = course.answer()
            && known.step == Step::Refused
            && reported.generation < course.generation
        {
            // It goes on with what it had before it refused.
            reported.generation = known.generation;
            reported.step = known.step;
            reported.message.clone_from(&known.message);
        }
        if reported.generation > course.generation {
            // The agent knows more than what is recorded, as after a backup was restored: only what is newer still is taken by it.
            after.course.generation = reported.generation;
            after.course.next(now);
        } else if reported.generation == course.generation {
            match reported.step {
                Step::Settled => after.spec_before = Some(self.spec.clone()),
                Step::Returned => {
                    if let Some(before) = &self.spec_before {
                        after.spec.clone_from(before);
                    }
                }
                Step::UnderWay | Step::Failed | Step::Refused => {}
            }
        }
        after.course.reported = Some(reported);
        self.compared(after, now)
    }

    /// The agent has no such service.
    fn missed(&self, now: Moment) -> Heard {
        let course = &self.course;
        let refused = course
            .answer()
            .is_some_and(|known| known.step == Step::Refused);
        match course.wish {
            // Before it has taken the newest wish, what it was told earlier may still be on its way to it.
            Wish::Destroyed | Wish::Released if course.taken == course.generation || refused => {
                Heard::Gone
            }
            Wish::Present if refused => Heard::Nothing,
            _ => {
                let mut after = self.clone();
                after.course.reported = None;
                self.compared(after, now)
            }
        }
    }

    /// The agent has written down the order of this generation.
    pub fn taken(&self, generation: u64) -> Heard {
        let course = &self.course;
        if generation != course.generation || course.taken == generation {
            return Heard::Nothing;
        }
        if course.wish != Wish::Present && course.reported.is_none() {
            return Heard::Gone;
        }
        let mut after = self.clone();
        after.course.taken = generation;
        Heard::Changed(Box::new(after))
    }

    /// The agent has refused the order of this generation, and says why.
    pub fn refused(&self, generation: u64, reason: &str, now: Moment) -> Heard {
        let course = &self.course;
        if generation != course.generation || !course.is_open() {
            return Heard::Nothing;
        }
        let mut after = self.clone();
        let mut message = reason.to_owned();
        cut(&mut message, MAX_MESSAGE_CHARS);
        let known = course.reported.as_ref();
        after.course.reported = Some(Reported {
            generation,
            step: Step::Refused,
            running: known.is_some_and(|known| known.running),
            present: known.map_or_else(String::new, |known| known.present.clone()),
            message,
        });
        // The next order is not to ask for the same again.
        if let Some(before) = &self.spec_before {
            after.spec.clone_from(before);
        }
        self.compared(after, now)
    }

    fn compared(&self, mut after: Self, now: Moment) -> Heard {
        let said = |hosted: &Self| {
            let course = &hosted.course;
            (course.state(), course.message().map(str::to_owned))
        };
        if said(self) != said(&after) {
            after.course.changed_at = now;
        }
        if after == *self {
            Heard::Nothing
        } else {
            Heard::Changed(Box::new(after))
        }
    }
}

impl Course {
    /// Something else is wished from now on.
    fn next(&mut self, now: Moment) {
        self.generation = self.generation.saturating_add(1);
        self.ordered_at = now;
        self.changed_at = now;
    }
}

fn cut(text: &mut String, most: usize) {
    if let Some((at, _)) = text.char_indices().nth(most) {
        text.truncate(at);
    }
}
