//! One agent that does nothing: memory, processor time, size, and how soon it is there.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use edgeward_testkit::usage;

use crate::options::Options;
use crate::stand::{ControlPlane, Device, START_TIMEOUT};
use crate::table::{Table, in_mib};

/// How often it is started; the figure is the median.
const STARTS: usize = 9;

/// How long it does nothing before its memory is read, and how long its processor time is watched: a heartbeat long.
const IDLE: Duration = Duration::from_secs(20);

/// Starts the agent a few times and leaves it alone.
pub async fn measure(options: &Options) -> Result<Table> {
    let folder = tempfile::tempdir()?;
    let control_plane = ControlPlane::start(&options.edgeward, folder.path()).await?;
    let mut device = Device::new(&options.agent, folder.path().join("agent"), None)?;
    device.join(&control_plane.join_token(1).await?)?;
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        device.kill();
        control_plane.nobody_online(START_TIMEOUT).await?;
        let began = Instant::now();
        device.run()?;
        control_plane.first_online(START_TIMEOUT).await?;
        starts.push(began.elapsed());
    }
    starts.sort_unstable();
    let (median, slowest) = (
        starts.get(STARTS / 2).context("it was not started")?,
        starts.last().context("it was not started")?,
    );
    let pid = device.station().pid;
    let before = usage::cpu_time(pid)?;
    tokio::time::sleep(IDLE).await;
    let spent = usage::cpu_time(pid)?.saturating_sub(before);
    let memory = usage::memory(pid)?;

    let mut table = Table::new("Agent, idle", &["what", "figure"]);
    let mut row = |what: &str, figure| table.row([what.to_owned(), figure]);
    row("PSS", in_mib(memory.pss_bytes));
    row("of it private", in_mib(memory.private_bytes));
    row("program", in_mib(device.program_size()?));
    row(
        "start to online",
        format!(
            "{} ms (median of {STARTS}; slowest {} ms)",
            median.as_millis(),
            slowest.as_millis()
        ),
    );
    row(
        "processor time",
        format!(
            "{:.0} ms in {} s",
            spent.as_secs_f64() * 1e3,
            IDLE.as_secs()
        ),
    );
    row(
        "control plane with it, PSS",
        in_mib(usage::pss(control_plane.station().pid)?),
    );
    Ok(table)
}
