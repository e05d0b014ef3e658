//! Entries of several lines, typed or pasted.

use crate::console::Commands;

/// The meaning of an entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Entry {
    /// A single line, or a text of several lines.
    One(String),
    /// The entry is not complete: its last line ends in a backslash.
    Unfinished,
    /// Commands, one per line.
    Commands(Vec<String>),
    /// A text of several lines that are all commands as well.
    Unclear(Vec<String>),
    /// Several lines that are not a text, one of which (counted from 1) is not a command.
    Wrong(usize),
}

/// Returns the meaning of an entry. The first line decides: if its command takes a message, all
/// that follows belongs to the text; otherwise each line is a command, and all have to be.
pub(super) fn entry(typed: &str, commands: Commands) -> Entry {
    let joined = join(typed);
    let lines: Vec<&str> = joined.iter().map(|line| line.trim_matches(['\r', '\n'])).collect();
    let is_blank = |line: &&str| line.trim().is_empty();
    let Some(first) = lines.iter().position(|line| !is_blank(line)) else {
        return Entry::One(String::new());
    };
    let last = lines.iter().rposition(|line| !is_blank(line)).unwrap_or(first);
    let lines = lines.get(first..=last).unwrap_or_default();
    let (head, rest) = lines.split_first().unwrap_or((&"", &[]));
    let takes_message = commands.judge(head).takes_message();
    if takes_message && continues(typed) {
        return Entry::Unfinished;
    }
    let others: Vec<&str> = rest.iter().copied().filter(|line| !is_blank(line)).collect();
    if others.is_empty() {
        return Entry::One((*head).to_owned());
    }
    let all = || lines.iter().filter(|line| !is_blank(line)).map(|&line| line.to_owned()).collect();
    let wrong = others.iter().position(|line| !commands.has_word_of(line));
    match (takes_message, wrong) {
        (true, None) => Entry::Unclear(all()),
        (true, Some(_)) => Entry::One(lines.join("\n")),
        (false, None) if commands.has_word_of(head) => Entry::Commands(all()),
        (false, None) => Entry::Wrong(1),
        (false, Some(_)) => {
            let wrong =
                lines.iter().position(|line| !is_blank(line) && !commands.has_word_of(line));
            Entry::Wrong(first + wrong.unwrap_or_default() + 1)
        }
    }
}

/// Joins the whole entry to one text, whatever its lines contain.
pub(super) fn as_one(typed: &str) -> String {
    join(typed).join("\n").trim_matches('\n').to_owned()
}

/// Splits at line breaks, except those after a backslash, which is removed.
fn join(typed: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in typed.split('\n') {
        let is_last = continues(line);
        let text = if is_last { line.get(..line.len() - 1).unwrap_or_default() } else { line };
        match lines.last_mut().filter(|_| goes_on) {
            Some(before) => {
                before.push('\n');
                before.push_str(text);
            }
            None => lines.push(text.to_owned()),
        }
        goes_on = is_last;
    }
    // The last line is not changed.
    if let Some(last) = lines.last_mut().filter(|_| goes_on) {
        last.push('\\');
    }
    lines
}

/// Returns whether a line ends in a single backslash.
fn continues(line: &str) -> bool {
    line.ends_with('\\') && !line.ends_with(r"\\")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::COMMANDS;

    fn entered(typed: &str) -> Entry {
        entry(typed, Commands::new(COMMANDS, false))
    }

    fn one(text: &str) -> Entry {
        Entry::One(text.to_owned())
    }

    fn lines(lines: &[&str]) -> Vec<String> {
        lines.iter().map(|&line| line.to_owned()).collect()
    }

    #[test]
    fn a_line_is_left_as_it_is() {
        assert_eq!(entered(""), one(""));
        assert_eq!(entered("  send c2  a\\b "), one("  send c2  a\\b "));
        assert_eq!(entered("reg\n\n"), one("reg"));
    }

    #[test]
    fn a_backslash_at_the_end_goes_on_in_the_next_line() {
        assert_eq!(entered("send c2 one\\"), Entry::Unfinished);
        assert_eq!(entered("send c2 one\\\n"), one("send c2 one"));
        assert_eq!(entered("send c2 one\\\ntwo"), one("send c2 one\ntwo"));
        assert_eq!(entered("send c2 one\\\nexit"), one("send c2 one\nexit"));
        assert_eq!(entered("send c2 one\\\\"), one("send c2 one\\\\"));
        assert_eq!(entered("list_groups\\"), one("list_groups\\"));
    }

    #[test]
    fn a_pasted_text_is_one_message() {
        let text = "send c2 one\n\n  two\nexit";
        assert_eq!(entered(&format!("\n{text}\n")), one(text));
    }

    #[test]
    fn pasted_commands_are_done_one_by_one() {
        let commands = ["reg", "join_group g", "send_all hi", "leave_group"];
        assert_eq!(entered(&commands.join("\n\n")), Entry::Commands(lines(&commands)));
        assert_eq!(entered("reg\nsend c2 hi\n"), Entry::Commands(lines(&["reg", "send c2 hi"])));
    }

    #[test]
    fn a_line_that_is_no_command_stops_all_of_them() {
        assert_eq!(entered("reg\n\nhello\nexit"), Entry::Wrong(3));
        assert_eq!(entered("hello\nexit"), Entry::Wrong(1));
    }

    #[test]
    fn what_may_be_a_text_or_commands_is_unclear() {
        let both = ["send c2 hi", "send c3 ho"];
        assert_eq!(entered(&both.join("\n")), Entry::Unclear(lines(&both)));
        assert_eq!(as_one("send c2 a\\\nb\nsend c3 c\n"), "send c2 a\nb\nsend c3 c");
    }
}
