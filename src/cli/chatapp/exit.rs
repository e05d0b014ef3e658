//! The exit codes of `chatapp`.

use std::process::ExitCode;

/// How `chatapp` ended, for the process that started it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Exit {
    /// It did what it was asked to do and left; the exit code is 0.
    Success = 0,
    /// The chat failed: e.g. the name is in use, the server does not answer, or a statement of a
    /// script failed; the exit code is 1.
    Failure = 1,
    /// The arguments are invalid; the exit code is 2.
    Usage = 2,
    /// The operating system refused: e.g. a port is taken, or standard output cannot be written;
    /// the exit code is 3.
    Environment = 3,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
