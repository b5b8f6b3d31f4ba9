//! What a process uses: memory and processor time, as the kernel counts them.

use std::io;
use std::time::Duration;

/// Memory of a process, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Memory {
    /// Resident: all pages it has mapped in, shared ones in full.
    pub rss_bytes: u64,
    /// Proportional: shared pages divided among those who share them.
    pub pss_bytes: u64,
    /// Only its own: private pages, clean and dirty.
    pub private_bytes: u64,
}

/// Memory of a process, from `/proc/<pid>/smaps_rollup`.
///
/// # Errors
/// The process is gone, belongs to someone else, or the file does not read as expected.
pub fn memory(pid: u32) -> io::Result<Memory> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
    let field = |name: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(name)?.trim().strip_suffix("kB"))
            .and_then(|kib| kib.trim().parse::<u64>().ok())
            .map(|kib| kib * 1024)
            .ok_or_else(|| unexpected(pid, "smaps_rollup", name))
    };
    Ok(Memory {
        rss_bytes: field("Rss:")?,
        pss_bytes: field("Pss:")?,
        private_bytes: field("Private_Clean:")? + field("Private_Dirty:")?,
    })
}

/// Resident memory of a process, in bytes.
///
/// # Errors
/// As for [`memory`].
pub fn rss(pid: u32) -> io::Result<u64> {
    memory(pid).map(|memory| memory.rss_bytes)
}

/// Proportional memory of a process, in bytes.
///
/// # Errors
/// As for [`memory`].
pub fn pss(pid: u32) -> io::Result<u64> {
    memory(pid).map(|memory| memory.pss_bytes)
}

/// The largest resident memory of a process since it began, or since [`forget_peak`], in bytes.
///
/// # Errors
/// The process is gone, or `/proc/<pid>/status` does not read as expected.
pub fn peak_rss(pid: u32) -> io::Result<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    text.lines()
        .find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix("kB"))
        .and_then(|kib| kib.trim().parse::<u64>().ok())
        .map(|kib| kib * 1024)
        .ok_or_else(|| unexpected(pid, "status", "VmHWM"))
}

/// Lets [`peak_rss`] begin anew.
///
/// # Errors
/// The process is gone, or belongs to someone else.
pub fn forget_peak(pid: u32) -> io::Result<()> {
    // 5: reset the peak of the resident set, see proc(5).
    std::fs::write(format!("/proc/{pid}/clear_refs"), "5")
}

/// Processor time that a process has used, user and system, all threads; its steps are usually 10 ms.
///
/// # Errors
/// The process is gone, or `/proc/<pid>/stat` does not read as expected.
pub fn cpu_time(pid: u32) -> io::Result<Duration> {
    let stat = Stat::read(pid)?;
    Ok(of_ticks(stat.own_ticks))
}

/// A process and all running ones that descend from it, itself first.
///
/// # Errors
/// `/proc` cannot be read, or the process is gone.
pub fn tree(pid: u32) -> io::Result<Vec<u32>> {
    Stat::read(pid)?;
    let running: Vec<(u32, u32)> = std::fs::read_dir("/proc")?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        // One that ends meanwhile is no longer of interest.
        .filter_map(|child| Some((child, Stat::read(child).ok()?.parent)))
        .collect();
    let mut found = vec![pid];
    let mut looked_at = 0;
    while let Some(&parent) = found.get(looked_at) {
        looked_at += 1;
        found.extend(
            running
                .iter()
                .filter(|(_, of)| *of == parent)
                .map(|(child, _)| *child),
        );
    }
    Ok(found)
}

/// Processor time of a process and of all that descend from it, those included that have ended and were waited for: what a
/// server with worker processes uses. Steps as for [`cpu_time`].
///
/// # Errors
/// As for [`tree`].
pub fn cpu_time_of_tree(pid: u32) -> io::Result<Duration> {
    let ticks = tree(pid)?
        .into_iter()
        .filter_map(|pid| Stat::read(pid).ok())
        .map(|stat| stat.own_ticks + stat.children_ticks)
        .sum();
    Ok(of_ticks(ticks))
}

