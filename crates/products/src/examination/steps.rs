//! What follows from an answer, step by step.

use super::answers::{answered, recognises};
use super::{Accepted, COMMON_NAMES, DAY_S, Examination, LONGER_LIVES_S, Step};
use crate::credential::ISSUED_EARLIER_S;
use crate::finding::{Verdict, Wanted};
use crate::product::Reading;
use crate::{Answer, Apart, CLOCK_TOLERANCE_S, Credential, Kind, TOKEN_LIFE_S, excerpt};

impl Examination {
    /// The step after this one, by its answer.
    pub(super) fn after(&self, step: Step, answer: &Answer) -> Step {
        let reading = self.product().read(answer);
        match step {
            Step::Bare => self.after_bare(reading, answer),
            Step::Basic => self.after_basic(reading, answer),
            Step::Token => self.after_token(reading, answer, self.product().tactics().twice),
            Step::Again => self.after_token(reading, answer, false),
            Step::Longer(at) => self.after_longer(at, reading),
            Step::WideSpan => self.after_wide_span(reading),
            Step::EmptyIssuer if is_ours(reading) => {
                self.other_name(0, Verdict::OtherFileName { found: None })
            }
            Step::EmptyIssuer => self.other_name(0, Verdict::KeyFileOrKey),
            Step::OtherName { at, .. } if is_ours(reading) => {
                let found = COMMON_NAMES.get(at).map(|name| (*name).to_owned());
                Step::Done(Verdict::OtherFileName { found })
            }
            Step::OtherName { at, otherwise } => self.other_name(at + 1, otherwise),
            Step::Version(accepted) => self.after_version(accepted, answer),
            Step::WhoElse { at, answered } => {
                let asked = self.others().nth(at);
                match asked.filter(|other| recognises(*other, answer)) {
                    Some(other) => not_this(Some(other.kind()), answered),
                    None if at + 1 < self.others().count() => Step::WhoElse {
                        at: at + 1,
                        answered,
                    },
                    None => not_this(None, answered),
                }
            }
            done @ Step::Done(_) => done,
        }
    }

    fn after_bare(&self, reading: Reading, answer: &Answer) -> Step {
        match reading {
            Reading::Accepted if self.kind == Kind::Http => Step::Done(Verdict::Reached {
                status: answer.status.as_u16(),
            }),
            Reading::Accepted => self.accepted(Accepted::Anybody, answer),
            Reading::Failing => unclear(answer),
            Reading::Foreign => self.who_else(answer),
            _ => match self.credential {
                Credential::Token => Step::Token,
                Credential::Basic if self.product().takes_basic() => Step::Basic,
                Credential::None if self.product().takes_basic() => wrong_scheme(Wanted::Either),
                Credential::Basic | Credential::None => wrong_scheme(Wanted::Token),
            },
        }
    }

    fn after_basic(&self, reading: Reading, answer: &Answer) -> Step {
        match reading {
            Reading::Accepted => self.accepted(Accepted::OurCredential, answer),
            Reading::NothingSeen => wrong_scheme(Wanted::Token),
            Reading::Refused => Step::Done(Verdict::WrongPassword),
            Reading::Foreign => not_this(None, answered(answer)),
            _ => unclear(answer),
        }
    }

    fn after_token(&self, reading: Reading, answer: &Answer, once_more: bool) -> Step {
        match reading {
            Reading::Accepted => self.accepted(Accepted::OurCredential, answer),
            Reading::NothingSeen if self.product().takes_basic() => wrong_scheme(Wanted::Basic),
            Reading::Refused if self.kind == Kind::Http => unclear(answer),
            Reading::Refused if once_more => Step::Again,
            Reading::Refused if self.product().tactics().mute_about_time => Step::WideSpan,
            Reading::Refused => self.by_key(),
            Reading::NoKey => self.other_name(0, Verdict::NoKeyFile),
            Reading::OtherKey => Step::Done(Verdict::OtherKey),
            Reading::Expired => match self.ahead_s {
                Some(ahead_s) if ahead_s >= TOKEN_LIFE_S - CLOCK_TOLERANCE_S => {
                    clock_apart(Apart::Exactly { ahead_s })
                }
                _ => Step::Longer(0),
            },
            Reading::NotYetValid => clock_apart(match self.ahead_s {
                Some(ahead_s) if ahead_s < 0 => Apart::Exactly { ahead_s },
                _ => Apart::Behind {
                    at_least_s: ISSUED_EARLIER_S,
                },
            }),
            Reading::Foreign => not_this(None, answered(answer)),
            Reading::NothingSeen | Reading::OtherRefusal | Reading::Failing => unclear(answer),
        }
    }

