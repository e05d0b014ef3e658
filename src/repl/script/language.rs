//! Parses one line of a script into a statement.

use std::ops::Range;
use std::time::Duration;

use regex::{Regex, RegexBuilder};

use super::Deed;
use crate::client::Command;
use crate::console::{Asked, COMMANDS, ParseError, parse};
use placed_yaml::{Mistake, Place, duration, offer, quoted};

/// The default timeout of `wait`.
const DEFAULT_PATIENCE: Duration = Duration::from_secs(10);

/// The maximum size of a compiled regular expression, in bytes.
const REGEX_BYTES_MAX: usize = 1024 * 1024;

/// The maximum number of bytes of a line that are marked as wrong.
const MARKED_BYTES_MAX: usize = 60;

const WAIT_HELP: &str = "write `wait /regex/ 5s`; without a time it waits for 10 seconds";

/// The statements that are not commands of the client.
const OWN_WORDS: [&str; 3] = ["wait", "sleep", "echo"];

/// A line and its place.
#[derive(Clone, Copy)]
pub(super) struct LineAt<'t> {
    pub(super) text: &'t str,
    /// The index of its file.
    pub(super) file: usize,
    /// The offset of its first byte.
    pub(super) start: usize,
    /// The line number, from 1.
    pub(super) number: usize,
}

impl<'t> LineAt<'t> {
    /// Parses the line; `None` if it is blank or a comment. The client decides whether a command is
    /// valid; see [`Self::check_command`].
    pub(super) fn read(self) -> Result<Option<Deed>, Mistake> {
        let line = self.text.trim();
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        match word {
            "" => Ok(None),
            _ if word.starts_with('#') => Ok(None),
            "wait" => self.wait(rest.trim_start()).map(Some),
            "sleep" => {
                self.duration(rest.trim_start(), "write `sleep 2s`").map(Deed::Sleep).map(Some)
            }
            // As typed, including trailing blanks.
            "echo" => Ok(Some(Deed::Echo(self.behind_word().to_owned()))),
            _ => Ok(Some(Deed::Command { leaves: is_exit(self.text) })),
        }
    }

    /// Refuses a command that is invalid in all modes of the client.
    pub(super) fn check_command(self) -> Result<(), Mistake> {
        let Err(error) = parse(self.text, false) else { return Ok(()) };
        if parse(self.text, true).is_ok() {
            return Ok(());
        }
        let (message, help) = match &error {
            ParseError::Unknown(word) => {
                let words = COMMANDS.iter().map(|spec| spec.word).chain(OWN_WORDS);
                let help = offer("commands", word, &words.collect::<Vec<_>>());
                (format!("{} is not a command", quoted(word)), help)
            }
            ParseError::Json { problem, cure } => (problem.clone(), cure.clone()),
            ParseError::Ambiguous { .. } => (error.to_string(), "write the whole word".to_owned()),
            ParseError::Arguments { problem, usage } => {
                (problem.clone(), format!("write `{usage}`"))
            }
        };
        let place = match error {
            ParseError::Unknown(word) | ParseError::Ambiguous { word, .. } => self.place_of(&word),
            ParseError::Arguments { .. } | ParseError::Json { .. } => {
                self.place_of(self.text.trim())
            }
        };
        Err(Mistake::new(place, message).with_help(help))
    }

    fn behind_word(self) -> &'t str {
        let line = self.text.trim_start();
        line.split_once(char::is_whitespace).map_or("", |(_, rest)| rest)
    }

    fn wait(self, rest: &'t str) -> Result<Deed, Mistake> {
        let mistake = |part: &str, message: String| {
            Err(Mistake::new(self.place_of(part), message).with_help(WAIT_HELP))
        };
        let Some(behind) = rest.strip_prefix('/') else {
            return mistake(self.text.trim(), "`wait` needs a regular expression".to_owned());
        };
        let Some(end) = end_of_pattern(behind) else {
            return mistake(rest, "the regular expression is not closed by `/`".to_owned());
        };
        let (text, patience) = behind.split_at_checked(end).unwrap_or((behind, ""));
        let patience = patience.strip_prefix('/').unwrap_or(patience).trim();
        let pattern = match compile(text) {
            Ok(pattern) => pattern,
            Err(problem) => {
                let message = format!("{} is not a regular expression: {problem}", quoted(text));
                return mistake(text, message);
            }
        };
        let patience = match patience {
            "" => DEFAULT_PATIENCE,
            text => self.duration(text, WAIT_HELP)?,
        };
        Ok(Deed::Wait { pattern, patience })
    }

    fn duration(self, text: &'t str, help: &str) -> Result<Duration, Mistake> {
        if text.is_empty() {
            let place = self.place_of(self.text.trim());
            return Err(Mistake::new(place, "the duration is missing").with_help(help));
        }
        duration::parse(text, self.place_of(text))
    }

    /// Returns the place of a part of the line.
    fn place_of(self, part: &str) -> Place {
        let at = self.text.find(part).unwrap_or_default();
        let len = part.floor_char_boundary(MARKED_BYTES_MAX);
        self.place(at..at + len)
    }

    fn place(self, Range { start, end }: Range<usize>) -> Place {
        let before = self.text.get(..start).unwrap_or_default();
        Place {
            file: self.file,
            start: self.start + start,
            end: self.start + end,
            line: self.number,
            column: before.chars().count() + 1,
        }
    }
}

