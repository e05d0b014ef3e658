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
mod walk;

use std::collections::BTreeSet;

use super::crash_points::split_off;
use super::failure::{Finding, Way};
use super::player;
use crate::Guest;
use crate::scenario::{Item, Script};
use crate::stage::fingerprint;

/// Plays of one shrinking, at most.
const PLAYS_MAX: u64 = 6_000;

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
    shrinker.shrink();
    let finding = shrinker.finding.clone();
    let plays = shrinker.plays;
    Some(Shrunk { script: shrinker.whole(), finding, steps_before, plays })
}

fn whole(script: &Script, healing: &[Item]) -> Script {
    let mut script = script.clone();
    script.steps.extend_from_slice(healing);
    script
}

fn found(script: &Script, guest: &'static dyn Guest) -> Option<Finding> {
    let scenario = player::read("shrunk.yaml", &script.write(), guest).ok()?;
    player::finding(&scenario)
}

/// A scenario that gets smaller.
struct Shrinker {
    /// The programs that are played.
    guest: &'static dyn Guest,
    /// It, but for the steps that heal.
    script: Script,
    /// The steps that heal, if it would be no failure without them.
    healing: Vec<Item>,
    /// How it fails at present.
    finding: Finding,
    /// In which way it has to fail.
    way: Way,
    plays: u64,
    /// The fingerprints of all candidates so far.
    tried: BTreeSet<u64>,
}

impl Shrinker {
    fn shrink(&mut self) {
        loop {
            let before = self.whole();
            cure::healing(self);
            passes::steps(self);
            passes::people(self);
            passes::blocks(self);
            settings::around(self);
            settings::faults(self);
            settings::waits(self);
            settings::times(self);
            settings::texts(self);
            if self.whole() == before || self.is_exhausted() {
                return;
            }
        }
    }

    fn is_exhausted(&self) -> bool {
        self.plays >= PLAYS_MAX
    }

    /// Returns the whole scenario.
    fn whole(&self) -> Script {
        whole(&self.script, &self.healing)
    }

    /// Takes a candidate if it fails in the same way; tells whether it does.
    fn try_script(&mut self, candidate: Script) -> bool {
        self.try_both(candidate, self.healing.clone())
    }

    /// Does the same with other steps that heal.
    fn try_both(&mut self, script: Script, healing: Vec<Item>) -> bool {
        let candidate = whole(&script, &healing);
        if self.is_exhausted() || !self.tried.insert(fingerprint(&candidate)) {
            return false;
        }
        self.plays += 1;
        match found(&candidate, self.guest) {
            Some(finding) if finding.way == self.way => {
                (self.script, self.healing, self.finding) = (script, healing, finding);
                true
            }
            Some(_) | None => false,
        }
    }

    /// Tries other steps.
    fn try_steps(&mut self, steps: Vec<Item>) -> bool {
        let around = self.script.around.clone();
        let is_empty = steps.is_empty() && self.healing.is_empty();
        !is_empty && self.try_script(Script { around, steps })
    }
}
