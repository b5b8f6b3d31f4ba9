//! What the figures were taken on.

use std::fs::read_to_string;

use anyhow::{Context as _, Result, ensure};

/// File descriptors of a process with many connections for everything else.
const OTHER_DESCRIPTORS: u64 = 500;

/// Processor, cores, memory and kernel.
pub fn description() -> Result<String> {
    let processors = read_to_string("/proc/cpuinfo")?;
    let model = value(&processors, "model name").unwrap_or("unknown processor");
    let cores = std::thread::available_parallelism()?;
    let memory = read_to_string("/proc/meminfo")?;
    let memory_gib = value(&memory, "MemTotal")
        .and_then(|text| text.strip_suffix("kB")?.trim().parse::<u64>().ok())
        .context("/proc/meminfo has no MemTotal")?
        / (1 << 20);
    let kernel = read_to_string("/proc/sys/kernel/osrelease")?;
    Ok(format!(
        "{model}, {cores} cores, {memory_gib} GiB, Linux {}",
        kernel.trim()
    ))
}

/// Over the last one, five and fifteen minutes.
pub fn load_average() -> Result<String> {
    let text = read_to_string("/proc/loadavg")?;
    Ok(text
        .split_whitespace()
        .take(3)
        .collect::<Vec<_>>()
        .join(" "))
}

fn value<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    line.split_once(':').map(|(_, value)| value.trim())
}

/// Whether one process may have so many connections.
///
/// # Errors
/// It may not.
pub fn enough_descriptors(connections: usize) -> Result<()> {
    let needed = u64::try_from(connections)? + OTHER_DESCRIPTORS;
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    ensure!(
        limit.is_none_or(|limit| limit >= needed),
        "one process needs {needed} file descriptors for that; raise the limit (ulimit -n {needed}) or have fewer agents \
         (--agents)"
    );
    Ok(())
}
