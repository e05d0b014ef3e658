//! From the tree to the scenario: steps with nested steps.

use std::ops::RangeInclusive;

use super::model::Action;
use super::number;
use super::step_count::{STEPS_MAX, step_count, too_many};
use super::steps::Reader;
use placed_yaml::{Mistake, Node, Value, expected, quoted};

/// The range of `times`.
pub(super) const TIMES: RangeInclusive<u32> = 1..=1_000_000;

/// The maximum length of the name of a snapshot, in characters.
pub(super) const NAME_CHARS_MAX: usize = 60;

const REPEAT_HELP: &str = "write `repeat: { times: 3, steps: [...] }`";

const PARALLEL_HELP: &str = "write a list of lists of steps, at least two: `parallel: [[c1: send \
                             c2 hi], [c2: send c1 hi]]`";

impl Reader<'_> {
    /// Reads the name under which the screens are kept.
    pub(super) fn snapshot(&mut self, node: &Node) -> Option<Action> {
        let name = self.findings.text(node, "a name for the screens at this point")?;
        let len = name.chars().count();
        if !(1..=NAME_CHARS_MAX).contains(&len) || name.chars().any(char::is_control) {
            let message = format!("{} is not a name for screens", quoted(name));
            let help = format!("a name has 1 to {NAME_CHARS_MAX} characters on one line");
            self.findings.add(Mistake::new(node.place, message).with_help(help));
            return None;
        }
        Some(Action::Snapshot(name.to_owned()))
    }

    /// Reads `{ times: 3, steps: [...] }`.
    pub(super) fn repeat(&mut self, node: &Node) -> Option<Action> {
        if !matches!(node.value, Value::Mapping(_)) {
            let mistake = expected("`times` and `steps`", node);
            self.findings.add(mistake.with_help(REPEAT_HELP));
            return None;
        }
        let mut times = None;
        let mut steps = None;
        let entries = self.findings.entries(node, "")?;
        for &entry in &entries {
            match entry.name {
                "times" => times = Some(entry.value),
                "steps" => steps = Some(self.steps(entry.value)),
                _ => self.findings.unknown_key(entry, &["times", "steps"]),
            }
        }
        for (name, is_missing) in [("times", times.is_none()), ("steps", steps.is_none())] {
            if is_missing {
                let mistake = Mistake::new(node.place, format!("the key `{name}` is missing"));
                self.findings.add(mistake.with_help(REPEAT_HELP));
            }
        }
        let (times_node, steps) = (times?, steps?);
        let times = number::read(times_node, "a number of times", &TIMES, self.findings)?;
        if step_count(&steps).saturating_mul(u64::from(times)) > STEPS_MAX {
            self.findings.add(too_many(times_node.place));
            return None;
        }
        Some(Action::Repeat { times, steps })
    }

    /// Reads `[[...], [...]]`.
    pub(super) fn parallel(&mut self, node: &Node) -> Option<Action> {
        let Value::Sequence(branches) = &node.value else {
            self.findings.add(expected("lists of steps", node).with_help(PARALLEL_HELP));
            return None;
        };
        if branches.len() < 2 {
            let mistake = Mistake::new(node.place, "`parallel` needs at least two lists");
            self.findings.add(mistake.with_help(PARALLEL_HELP));
        }
        let mut read = Vec::with_capacity(branches.len());
        for branch in branches {
            if matches!(branch.value, Value::Sequence(_)) {
                read.push(self.steps(branch));
            } else {
                let mistake = expected("a list of steps", branch);
                self.findings.add(mistake.with_help(PARALLEL_HELP));
            }
        }
        Some(Action::Parallel(read))
    }
}
