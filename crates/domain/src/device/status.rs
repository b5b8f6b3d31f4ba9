//! Waiting, enrolled, disabled, and how one becomes another.

/// Where a registered device stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Status {
    /// It may enrol. One that had enrolled before still has its old certificate until then.
    Waiting,
    /// It has enrolled, and may not again.
    Enrolled,
    /// It may neither enrol nor connect.
    Disabled,
}

/// Why a status may not be set.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum StatusRefusal {
    /// Only the device can do that.
    #[error("a device is not enrolled by changing its status: it has to enrol by itself")]
    OnlyByEnrolling,
}

impl Status {
    /// All.
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Enrolled, Self::Disabled];

    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Enrolled => "enrolled",
            Self::Disabled => "disabled",
        }
    }

    /// The status with this stable word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// The number that it has for existing agents and clients.
    pub const fn number(self) -> u8 {
        match self {
            Self::Waiting => 1,
            Self::Enrolled => 2,
            Self::Disabled => 3,
        }
    }
}

/// The status after somebody asked for another by its number, as existing clients do: 2 is refused, the right number does what
/// it says, and any other switches between waiting and disabled.
///
/// # Errors
/// 2 was asked for.
pub fn asked_by_number(present: Status, number: i64) -> Result<Status, StatusRefusal> {
    match (present, number) {
        (_, 2) => Err(StatusRefusal::OnlyByEnrolling),
        (Status::Waiting, 1) => Ok(Status::Waiting),
        (Status::Waiting, _) => Ok(Status::Disabled),
        (Status::Disabled, 3) => Ok(Status::Disabled),
        (Status::Disabled, _) => Ok(Status::Waiting),
        (Status::Enrolled, 3) => Ok(Status::Disabled),
        (Status::Enrolled, _) => Ok(Status::Waiting),
    }
}
