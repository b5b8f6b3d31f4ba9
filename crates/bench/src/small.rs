//! Small requests: many at once kept alive, the same with a new client connection each, and one at a time.

use anyhow::Result;

use crate::table::{Table, ratio};
use crate::way::Way;
use crate::wrk::{self, Measured};

/// One of the three measurements.
pub struct Load {
    title: &'static str,
    wrk: wrk::Load,
}

/// The way that others are compared with.
const DIRECT: usize = 0;

/// Edgeward's.
const OURS: usize = 1;

impl Load {
    /// All of them.
    pub fn all() -> [Self; 3] {
        let load = |title, connections, keep_alive| Self {
            title,
            wrk: wrk::Load {
                connections,
                keep_alive,
            },
        };
        [
            load("Small requests, 32 connections, kept alive", 32, true),
            load(
                "Small requests, 32 at a time, a new client connection each",
                32,
                false,
            ),
            load("Small requests, 1 connection, kept alive", 1, true),
        ]
    }

    /// Takes each way in turn: first the direct one, then ours, then the peers'.
    pub fn measure(&self, ways: &[Way]) -> Result<Table> {
        let measured = ways
            .iter()
            .map(|way| self.wrk.run(way))
            .collect::<Result<Vec<_>>>()?;
        let mut table = Table::new(
            self.title,
            &[
                "way",
                "req/s",
                "÷ direct",
                "Edgeward ÷ this",
                "p50 µs (added)",
                "p99 µs (added)",
                "CPU-µs/req between",
                "with nginx's",
                "CPU: Edgeward ÷ this",
                "with nginx's",
            ],
        );
        let (direct, ours) = (measured[DIRECT], measured[OURS]);
        for (way, this) in ways.iter().zip(&measured) {
            table.row(row(way.name, this, &direct, &ours));
        }
        Ok(table)
    }
}

fn row(name: &str, this: &Measured, direct: &Measured, ours: &Measured) -> [String; 10] {
    let added = |this: f64, direct: f64| format!("{this:.0} ({added:+.0})", added = this - direct);
    [
        name.to_owned(),
        format!("{:.0}", this.per_second),
        ratio(this.per_second, direct.per_second),
        ratio(ours.per_second, this.per_second),
        added(this.p50_us, direct.p50_us),
        added(this.p99_us, direct.p99_us),
        format!("{:.1}", this.between_us),
        format!("{:.1}", this.total_us),
        ratio(ours.between_us, this.between_us),
        ratio(ours.total_us, this.total_us),
    ]
}
