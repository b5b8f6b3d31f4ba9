//! Edgeward beside its peers and physical limits, in one run: rates, ratios, and CPU time for each operation.
//!
//! ```text
//! cargo build --release -p edgeward-cli -p edgeward-bench
//! cargo build --profile agent -p edgeward-agent
//! TMPDIR=/dev/shm target/release/edgeward-bench target/release/edgeward target/agent/edgeward-agent
//! ```
//!
//! All programs run here, on loopback, in front of the same nginx, and end with this one. Their files are in a temporary
//! folder, here in memory (3 GiB), so that no disk is measured. Load, service and whatever is between share the cores: read
//! the ratios and the CPU times, not the rates.
//!
//! Needed on the search path: `nginx` (Debian package nginx-light), `wrk`, `curl`, `mosquitto`, `ssh` and `sshd`
//! (openssh-client, openssh-server), and rathole, which Debian does not have:
//! `cargo install rathole --no-default-features --features server,client,noise` (0.5.0 does not build with `--locked` and a
//! present-day compiler). A program that is missing is an error; `--without rathole` and `--without ssh` leave a peer out.
//! Agents that are counted by the thousand need file descriptors: with the embedded broker three each in the control plane, one
//! each here, so `ulimit -n 16000` for 5 000 of them.
//!
//! Devices that enrol, report and obey (`--only devices`) need PostgreSQL (postgresql-15); run them without `TMPDIR`, so that what is
//! durable is on a disk. Signing in and the console's lists alone (`--only console`) need no agent, but PostgreSQL (postgresql-15) and `chromium`.
//!
//! It prints Markdown. It does not decide whether a figure is good: `docs/performance.md` says what is wanted.

mod console;
mod database;
mod devices;
mod fleet;
mod idle;
mod large;
mod light;
mod machine;
mod options;
mod peers;
mod ports;
mod small;
mod stand;
mod table;
mod timing;
mod way;
mod working;
mod wrk;

use std::io::Write as _;

use anyhow::Result;

use options::{Options, Part, Peer, USAGE};
use stand::Stand;

#[tokio::main]
async fn main() -> Result<()> {
    edgeward_pki::install_provider();
    let options = Options::parse(lexopt::Parser::from_env())
        .map_err(|error| anyhow::anyhow!("{error}\n{USAGE}"))?;
    let has_peers = options.wants(Part::Small) || options.wants(Part::Large);
    if has_peers && options.has(Peer::Rathole) {
        peers::rathole::check(&options.rathole)?;
    }
    let mut out = std::io::stdout();
    writeln!(out, "Machine: {}.", machine::description()?)?;
    writeln!(out, "Load average before: {}.\n", machine::load_average()?)?;
    if options.wants(Part::Agent) {
        write!(out, "{}", idle::measure(&options).await?)?;
        write!(out, "{}", working::measure(&options).await?)?;
    }
    if has_peers {
        let stand = Stand::start(&options).await?;
        let ways = stand.ways();
        if options.wants(Part::Small) {
            for table in small::Load::all() {
                write!(out, "{}", table.measure(&ways)?)?;
            }
        }
        if options.wants(Part::Large) {
            write!(out, "{}", large::measure(&ways)?)?;
        }
    }
    if options.wants(Part::Fleet) {
        write!(out, "{}", fleet::measure(&options).await?)?;
    }
    if options.wants(Part::Devices) {
        devices::measure(&options, &mut out).await?;
    }
    if options.wants(Part::Console) {
        console::measure(&options, &mut out).await?;
    }
    writeln!(out, "Load average after: {}.", machine::load_average()?)?;
    Ok(())
}
