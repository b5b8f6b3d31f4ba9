//! Many small requests, by wrk.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::way::{Spent, Way};

/// How long each measurement lasts, in seconds.
pub const SECONDS: u32 = 5;

/// The most errors of sockets that a measurement may have, in a thousand requests.
const MAX_ERRORS_PER_THOUSAND: f64 = 1.0;

/// How requests come.
#[derive(Clone, Copy)]
pub struct Load {
    /// Connections at a time.
    pub connections: u32,
    /// Whether a connection is used again.
    pub keep_alive: bool,
}

/// What was measured.
#[derive(Clone, Copy)]
pub struct Measured {
    /// Requests per second.
    pub per_second: f64,
    /// Half of them were faster, in microseconds.
    pub p50_us: f64,
    /// All but one in a hundred were faster, in microseconds.
    pub p99_us: f64,
    /// CPU time of what is between wrk and the service for each request, in microseconds.
    pub between_us: f64,
    /// The same with the service's.
    pub total_us: f64,
}

impl Load {
    /// Sends requests for `/small` this way.
    ///
    /// # Errors
    /// wrk is missing, or requests failed.
    pub fn run(self, way: &Way) -> Result<Measured> {
        let mut wrk = Command::new("wrk");
        wrk.args([
            "-t1",
            "--latency",
            &format!("-c{}", self.connections),
            &format!("-d{SECONDS}s"),
        ]);
        if let Some(header) = &way.target.header {
            wrk.args(["-H", header]);
        }
        if !self.keep_alive {
            wrk.args(["-H", "Connection: close"]);
        }
        let before = way.cpu()?;
        let output = wrk
            .arg(format!("{}/small", way.target.base))
            .output()
            .context("cannot run wrk; it is in the Debian package wrk")?;
        let spent = way.cpu()?.since(before);
        read(&String::from_utf8_lossy(&output.stdout), spent)
            .with_context(|| format!("wrk through {}", way.name))
    }
}

fn read(text: &str, spent: Spent) -> Result<Measured> {
    ensure!(!text.contains("Non-2xx"), "some requests failed:\n{text}");
    let requests: f64 = word_before(text, "requests in")?.parse()?;
    let errors = socket_errors(text);
    ensure!(
        errors * 1e3 <= requests * MAX_ERRORS_PER_THOUSAND,
        "{errors} errors of sockets in {requests} requests:\n{text}"
    );
    Ok(Measured {
        per_second: word_after(text, "Requests/sec:")?.parse()?,
        p50_us: micros(word_after(text, " 50%")?)?,
        p99_us: micros(word_after(text, " 99%")?)?,
        between_us: spent.between.as_secs_f64() * 1e6 / requests,
        total_us: spent.total().as_secs_f64() * 1e6 / requests,
    })
}

/// As in `Socket errors: connect 0, read 3, write 0, timeout 0`; the line is there only if there were any.
fn socket_errors(text: &str) -> f64 {
    text.lines()
        .filter_map(|line| line.trim().strip_prefix("Socket errors:"))
        .flat_map(|counts| counts.split([' ', ',']))
        .filter_map(|word| word.parse::<f64>().ok())
        .sum()
}

fn word_after<'a>(text: &'a str, mark: &str) -> Result<&'a str> {
    text.split_once(mark)
        .and_then(|(_, rest)| rest.split_whitespace().next())
        .with_context(|| format!("wrk said nothing after \"{mark}\":\n{text}"))
}

fn word_before<'a>(text: &'a str, mark: &str) -> Result<&'a str> {
    text.split_once(mark)
        .and_then(|(before, _)| before.split_whitespace().next_back())
        .with_context(|| format!("wrk said nothing before \"{mark}\":\n{text}"))
}

fn micros(text: &str) -> Result<f64> {
    for (unit, factor) in [("us", 1.0), ("ms", 1e3), ("s", 1e6)] {
        if let Some(number) = text.strip_suffix(unit) {
            return Ok(number.parse::<f64>()? * factor);
        }
    }
    anyhow::bail!("\"{text}\" is no time")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const SAID: &str = "Running 5s test @ http://127.0.0.1:1/small
  1 threads and 32 connections
  Latency Distribution
     50%    1.50ms
     75%    2.00ms
     90%    2.50ms
     99%    1.20s
  1000 requests in 5.00s, 1.00MB read
Requests/sec:    200.00
Transfer/sec:      1.00MB
";

    const SPENT: Spent = Spent {
        between: Duration::from_millis(100),
        service: Duration::from_millis(50),
    };

    #[test]
    fn figures_are_read_from_their_own_lines() {
        let measured = read(SAID, SPENT).unwrap();
        assert_eq!(measured.per_second, 200.0);
        assert_eq!((measured.p50_us, measured.p99_us), (1500.0, 1_200_000.0));
        assert_eq!((measured.between_us, measured.total_us), (100.0, 150.0));
    }

    #[test]
    fn failures_are_not_passed_over() {
        let errors = |text: &str| SAID.replace("Requests/sec", &format!("{text}\nRequests/sec"));
        assert!(read(&errors("  Non-2xx or 3xx responses: 1"), SPENT).is_err());
        let few = errors("  Socket errors: connect 0, read 1, write 0, timeout 0");
        assert!(read(&few, SPENT).is_ok());
        let many = errors("  Socket errors: connect 0, read 1, write 0, timeout 1");
        assert!(read(&many, SPENT).is_err());
    }
}
