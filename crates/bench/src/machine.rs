//! What the figures were taken on.

use std::fs::read_to_string;

use anyhow::{Context as _, Result};

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
