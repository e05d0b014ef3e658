//! Quotes texts for scenario files.

/// Quotes a text so that a scenario reads the same text: plain if that is safe, otherwise in
/// quotes. The result is on one line, and fits wherever a step allows a text.
pub fn written(text: &str) -> String {
    let text = escaped(text);
    if is_plain(&text) { text } else { quoted(&text) }
}

/// Returns the text that YAML has to hold so that a scenario reads this text.
pub(super) fn escaped(text: &str) -> String {
    text.replace("${", "$${")
}

/// Quotes a line so that a scenario expects exactly this line.
pub fn written_line(line: &str) -> String {
    if line.starts_with('/') || line.contains(['\n', '\r']) {
        written_pattern(&regex::escape(line))
    } else {
        written(line)
    }
}

/// Quotes a regular expression so that a scenario expects a line that matches as a whole.
pub fn written_pattern(regex: &str) -> String {
    written(&format!("/^{regex}$/"))
}

/// Returns whether YAML reads a plain text unchanged, even in a list between brackets.
fn is_plain(text: &str) -> bool {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || " _-.!?/=+()'<>%".contains(c);
    text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '/')
        && !text.ends_with(' ')
        && text.chars().all(is_safe)
        && !text.eq_ignore_ascii_case("null")
}

fn quoted(text: &str) -> String {
    let shows = |c: char| matches!(c, ' '..='~') || c.is_alphanumeric();
    if text.contains(['"', '\\']) && text.chars().all(shows) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if shows(c) => quoted.push(c),
            c => quoted.extend(["\\U", &format!("{:08x}", u32::from(c))]),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use proptest::prelude::*;

    use super::*;
    use crate::scenario::{Action, Matcher, Source};
    use crate::testing::parse;

    fn action(step: &str) -> Action {
        let text = format!("chatsim: 1\nclients: [c1]\nsteps:\n  - {step}\n");
        let source = Source::new(PathBuf::from("a.yaml"), text.into());
        let scenario = parse(&source).unwrap_or_else(|mistakes| panic!("{mistakes}")).remove(0);
        scenario.steps[0].action.clone()
    }

    fn typed(text: &str) -> String {
        let Action::Type { lines, .. } = action(&format!("c1: {}", written(text))) else {
            panic!("`{text}` is not typed")
        };
        lines.concat()
    }

    fn expected(line: &str) -> Vec<Matcher> {
        let line = written_line(line);
        let Action::Expect(mut all) = action(&format!("expect: {{ c1: [{line}, {line}] }}")) else {
            panic!("{line} is not expected")
        };
        all.remove(0).lines.into_iter().map(|line| line.matcher).collect()
    }

    #[test]
    fn quotes_stand_only_where_they_are_needed() {
        assert_eq!(written("send c2 hi there!"), "send c2 hi there!");
        assert_eq!(written("send c2 say: \"hi\""), "'send c2 say: \"hi\"'");
        assert_eq!(written("[Welcome, You are registered.]"), "\"[Welcome, You are registered.]\"");
        assert_eq!(written("a ${b}"), "\"a $${b}\"");
        assert_eq!(written("größe 漢"), "\"größe 漢\"");
        assert_eq!(written(""), "\"\"");
        assert_eq!(written_line("/a.b/"), r"'/^/a\.b/$/'");
    }

    #[test]
    fn texts_that_yaml_takes_for_something_else_stay_as_they_are() {
        let texts = [
            "null",
            "~",
            "NULL",
            "true",
            "no",
            "1e3",
            "0x10",
            ".inf",
            "- a",
            "a: b",
            "a #b",
            " a ",
            "a ",
            "*a",
            "&a",
            "!a",
            "|",
            ">",
            "%a",
            "@a",
            "`a",
            "'",
            "\"",
            "${",
            "$${",
            "$$${x}",
            "{a}",
            "a,b",
            "---",
            "...",
            "a\tb",
            "?",
            "? a",
            "=",
            "<<",
            "1_000",
            "12:30",
            "2001-01-01",
            "0o7",
            "+1",
        ];
        for text in texts {
            assert_eq!(typed(text), text);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_as_it_was(text in "[^\n\r]*") {
            prop_assert_eq!(typed(&text), text);
        }

        #[test]
        fn any_line_is_expected_and_no_other(line in any::<String>(), other in any::<String>()) {
            for matcher in expected(&line) {
                prop_assert!(matcher.matches(&line));
                prop_assert_eq!(matcher.matches(&other), line == other);
            }
        }

        #[test]
        fn lines_that_look_like_scenarios_are_expected(line in "[/${}a:#,'\" \\[\\]-]{0,6}") {
            for matcher in expected(&line) {
                prop_assert!(matcher.matches(&line));
                let longer = line.clone() + "a";
                prop_assert!(!matcher.matches(&longer));
            }
        }
    }
}
