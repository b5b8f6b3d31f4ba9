//! How a program ends, as seen by whoever started it.

/// The exit code of every program of the house.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExitCode {
    /// 0: it did what was asked.
    Done,
    /// 1: it tried and failed.
    Failed,
    /// 2: the command line or the configuration is wrong; nothing was tried.
    Usage,
    /// 3: the other side could not be reached, or did not answer in time.
    Unreachable,
}

impl ExitCode {
    /// The number.
    pub const fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Unreachable => 3,
        }
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.number())
    }
}

/// Ends the process at once, without draining: the only place that does so.
#[allow(
    clippy::exit,
    reason = "the one function that ends the process, for a second interrupt"
)]
pub fn end_process(code: ExitCode) -> ! {
    std::process::exit(i32::from(code.number()))
}
