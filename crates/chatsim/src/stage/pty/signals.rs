//! Signals to a program and all processes that it has started.

use std::io;
use std::os::fd::AsFd;

use nix::sys::signal::{Signal, killpg};
use nix::sys::termios::{LocalFlags, SetArg, tcgetattr, tcsetattr};
use nix::unistd::Pid;

/// Makes Ctrl-C at a terminal send the signal only. By default the system also discards unread
/// output, which may be the program's last lines.
pub(super) fn keep_output_at_signals(terminal: impl AsFd) -> io::Result<()> {
    let mut settings = tcgetattr(&terminal)?;
    settings.local_flags.insert(LocalFlags::NOFLSH);
    Ok(tcsetattr(&terminal, SetArg::TCSANOW, &settings)?)
}

/// A program that leads a process group, and all processes that it has started.
pub(super) struct Group(Option<Pid>);

impl Group {
    /// The process group of a program that has a terminal of its own.
    pub(super) fn led_by(process: u32) -> Self {
        let process = i32::try_from(process).ok();
        Self(process.filter(|id| *id > 1).map(Pid::from_raw))
    }

    /// Kills all of them at once. A process that has ended already needs no signal.
    pub(super) fn kill(&self) {
        self.send(Signal::SIGKILL).ok();
    }

    /// Stops all of them.
    pub(super) fn hold(&self) -> io::Result<()> {
        self.send(Signal::SIGSTOP)
    }

    /// Continues all of them.
    pub(super) fn go_on(&self) -> io::Result<()> {
        self.send(Signal::SIGCONT)
    }

    fn send(&self, signal: Signal) -> io::Result<()> {
        let Some(group) = self.0 else { return Err(io::ErrorKind::NotFound.into()) };
        Ok(killpg(group, signal)?)
    }
}
