//! What a person sees at a terminal, line by line.

use std::mem;
use std::num::NonZeroU16;

use vt100::Parser;

/// The columns of a terminal: enough that no line is ever wrapped, neither the longest message nor
/// the command that sends it.
pub(super) const COLUMNS: NonZeroU16 = NonZeroU16::MIN.saturating_add(16_639);

/// The rows of a terminal: finished lines are taken at once, so few are enough.
pub(super) const ROWS: NonZeroU16 = NonZeroU16::MIN.saturating_add(3);

/// The number of bytes that are parsed together. Less than a row, so that nothing scrolls away
/// unseen.
const PIECE_LEN_MAX: usize = 8 * 1024;

/// Replaces U+FFFD, the replacement character, which the parser does not show. It is a
/// noncharacter, so no text contains it.
const REPLACEMENT: char = '\u{ffef}';

/// The screen of one program. A line is finished once the cursor has left it downwards.
pub(super) struct Screen {
    parser: Parser,
    /// The number of rows at the top whose lines were returned.
    taken: u16,
    /// The beginning of a character that is not complete yet.
    cut: Vec<u8>,
}

impl Screen {
    /// An empty screen whose cursor is not in the first row: editors step up from their prompt.
    pub(super) fn new() -> Self {
        let mut parser = Parser::new(ROWS, COLUMNS, usize::from(ROWS.get()));
        parser.process(b"\n");
        Self { parser, taken: 1, cut: Vec::new() }
    }

    /// Parses the output of a program; returns the lines that are finished now.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        for line in self.decode(bytes).as_bytes().split_inclusive(|&byte| byte == b'\n') {
            for piece in line.chunks(PIECE_LEN_MAX) {
                self.parser.process(piece);
                self.take_finished(&mut lines);
            }
        }
        lines
    }

    /// Returns the line of the cursor: the prompt, and half-typed text.
    pub(super) fn unfinished(&self) -> String {
        let (row, _) = self.parser.screen().cursor_position();
        self.text(self.first_row_of(row), row)
    }

    /// Decodes UTF-8 as terminals do: invalid bytes become the replacement character.
    fn decode(&mut self, bytes: &[u8]) -> String {
        let bytes = [mem::take(&mut self.cut).as_slice(), bytes].concat();
        let mut text = String::with_capacity(bytes.len());
        let mut chunks = bytes.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            text.push_str(chunk.valid());
            let invalid = chunk.invalid();
            let is_cut = str::from_utf8(invalid).is_err_and(|error| error.error_len().is_none());
            if is_cut && chunks.peek().is_none() {
                self.cut = invalid.to_vec();
            } else if !invalid.is_empty() {
                text.push(REPLACEMENT);
            }
        }
        text.replace(char::REPLACEMENT_CHARACTER, REPLACEMENT.encode_utf8(&mut [0; 4]))
    }

    fn take_finished(&mut self, lines: &mut Vec<String>) {
        let screen = self.parser.screen_mut();
        let scrolled = u16::try_from(screen.scrollback_len()).unwrap_or(u16::MAX);
        screen.clear_scrollback();
        self.taken = self.taken.saturating_sub(scrolled);
        let (row, _) = screen.cursor_position();
        let current = self.first_row_of(row);
        while self.taken < current {
            let first = self.taken;
            let wrapped = |row: &u16| self.parser.screen().row_wrapped(*row);
            let last =
                first + u16::try_from((first..current).take_while(wrapped).count()).unwrap_or(0);
            lines.push(self.text(first, last));
            self.taken = last + 1;
        }
    }

    /// Returns the first row of the line that continues in this row.
    fn first_row_of(&self, row: u16) -> u16 {
        let wrapped = |above: &u16| self.parser.screen().row_wrapped(*above);
        (0..row).rev().take_while(wrapped).last().unwrap_or(row)
    }

    /// Returns the text of a line without its line break.
    fn text(&self, first: u16, last: u16) -> String {
        let rows = (first..=last)
            .map(|row| self.parser.screen().contents_between(row, 0, row, COLUMNS.get()));
        let text = rows.collect::<String>();
        text.trim_end_matches('\n').replace(REPLACEMENT, "\u{fffd}")
    }
}

