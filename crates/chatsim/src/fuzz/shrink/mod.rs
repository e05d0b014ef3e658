//! Shrinks a failing scenario to a minimal one that still fails the same way.
//!
//! Every change is a candidate: it is written, parsed and run like any scenario, and kept only if
//! it still fails in the same way. Changes are tried from the coarse to the fine, again and again
//! until none helps, in a fixed order, so that the result is deterministic.
//!
//! Shrinking works on the tree of a file, not on verbs: a new verb is shrunk without a change here.
//! A line that is missing may be missing for many reasons. So it has to be known what is to blame: a
//! step without which the scenario passes, which is kept (`cause.rs`).
//! If a failure shows only after healing, the steps that heal are kept, because without them the
//! scenario would fail for no reason (`cure.rs`).

mod cause;
mod cure;
mod passes;
mod settings;
mod shrinker;
mod walk;

use std::collections::BTreeSet;

use super::crash_points::split_off;
use super::failure::Finding;
use crate::Guest;
use crate::scenario::Script;

use cause::Cause;
use shrinker::{Shrinker, found};

/// A scenario that was shrunk.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shrunk {
    /// Its text as a tree.
    pub script: Script,
    /// How it fails.
    pub finding: Finding,
    /// The number of steps before.
    pub steps_before: usize,
    /// The number of candidates that were run.
    pub runs: u64,
}

impl Shrunk {
    /// Returns the number of its steps, including nested ones, without notes.
    pub fn steps(&self) -> usize {
        walk::count(&self.script.steps) - walk::notes(&self.script.steps)
    }
}

/// Shrinks a scenario; `None` if it does not fail.
pub fn shrink(script: &Script, guest: &'static dyn Guest) -> Option<Shrunk> {
    let finding = found(script, guest)?;
    let steps_before = walk::count(&script.steps);
    let mut script = script.clone();
    let healing = if finding.way.needs_healing() { split_off(&mut script) } else { Vec::new() };
    let (tried, cause) = (BTreeSet::new(), Cause::Anything);
    let mut shrinker = Shrinker { guest, script, healing, finding, cause, runs: 0, tried };
    shrinker.find_cause();
    run_passes(&mut shrinker);
    let finding = shrinker.finding.clone();
    let runs = shrinker.runs;
    Some(Shrunk { script: shrinker.whole(), finding, steps_before, runs })
}

/// Tries all changes, from the coarse to the fine, until none helps.
fn run_passes(shrinker: &mut Shrinker) {
    loop {
        let before = shrinker.whole();
        cure::healing(shrinker);
        passes::steps(shrinker);
        passes::people(shrinker);
        passes::blocks(shrinker);
        settings::around(shrinker);
        settings::options(shrinker);
        settings::faults(shrinker);
        settings::waits(shrinker);
        settings::times(shrinker);
        settings::texts(shrinker);
        if shrinker.whole() == before || shrinker.is_exhausted() {
            return;
        }
    }
}
