//! How a generated scenario fails, and whether another one fails in the same way.

use std::fmt;

use crate::runner::{Failure, Verdict, What};
use crate::{Broken, Promise};

/// In which way a scenario fails: what stays the same when it is made smaller.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Way {
    /// A promise was broken; the sentence says how, without names and numbers.
    Promise(Promise, String),
    /// A screen did not show what it had to, or did not show it so often.
    Expectation,
    /// A screen showed what it must not.
    Forbidden,
    /// A step could not be done.
    StepRefused,
    /// A fault hit nothing.
    FaultNeverFired,
    /// It passed, though it says that it fails.
    PassedUnexpectedly,
    /// It did not settle.
    Unsettled,
    /// A program panicked.
    Panic(String),
    /// The environment refused.
    Environment,
}

impl Way {
    /// Returns whether it is a failure only once everything is healed and quiet.
    pub(super) const fn needs_healing(&self) -> bool {
        match self {
            Self::Expectation => true,
            Self::Promise(promise, _) => promise.needs_healing,
            Self::Forbidden
            | Self::StepRefused
            | Self::FaultNeverFired
            | Self::PassedUnexpectedly
            | Self::Unsettled
            | Self::Panic(_)
            | Self::Environment => false,
        }
    }

    /// Returns whether it would be no failure if somebody were not there.
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
}

impl Finding {
    /// Finds what is wrong with a play; nothing if it is as it should be.
    pub(super) fn of(verdict: &Verdict) -> Option<Self> {
        match verdict {
            Verdict::Passed | Verdict::FailedAsExpected { .. } | Verdict::Skipped { .. } => None,
            Verdict::Failed(failure) => Some(Self::of_failure(failure)),
            Verdict::Environment(trouble) => {
                Some(Self { way: Way::Environment, reason: trouble.reason.clone() })
            }
            Verdict::Unknown(trouble) => {
                Some(Self { way: Way::Unsettled, reason: trouble.reason.clone() })
            }
        }
    }

    /// Makes one of a panic.
    pub(super) fn of_panic(message: &str) -> Self {
        Self { way: Way::Panic(shape(message)), reason: format!("a program panicked: {message}") }
    }

    fn of_failure(failure: &Failure) -> Self {
        let (way, reason) = match &failure.what {
            What::PromiseBroken(broken) => {
                let Broken { promise, reason, .. } = &**broken;
                let way = Way::Promise(*promise, shape(reason));
                (way, format!("the promise `{promise}` is broken: {reason}"))
            }
            What::ExpectationUnmet { actor, .. } | What::CountDiffers { actor, .. } => {
                (Way::Expectation, format!("`{actor}` did not show what it had to"))
            }
            What::Forbidden { actor, .. } => {
                (Way::Forbidden, format!("`{actor}` showed a forbidden line"))
            }
            What::StepRefused { reason } => (Way::StepRefused, reason.clone()),
            What::FaultNeverFired => {
                (Way::FaultNeverFired, "the fault never hit anything".to_owned())
            }
            What::PassedUnexpectedly { reason } => (Way::PassedUnexpectedly, reason.clone()),
            // Nothing compares snapshots or plays here.
            What::NotDeterministic { .. } | What::SnapshotDiffers { .. } => {
                (Way::Environment, "the play differs from another".to_owned())
            }
        };
        Self { way, reason }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Promise(promise, shape) => write!(f, "{promise}: {shape}"),
            Self::Expectation => f.write_str("a screen did not show what it had to"),
            Self::Forbidden => f.write_str("a screen showed a forbidden line"),
            Self::StepRefused => f.write_str("a step could not be done"),
            Self::FaultNeverFired => f.write_str("a fault never hit anything"),
            Self::PassedUnexpectedly => f.write_str("it passed, but it was expected to fail"),
            Self::Unsettled => f.write_str("it did not settle"),
            Self::Panic(shape) => write!(f, "a program panicked: {shape}"),
            Self::Environment => f.write_str("the environment refused"),
        }
    }
}

/// A sentence without what differs from one play to the next: names, texts and numbers.
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
    // What a message is called depends on whether its text was seen.
    words.join(" ").replace("message …", "…").replace("… of …", "…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_has_the_same_shape_whoever_has_it() {
        let of_text = shape("`c2` has not shown `m1` of c1, and it waits nowhere");
        let of_number = shape("`c3` has not shown message c1/1698, and it waits nowhere");
        assert_eq!(of_text, "… has not shown … and it waits nowhere");
        assert_eq!(of_number, of_text);
    }
}
