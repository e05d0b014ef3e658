//! Makes a scenario that fails as small as can be, without its failing in another way.
//!
//! Every change is a candidate: it is written, read and played as any scenario is, and kept only if
//! it still fails in the same way. Changes are tried from the coarse to the fine, again and again
//! until none helps; all in a fixed order, so that the result is the same each time.
//!
//! Shrinking works on the tree of a file, not on verbs: a new verb is shrunk without a change here.
//! If a failure shows only after healing, the steps that heal are kept, because without them the
//! scenario would fail for no reason (`cure.rs`).

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

use shrinker::{Shrinker, found};

/// A scenario that was made small.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shrunk {
    /// What it says.
    pub script: Script,
    /// How it fails.
    pub finding: Finding,
    /// How many steps there were before.
    pub steps_before: usize,
    /// How many scenarios were tried on the way.
    pub plays: u64,
}

impl Shrunk {
    /// Counts its steps, those in other steps too; a note is none.
    pub fn steps(&self) -> usize {
        walk::count(&self.script.steps) - walk::notes(&self.script.steps)
    }
}

/// Makes a scenario small; nothing, if it does not fail.
pub fn shrink(script: &Script, guest: &'static dyn Guest) -> Option<Shrunk> {
    let finding = found(script, guest)?;
    let steps_before = walk::count(&script.steps);
    let (way, mut script) = (finding.way.clone(), script.clone());
    let healing = if way.needs_healing() { split_off(&mut script) } else { Vec::new() };
    let tried = BTreeSet::new();
    let mut shrinker = Shrinker { guest, script, healing, finding, way, plays: 0, tried };
    run_passes(&mut shrinker);
    let finding = shrinker.finding.clone();
    let plays = shrinker.plays;
    Some(Shrunk { script: shrinker.whole(), finding, steps_before, plays })
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
        settings::faults(shrinker);
        settings::waits(shrinker);
        settings::times(shrinker);
        settings::texts(shrinker);
        if shrinker.whole() == before || shrinker.is_exhausted() {
            return;
        }
    }
}
