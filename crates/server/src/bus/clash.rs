//! The same identity in two places: noticed by how its connections replace one another.
//!
//! One device that loses its network leaves a connection behind and replaces it, now and then, also from another address. Two with
//! the same identity replace each other without end: by turns from two addresses or, behind one address, quickly.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

use edgeward_domain::Moment;
use edgeward_ids::AgentId;
use parking_lot::Mutex;

/// What is looked back at.
pub const CLASH_WINDOW: Duration = Duration::from_secs(5 * 60);

/// How often a connection may be replaced from the address before the last in that time.
pub const MAX_TURNS: usize = 2;

/// How often a connection may be replaced at all in that time.
pub const MAX_REPLACED: usize = 30;

/// The most devices that are watched at once; only those whose connection was replaced are.
const MAX_WATCHED: usize = 10_000;

/// Watches how connections are replaced.
#[derive(Default)]
pub struct ClashWatch {
    replaced: Mutex<HashMap<AgentId, VecDeque<Replaced>>>,
}

struct Replaced {
    at: Moment,
    from: IpAddr,
    to: IpAddr,
}

impl ClashWatch {
    /// A live connection was replaced. The addresses, if it is now plain that the identity is in two places; said once, and then
    /// it is watched anew.
    pub fn replaced(
        &self,
        agent: AgentId,
        from: IpAddr,
        to: IpAddr,
        now: Moment,
    ) -> Option<String> {
        let mut all = self.replaced.lock();
        if all.len() >= MAX_WATCHED && !all.contains_key(&agent) {
            all.retain(|_, seen| seen.back().is_some_and(|r| now.since(r.at) <= CLASH_WINDOW));
            if all.len() >= MAX_WATCHED {
                return None;
            }
        }
        let seen = all.entry(agent).or_default();
        seen.retain(|replaced| now.since(replaced.at) <= CLASH_WINDOW);
        seen.push_back(Replaced { at: now, from, to });
        let turns = seen
            .iter()
            .zip(seen.iter().skip(1))
            .filter(|(one, next)| one.from != one.to && (next.from, next.to) == (one.to, one.from))
            .count();
        if turns < MAX_TURNS && seen.len() <= MAX_REPLACED {
            return None;
        }
        all.remove(&agent);
        Some(if from == to {
            from.to_string()
        } else {
            format!("{from}, {to}")
        })
    }

    /// Forgets a device.
    pub fn forget(&self, agent: AgentId) {
        self.replaced.lock().remove(&agent);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Moment {
        Moment::from_micros(0) + Duration::from_secs(seconds)
    }

    #[test]
    fn two_places_by_turns_are_noticed_and_said_once() {
        let (watch, agent) = (ClashWatch::default(), AgentId::generate());
        let (a, b): (IpAddr, IpAddr) = ([192, 0, 2, 1].into(), [198, 51, 100, 2].into());
        assert_eq!(watch.replaced(agent, a, b, at(0)), None);
        assert_eq!(watch.replaced(agent, b, a, at(1)), None);
        let said = watch.replaced(agent, a, b, at(2));
        assert_eq!(said.as_deref(), Some("192.0.2.1, 198.51.100.2"));
        assert_eq!(watch.replaced(agent, b, a, at(3)), None);
    }

    #[test]
    fn a_device_that_moves_or_loses_its_network_is_none() {
        let (watch, agent) = (ClashWatch::default(), AgentId::generate());
        let address = |last: u8| IpAddr::from([192, 0, 2, last]);
        for number in 0..20 {
            let (from, to) = (address(number), address(number + 1));
            assert_eq!(watch.replaced(agent, from, to, at(u64::from(number))), None);
        }
        // Home and back again, once in a while.
        let other = AgentId::generate();
        for turn in 0..10 {
            let (from, to) = if turn % 2 == 0 { (1, 2) } else { (2, 1) };
            let now = at(turn * 301);
            assert_eq!(watch.replaced(other, address(from), address(to), now), None);
        }
    }

    #[test]
    fn two_behind_one_address_are_noticed_by_their_haste() {
        let (watch, agent) = (ClashWatch::default(), AgentId::generate());
        let here = IpAddr::from([192, 0, 2, 1]);
        let noticed: Vec<u64> = (0..100)
            .filter(|second| watch.replaced(agent, here, here, at(*second)).is_some())
            .collect();
        assert_eq!(noticed, [30, 61, 92]);
    }
}
