//! What comes next for a service, by what is written down and what is there. It only looks: after a crash at any point, the same
//! question gives the way on.
//!
//! At most two containers are there: the current one, and during an upgrade the one before, stopped and renamed. A current one that is
//! being made (`making`) has not proven itself; any other has.

/// What is known and what is seen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Situation<'a> {
    /// The mark of what is wished.
    pub(crate) wanted: &'a str,
    /// The mark of what is being made.
    pub(crate) making: Option<&'a str>,
    /// Whether what was made did not prove itself.
    pub(crate) failing: bool,
    /// Whether the order has ended.
    pub(crate) ended: bool,
    /// The mark of the current container.
    pub(crate) current: Option<&'a str>,
    /// The mark of the one before.
    pub(crate) before: Option<&'a str>,
}

/// What comes next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Move {
    /// Make a current container.
    Create,
    /// Find out whether the current one is any good.
    Prove,
    /// Remove the current one.
    Discard,
    /// Stop the current one and make it the one before.
    StepAside,
    /// Make the one before the current one.
    Restore,
    /// Remove the one before.
    RemoveBefore,
    /// See that the current one runs as wished.
    Keep,
    /// Nothing is there, and nothing is to be.
    Nothing,
}

/// What comes next.
pub(crate) fn next(situation: Situation<'_>) -> Move {
    let Situation {
        wanted,
        making,
        failing,
        ended,
        current,
        before,
    } = situation;
    let unproven = current.is_some() && current == making;
    match (current, before) {
        (Some(_), _) if unproven && (failing || ended) => Move::Discard,
        (Some(current), _) if unproven && current == wanted => Move::Prove,
        (Some(_), _) if unproven => Move::Discard,
        (Some(_), Some(_)) => Move::RemoveBefore,
        (Some(current), None) if ended || failing || current == wanted => Move::Keep,
        (Some(_), None) => Move::StepAside,
        (None, Some(_)) if ended || failing => Move::Restore,
        (None, Some(before)) if before == wanted => Move::Restore,
        (None, None) if ended || failing => Move::Nothing,
        (None, _) => Move::Create,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A device: the containers by their marks, and what is written down.
    #[derive(Clone, PartialEq, Eq, Debug)]
    struct Device {
        current: Option<&'static str>,
        before: Option<&'static str>,
        making: Option<&'static str>,
        failing: bool,
        ended: bool,
    }

    impl Device {
        fn with(current: Option<&'static str>) -> Self {
            Self {
                current,
                before: None,
                making: None,
                failing: false,
                ended: false,
            }
        }

        fn next(&self, wanted: &str) -> Move {
            next(Situation {
                wanted,
                making: self.making,
                failing: self.failing,
                ended: self.ended,
                current: self.current,
                before: self.before,
            })
        }

        /// Does what comes next, in its single steps; `good` says which marks prove themselves.
        fn step(&mut self, wanted: &'static str, good: &[&str]) -> Move {
            let next = self.next(wanted);
            match next {
                Move::Create if self.making != Some(wanted) => self.making = Some(wanted),
                Move::Create => self.current = Some(wanted),
                Move::Prove if good.contains(&wanted) => self.making = None,
                Move::Prove => self.failing = true,
                Move::Discard => self.current = None,
                Move::StepAside => self.before = self.current.take(),
                Move::Restore => self.current = self.before.take(),
                Move::RemoveBefore => self.before = None,
                Move::Keep | Move::Nothing => {
                    self.ended = true;
                    self.making = None;
                }
            }
            next
        }

        fn run(&mut self, wanted: &'static str, good: &[&str]) {
            for _ in 0..20 {
                if self.ended {
                    return;
                }
                self.step(wanted, good);
            }
            panic!("it does not end: {self:?}");
        }

        fn order(&mut self) {
            self.failing = false;
            self.ended = false;
        }
    }

    #[test]
    fn what_is_wished_is_made_and_what_is_no_good_leaves_nothing() {
        let mut device = Device::with(None);
        device.run("new", &["new"]);
        assert_eq!((device.current, device.before), (Some("new"), None));
        let mut device = Device::with(None);
        device.run("new", &[]);
        assert_eq!((device.current, device.before), (None, None));
        assert_eq!(device.next("new"), Move::Nothing);
    }

    #[test]
    fn an_upgrade_replaces_what_was_there_or_brings_it_back() {
        let mut device = Device::with(Some("old"));
        device.run("new", &["new"]);
        assert_eq!((device.current, device.before), (Some("new"), None));
        let mut device = Device::with(Some("old"));
        device.run("new", &["old"]);
        assert_eq!((device.current, device.before), (Some("old"), None));
        assert_eq!(device.next("new"), Move::Keep);
    }

    #[test]
    fn another_order_at_any_point_of_an_upgrade_leads_to_its_own_end() {
        for good in [&["old", "new", "newer"][..], &["old", "newer"]] {
            for steps in 0..12 {
                for wanted in ["old", "new", "newer"] {
                    let mut device = Device::with(Some("old"));
                    for _ in 0..steps {
                        device.step("new", good);
                    }
                    device.order();
                    device.run(wanted, good);
                    let expected = if good.contains(&wanted) {
                        wanted
                    } else {
                        "old"
                    };
                    assert_eq!(
                        (device.current, device.before),
                        (Some(expected), None),
                        "{wanted} after {steps} steps"
                    );
                }
            }
        }
    }

    #[test]
    fn the_one_before_is_never_removed_while_the_current_one_is_unproven() {
        let marks = [None, Some("a"), Some("b")];
        for current in marks {
            for making in marks {
                for (failing, ended) in [(false, false), (true, false), (false, true)] {
                    let device = Device {
                        current,
                        before: Some("old"),
                        making,
                        failing,
                        ended,
                    };
                    let unproven = current.is_none() || current == making;
                    let next = device.next("a");
                    assert!(!unproven || next != Move::RemoveBefore, "{device:?}");
                }
            }
        }
    }
}