    fn after_longer(&self, at: usize, reading: Reading) -> Step {
        match reading {
            Reading::Accepted => {
                let leeway_s = self.product().tactics().leeway_s;
                let at_most_s = LONGER_LIVES_S.get(at).map(|life_s| life_s + leeway_s);
                clock_apart(Apart::Ahead {
                    at_least_s: self.outlived_s(at),
                    at_most_s,
                })
            }
            Reading::Expired if at + 1 < LONGER_LIVES_S.len() => Step::Longer(at + 1),
            Reading::Expired => Step::Done(self.expired(at + 1)),
            _ => Step::Done(self.expired(at)),
        }
    }

    /// What it means that no token was accepted up to, and without, this longer life.
    pub(super) fn expired(&self, at: usize) -> Verdict {
        if self.ahead_s.is_some() {
            // It says what time it is, and that is not the reason.
            return Verdict::Expired;
        }
        Verdict::ClockApart {
            by: Apart::Ahead {
                at_least_s: self.outlived_s(at),
                at_most_s: None,
            },
        }
    }

    /// How far the clock is ahead at least, when a token with the life before this one had expired.
    fn outlived_s(&self, at: usize) -> i64 {
        let before = at.checked_sub(1).and_then(|at| LONGER_LIVES_S.get(at));
        before.unwrap_or(&TOKEN_LIFE_S) + self.product().tactics().leeway_s
    }

    fn after_wide_span(&self, reading: Reading) -> Step {
        let far = self.ahead_s.filter(|ahead_s| ahead_s.abs() >= DAY_S);
        match (reading, self.ahead_s, far) {
            (Reading::Accepted, Some(ahead_s), _) | (_, _, Some(ahead_s)) => {
                clock_apart(Apart::Exactly { ahead_s })
            }
            (Reading::Accepted, None, None) => clock_apart(Apart::Within { at_most_s: DAY_S }),
            _ => self.by_key(),
        }
    }

    /// Nothing but key and name are left to look at.
    fn by_key(&self) -> Step {
        if self.product().tactics().empty_issuer {
            Step::EmptyIssuer
        } else {
            self.other_name(0, Verdict::KeyFileOrKey)
        }
    }

    /// Tries the common name at this place or after it.
    fn other_name(&self, at: usize, otherwise: Verdict) -> Step {
        let mut left = COMMON_NAMES.iter().enumerate().skip(at);
        match left.find(|(_, name)| **name != self.file) {
            Some((at, _)) => Step::OtherName { at, otherwise },
            None => Step::Done(otherwise),
        }
    }

    fn accepted(&self, accepted: Accepted, answer: &Answer) -> Step {
        let product = self.product();
        if product.version_call() == product.proof() {
            Step::Done(self.yes(accepted, product.version(answer)))
        } else {
            Step::Version(accepted)
        }
    }

    fn after_version(&self, accepted: Accepted, answer: &Answer) -> Step {
        let version = self.product().version(answer);
        let another = answer.status.is_redirection() || answer.status.is_success();
        if version.is_none() && another {
            self.who_else(answer)
        } else {
            Step::Done(self.yes(accepted, version))
        }
    }

    /// What it means that this was accepted.
    pub(super) fn yes(&self, accepted: Accepted, version: Option<String>) -> Verdict {
        match accepted {
            Accepted::Anybody => Verdict::NoAuthentication { version },
            Accepted::OurCredential => Verdict::Proven {
                version,
                clock_ahead_s: self
                    .ahead_s
                    .filter(|ahead_s| ahead_s.abs() > CLOCK_TOLERANCE_S),
            },
        }
    }

    /// This product does not answer so: another one, known by the answer, or to be asked.
    fn who_else(&self, answer: &Answer) -> Step {
        let answered = answered(answer);
        if answer.status.is_redirection() {
            return not_this(None, answered);
        }
        match self.others().find(|other| recognises(*other, answer)) {
            Some(other) => not_this(Some(other.kind()), answered),
            None => Step::WhoElse { at: 0, answered },
        }
    }
}

/// Whether a token's key is there, whatever else is wrong.
fn is_ours(reading: Reading) -> bool {
    matches!(
        reading,
        Reading::Accepted | Reading::Expired | Reading::NotYetValid
    )
}

fn unclear(answer: &Answer) -> Step {
    Step::Done(Verdict::Unclear {
        status: answer.status.as_u16(),
        said: excerpt::of(answer),
    })
}

fn wrong_scheme(wants: Wanted) -> Step {
    Step::Done(Verdict::WrongScheme { wants })
}

fn clock_apart(by: Apart) -> Step {
    Step::Done(Verdict::ClockApart { by })
}

fn not_this(looks_like: Option<Kind>, answered: String) -> Step {
    Step::Done(Verdict::NotThisProduct {
        looks_like,
        answered,
    })
}