/// Returns a text as a terminal shows it: without controls that move the cursor, ring or change
/// colors.
pub(super) fn as_shown(text: &str) -> String {
    if !text.contains(char::is_control) {
        return text.to_owned();
    }
    let mut screen = Screen::new();
    screen.parser.process(text.as_bytes());
    screen.unfinished()
}

/// Returns what a terminal without an editor echoes when a text is typed. Controls are announced by
/// a `^` below the cursor, and follow as `^[` and so on, except the tab.
pub(super) fn echoed(text: &str) -> String {
    let mut echo = String::with_capacity(text.len());
    for key in text.chars() {
        match u8::try_from(key).ok().filter(u8::is_ascii_control) {
            None => echo.push(key),
            Some(b'\t') => echo.push_str("^\u{8}\t"),
            Some(control) => echo.extend(['^', char::from(control ^ 0x40)]),
        }
    }
    echo
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(pieces: &[&str]) -> (Vec<String>, String) {
        let mut screen = Screen::new();
        let lines = pieces.iter().flat_map(|piece| screen.feed(piece.as_bytes())).collect();
        (lines, screen.unfinished())
    }

    #[test]
    fn a_line_is_finished_when_the_cursor_leaves_it() {
        let (finished, unfinished) = lines(&["one\r\nt", "wo\r\n\r\n>>> ha", "lf"]);
        assert_eq!(finished, ["one", "two", ""]);
        assert_eq!(unfinished, ">>> half");
    }

    #[test]
    fn what_is_drawn_again_counts_as_it_stands_in_the_end() {
        let (finished, unfinished) = lines(&[
            ">>> ab",
            "\r\x1b[J",
            ">>> c2: hi\r\n>>> ab",
            "\x1b[A\n\r\x1b[J>>> abc",
            "\r\n",
        ]);
        assert_eq!(finished, [">>> c2: hi", ">>> abc"]);
        assert_eq!(unfinished, "");
    }

    #[test]
    fn blanks_count_and_colours_do_not() {
        let (finished, _) = lines(&["\x1b[31m a  b  \x1b[0m\r\n"]);
        assert_eq!(finished, [" a  b  "]);
    }

    #[test]
    fn many_lines_at_once_are_all_taken() {
        let expected: Vec<_> = (0..100).map(|n| n.to_string()).collect();
        assert_eq!(lines(&[&(expected.join("\r\n") + "\r\n")]).0, expected);
    }

    #[test]
    fn a_line_longer_than_the_terminal_is_one_line() {
        let long = "0123456789".repeat(3000);
        assert_eq!(lines(&[&long, "\r\nnext\r\n"]).0, [long.as_str(), "next"]);
        let whole_row = "x".repeat(usize::from(COLUMNS.get()));
        assert_eq!(lines(&[&whole_row, "\r\nnext\r\n"]).0, [whole_row.as_str(), "next"]);
    }

    #[test]
    fn characters_of_all_scripts_are_read_and_what_is_none_is_replaced() {
        let mut screen = Screen::new();
        let text = "naïve 漢字 🙂 \u{fffd}|".as_bytes();
        let lines: Vec<_> = text.iter().flat_map(|byte| screen.feed(&[*byte])).collect();
        assert!(lines.is_empty());
        assert_eq!(
            screen.feed(b"\xff|\xf0\x9f|\r\n"),
            ["naïve 漢字 🙂 \u{fffd}|\u{fffd}|\u{fffd}|"]
        );
    }

    #[test]
    fn a_text_is_shown_without_its_controls() {
        assert_eq!(as_shown("red \x1b[31m, bell \u{7}."), "red , bell .");
        assert_eq!(as_shown("  as it is  "), "  as it is  ");
        assert_eq!(as_shown(&echoed("a\tred \x1b[31m \u{7f}")), "a^      red ^[[31m ^?");
    }
}
