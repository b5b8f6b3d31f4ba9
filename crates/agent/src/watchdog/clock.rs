//! The two clocks of a device: the one that people set, and the one that only runs.

use std::fs;
use std::io;
use std::time::{Duration, SystemTime};

/// One moment, by both clocks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Moment {
    /// Which start of the device this is: the kernel's `boot_id`.
    pub(super) boot: String,
    /// Since then, sleep included. It never jumps.
    pub(super) uptime: Duration,
    /// By the clock that may be wrong, and may be set.
    pub(super) wall: SystemTime,
}

impl Moment {
    /// This one.
    pub(super) fn now() -> io::Result<Self> {
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id")?;
        let uptime = fs::read_to_string("/proc/uptime")?;
        let uptime = uptime
            .split(' ')
            .next()
            .and_then(|seconds| seconds.parse::<f64>().ok())
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
            .ok_or_else(|| io::Error::other("/proc/uptime does not begin with seconds"))?;
        Ok(Self {
            boot: boot.trim().to_owned(),
            uptime,
            wall: SystemTime::now(),
        })
    }

    /// In microseconds since 1970, by the clock that may be wrong.
    pub(super) fn wall_us(&self) -> i64 {
        let since = self
            .wall
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
    }
}
