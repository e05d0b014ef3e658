//! Bell and desktop notifications.

use super::problem::PROGRAM;
use crate::console::CleanText;

/// How a terminal gets the attention of the user.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Calls {
    /// Whether to ring the bell.
    pub bell: bool,
    /// How to show a desktop notification, if at all.
    pub notice: Option<DesktopNotice>,
}

/// The escape sequences for a desktop notification.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DesktopNotice {
    /// That of kitty, iTerm2 and Windows Terminal.
    Osc9,
    /// That of urxvt, foot and the GNOME terminals.
    Osc777,
}

/// The maximum length of a desktop notification, in characters.
const NOTICE_LEN_MAX: usize = 200;

impl Calls {
    /// Returns the output that gets the attention of the user.
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
