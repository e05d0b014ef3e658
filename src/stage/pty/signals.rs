//! Signals to a program and all that it has started.

use std::io;
use std::path::Path;

/// Makes Ctrl-C at a terminal a signal only. By default the system also drops what was written
/// and not yet read, which may be the program's last words.
#[cfg(unix)]
pub(super) fn keep_output_at_signals(terminal: &Path) -> io::Result<()> {
    use nix::fcntl::{OFlag, open};
    use nix::sys::stat::Mode;
    use nix::sys::termios::{LocalFlags, SetArg, tcgetattr, tcsetattr};

    let terminal = open(terminal, OFlag::O_RDWR | OFlag::O_NOCTTY, Mode::empty())?;
    let mut settings = tcgetattr(&terminal)?;
    settings.local_flags.insert(LocalFlags::NOFLSH);
    Ok(tcsetattr(&terminal, SetArg::TCSANOW, &settings)?)
}

/// Changes nothing: other systems drop nothing.
#[cfg(not(unix))]
pub(super) fn keep_output_at_signals(_terminal: &Path) -> io::Result<()> {
    Ok(())
}

/// A program that leads a group, and all that it has started.
#[cfg(unix)]
pub(super) struct Group(Option<nix::unistd::Pid>);

#[cfg(unix)]
impl Group {
    /// The group of a program that has a terminal of its own.
    pub(super) fn led_by(process: Option<u32>) -> Self {
        let process = process.and_then(|id| i32::try_from(id).ok());
        Self(process.filter(|id| *id > 1).map(nix::unistd::Pid::from_raw))
    }

    /// Ends all of them at once. Who has ended already needs no signal.
    pub(super) fn kill(&self) {
        self.send(nix::sys::signal::Signal::SIGKILL).ok();
    }

    /// Holds all of them.
    pub(super) fn hold(&self) -> io::Result<()> {
        self.send(nix::sys::signal::Signal::SIGSTOP)
    }

    /// Lets all of them go on.
    pub(super) fn go_on(&self) -> io::Result<()> {
        self.send(nix::sys::signal::Signal::SIGCONT)
    }

    fn send(&self, signal: nix::sys::signal::Signal) -> io::Result<()> {
        let Some(group) = self.0 else { return Err(io::ErrorKind::Unsupported.into()) };
        Ok(nix::sys::signal::killpg(group, signal)?)
    }
}

/// Other systems have no such groups.
#[cfg(not(unix))]
pub(super) struct Group;

#[cfg(not(unix))]
impl Group {
    /// Nothing.
    pub(super) fn led_by(_process: Option<u32>) -> Self {
        Self
    }

    /// Does nothing.
    pub(super) fn kill(&self) {}

    /// Refuses.
    pub(super) fn hold(&self) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Refuses.
    pub(super) fn go_on(&self) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
