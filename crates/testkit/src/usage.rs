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

/// Processor time that a process has used, user and system, all threads; its steps are usually 10 ms.
///
/// # Errors
/// The process is gone, or `/proc/<pid>/stat` does not read as expected.
pub fn cpu_time(pid: u32) -> io::Result<Duration> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The second field is the program's name in parentheses and may hold anything; counting starts behind it.
    let after_name = text
        .rsplit_once(')')
        .map(|(_, rest)| rest)
        .ok_or_else(|| unexpected(pid, "stat", "name"))?;
    let mut fields = after_name.split_whitespace().skip(11);
    let mut ticks = || {
        fields
            .next()
            .and_then(|text| text.parse::<u64>().ok())
            .ok_or_else(|| unexpected(pid, "stat", "utime and stime"))
    };
    let used = ticks()? + ticks()?;
    let per_second = rustix::param::clock_ticks_per_second();
    Ok(Duration::from_nanos(used * (1_000_000_000 / per_second)))
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
    fn memory_grows_by_what_is_touched() {
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
    fn a_process_that_is_gone_is_an_error() {
        assert!(memory(u32::MAX >> 1).is_err());
        assert!(cpu_time(u32::MAX >> 1).is_err());
    }
}
