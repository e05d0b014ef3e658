//! How `chatapp` ends.

use std::process::ExitCode;

/// How `chatapp` ends, as its caller sees it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Exit {
    /// It did what it was asked to and left politely; the exit code is 0.
    Success = 0,
    /// The chat failed: the name is in use, the server does not answer, or something of a
    /// script failed; the exit code is 1.
    Failure = 1,
    /// The arguments are wrong; the exit code is 2.
    Usage = 2,
    /// This machine refused something: a port is taken, standard output cannot be written; the
    /// exit code is 3.
    Environment = 3,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
