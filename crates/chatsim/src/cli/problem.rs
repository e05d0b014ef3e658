//! Why a command failed.

use std::io;

use super::exit_status::ExitStatus;

/// Why a command failed.
pub(super) struct Problem {
    pub(super) status: ExitStatus,
    /// What standard error shows, with its line break.
    pub(super) text: String,
}

impl Problem {
    pub(super) fn usage(text: String) -> Self {
        let status = ExitStatus::Usage;
        Self { status, text }
    }

    pub(super) const fn nothing_matched(text: String) -> Self {
        let status = ExitStatus::NothingMatched;
        Self { status, text }
    }

    pub(super) const fn environment(text: String) -> Self {
        let status = ExitStatus::Environment;
        Self { status, text }
    }

    /// Merges several; if the environment refused any, that decides the exit code.
    pub(super) fn all(problems: Vec<Self>) -> Option<Self> {
        let is_environment = |problem: &&Self| problem.status == ExitStatus::Environment;
        let status = problems.iter().find(is_environment).or_else(|| problems.first())?.status;
        let texts: Vec<_> = problems.into_iter().map(|problem| problem.text).collect();
        Some(Self { status, text: texts.join("\n") })
    }

    pub(super) fn output(error: &io::Error) -> Self {
        Self::environment(format!("error: the report cannot be written: {error}\n"))
    }
}

/// Treats a closed pipe as success: its reader has seen enough.
pub(super) fn unless_closed(written: io::Result<()>) -> Result<(), Problem> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Problem::output(&error)),
        Ok(()) | Err(_) => Ok(()),
    }
}