/// What is of interest in `/proc/<pid>/stat`.
struct Stat {
    parent: u32,
    own_ticks: u64,
    /// Of children that have ended and were waited for.
    children_ticks: u64,
}

impl Stat {
    fn read(pid: u32) -> io::Result<Self> {
        let text = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
        // The second field is the program's name in parentheses and may hold anything; counting starts behind it.
        let after_name = text
            .rsplit_once(')')
            .map(|(_, rest)| rest)
            .ok_or_else(|| unexpected(pid, "stat", "name"))?;
        let fields: Vec<&str> = after_name.split_whitespace().collect();
        let number = |at: usize| {
            fields
                .get(at)
                .and_then(|text| text.parse::<u64>().ok())
                .ok_or_else(|| unexpected(pid, "stat", "parent, utime and stime"))
        };
        Ok(Self {
            parent: u32::try_from(number(1)?).unwrap_or_default(),
            own_ticks: number(11)? + number(12)?,
            children_ticks: number(13)? + number(14)?,
        })
    }
}

fn of_ticks(ticks: u64) -> Duration {
    let per_second = rustix::param::clock_ticks_per_second();
    Duration::from_nanos(ticks * (1_000_000_000 / per_second))
}

fn unexpected(pid: u32, file: &str, field: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("/proc/{pid}/{file} has no readable {field}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_grows_by_what_is_touched_and_its_peak_is_remembered() {
        let pid = std::process::id();
        let before = memory(pid).unwrap();
        let block = vec![7_u8; 64 << 20];
        let after = memory(pid).unwrap();
        assert!(
            after.rss_bytes >= before.rss_bytes + (60 << 20),
            "{before:?} {after:?}"
        );
        assert!(after.pss_bytes <= after.rss_bytes && after.private_bytes <= after.rss_bytes);
        assert_eq!(
            block
                .iter()
                .step_by(4096)
                .map(|b| u64::from(*b))
                .sum::<u64>(),
            7 * (64 << 20) / 4096
        );
        drop(block);
        assert!(peak_rss(pid).unwrap() >= before.rss_bytes + (60 << 20));
        forget_peak(pid).unwrap();
        assert!(peak_rss(pid).unwrap() < before.rss_bytes + (60 << 20));
    }

    #[test]
    fn processor_time_advances_with_work() {
        let pid = std::process::id();
        let before = cpu_time(pid).unwrap();
        let mut n = 1_u64;
        while cpu_time(pid).unwrap() < before + Duration::from_millis(50) {
            n = std::hint::black_box(n.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
        }
    }

    #[test]
    fn a_tree_has_its_children_and_their_time_after_their_end() {
        let mut shell = std::process::Command::new("sh")
            .args([
                "-c",
                "sh -c 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done'; read line",
            ])
            .stdin(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        assert!(tree(std::process::id()).unwrap().contains(&shell.id()));
        let limit = std::time::Instant::now() + Duration::from_secs(60);
        // The inner shell's time must show while it runs, and still when it has ended.
        while tree(shell.id()).unwrap().len() > 1
            || cpu_time_of_tree(shell.id()).unwrap() < Duration::from_millis(50)
        {
            assert!(std::time::Instant::now() < limit);
            std::thread::yield_now();
        }
        assert!(cpu_time(shell.id()).unwrap() < Duration::from_millis(50));
        drop(shell.stdin.take());
        shell.wait().unwrap();
    }

    #[test]
    fn a_process_that_is_gone_is_an_error() {
        assert!(memory(u32::MAX >> 1).is_err());
        assert!(cpu_time(u32::MAX >> 1).is_err());
        assert!(cpu_time_of_tree(u32::MAX >> 1).is_err());
        assert!(peak_rss(u32::MAX >> 1).is_err());
    }
}
