//! Checks a line against the table of commands while it is typed: for colours, for hints, and to
//! decide whether pasted lines are commands. A test compares it with the parser.

use std::ops::Range;

use super::argument::Argument;
use super::grammar::{Step, Walk, command_of, first_word};
use super::part::Part;
use super::spec::CommandSpec;
use super::vocabulary::Commands;

/// The result of checking a line that is being typed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Judgement {
    /// Its recognized parts, each with its byte range, in order.
    pub parts: Vec<(Range<usize>, Part)>,
    /// The rest of the command's word, if it is unambiguous.
    pub rest_of_word: &'static str,
    /// The arguments that are still missing, in their order.
    pub missing: Vec<&'static Argument>,
    /// The command, if there is one.
    pub command: Option<&'static CommandSpec>,
}

impl Judgement {
    /// Returns whether further typing cannot make the line valid.
    pub fn is_wrong(&self) -> bool {
        self.parts.iter().any(|(_, part)| *part == Part::Wrong)
    }

    /// Returns whether the line is a complete command.
    pub fn is_right(&self) -> bool {
        let has_all = self.missing.iter().all(|missing| missing.is_optional());
        self.command.is_some() && !self.is_wrong() && has_all
    }

    /// Returns whether the line's command takes a message, which may have several lines.
    pub fn takes_message(&self) -> bool {
        self.command.is_some_and(CommandSpec::takes_message)
    }
}

impl Commands {
    /// Checks a line that is being typed.
    pub fn judge(self, line: &str) -> Judgement {
        let mut judgement = Judgement::default();
        let typed = command_of(line);
        let (word, at) = (first_word(typed), line.len() - typed.len());
        let place = at..at + word.len();
        // JSON objects are not checked here.
        if word.is_empty() || word.starts_with('{') {
            return judgement;
        }
        let is_finished = place.end < line.len();
        let specs = if is_finished { self.like(word) } else { self.beginning(word) };
        let spec = match specs.as_slice() {
            [] => return judgement.with(place, Part::Wrong),
            [spec] => *spec,
            _ if is_finished => return judgement.with(place, Part::Wrong),
            _ => return judgement.with(place, Part::Command),
        };
        judgement.command = Some(spec);
        if !is_finished {
            judgement.rest_of_word = spec.word.get(word.len()..).unwrap_or_default();
        }
        let after = place.end;
        self.judge_arguments(spec, line, after, judgement.with(place, Part::Command))
    }

    fn judge_arguments(
        self,
        spec: &CommandSpec,
        line: &str,
        after: usize,
        mut judgement: Judgement,
    ) -> Judgement {
        let mut walk = Walk::new(spec.arguments, line, after, |word| self.find(word));
        for step in walk.by_ref() {
            let given = match step {
                Step::Given(given) => given,
                Step::Missing(argument) => {
                    judgement.missing.push(argument);
                    continue;
                }
            };
            let part = given.argument.part();
            if part == Some(Part::Command) {
                judgement = self.judge_topic(line, given.place, judgement);
            } else if let Some(wrong) = given.wrong(line) {
                judgement = judgement.with(wrong, Part::Wrong);
            } else if let Some(part) = part {
                judgement = judgement.with(given.place, part);
            }
        }
        let surplus = walk.surplus();
        if surplus.is_empty() { judgement } else { judgement.with(surplus, Part::Wrong) }
    }

    /// Checks the argument of `help`: one word, which is or begins a command of the current mode.
    fn judge_topic(self, line: &str, place: Range<usize>, judgement: Judgement) -> Judgement {
        let text = line.get(place.clone()).unwrap_or_default();
        let word = first_word(text);
        let part = if self.like(word).is_empty() { Part::Wrong } else { Part::Command };
        let after = place.start + word.len();
        let judgement = judgement.with(place.start..after, part);
        let more = text.get(word.len()..).unwrap_or_default().trim_start();
        let surplus = place.end - more.len()..place.end;
        if surplus.is_empty() { judgement } else { judgement.with(surplus, Part::Wrong) }
    }
}

