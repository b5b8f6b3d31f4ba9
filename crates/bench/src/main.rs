//! HTTP through the tunnel beside the same service asked directly, in one run: ratios, and CPU time per request over all our processes.
//!
//! `cargo run --release -p edgeward-bench -- <edgeward> <edgeward-agent>` with release builds of both programs. The load is wrk's
//! (Debian package `wrk`) and curl's; the service is nginx. Everything is on loopback, so that the machine's cores are shared by
//! load, service and tunnel alike: read the ratios and the CPU times, not the absolute rates.

mod load;
mod system;

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use load::Load;
use system::System;

/// Connections of the kept-alive measurement.
const CONNECTIONS: u32 = 32;

/// Size of the large download and upload, in bytes.
const LARGE_BYTES: u64 = 1 << 30;

#[tokio::main]
async fn main() -> Result<()> {
    edgeward_pki::install_provider();
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let usage = "usage: edgeward-bench <edgeward program> <edgeward-agent program>";
    let system = System::start(
        &arguments.next().context(usage)?,
        &arguments.next().context(usage)?,
        LARGE_BYTES,
    )
    .await?;
    let mut out = std::io::stdout().lock();

    writeln!(
        out,
        "agent: {} ms from start to online, {:.1} MiB PSS idle, {:.1} MiB program",
        system.online_after.as_millis(),
        mib(system.agent_pss()?),
        mib(system.agent_size()?)
    )?;
    writeln!(
        out,
        "control plane: {:.1} MiB PSS idle",
        mib(system.server_pss()?)
    )?;
    writeln!(out)?;
    writeln!(
        out,
        "{:<34}{:>10}{:>12}{:>12}{:>14}",
        "small requests", "req/s", "p50 µs", "p99 µs", "CPU-µs/req"
    )?;
    let kept = Load {
        connections: CONNECTIONS,
        keep_alive: true,
    };
    let fresh = Load {
        connections: CONNECTIONS,
        keep_alive: false,
    };
    let single = Load {
        connections: 1,
        keep_alive: true,
    };
    for (what, load) in [
        ("32 connections, kept alive", kept),
        ("32, a new connection each", fresh),
        ("1 connection", single),
    ] {
        for (way, target) in [("direct", system.direct()), ("tunnel", system.tunnelled())] {
            let measured = load.run(&target, &system.pids(way == "tunnel"))?;
            writeln!(
                out,
                "{:<34}{:>10.0}{:>12.0}{:>12.0}{:>14.1}",
                format!("{what}, {way}"),
                measured.per_second,
                measured.p50_us,
                measured.p99_us,
                measured.cpu_us
            )?;
        }
    }
    writeln!(out)?;
    writeln!(
        out,
        "{:<34}{:>10}{:>16}{:>22}",
        "1 GiB", "MB/s", "CPU-ms per MB", "memory grown, MiB"
    )?;
    for (way, target) in [("direct", system.direct()), ("tunnel", system.tunnelled())] {
        for upload in [false, true] {
            let before = system.memory()?;
            let moved = load::move_large(
                &target,
                upload,
                system.large_file(),
                LARGE_BYTES,
                &system.pids(way == "tunnel"),
            )?;
            let grown = system.memory()?.saturating_sub(before);
            let what = if upload { "upload" } else { "download" };
            writeln!(
                out,
                "{:<34}{:>10.0}{:>16.2}{:>22.1}",
                format!("{what}, {way}"),
                moved.mb_per_second,
                moved.cpu_ms_per_mb,
                mib(grown)
            )?;
        }
    }
    Ok(())
}

#[allow(clippy::cast_precision_loss)] // figures for people
fn mib(bytes: u64) -> f64 {
    bytes as f64 / 1_048_576.0
}
