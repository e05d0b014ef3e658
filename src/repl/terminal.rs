//! The terminal's own settings while a prompt is in use.

use std::io;

/// The terminal at standard input, kept quiet: what is typed is neither echoed nor cut into lines
/// by the system while no line is edited, so that it stays whole for the next line, and a signal
/// drops nothing that was typed or written. Gets its former settings back when dropped.
#[cfg(unix)]
pub(super) struct QuietTerminal {
    former: nix::sys::termios::Termios,
}

#[cfg(unix)]
impl QuietTerminal {
    /// Makes the terminal quiet.
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

        // A terminal that is gone needs no settings.
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
