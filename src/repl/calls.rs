//! How somebody is called who does not look at the screen.

use super::PROGRAM;
use crate::console::CleanText;

/// How a terminal calls.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Calls {
    /// Whether the terminal rings.
    pub bell: bool,
    /// How the terminal is asked for a notice on the desktop, if it is.
    pub notice: Option<DesktopNotice>,
}

/// Ways to ask a terminal for a notice on the desktop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DesktopNotice {
    /// As kitty, iTerm2 and the terminal of Windows know it.
    Osc9,
    /// As urxvt, foot and the terminals of GNOME know it.
    Osc777,
}

/// Characters of a notice on the desktop.
const NOTICE_LEN_MAX: usize = 200;

impl Calls {
    /// Returns what makes a terminal call.
    pub(super) fn with(self, text: &CleanText<'_>) -> String {
        let text: String = text.as_str().chars().take(NOTICE_LEN_MAX).collect();
        let bell = if self.bell { "\x07" } else { "" };
        match self.notice {
            None => bell.to_owned(),
            Some(DesktopNotice::Osc9) => format!("\x1b]9;{text}\x07{bell}"),
            Some(DesktopNotice::Osc777) => format!("\x1b]777;notify;{PROGRAM};{text}\x07{bell}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_calls_in_the_ways_that_are_wanted() {
        let bell = Calls { bell: true, notice: None };
        assert_eq!(bell.with(&"c1: hi".into()), "\x07");
        let notice = Calls { bell: false, notice: Some(DesktopNotice::Osc9) };
        assert_eq!(
            notice.with(&CleanText::one_line("é".repeat(201))),
            format!("\x1b]9;{}\x07", "é".repeat(200))
        );
        let both = Calls { bell: true, notice: Some(DesktopNotice::Osc777) };
        assert_eq!(both.with(&"c1: hi".into()), "\x1b]777;notify;chatapp;c1: hi\x07\x07");
        assert_eq!(Calls::default().with(&"c1: hi".into()), "");
    }
}
