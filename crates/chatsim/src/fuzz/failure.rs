//! How a generated scenario fails, and whether another one fails in the same way.

use std::fmt;

use crate::runner::{Failure, Verdict, What};
use crate::scenario::LinePattern;
use crate::{Broken, Promise};

/// Programs that have nothing to do come to rest, so that every run ends. It is checked at every step,
/// for all programs.
pub const COMES_TO_REST: Promise =
    Promise::always("comes_to_rest", "programs that have nothing more to do come to rest");

/// The way in which a scenario fails: what stays the same when it is shrunk.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Way {
    /// A promise was broken; the sentence describes the breach, without names and numbers.
    Promise(Promise, String),
    /// A screen did not show an expected line, or not often enough.
    Expectation,
    /// A screen showed a line more often than expected.
    TooOften,
    /// A screen showed a forbidden line.
    Forbidden,
    /// A step could not be done.
    StepRefused,
    /// A fault hit nothing.
    FaultNeverFired,
    /// It passed, though it is declared as a known failure.
    PassedUnexpectedly,
    /// A program panicked.
    Panic(String),
    /// The environment refused.
    Environment,
}

impl Way {
    /// Returns whether it counts as a failure only once everything is healed and quiet.
    pub(super) const fn needs_healing(&self) -> bool {
        match self {
            Self::Expectation => true,
            Self::Promise(promise, _) => promise.needs_healing,
            Self::TooOften
            | Self::Forbidden
            | Self::StepRefused
            | Self::FaultNeverFired
            | Self::PassedUnexpectedly
            | Self::Panic(_)
            | Self::Environment => false,
        }
    }

    /// Returns whether it may have many causes, so that a scenario that fails in this way fails for
    /// the same reason only if the reason is still there: a line is missing as well if nobody runs.
    pub(super) const fn needs_cause(&self) -> bool {
        matches!(self, Self::Expectation | Self::TooOften)
    }

    /// Returns whether it may fail only because an actor is missing.
    pub(super) const fn needs_everybody(&self) -> bool {
        matches!(self, Self::Expectation)
    }
}

/// A failure of a generated scenario.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// In which way it fails.
    pub way: Way,
    /// What happened, in a sentence.
    pub reason: String,
    /// The line that was not as expected, as the scenario writes it, if it is about one.
    pub line: Option<String>,
}

impl Finding {
    const fn new(way: Way, reason: String) -> Self {
        Self { way, reason, line: None }
    }

    /// Returns what is wrong with a run; `None` if nothing is.
    pub(super) fn of(verdict: &Verdict) -> Option<Self> {
        match verdict {
            Verdict::Passed | Verdict::FailedAsExpected { .. } | Verdict::Skipped { .. } => None,
            Verdict::Failed(failure) => Some(Self::of_failure(failure)),
            Verdict::Environment(trouble) => {
                Some(Self::new(Way::Environment, trouble.reason.clone()))
            }
            Verdict::Unknown(trouble) => {
                let way = Way::Promise(COMES_TO_REST, shape(&trouble.reason));
                let reason = format!("the promise `{COMES_TO_REST}` is broken: {}", trouble.reason);
                Some(Self::new(way, reason))
            }
        }
    }

    /// Makes a finding of a panic.
    pub(super) fn of_panic(message: &str) -> Self {
        Self::new(Way::Panic(shape(message)), format!("a program panicked: {message}"))
    }

    fn of_failure(failure: &Failure) -> Self {
        let (way, reason) = match &failure.what {
            What::PromiseBroken(broken) => {
                let Broken { promise, reason, .. } = &**broken;
                let way = Way::Promise(*promise, shape(reason));
                (way, format!("the promise `{promise}` is broken: {reason}"))
            }
            What::CountDiffers { actor, pattern, expected, found, .. } if found > expected => {
                let way = Way::TooOften;
                let reason = format!("`{actor}` showed a line {found} times, not {expected}");
                return Self::about(way, reason, pattern);
            }
            What::ExpectationUnmet { actor, pattern, .. }
            | What::CountDiffers { actor, pattern, .. } => {
                let reason = format!("`{actor}` did not show what it had to");
                return Self::about(Way::Expectation, reason, pattern);
            }
            What::Forbidden { actor, .. } => {
                (Way::Forbidden, format!("`{actor}` showed a forbidden line"))
            }
            What::StepRefused { reason } => (Way::StepRefused, reason.clone()),
            What::FaultNeverFired => {
                (Way::FaultNeverFired, "the fault never hit anything".to_owned())
            }
            What::PassedUnexpectedly { reason } => (Way::PassedUnexpectedly, reason.clone()),
            // No snapshots or runs are compared here.
            What::NotDeterministic { .. } | What::SnapshotDiffers { .. } => {
                (Way::Environment, "the run differs from another".to_owned())
            }
        };
        Self::new(way, reason)
    }

    fn about(way: Way, reason: String, pattern: &LinePattern) -> Self {
        Self { line: Some(pattern.matcher.as_str().to_owned()), ..Self::new(way, reason) }
    }

    /// Returns whether this is the same failure as another one.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.way == other.way && self.line == other.line
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Promise(promise, shape) => write!(f, "{promise}: {shape}"),
            Self::Expectation => f.write_str("a screen did not show what it had to"),
            Self::TooOften => f.write_str("a screen showed a line too often"),
            Self::Forbidden => f.write_str("a screen showed a forbidden line"),
            Self::StepRefused => f.write_str("a step could not be done"),
            Self::FaultNeverFired => f.write_str("a fault never hit anything"),
            Self::PassedUnexpectedly => f.write_str("it passed, but it was expected to fail"),
            Self::Panic(shape) => write!(f, "a program panicked: {shape}"),
            Self::Environment => f.write_str("the environment refused"),
        }
    }
}

/// Returns a sentence without what differs from one run to the next: names, texts and numbers.
fn shape(reason: &str) -> String {
    let mut without_quotes = String::new();
    for (index, part) in reason.split('`').enumerate() {
        without_quotes.push_str(if index % 2 == 0 { part } else { "…" });
    }
    let words = without_quotes
        .split_whitespace()
        .map(|word| if word.contains(|c: char| c.is_ascii_digit()) { "…" } else { word });
    let mut words: Vec<_> = words.collect();
    words.dedup();
    // The wording for a message depends on whether its text was seen.
    words.join(" ").replace("message …", "…").replace("… from …", "…").replace("… of …", "…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_has_the_same_shape_whoever_has_it() {
        let of_text = shape("`c2` did not show `m1` from c1, and it is not waiting anywhere");
        let of_number = shape("`c3` did not show message c1/1698, and it is not waiting anywhere");
        assert_eq!(of_text, "… did not show … and it is not waiting anywhere");
        assert_eq!(of_number, of_text);
    }
}
