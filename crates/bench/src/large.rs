//! One large body, down and up, by curl.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};

use crate::table::{Table, mib, ratio};
use crate::way::Way;

/// Its size, in bytes: 1 GiB.
pub const BYTES: u64 = 1 << 30;

/// The same in millions of bytes.
const MEGABYTES: f64 = 1_073.741_824;

#[derive(Clone, Copy)]
enum Direction {
    Download,
    Upload,
}

struct Moved {
    mb_per_second: f64,
    between_ms_per_mb: f64,
    total_ms_per_mb: f64,
    grown: String,
}

/// Takes each way in turn, down and up: first the direct one, then ours, then the peers'.
pub fn measure(ways: &[Way]) -> Result<String> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("large");
    std::fs::File::create(&file)?.set_len(BYTES)?;
    let mut text = String::new();
    for (direction, title) in [
        (Direction::Download, "Download of 1 GiB"),
        (Direction::Upload, "Upload of 1 GiB"),
    ] {
        // Once unmeasured: the first to touch a sparse file fills the page cache for all others.
        if let Some(direct) = ways.first() {
            direction.run(direct, &file)?;
        }
        let moved = ways
            .iter()
            .map(|way| direction.run(way, &file))
            .collect::<Result<Vec<_>>>()?;
        text.push_str(&table(title, ways, &moved).to_string());
    }
    Ok(text)
}

fn table(title: &str, ways: &[Way], moved: &[Moved]) -> Table {
    let mut table = Table::new(
        title,
        &[
            "way",
            "MB/s",
            "÷ direct",
            "Edgeward ÷ this",
            "CPU-ms/MB between",
            "with nginx's",
            "CPU: Edgeward ÷ this",
            "largest growth, MiB",
        ],
    );
    let (direct, ours) = (&moved[0], &moved[1]);
    for (way, this) in ways.iter().zip(moved) {
        table.row([
            way.name.to_owned(),
            format!("{:.0}", this.mb_per_second),
            ratio(this.mb_per_second, direct.mb_per_second),
            ratio(ours.mb_per_second, this.mb_per_second),
            format!("{:.2}", this.between_ms_per_mb),
            format!("{:.2}", this.total_ms_per_mb),
            ratio(ours.between_ms_per_mb, this.between_ms_per_mb),
            this.grown.clone(),
        ]);
    }
    table
}

impl Direction {
    fn run(self, way: &Way, file: &Path) -> Result<Moved> {
        let mut curl = Command::new("curl");
        curl.args(["-sS", "--fail", "-o", "/dev/null"]);
        if let Some(header) = &way.target.header {
            curl.args(["-H", header]);
        }
        let base = &way.target.base;
        match self {
            Self::Download => curl.arg(format!("{base}/large")),
            Self::Upload => curl.arg("-T").arg(file).arg(format!("{base}/upload/bench")),
        };
        let watched = way.watch_memory()?;
        let (before, began) = (way.cpu()?, Instant::now());
        let output = curl.output().context("cannot run curl")?;
        let (took, spent) = (began.elapsed(), way.cpu()?.since(before));
        ensure!(
            output.status.success(),
            "curl through {} failed: {}",
            way.name,
            String::from_utf8_lossy(&output.stderr)
        );
        let grown = watched
            .grown()?
            .into_iter()
            .map(|(station, bytes)| format!("{} {}", station.name, mib(bytes)))
            .collect::<Vec<_>>();
        Ok(Moved {
            mb_per_second: MEGABYTES / took.as_secs_f64(),
            between_ms_per_mb: spent.between.as_secs_f64() * 1e3 / MEGABYTES,
            total_ms_per_mb: spent.total().as_secs_f64() * 1e3 / MEGABYTES,
            grown: grown.join(", "),
        })
    }
}
