//! One way to the service, and what the processes along it use.

use std::time::Duration;

use anyhow::{Context as _, Result};
use edgeward_testkit::usage;

/// Where to send requests.
#[derive(Clone)]
pub struct Target {
    /// `http://host:port/prefix`, without a slash at its end.
    pub base: String,
    /// A header that must go along.
    pub header: Option<String>,
}

/// A process along the way, with all that descend from it.
#[derive(Clone, Copy)]
pub struct Station {
    /// What it is called.
    pub name: &'static str,
    /// Its process id.
    pub pid: u32,
}

/// One way to the service.
pub struct Way {
    /// What it is called.
    pub name: &'static str,
    /// Where it begins.
    pub target: Target,
    /// What is between the beginning and the service; nothing if one asks the service itself.
    pub stations: Vec<Station>,
    /// The service at its end.
    pub service: Station,
}

/// CPU time used along a way since a moment.
#[derive(Clone, Copy)]
pub struct Spent {
    /// By what is between.
    pub between: Duration,
    /// By the service.
    pub service: Duration,
}

/// Memory before something large goes through.
pub struct Watched {
    before: Vec<(Station, Vec<(u32, u64)>)>,
}

impl Way {
    /// CPU time used so far.
    pub fn cpu(&self) -> Result<Spent> {
        let of = |station: &Station| {
            usage::cpu_time_of_tree(station.pid)
                .with_context(|| format!("{} is gone", station.name))
        };
        Ok(Spent {
            between: self.stations.iter().map(of).sum::<Result<_>>()?,
            service: of(&self.service)?,
        })
    }

    /// Begins to watch memory along the way, service included if there is nothing else.
    pub fn watch_memory(&self) -> Result<Watched> {
        let own = [self.service];
        let stations = if self.stations.is_empty() {
            &own[..]
        } else {
            &self.stations
        };
        let before = stations
            .iter()
            .map(|station| {
                let of_tree = usage::tree(station.pid)?
                    .into_iter()
                    .map(|pid| {
                        usage::forget_peak(pid)?;
                        Ok((pid, usage::rss(pid)?))
                    })
                    .collect::<Result<_>>()?;
                Ok((*station, of_tree))
            })
            .collect::<Result<_>>()?;
        Ok(Watched { before })
    }
}

impl Spent {
    /// What was spent since an earlier moment.
    pub fn since(self, earlier: Self) -> Self {
        Self {
            between: self.between.saturating_sub(earlier.between),
            service: self.service.saturating_sub(earlier.service),
        }
    }

    /// By all together.
    pub fn total(self) -> Duration {
        self.between + self.service
    }
}

impl Watched {
    /// By how much each station's resident memory was larger at its largest than at first, in bytes.
    pub fn grown(self) -> Result<Vec<(Station, u64)>> {
        self.before
            .into_iter()
            .map(|(station, of_tree)| {
                let grown = of_tree
                    .into_iter()
                    .map(|(pid, before)| Ok(usage::peak_rss(pid)?.saturating_sub(before)))
                    .sum::<Result<u64>>()?;
                Ok((station, grown))
            })
            .collect()
    }
}
