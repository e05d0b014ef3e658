//! The exit codes of `chatsim`.

use std::process::ExitCode;

use crate::runner::Summary;

/// The exit codes of `chatsim`.
///
/// If several apply to one run, a failure takes precedence over `Environment`, and that over
/// `Unknown`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum ExitStatus {
    /// Everything passed.
    Passed = 0,
    /// A scenario failed.
    Failed = 1,
    /// The command line or a scenario file is invalid, or a file cannot be read. Nothing was run.
    Usage = 2,
    /// The operating system refused: e.g. a port is taken or the disk is full.
    Environment = 3,
    /// No scenario was found, or none matches.
    NothingMatched = 4,
    /// A run did not settle within its bounds.
    Unknown = 5,
    /// The user stopped the run.
    Interrupted = 130,
}

impl ExitStatus {
    /// Also takes refusals by the environment into account.
    pub(super) const fn or_environment(self) -> Self {
        match self {
            Self::Passed | Self::NothingMatched | Self::Unknown => Self::Environment,
            Self::Failed | Self::Usage | Self::Environment | Self::Interrupted => self,
        }
    }
}

impl ExitStatus {
    /// Returns the status of a child process that runs the same program.
    #[cfg(unix)]
    pub(super) fn of_child(code: Option<i32>) -> Self {
        let all = [
            Self::Passed,
            Self::Failed,
            Self::Usage,
            Self::Environment,
            Self::NothingMatched,
            Self::Unknown,
            Self::Interrupted,
        ];
        let found = all.into_iter().find(|status| Some(i32::from(*status as u8)) == code);
        found.unwrap_or(Self::Environment)
    }
}

impl From<&Summary> for ExitStatus {
    fn from(summary: &Summary) -> Self {
        match summary {
            Summary { failed: 1.., .. } => Self::Failed,
            Summary { environment: 1.., .. } => Self::Environment,
            Summary { unknown: 1.., .. } => Self::Unknown,
            // A shard may be empty; where nothing matches, nothing is run at all.
            Summary { .. } => Self::Passed,
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
        assert_eq!(status(0, 0, 0, 0), ExitStatus::Passed);
    }
}
