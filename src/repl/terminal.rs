//! The terminal's own settings while a prompt is in use.

use std::io;

/// The terminal at standard input in quiet mode: input is neither echoed nor split into lines by
/// the system while no line is edited, so that it stays complete for the next line, and a signal
/// discards no input or output. The former settings are restored on drop.
#[cfg(unix)]
pub(super) struct QuietTerminal {
    former: nix::sys::termios::Termios,
}

#[cfg(unix)]
impl QuietTerminal {
    /// Switches the terminal to quiet mode.
    pub(super) fn set() -> io::Result<Self> {
        use nix::sys::termios::{InputFlags, LocalFlags, SetArg, tcgetattr, tcsetattr};

        let former = tcgetattr(io::stdin())?;
        let mut quiet = former.clone();
        quiet.local_flags.remove(LocalFlags::ECHO | LocalFlags::ICANON | LocalFlags::IEXTEN);
        quiet.local_flags.insert(LocalFlags::NOFLSH);
        quiet.input_flags.remove(InputFlags::ICRNL | InputFlags::IXON);
        tcsetattr(io::stdin(), SetArg::TCSANOW, &quiet)?;
        Ok(Self { former })
    }
}

#[cfg(unix)]
impl Drop for QuietTerminal {
    fn drop(&mut self) {
        use nix::sys::termios::{SetArg, tcsetattr};

        // If the terminal is gone, there is nothing to restore.
        tcsetattr(io::stdin(), SetArg::TCSANOW, &self.former).ok();
    }
}

/// The terminal at standard input, whose settings other systems keep by themselves.
#[cfg(not(unix))]
pub(super) struct QuietTerminal;

#[cfg(not(unix))]
impl QuietTerminal {
    /// Changes nothing.
    pub(super) fn set() -> io::Result<Self> {
        Ok(Self)
    }
}
