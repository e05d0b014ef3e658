//! Steps as they are written.

use crate::scenario::{Place, Scenario};

/// The maximum number of lines of a step that are shown.
const LINES_MAX: usize = 12;

/// Returns a step as it is written: its line, and the following ones that are indented at least as
/// deep. A bracket that closes an enclosing list is not part of it.
pub(super) fn excerpt(scenario: &Scenario, place: Place) -> String {
    let mut lines = scenario.source_of(place).text.lines().skip(place.line.saturating_sub(1));
    let Some(first) = lines.next() else {
        return String::new();
    };
    let indent = place.column.saturating_sub(1);
    let mut step: Vec<String> = vec![first.chars().skip(indent).collect()];
    let is_part =
        |line: &&str| !line.trim().is_empty() && line.chars().take(indent).all(|c| c == ' ');
    for line in lines.take_while(is_part) {
        if step.len() == LINES_MAX {
            step.push("…".to_owned());
            break;
        }
        step.push(line.chars().skip(indent).collect());
    }
    let mut step = step.join("\n");
    while let Some(open) = needed_opening(&step)
        && step.matches(open).count() < step.chars().filter(|c| step.ends_with(*c)).count()
    {
        step.pop();
        step.truncate(step.trim_end().len());
    }
    step
}

/// Returns the opening bracket for a closing one at the end.
fn needed_opening(step: &str) -> Option<char> {
    match step.chars().last() {
        Some(']') => Some('['),
        Some('}') => Some('{'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::scripted::scenario;

    fn first(text: &str, column: usize) -> String {
        let mut scenario = scenario(Vec::new());
        scenario.source.text = text.into();
        excerpt(&scenario, Place { file: 0, start: 0, end: 1, line: 1, column })
    }

    #[test]
    fn step_has_the_lines_that_belong_to_it() {
        assert_eq!(first("  - c1: send\n  - c2: x", 5), "c1: send");
        assert_eq!(
            first("  - expect:\n      c1: a\n    settle: none\n\n  - c2: x", 5),
            "expect:\n  c1: a\nsettle: none"
        );
        assert_eq!(first("steps: [{ note: ä }]", 11), "note: ä");
        assert_eq!(first("  - [c1: \"a [b]\"]", 6), "c1: \"a [b]\"");
        assert_eq!(first("", 5), "");
    }

    #[test]
    fn long_step_is_cut() {
        let text = "- c1:\n".to_owned() + &"    - send c2 hi\n".repeat(40);
        assert_eq!(first(&text, 3).lines().count(), 13);
        assert!(first(&text, 3).ends_with("\n…"));
    }
}
