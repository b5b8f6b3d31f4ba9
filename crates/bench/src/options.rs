//! What is asked for on the command line.

use std::path::PathBuf;

use lexopt::Arg::{Long, Value};
use lexopt::{Parser, ValueExt as _};

/// How to call the program.
pub const USAGE: &str = "\
usage: edgeward-bench <edgeward program> [<edgeward-agent program>] [options]
  --only small|large|agent|fleet|devices|console   measure this part; may be repeated
  --without rathole|ssh            leave a peer out; may be repeated
  --rathole PROGRAM                where rathole is, unless on the search path
  --agents NUMBER                  how many agents the fleet has; 5000 unless said otherwise
  --devices NUMBER                 how many devices an operator's own broker has; 10000 unless said otherwise, which is the most
  --services NUMBER                how many services the console lists; 10000 unless said otherwise, at least 4000
  --entries NUMBER                 how many entries its audit log has; 1000000 unless said otherwise
  --requests NUMBER                how often it is asked for each list, and how often people sign in; 500 unless said otherwise
  --visits NUMBER                  how often each of its pages is visited; 100 unless said otherwise
The agent's program is not needed for the console.";

/// How many agents the fleet has.
const AGENTS: usize = 5000;

/// How many devices an operator's own broker has: the most that one request for an action may ask.
const DEVICES: usize = 10_000;

/// How many services the console lists.
const SERVICES: usize = 10_000;

/// The fewest for which each list of them has the pages that are asked for.
const FEWEST_SERVICES: usize = 4000;

/// How many entries the audit log has.
const ENTRIES: usize = 1_000_000;

/// How often the console is asked for each list.
const REQUESTS: usize = 500;

/// How often each page of the console is visited.
const VISITS: usize = 100;

/// A group of measurements.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// Small requests, kept alive and not.
    Small,
    /// One large body.
    Large,
    /// One agent: doing nothing, and doing much.
    Agent,
    /// Thousands of agents that do nothing.
    Fleet,
    /// Devices that enrol, report and obey.
    Devices,
    /// Signing in, and long lists.
    Console,
}

/// Another tunnel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Peer {
    /// rathole, over TCP and over Noise.
    Rathole,
    /// OpenSSH's remote forwarding.
    Ssh,
}

/// What to measure, and with which programs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Options {
    /// The control plane.
    pub edgeward: PathBuf,
    /// The agent; empty where only the console is measured.
    pub agent: PathBuf,
    /// rathole.
    pub rathole: PathBuf,
    /// How many agents the fleet has.
    pub agents: usize,
    /// How many devices an operator's own broker has.
    pub devices: usize,
    /// How many services the console lists.
    pub services: usize,
    /// How many entries the audit log has.
    pub entries: usize,
    /// How often the console is asked for each list, and how often people sign in.
    pub requests: usize,
    /// How often each page of the console is visited.
    pub visits: usize,
    only: Vec<Part>,
    without: Vec<Peer>,
}

impl Options {
    /// Reads the command line.
    ///
    /// # Errors
    /// It is not as [`USAGE`] says.
    pub fn parse(mut parser: Parser) -> Result<Self, lexopt::Error> {
        let mut programs = Vec::new();
        let (mut only, mut without) = (Vec::new(), Vec::new());
        let mut rathole = PathBuf::from("rathole");
        let (mut agents, mut devices) = (AGENTS, DEVICES);
        let (mut services, mut entries) = (SERVICES, ENTRIES);
        let (mut requests, mut visits) = (REQUESTS, VISITS);
        while let Some(argument) = parser.next()? {
            match argument {
                Value(program) if programs.len() < 2 => programs.push(PathBuf::from(program)),
                Long("only") => only.push(parser.value()?.parse_with(part)?),
                Long("without") => without.push(parser.value()?.parse_with(peer)?),
                Long("rathole") => rathole = parser.value()?.into(),
                Long("agents") => agents = parser.value()?.parse()?,
                Long("devices") => devices = parser.value()?.parse_with(devices_of)?,
                Long("services") => services = parser.value()?.parse_with(services_of)?,
                Long("entries") => entries = parser.value()?.parse()?,
                Long("requests") => requests = parser.value()?.parse()?,
                Long("visits") => visits = parser.value()?.parse()?,
                other => return Err(other.unexpected()),
            }
        }
        if only == [Part::Console] && programs.len() == 1 {
            programs.push(PathBuf::new());
        }
        let [edgeward, agent] = <[PathBuf; 2]>::try_from(programs)
            .map_err(|_| lexopt::Error::from("two programs are needed"))?;
        Ok(Self {
            edgeward,
            agent,
            rathole,
            agents,
            devices,
            services,
            entries,
            requests,
            visits,
            only,
            without,
        })
    }

    /// Whether this part is to be measured.
    pub fn wants(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }

    /// Whether this peer is to be measured.
    pub fn has(&self, peer: Peer) -> bool {
        !self.without.contains(&peer)
    }
}

fn part(text: &str) -> Result<Part, &'static str> {
    match text {
        "small" => Ok(Part::Small),
        "large" => Ok(Part::Large),
        "agent" => Ok(Part::Agent),
        "fleet" => Ok(Part::Fleet),
        "devices" => Ok(Part::Devices),
        "console" => Ok(Part::Console),
        _ => Err("the parts are small, large, agent, fleet, devices and console"),
    }
}

fn devices_of(text: &str) -> Result<usize, String> {
    let number: usize = text.parse().map_err(|error| format!("{error}"))?;
    if !(1..=DEVICES).contains(&number) {
        return Err(format!("there must be 1 to {DEVICES} devices"));
    }
    Ok(number)
}

fn services_of(text: &str) -> Result<usize, String> {
    let number: usize = text.parse().map_err(|error| format!("{error}"))?;
    if number < FEWEST_SERVICES {
        return Err(format!("there must be at least {FEWEST_SERVICES} services"));
    }
    Ok(number)
}

fn peer(text: &str) -> Result<Peer, &'static str> {
    match text {
        "rathole" => Ok(Peer::Rathole),
        "ssh" => Ok(Peer::Ssh),
        _ => Err("the peers are rathole and ssh"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, String> {
        Options::parse(Parser::from_args(line.split_whitespace())).map_err(|e| e.to_string())
    }

    #[test]
    fn everything_is_measured_unless_said_otherwise() {
        let options = parse("a b").unwrap();
        assert!(options.wants(Part::Fleet) && options.wants(Part::Small));
        assert!(options.has(Peer::Ssh) && options.has(Peer::Rathole));
        let options = parse("a --only large b --without ssh --agents 7").unwrap();
        assert!(options.wants(Part::Large) && !options.wants(Part::Small));
        assert!(options.has(Peer::Rathole) && !options.has(Peer::Ssh));
        assert_eq!(options.agents, 7);
    }

    #[test]
    fn the_console_alone_needs_no_agent() {
        let options = parse("a --only console --services 4000 --entries 1000").unwrap();
        assert_eq!((options.services, options.entries), (4000, 1000));
        assert!(parse("a --only console --only fleet").is_err());
        assert!(parse("a --only console --services 10").is_err());
        assert!(parse("a b --devices 10001").is_err());
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        for line in ["a", "a b c", "a b --without sshd", "a b --quick"] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
