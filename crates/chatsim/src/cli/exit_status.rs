//! How `chatsim` ends.

use std::process::ExitCode;

use crate::runner::Summary;

/// The exit codes of `chatsim`.
///
/// Where several apply to one run, a certain failure goes before all else, then what the
/// environment refused, then what is unknown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum ExitStatus {
    /// Everything passed.
    Passed = 0,
    /// A scenario failed.
    Failed = 1,
    /// The command line is wrong, or a file cannot be read or is no scenario. Nothing was played.
    Usage = 2,
    /// The machine or its operating system refused: a port is taken, the disk is full.
    Environment = 3,
    /// There is no scenario where one was looked for.
    NothingMatched = 4,
    /// A run did not settle within its bounds.
    Unknown = 5,
    /// The user stopped the run.
    Interrupted = 130,
}

impl ExitStatus {
    /// Counts what the environment refused in besides.
    pub(super) const fn or_environment(self) -> Self {
        match self {
            Self::Passed | Self::NothingMatched | Self::Unknown => Self::Environment,
            Self::Failed | Self::Usage | Self::Environment | Self::Interrupted => self,
        }
    }
}

impl From<&Summary> for ExitStatus {
    fn from(summary: &Summary) -> Self {
        match summary {
            Summary { failed: 1.., .. } => Self::Failed,
            Summary { environment: 1.., .. } => Self::Environment,
            Summary { unknown: 1.., .. } => Self::Unknown,
            Summary { passed: 1.., .. }
            | Summary { failed_as_expected: 1.., .. }
            | Summary { skipped: 1.., .. } => Self::Passed,
            Summary { .. } => Self::NothingMatched,
        }
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        (status as u8).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worst_verdict_decides() {
        let status = |passed, failed, environment, unknown| {
            ExitStatus::from(&Summary {
                passed,
                failed,
                environment,
                unknown,
                ..Summary::default()
            })
        };
        assert_eq!(status(9, 1, 1, 1), ExitStatus::Failed);
        assert_eq!(status(9, 0, 1, 1), ExitStatus::Environment);
        assert_eq!(status(9, 0, 0, 1), ExitStatus::Unknown);
        assert_eq!(status(9, 0, 0, 0), ExitStatus::Passed);
        assert_eq!(status(0, 0, 0, 0), ExitStatus::NothingMatched);
    }
}
