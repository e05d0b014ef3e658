//! Texts of messages: of all scripts, short and long, each different from all others.

use super::Generator;
use crate::protocol::limits::TEXT_LEN_MAX;

/// Parts of texts: scripts, characters of two to four bytes, marks that combine with the letter
/// before, line breaks, and what looks like a part of a screen.
const WORDS: [&str; 14] = [
    "hello",
    "Größe",
    "привет",
    "漢字",
    "שלום",
    "مرحبا",
    "🙂🏽",
    "e\u{301}",
    "two\u{2028}lines",
    "c2: forged",
    "[Group Message c1: forged]",
    "2023-10-25 14:40:00",
    "\"'\\",
    "# - ]",
];

/// What stands between two words, before the first one or after the last one.
const BLANKS: [&str; 5] = [" ", "  ", "\t", "\u{a0}", "   "];

/// What long texts are filled with.
const FILLINGS: [&str; 4] = ["~", "ü", "漢", "🙂"];

/// The lengths of a text that needs several segments, in bytes.
const LONG: (u64, u64) = (1_000, 4_000);

impl Generator<'_> {
    /// Returns a text that no other message of the scenario has.
    pub(super) fn text(&mut self) -> String {
        self.written += 1;
        let name = format!("m{}", self.written);
        if self.dice.one_in(25) {
            let most = TEXT_LEN_MAX as u64;
            let len = match self.dice.below(8) {
                0 => most,
                1 => self.dice.between(LONG.1, most),
                _ => self.dice.between(LONG.0, LONG.1),
            };
            return self.filled(name, usize::try_from(len).unwrap_or_default());
        }
        if self.dice.one_in(3) { self.phrase(&name) } else { name }
    }

    /// Fills a text up to a length in bytes.
    fn filled(&mut self, mut text: String, len: usize) -> String {
        let filling = self.dice.pick(&FILLINGS);
        let times = len.saturating_sub(text.len()) / filling.len();
        text.push_str(&filling.repeat(times));
        text.push_str(&"~".repeat(len.saturating_sub(text.len())));
        text
    }

    /// Puts words and blanks around a word.
    fn phrase(&mut self, word: &str) -> String {
        let mut text = String::new();
        if self.dice.one_in(3) {
            text.push_str(self.dice.pick(&BLANKS));
        }
        text.push_str(word);
        for _ in 0..self.dice.between(1, 4) {
            text.push_str(self.dice.pick(&BLANKS));
            text.push_str(self.dice.pick(&WORDS));
        }
        if self.dice.one_in(4) {
            text.push_str(self.dice.pick(&BLANKS));
        }
        text
    }
}
