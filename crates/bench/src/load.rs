//! Load from outside: wrk for many small requests, curl for one large body.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use edgeward_testkit::usage::cpu_time;

/// How long each measurement lasts, in seconds.
const SECONDS: u32 = 5;

/// Where to send requests.
pub struct Target {
    /// `http://host:port/prefix`, without a slash at its end.
    pub base: String,
    /// A header that must go along.
    pub header: Option<String>,
}

/// How requests come.
#[derive(Clone, Copy)]
pub struct Load {
    /// At once.
    pub connections: u32,
    /// Whether a connection is used again.
    pub keep_alive: bool,
}

/// What was measured of small requests.
pub struct Measured {
    /// Requests per second.
    pub per_second: f64,
    /// Half of them were faster, in microseconds.
    pub p50_us: f64,
    /// All but one in a hundred were faster, in microseconds.
    pub p99_us: f64,
    /// CPU time of the watched processes for each request, in microseconds.
    pub cpu_us: f64,
}

/// What was measured of one large body.
pub struct Moved {
    /// 1 000 000 bytes per second.
    pub mb_per_second: f64,
    /// CPU time of the watched processes for each 1 000 000 bytes, in milliseconds.
    pub cpu_ms_per_mb: f64,
}

impl Load {
    /// Runs it, watching the CPU time of these processes.
    pub fn run(self, target: &Target, pids: &[u32]) -> Result<Measured> {
        let mut wrk = Command::new("wrk");
        wrk.args([
            "-t1",
            "--latency",
            &format!("-c{}", self.connections),
            &format!("-d{SECONDS}s"),
        ]);
        if let Some(header) = &target.header {
            wrk.args(["-H", header]);
        }
        if !self.keep_alive {
            wrk.args(["-H", "Connection: close"]);
        }
        let before = cpu(pids)?;
        let output = wrk
            .arg(format!("{}/small", target.base))
            .output()
            .context("cannot run wrk; it is in the Debian package wrk")?;
        let spent = cpu(pids)?.saturating_sub(before);
        let text = String::from_utf8(output.stdout)?;
        ensure!(!text.contains("Non-2xx"), "some requests failed:\n{text}");
        let requests: f64 = word(&text, "requests in", true)?.parse()?;
        Ok(Measured {
            per_second: word(&text, "Requests/sec:", false)?.parse()?,
            p50_us: micros(&word(&text, " 50%", false)?)?,
            p99_us: micros(&word(&text, " 99%", false)?)?,
            cpu_us: spent.as_secs_f64() * 1e6 / requests,
        })
    }
}

/// Downloads or uploads one large body, watching the CPU time of these processes.
#[allow(clippy::cast_precision_loss)] // figures for people
pub fn move_large(
    target: &Target,
    upload: bool,
    file: &Path,
    bytes: u64,
    pids: &[u32],
) -> Result<Moved> {
    let mut curl = Command::new("curl");
    curl.args(["-sS", "--fail", "-o", "/dev/null"]);
    if let Some(header) = &target.header {
        curl.args(["-H", header]);
    }
    if upload {
        curl.arg("-T")
            .arg(file)
            .arg(format!("{}/upload/bench", target.base));
    } else {
        curl.arg(format!("{}/large", target.base));
    }
    let before = cpu(pids)?;
    let began = Instant::now();
    let status = curl.status().context("cannot run curl")?;
    ensure!(status.success(), "curl failed");
    let (took, spent) = (began.elapsed(), cpu(pids)?.saturating_sub(before));
    let megabytes = bytes as f64 / 1e6;
    Ok(Moved {
        mb_per_second: megabytes / took.as_secs_f64(),
        cpu_ms_per_mb: spent.as_secs_f64() * 1e3 / megabytes,
    })
}

fn cpu(pids: &[u32]) -> Result<Duration> {
    pids.iter().map(|pid| Ok(cpu_time(*pid)?)).sum()
}

/// The word after `mark`, or before it.
fn word(text: &str, mark: &str, before: bool) -> Result<String> {
    let at = text
        .find(mark)
        .with_context(|| format!("wrk did not say \"{mark}\":\n{text}"))?;
    let found = if before {
        text[..at].split_whitespace().next_back()
    } else {
        text[at + mark.len()..].split_whitespace().next()
    };
    found
        .map(str::to_owned)
        .with_context(|| format!("wrk said nothing beside \"{mark}\""))
}

fn micros(text: &str) -> Result<f64> {
    for (unit, factor) in [("us", 1.0), ("ms", 1e3), ("s", 1e6)] {
        if let Some(number) = text.strip_suffix(unit) {
            return Ok(number.parse::<f64>()? * factor);
        }
    }
    anyhow::bail!("\"{text}\" is no time")
}
