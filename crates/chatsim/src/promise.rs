//! What programs promise, and how it is checked.

use std::fmt;

use crate::scenario::Scenario;
use crate::stage::Stage;

/// A property that programs promise, by the name under which scenarios check it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Promise {
    /// The name, e.g. `nothing_lost`.
    pub name: &'static str,
    /// The promise in a sentence.
    pub sentence: &'static str,
    /// Whether it holds at every moment, so that `check: all` includes it.
    pub is_always: bool,
    /// Whether a breach shows only once every fault is healed and everything is quiet. `shrink` then
    /// keeps the steps that heal.
    pub needs_healing: bool,
}

impl Promise {
    /// Makes a promise that holds at every moment, and whose breach shows at once.
    pub const fn always(name: &'static str, sentence: &'static str) -> Self {
        Self { name, sentence, is_always: true, needs_healing: false }
    }

    /// Makes a promise that holds at every moment, and whose breach shows only once everything is
    /// healed and quiet.
    pub const fn after_healing(name: &'static str, sentence: &'static str) -> Self {
        Self { name, sentence, is_always: true, needs_healing: true }
    }

    /// Makes a promise that holds only once everything is healed and quiet: `check: all` does not
    /// include it.
    pub const fn when_quiet(name: &'static str, sentence: &'static str) -> Self {
        Self { name, sentence, is_always: false, needs_healing: true }
    }
}

impl fmt::Display for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name)
    }
}

/// A broken promise.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Broken {
    /// The promise.
    pub promise: Promise,
    /// What happened instead, in a sentence.
    pub reason: String,
    /// What led to it, line by line, oldest first: e.g. the journey of the message in question.
    pub way: Vec<String>,
}

/// Checks promises in the course of one run.
pub trait Checker {
    /// Checks promises, in this order, by everything that happened so far: the stage's trace, the
    /// state of the running programs, and the stored data of the others. Called for each `check` of
    /// a run; a checker may remember what it has seen.
    ///
    /// # Errors
    ///
    /// The first promise that is broken.
    fn check(
        &mut self,
        promises: &[Promise],
        scenario: &Scenario,
        stage: &dyn Stage,
    ) -> Result<(), Broken>;
}
