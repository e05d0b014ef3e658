//! Colors.
//!
//! A line contains the positions of names (`Marks`), and only the front end colors them. So screens
//! of all stages, transcripts and snapshots stay plain text.

use std::borrow::Cow;
use std::ops::Range;

use anstyle::{Ansi256Color, AnsiColor, Color, Style};

use crate::console::{Judgement, Line, Part, badged};

/// Colors of names, from the 256 of most terminals: each is readable on a white and on a black
/// background.
const MANY: [u8; 18] =
    [31, 32, 61, 63, 64, 66, 97, 98, 99, 126, 130, 133, 136, 162, 166, 168, 30, 29];

/// Colors of names at a terminal with few colors. Red is for errors.
const FEW: [AnsiColor; 5] =
    [AnsiColor::Green, AnsiColor::Yellow, AnsiColor::Blue, AnsiColor::Magenta, AnsiColor::Cyan];

const COMMAND: Style = Style::new().bold();

const WRONG: Style = AnsiColor::Red.on_default();

const BADGE: Style = Style::new().bold();

const FAINT: Style = AnsiColor::BrightBlack.on_default();

/// The colors of a prompt and the lines above it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Look {
    /// The colors of names; if empty, nothing is colored.
    names: Vec<Color>,
}

impl Look {
    /// Colors nothing.
    pub const PLAIN: Self = Self { names: Vec::new() };

    /// Colors everything, for a terminal with many colors or few.
    pub fn colored(has_many: bool) -> Self {
        let names = if has_many {
            MANY.into_iter().map(|color| Ansi256Color(color).into()).collect()
        } else {
            FEW.into_iter().map(Color::from).collect()
        };
        Self { names }
    }

    /// Colors everything, with these colors for names.
    pub const fn with_names(names: Vec<Color>) -> Self {
        Self { names }
    }

    fn is_plain(&self) -> bool {
        self.names.is_empty()
    }

    /// Returns the color of a name: always the same one.
    fn of_name(&self, name: &str) -> Style {
        let at = usize::try_from(digest(name) % self.names.len().max(1) as u64);
        Style::new().fg_color(self.names.get(at.unwrap_or_default()).copied())
    }

    /// Styles a line of a screen.
    pub(super) fn line(&self, line: &Line) -> String {
        if self.is_plain() {
            return line.to_string();
        }
        let mut text = painted(&line.prompt, FAINT);
        match line.around_name() {
            Some((before, name, behind)) => {
                text.push_str(before);
                text.push_str(&painted(name, self.of_name(name)));
                text.push_str(behind);
            }
            None => text.push_str(line.text.as_str()),
        }
        text
    }

    /// Styles typed text, and removes what a terminal would interpret.
    pub(super) fn typed<'a>(&self, line: &'a str, judgement: &Judgement) -> Cow<'a, str> {
        let mut visible = Visible::default();
        if self.is_plain() {
            return if line.contains(is_obeyed) {
                Cow::Owned(visible.of(line))
            } else {
                Cow::Borrowed(line)
            };
        }
        let mut text = String::with_capacity(line.len() + 32);
        let mut done = 0;
        let mut put = |place: Range<usize>, style: Style| {
            let part = visible.of(line.get(place).unwrap_or_default());
            text.push_str(&painted(&part, style));
        };
        for (place, part) in &judgement.parts {
            put(done..place.start, Style::new());
            let word = line.get(place.clone()).unwrap_or_default();
            let style = match part {
                Part::Command => COMMAND,
                Part::Name => self.of_name(word),
                Part::Wrong => WRONG,
            };
            put(place.clone(), style);
            done = place.end;
        }
        put(done..line.len(), Style::new());
        Cow::Owned(text)
    }

    /// Styles a hint.
    pub(super) fn hint<'a>(&self, hint: &'a str) -> Cow<'a, str> {
        self.painted(hint, FAINT)
    }

    /// Styles a completion: a name with its state, or anything else.
    pub(super) fn candidate<'a>(&self, shown: &'a str) -> Cow<'a, str> {
        match shown.split_once(' ') {
            Some((name, state)) if !self.is_plain() => {
                let name = painted(name, self.of_name(name));
                Cow::Owned(format!("{name} {}", painted(state, FAINT)))
            }
            _ => Cow::Borrowed(shown),
        }
    }

    /// Styles the prompt, which must not distract from the conversation unless it shows the number
    /// of waiting messages.
    pub(super) fn prompt<'a>(&self, prompt: &'a str, waiting: usize) -> Cow<'a, str> {
        match badged(prompt, waiting) {
            ("", prompt) => self.painted(prompt, FAINT),
            (badge, rest) => self.painted(badge, BADGE) + self.painted(rest, FAINT),
        }
    }

    fn painted<'a>(&self, text: &'a str, style: Style) -> Cow<'a, str> {
        if self.is_plain() { Cow::Borrowed(text) } else { Cow::Owned(painted(text, style)) }
    }
}

