//! What people wait for: signing in, the list of ten thousand services, and the audit log of a million entries; as answers
//! over REST, and as pages in a browser; on both databases.

mod asks;
mod entries;
mod http;
mod lists;
mod pages;
mod sign_in;
mod stage;
mod world;

use std::io::Write;

use anyhow::Result;

use crate::database::Kind;
use crate::options::Options;
use stage::Stage;
use world::PEOPLE;

/// Takes each database in turn, and writes a section with its tables, each as soon as it is there.
pub async fn measure(options: &Options, out: &mut impl Write) -> Result<()> {
    write!(out, "{}", heading(options))?;
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let stage = Stage::start(kind, options).await?;
        let lists = lists::measure(&stage, options.requests).await?;
        write!(out, "{lists}")?;
        let sign_in = sign_in::measure(&stage, options.requests).await?;
        write!(out, "{sign_in}")?;
        let pages = pages::measure(&stage, options.visits).await?;
        write!(out, "{pages}")?;
        stage.control_plane.stop().await?;
    }
    Ok(())
}

fn heading(options: &Options) -> String {
    format!(
        "## Signing in and lists\n\n\
         {services} services of {agents} agents that are all offline, {PEOPLE} people, 10 organisations with 5 projects each, \
         and {entries} entries in the audit log, written by SQL into the tables that the control plane had made. The entries' \
         hashes are random: the chain does not hold, which no list looks at. Then, as in an installation that has run for long, \
         PostgreSQL ran `VACUUM (ANALYZE)`, which its own background work does; SQLite got no `ANALYZE`, because the control \
         plane never asks for it, and its log was moved into the file. Data in {folder}; PostgreSQL 15 as it comes, but with its \
         data in /tmp and without syncing, over a Unix socket.\n\n\
         Server time is from sending a request over one open connection on loopback to the answer's last byte, one at a time. \
         *SQL alone* reads the same rows by one prepared statement in the measuring process, without total, permission and JSON; \
         before measuring, both are found to give the same rows. With fewer than 100 rounds, p99 is the longest. \
         Page time is from navigation to the frame that shows the first rows, in headless Chromium on the same two cores; \
         first visits have nothing kept from before.\n\n",
        services = options.services,
        agents = options.services / 2,
        entries = options.entries,
        folder = std::env::temp_dir().display(),
    )
}