impl Judgement {
    fn with(mut self, place: Range<usize>, part: Part) -> Self {
        self.parts.push((place, part));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::super::commands::COMMANDS;
    use super::super::parse::parse;
    use super::super::parse_error::ParseError;
    use super::*;
    use crate::protocol::limits::{SEARCH_LEN_MAX, TEXT_LEN_MAX};

    const OUTSIDE: Commands = Commands::new(COMMANDS, false);

    /// The parts of a line with their kinds, and the hint after it.
    fn judged(line: &str) -> (Vec<(&str, Part)>, String) {
        let judgement = OUTSIDE.judge(line);
        let missing = judgement.missing.iter().map(|missing| missing.placeholder());
        let hint: Vec<_> = [judgement.rest_of_word].into_iter().chain(missing).collect();
        let parts = judgement.parts.into_iter();
        let parts = parts.map(|(place, part)| (line.get(place).unwrap(), part)).collect();
        (parts, hint.join(" "))
    }

    #[test]
    fn a_prefix_is_a_command_followed_by_its_rest() {
        let usage = "<client-name> <message>".to_owned();
        assert_eq!(judged("sen"), (vec![("sen", Part::Command)], format!("d {usage}")));
        assert_eq!(judged("/send"), (vec![("send", Part::Command)], format!(" {usage}")));
        assert_eq!(judged("l"), (vec![("l", Part::Command)], String::new()));
        assert_eq!(judged("l "), (vec![("l", Part::Wrong)], String::new()));
        assert_eq!(judged(" "), (vec![], String::new()));
    }

    #[test]
    fn arguments_are_missing_until_they_are_typed() {
        let parts = vec![("send", Part::Command), ("bob", Part::Name)];
        assert_eq!(judged("send bob"), (parts.clone(), " <message>".to_owned()));
        assert_eq!(judged("send bob hi"), (parts, String::new()));
        assert_eq!(judged("help"), (vec![("help", Part::Command)], " [command]".to_owned()));
    }

    #[test]
    fn what_further_typing_cannot_make_valid_is_wrong() {
        let wrong = |line| {
            let (parts, _) = judged(line);
            parts.into_iter().find(|(_, part)| *part == Part::Wrong).map(|(text, _)| text)
        };
        assert_eq!(wrong("foo"), Some("foo"));
        assert_eq!(wrong("reg now  "), Some("now"));
        assert_eq!(wrong("join_group a/b"), Some("a/b"));
        assert_eq!(wrong("send_all hi"), Some("send_all"), "no command of this mode");
        let in_group = |line| Commands::new(COMMANDS, true).judge(line);
        assert_eq!(in_group("send").rest_of_word, "_all");
        assert!(in_group("send c2").is_wrong());
        assert_eq!(wrong("help me"), Some("me"));
        assert_eq!(wrong("{\"command\": x"), None, "an object");
        let longest = format!("send c2 {}", "x".repeat(TEXT_LEN_MAX));
        assert_eq!(wrong(&longest), None);
        assert_eq!(wrong(&format!("{longest}äb")), Some("äb"));
    }

    #[test]
    fn a_line_is_right_or_wrong_where_the_parser_says_so() {
        let long = format!("send c2 {}", "x".repeat(TEXT_LEN_MAX + 1));
        let wide_blank = format!("send c2\u{3000}{}", "x".repeat(TEXT_LEN_MAX));
        let searched = format!("search  {} ", "x".repeat(SEARCH_LEN_MAX));
        let searched_too_long = format!("search {}", "x".repeat(SEARCH_LEN_MAX + 1));
        for line in [
            "reg",
            "reg now",
            "send",
            "send c2",
            "send c2  ",
            "send c2 hi",
            "send a/b hi",
            "s c2 hi",
            "dereg",
            "dereg c1",
            "help",
            "help me",
            "help dereg",
            "list_groups x",
            "history",
            "history c2",
            "history 5",
            "history c2 5",
            "history c2 5 6",
            "history 5 6",
            "history c2 x",
            "history c2 0",
            "history 1001",
            "history a/b",
            "search",
            "search a b ",
            "search   ",
            &wide_blank,
            &searched,
            &searched_too_long,
            "cancel",
            "cancel 2",
            "cancel 0",
            "cancel x",
            "whois",
            "/reg",
            "foo",
            "l x",
            "exit",
            &long,
            "join_group g",
            "/ reg",
            "send c2\nhi",
        ] {
            let judgement = OUTSIDE.judge(line);
            match parse(line, false) {
                Ok(_) => assert!(judgement.is_right(), "{line}"),
                Err(ParseError::Arguments { problem, .. }) if problem.contains("missing") => {
                    assert!(!judgement.is_right() && !judgement.is_wrong(), "{line}");
                }
                Err(_) => assert!(judgement.is_wrong(), "{line}"),
            }
        }
    }
}