fn is_obeyed(c: char) -> bool {
    c.is_control() && c != '\n' && c != '\t'
}

/// Removes what a terminal interprets, and exactly what the editor takes for zero-width: controls,
/// and the sequences that begin with an escape.
#[derive(Default)]
enum Visible {
    #[default]
    Text,
    BehindEscape,
    InSequence,
}

impl Visible {
    /// Continues with the next part of a text.
    fn of(&mut self, part: &str) -> String {
        part.chars().filter(|&c| self.is_visible(c)).collect()
    }

    fn is_visible(&mut self, c: char) -> bool {
        let is_text = matches!(self, Self::Text);
        *self = match (&self, c) {
            (Self::Text, '\x1b') => Self::BehindEscape,
            (Self::BehindEscape, '[') | (Self::InSequence, ';' | '0'..='9') => Self::InSequence,
            (Self::Text | Self::BehindEscape | Self::InSequence, _) => Self::Text,
        };
        is_text && !is_obeyed(c)
    }
}

fn painted(text: &str, style: Style) -> String {
    if text.is_empty() { String::new() } else { format!("{style}{text}{style:#}") }
}

/// Hashes names in the same way in every program (FNV-1a).
fn digest(name: &str) -> u64 {
    let mix = |digest: u64, byte| (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    name.bytes().fold(0xcbf2_9ce4_8422_2325, mix)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::{COMMANDS, Commands};

    /// Returns the brightness of one of the 216 colors of the cube (WCAG 2, relative luminance).
    fn luminance(color: u8) -> f64 {
        let level = |step: u8| if step == 0 { 0.0 } else { f64::from(55 + 40 * step) / 255.0 };
        let linear = |c: f64| if c <= 0.04 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) };
        let [r, g, b] = [(color - 16) / 36, (color - 16) / 6 % 6, (color - 16) % 6];
        [(r, 0.2126), (g, 0.7152), (b, 0.0722)]
            .map(|(c, part)| part * linear(level(c)))
            .iter()
            .sum()
    }

    #[test]
    fn names_can_be_read_on_white_and_on_black() {
        for color in MANY {
            let (on_white, on_black) =
                (1.05 / (luminance(color) + 0.05), (luminance(color) + 0.05) / 0.05);
            assert!(on_white >= 3.0 && on_black >= 3.0, "{color}: {on_white:.1}, {on_black:.1}");
        }
    }

    #[test]
    fn a_name_has_one_colour_and_others_have_others() {
        let look = Look::colored(true);
        assert_eq!(look.of_name("bob"), look.of_name("bob"));
        let names = (0..200).map(|n| look.of_name(&format!("c{n}")).to_string());
        assert_eq!(names.collect::<std::collections::BTreeSet<_>>().len(), MANY.len());
    }

    #[test]
    fn parts_of_a_typed_line_are_coloured() {
        let look = Look::colored(false);
        let typed =
            |line| look.typed(line, &Commands::new(COMMANDS, false).judge(line)).into_owned();
        let bob = look.of_name("bob");
        assert_eq!(typed("send bob hi"), format!("\x1b[1msend\x1b[0m {bob}bob\x1b[0m hi"));
        assert_eq!(typed("foo bar"), "\x1b[31mfoo\x1b[0m bar");
        assert_eq!(typed("reg \x07now"), "\x1b[1mreg\x1b[0m \x1b[31mnow\x1b[0m");
    }

    #[test]
    fn without_colours_there_is_nothing_that_a_terminal_obeys() {
        let judgement = Judgement::default();
        assert_eq!(Look::PLAIN.typed("a\x1b[1;2mx\x07\u{9b}b\x1bMc\td\n", &judgement), "axbc\td\n");
        assert_eq!(Look::PLAIN.hint("x"), "x");
        assert_eq!(Look::PLAIN.candidate("bob (online)"), "bob (online)");
    }
}
