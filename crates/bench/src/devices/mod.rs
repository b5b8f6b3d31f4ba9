//! Devices that enrol by what snapd knows of them, report twins and are asked for actions: all at once, on both databases,
//! with the embedded broker and with a mosquitto of the operator's.
//!
//! Beside each figure stands a limit: the same connections with nothing behind them, the same documents written by SQL alone, the
//! same messages at a bare mosquitto that keeps nothing.

mod actions;
mod bare;
mod enrolments;
mod stage;
mod twins;

use std::io::Write;

use anyhow::Result;

use crate::database::Kind;
use crate::fleet::DESCRIPTORS_PER_AGENT;
use crate::machine::enough_descriptors;
use crate::options::Options;

use stage::{Parts, Stage};

/// Takes each database with each broker, and writes each table as soon as it is there.
pub async fn measure(options: &Options, out: &mut impl Write) -> Result<()> {
    enough_descriptors(options.agents * DESCRIPTORS_PER_AGENT)?;
    enough_descriptors(options.devices)?;
    writeln!(
        out,
        "## Devices\n\nData in {}; PostgreSQL as it comes, in /tmp; both wait for the disk.\n",
        std::env::temp_dir().display()
    )?;
    for parts in [
        Parts::embedded(Kind::Sqlite, options),
        Parts::embedded(Kind::Postgres, options),
        Parts::own_broker(Kind::Sqlite, options),
        Parts::own_broker(Kind::Postgres, options),
    ] {
        let stage = Stage::start(parts, options).await?;
        let (enrolled, table) = enrolments::measure(&stage).await?;
        write!(out, "{table}")?;
        // Started anew, so that nothing that enrolling has left in memory counts.
        let stage = stage.anew().await?;
        let (fleet, table) = twins::measure(&stage, &enrolled).await?;
        write!(out, "{table}")?;
        write!(out, "{}", actions::measure(&stage, &enrolled, fleet).await?)?;
        stage.stop().await?;
    }
    Ok(())
}

/// KiB for each of so many.
#[allow(clippy::cast_precision_loss)] // figures for people
fn kib_each(bytes: u64, before: u64, count: usize) -> String {
    format!(
        "{:.1}",
        (bytes as f64 - before as f64) / 1024.0 / count as f64
    )
}

/// How many in a second.
#[allow(clippy::cast_precision_loss)] // figures for people
fn rate(count: usize, took: std::time::Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}
