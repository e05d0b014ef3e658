//! A scenario that gets smaller: changes are tried on it.

use std::collections::BTreeSet;

use crate::Guest;
use crate::fuzz::failure::{Finding, Way};
use crate::fuzz::player;
use crate::scenario::{Item, Script};
use crate::stage::fingerprint;

/// Plays of one shrinking, at most.
const PLAYS_MAX: u64 = 6_000;

fn whole(script: &Script, healing: &[Item]) -> Script {
    let mut script = script.clone();
    script.steps.extend_from_slice(healing);
    script
}

/// Plays a scenario; tells how it fails, if it does.
pub(super) fn found(script: &Script, guest: &'static dyn Guest) -> Option<Finding> {
    let scenario = player::read("shrunk.yaml", &script.write(), guest).ok()?;
    player::finding(&scenario)
}

/// A scenario that gets smaller.
pub(super) struct Shrinker {
    /// The programs that are played.
    pub(super) guest: &'static dyn Guest,
    /// It, but for the steps that heal.
    pub(super) script: Script,
    /// The steps that heal, if it would be no failure without them.
    pub(super) healing: Vec<Item>,
    /// How it fails at present.
    pub(super) finding: Finding,
    /// In which way it has to fail.
    pub(super) way: Way,
    pub(super) plays: u64,
    /// The fingerprints of all candidates so far.
    pub(super) tried: BTreeSet<u64>,
}

impl Shrinker {
    pub(super) fn is_exhausted(&self) -> bool {
        self.plays >= PLAYS_MAX
    }

    /// Returns the whole scenario.
    pub(super) fn whole(&self) -> Script {
        whole(&self.script, &self.healing)
    }

    /// Takes a candidate if it fails in the same way; tells whether it does.
    pub(super) fn try_script(&mut self, candidate: Script) -> bool {
        self.try_both(candidate, self.healing.clone())
    }

    /// Does the same with other steps that heal.
    pub(super) fn try_both(&mut self, script: Script, healing: Vec<Item>) -> bool {
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
    pub(super) fn try_steps(&mut self, steps: Vec<Item>) -> bool {
        let around = self.script.around.clone();
        let is_empty = steps.is_empty() && self.healing.is_empty();
        !is_empty && self.try_script(Script { around, steps })
    }
}
