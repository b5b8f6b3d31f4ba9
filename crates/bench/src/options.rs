//! What is asked for on the command line.

use std::path::PathBuf;

use lexopt::Arg::{Long, Value};
use lexopt::{Parser, ValueExt as _};

/// How to call the program.
pub const USAGE: &str = "\
usage: edgeward-bench <edgeward program> <edgeward-agent program> [options]
  --only small|large|agent|fleet   measure this part; may be repeated
  --without rathole|ssh            leave a peer out; may be repeated
  --rathole PROGRAM                where rathole is, unless on the search path
  --agents NUMBER                  how many agents the fleet has; 5000 unless said otherwise";

/// How many agents the fleet has.
const AGENTS: usize = 5000;

/// A group of measurements.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// Small requests, kept alive and not.
    Small,
    /// One large body.
    Large,
    /// One agent that does nothing.
    Agent,
    /// Thousands of agents that do nothing.
    Fleet,
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
    /// The agent.
    pub agent: PathBuf,
    /// rathole.
    pub rathole: PathBuf,
    /// How many agents the fleet has.
    pub agents: usize,
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
        let (mut rathole, mut agents) = (PathBuf::from("rathole"), AGENTS);
        while let Some(argument) = parser.next()? {
            match argument {
                Value(program) if programs.len() < 2 => programs.push(PathBuf::from(program)),
                Long("only") => only.push(parser.value()?.parse_with(part)?),
                Long("without") => without.push(parser.value()?.parse_with(peer)?),
                Long("rathole") => rathole = parser.value()?.into(),
                Long("agents") => agents = parser.value()?.parse()?,
                other => return Err(other.unexpected()),
            }
        }
        let [edgeward, agent] = <[PathBuf; 2]>::try_from(programs)
            .map_err(|_| lexopt::Error::from("two programs are needed"))?;
        Ok(Self {
            edgeward,
            agent,
            rathole,
            agents,
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
        _ => Err("the parts are small, large, agent and fleet"),
    }
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
    fn what_is_not_understood_is_an_error() {
        for line in ["a", "a b c", "a b --without sshd", "a b --quick"] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