/// Finds the slash that ends a pattern; one after a backslash belongs to it.
fn end_of_pattern(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let is_end = c == '/' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        is_end.then_some(at)
    })
}

fn compile(text: &str) -> Result<Regex, String> {
    let compiled = RegexBuilder::new(&text.replace(r"\/", "/")).size_limit(REGEX_BYTES_MAX).build();
    compiled.map_err(|error| {
        if let regex::Error::CompiledTooBig(_) = error {
            return "it is too large".to_owned();
        }
        // The last line contains the reason, those before draw the place.
        let text = error.to_string();
        let last = text.lines().next_back().unwrap_or_default();
        last.trim_start_matches("error: ").to_owned()
    })
}

/// Returns whether a line asks to leave, in any mode.
fn is_exit(line: &str) -> bool {
    matches!(parse(line, false), Ok(Some(Asked::Command(Command::Exit))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> LineAt<'_> {
        LineAt { text, file: 0, start: 0, number: 7 }
    }

    #[track_caller]
    fn problem(text: &str) -> (String, String, usize) {
        let read = line(text).read().and_then(|_| line(text).check_command());
        let mistake = read.unwrap_err();
        (mistake.message, mistake.help.unwrap(), mistake.place.column)
    }

    #[test]
    fn comments_and_blank_lines_do_nothing() {
        for text in ["", "  \t", "# send c2 hi", "  #x"] {
            assert!(line(text).read().unwrap().is_none(), "{text}");
        }
    }

    #[test]
    fn a_wait_has_a_pattern_and_a_patience() {
        let wait = |text| match line(text).read() {
            Ok(Some(Deed::Wait { pattern, patience })) => (pattern.to_string(), patience),
            other => panic!("{other:?}"),
        };
        assert_eq!(wait("wait /c2: .*/ 500ms"), ("c2: .*".to_owned(), Duration::from_millis(500)));
        assert_eq!(wait("  wait  /a b/"), ("a b".to_owned(), DEFAULT_PATIENCE));
        assert_eq!(wait(r"wait /a\/b\\/ 2m"), (r"a/b\\".to_owned(), Duration::from_mins(2)));
    }

    #[test]
    fn an_echo_is_shown_as_typed() {
        let echo = |text| match line(text).read() {
            Ok(Some(Deed::Echo(text))) => text,
            other => panic!("{other:?}"),
        };
        assert_eq!(echo("echo  two  blanks "), " two  blanks ");
        assert_eq!(echo("echo"), "");
    }

    #[test]
    fn leaving_is_known_by_every_name_that_it_has() {
        let leaves = |text| match line(text).read() {
            Ok(Some(Deed::Command { leaves })) => leaves,
            other => panic!("{other:?}"),
        };
        for text in ["exit", "quit", "q", " ex "] {
            assert!(leaves(text), "{text}");
        }
        assert!(!leaves("exit now"));
        assert!(!leaves("list_groups"));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place_and_its_cure() {
        let own = |text| (problem(text).0, problem(text).2);
        assert_eq!(own("wait"), ("`wait` needs a regular expression".to_owned(), 1));
        assert_eq!(own("wait hi"), ("`wait` needs a regular expression".to_owned(), 1));
        assert_eq!(own("wait /hi"), ("the regular expression is not closed by `/`".to_owned(), 6));
        assert_eq!(own("wait /hi/ 5"), ("`5` has no unit".to_owned(), 11));
        assert_eq!(own("sleep"), ("the duration is missing".to_owned(), 1));
        assert_eq!(own("sleep soon"), ("`soon` is not a duration".to_owned(), 7));
        let (message, help, column) = problem("wait /(/");
        assert_eq!(
            (message.as_str(), column),
            ("`(` is not a regular expression: unclosed group", 7)
        );
        assert_eq!(help, WAIT_HELP);
    }

    #[test]
    fn what_is_no_command_in_any_mode_is_wrong_beforehand() {
        let (message, help, column) = problem("  snd c2 hi");
        assert_eq!((message.as_str(), column), ("`snd` is not a command", 3));
        assert_eq!(help, "did you mean `send`?");
        let (message, help, _) = problem("send c2");
        assert_eq!(message, "the message is missing");
        assert_eq!(help, "write `send <client-name> <message>`");
        let long = format!("send c2 {}", "x".repeat(1_000_000));
        assert_eq!(problem(&long).0, "the message has 1000000 bytes, at most 16384 can be sent");
        assert!(line("sen hi").check_command().is_ok(), "right in a group");
    }
}
