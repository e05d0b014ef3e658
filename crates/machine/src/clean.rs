//! Text from others, made safe for a terminal.

use std::borrow::Cow;

/// Splits a text from elsewhere into lines that hold nothing a terminal would act on.
///
/// Control characters (C0, C1, DEL, so escape sequences too) and bidirectional overrides become
/// `U+FFFD`, a tab becomes a blank. A text without characters is one empty line. Plain
/// ASCII is not copied.
pub fn clean(text: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let (whole, lines) = if is_plain(text) {
        (Some(Cow::Borrowed(text)), None)
    } else {
        (None, Some(text.split(['\n', '\u{2028}', '\u{2029}']).map(clean_line)))
    };
    whole.into_iter().chain(lines.into_iter().flatten())
}

fn clean_line(line: &str) -> Cow<'_, str> {
    let line = line.strip_suffix('\r').unwrap_or(line);
    if is_plain(line) {
        Cow::Borrowed(line)
    } else {
        Cow::Owned(line.chars().map(clean_char).collect())
    }
}

/// Returns whether a text is printable ASCII. It looks at every byte, which the compiler vectorizes.
fn is_plain(text: &str) -> bool {
    text.bytes().fold(true, |is_plain, byte| is_plain & matches!(byte, b' '..=b'~'))
}

fn clean_char(c: char) -> char {
    match c {
        '\t' => ' ',
        c if is_control(c) => char::REPLACEMENT_CHARACTER,
        c => c,
    }
}

/// Returns whether a terminal may act on a character, or take it for the end of a line.
pub fn is_control(c: char) -> bool {
    c.is_control() || is_bidirectional_override(c) || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Returns whether a character could show a text in another order than it has
/// (Unicode TR 9, and CVE-2021-42574).
fn is_bidirectional_override(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escape_sequences_lose_their_power() {
        let lines: Vec<_> = clean("a\x1b[2Jb\u{9b}1m\tc\x7f\u{202e}d").collect();
        assert_eq!(lines, ["a\u{fffd}[2Jb\u{fffd}1m c\u{fffd}\u{fffd}d"]);
    }

    #[test]
    fn every_line_break_makes_a_line() {
        assert_eq!(clean("a\r\nb\u{2028}c").collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(clean("").collect::<Vec<_>>(), [""]);
    }

    proptest! {
        #[test]
        fn nothing_that_a_terminal_acts_on_is_left(text in any::<String>()) {
            for line in clean(&text) {
                prop_assert!(!line.chars().any(|c| c.is_control() || is_bidirectional_override(c)));
            }
        }

        #[test]
        fn plain_text_stays_as_it_is(text in "[ -~äöü漢字🙂]*") {
            prop_assert_eq!(clean(&text).collect::<Vec<_>>(), [text.as_str()]);
        }
    }
}
