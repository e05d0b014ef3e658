//! What is to blame for a failure that may have many causes.

use super::shrinker::{Shrinker, whole};
use super::walk;
use crate::scenario::{Item, Script};

/// The maximum number of steps that are left out, each by itself, to find the one that is to blame.
const SUSPECTS_MAX: usize = 400;

/// The same for a candidate that has lost the step that was to blame so far.
const NEW_SUSPECTS_MAX: usize = 24;

/// Verbs that bring programs up.
const STARTS: [&str; 2] = ["start", "restart"];

/// What has to stay in a scenario for it to fail for the same reason.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Cause {
    /// The way in which it fails says enough.
    Anything,
    /// This step: without it, the scenario passes.
    Step(Item),
    /// It is not known. The programs that are asked for something or watched have to run, and this
    /// word has to be typed, if any: it is in the line that was not as expected.
    Unknown {
        /// The longest word of the line that was typed.
        word: Option<String>,
    },
}

impl Shrinker {
    /// Finds out what is to blame for the failure.
    pub(super) fn find_cause(&mut self) {
        if !self.finding.way.needs_cause() {
            return;
        }
        let (script, healing) = (self.script.clone(), self.healing.clone());
        self.cause = match self.blamed(&script, &healing, SUSPECTS_MAX) {
            Some(step) => Cause::Step(step),
            None => Cause::Unknown { word: self.typed_word() },
        };
    }

    /// Returns what is to blame in a candidate that fails like the scenario; `None` if it may fail
    /// for another reason.
    pub(super) fn cause_in(&mut self, script: &Script, healing: &[Item]) -> Option<Cause> {
        match self.cause.clone() {
            Cause::Anything => Some(Cause::Anything),
            Cause::Unknown { word } => {
                let is_typed = word.as_ref().is_none_or(|word| is_typed(script, word));
                (is_typed && self.all_run(script, healing)).then_some(Cause::Unknown { word })
            }
            Cause::Step(step) => {
                let steps = walk::all(&script.steps);
                let last = steps.iter().rposition(|it| **it == step);
                if last.is_some_and(|number| self.passes_without(script, healing, number)) {
                    return Some(Cause::Step(step));
                }
                let few = steps.len() <= NEW_SUSPECTS_MAX;
                let blamed = few.then(|| self.blamed(script, healing, NEW_SUSPECTS_MAX)).flatten();
                blamed.map(Cause::Step)
            }
        }
    }

    /// Returns the last step without which a scenario passes.
    fn blamed(&mut self, script: &Script, healing: &[Item], suspects: usize) -> Option<Item> {
        let steps: Vec<Item> = walk::all(&script.steps).into_iter().cloned().collect();
        // Without a program or a look at its screen, there is no failure to explain.
        let is_suspect = |step: &Item| !STARTS.contains(&walk::verb(step)) && !walk::looks(step);
        let numbered = steps.into_iter().enumerate().rev();
        let mut suspects = numbered.filter(|(_, step)| is_suspect(step)).take(suspects);
        let found = suspects.find(|(number, _)| self.passes_without(script, healing, *number));
        found.map(|(_, step)| step)
    }

    fn passes_without(&mut self, script: &Script, healing: &[Item], number: usize) -> bool {
        let steps = walk::keep(&script.steps, &mut |it| it != number);
        if steps.is_empty() && healing.is_empty() {
            return false;
        }
        let without = Script { steps, ..script.clone() };
        self.passes(&whole(&without, healing))
    }

    /// Returns the longest word of the line that was not as expected, if somebody types it.
    fn typed_word(&self) -> Option<String> {
        let line = self.finding.line.as_deref()?;
        let words = line.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 1);
        words
            .filter(|word| is_typed(&self.script, word))
            .max_by_key(|word| word.len())
            .map(str::to_owned)
    }

    /// Returns whether all actors that type or are watched are started, and those without which no
    /// scenario is.
    fn all_run(&self, script: &Script, healing: &[Item]) -> bool {
        let steps = || walk::all(&script.steps).into_iter().chain(walk::all(healing));
        let is_started = |name: &str| {
            steps().any(|step| STARTS.contains(&walk::verb(step)) && walk::names(step, name))
        };
        let singles = self.guest.roles().iter().filter(|role| role.is_single);
        singles.map(|role| role.key).all(is_started)
            && steps().all(|step| match walk::verb(step) {
                verb if !walk::is_verb(verb) => is_started(verb),
                _ if walk::looks(step) => walk::watched(step).into_iter().all(is_started),
                _ => true,
            })
    }
}

/// Returns whether an actor types a line with a word.
fn is_typed(script: &Script, word: &str) -> bool {
    let types = |step: &&Item| !walk::is_verb(walk::verb(step)) && walk::says(step, word);
    walk::all(&script.steps).iter().any(types)
}
