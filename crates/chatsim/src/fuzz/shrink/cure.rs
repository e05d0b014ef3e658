//! Leaves out healing steps: those that have nothing to heal, and those after the failure.
//!
//! If a failure counts only once everything is healed, a healing step must not be left out just
//! because the scenario still fails without it: of course it does. It may be left out if nothing
//! before the healing needs it.

use super::{Shrinker, walk};
use crate::fuzz::workload::{Healing, Workload};
use crate::scenario::Item;

/// Verbs after which a started program may be down.
const ENDS: [&str; 9] =
    ["kill", "stop", "restart", "crash", "disk", "fault", "pause", "move", "clock"];

/// Verbs of steps that check the result.
const LOOKS: [&str; 2] = ["check", "expect"];

/// Leaves out the healing steps that are not needed.
pub(super) fn healing(shrinker: &mut Shrinker) {
    after_failure(shrinker);
    let mut at = shrinker.healing.len();
    while at > 0 {
        at -= 1;
        let context = Healing { steps: &shrinker.script.steps, repairs: &shrinker.healing, at };
        if may_go(context, shrinker.finding.way.needs_everybody(), shrinker.guest.workload()) {
            let mut healing = shrinker.healing.clone();
            healing.remove(at);
            shrinker.try_both(shrinker.script.clone(), healing);
        }
    }
}

/// Leaves out the steps after the failure.
fn after_failure(shrinker: &mut Shrinker) {
    let looks = |step: &Item| LOOKS.contains(&walk::verb(step));
    let ends: Vec<_> = shrinker.healing.iter().enumerate().filter(|(_, it)| looks(it)).collect();
    let ends: Vec<_> = ends.into_iter().map(|(at, _)| at + 1).collect();
    for end in ends {
        let healing = shrinker.healing.iter().take(end).cloned().collect();
        if shrinker.try_both(shrinker.script.clone(), healing) {
            return;
        }
    }
}

/// Returns whether a healing step has nothing to heal, or no later step depends on it.
fn may_go(context: Healing<'_>, needs_everybody: bool, workload: Option<&dyn Workload>) -> bool {
    let Some(step) = context.step() else { return false };
    let happened =
        |verbs: &[&str]| walk::all(context.steps).iter().any(|it| verbs.contains(&walk::verb(it)));
    match (walk::verb(step), walk::value(step)) {
        ("heal", _) => !happened(&["fault", "disk"]),
        ("resume", _) => !happened(&["pause"]),
        ("start", Some(Item::List(_))) => {
            context.comes_again() || !needs_everybody || !happened(&ENDS)
        }
        ("start", _) => !context.is_seen("/"),
        ("advance", _) => context.before_look().iter().any(|it| walk::verb(it) == "advance"),
        ("check" | "expect" | "kill", _) => true,
        (_, Some(Item::Text(line))) => {
            workload.is_none_or(|workload| workload.may_omit(&context, line))
        }
        // The note marks the beginning of the healing.
        _ => false,
    }
}

impl<'a> Healing<'a> {
    /// Returns the step.
    fn step(&self) -> Option<&'a Item> {
        self.repairs.get(self.at)
    }

    fn later(&self) -> &'a [Item] {
        self.repairs.get(self.at + 1..).unwrap_or_default()
    }

    /// Returns the steps between this one and the next that checks the result.
    fn before_look(&self) -> &'a [Item] {
        let later = self.later();
        let look = later.iter().position(|it| LOOKS.contains(&walk::verb(it)));
        later.get(..look.unwrap_or(later.len())).unwrap_or_default()
    }

    /// Returns the verb of the step, or the actor at whose prompt it types a line.
    pub fn actor(&self) -> &'a str {
        self.step().map(walk::verb).unwrap_or_default()
    }

    /// Returns whether the step comes again before any step checks the result.
    pub fn comes_again(&self) -> bool {
        self.before_look().iter().any(|it| Some(it) == self.step())
    }

    /// Returns whether a later expectation holds a text.
    pub fn is_seen(&self, text: &str) -> bool {
        self.later().iter().any(|it| walk::verb(it) == "expect" && walk::says(it, text))
    }

    /// Returns whether the same actor typed a line with this text before the healing.
    pub fn was_typed(&self, text: &str) -> bool {
        let steps = walk::all(self.steps);
        steps.iter().any(|it| walk::verb(it) == self.actor() && walk::says(it, text))
    }

    /// Returns whether the same actor types a line with a text earlier in the healing.
    pub fn is_typed_earlier(&self, text: &str) -> bool {
        let earlier = self.repairs.iter().take(self.at);
        earlier.into_iter().any(|it| walk::verb(it) == self.actor() && walk::says(it, text))
    }
}
