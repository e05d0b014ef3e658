//! A scenario that is being shrunk: tries changes on it.

use std::collections::BTreeSet;

use crate::Guest;
use crate::fuzz::failure::{Finding, Way};
use crate::fuzz::simulation;
use crate::scenario::{Item, Script};
use crate::stage::fingerprint;

/// The maximum number of runs of one shrinking.
const RUNS_MAX: u64 = 6_000;

fn whole(script: &Script, healing: &[Item]) -> Script {
    let mut script = script.clone();
    script.steps.extend_from_slice(healing);
    script
}

/// Runs a scenario; returns how it fails, if it does.
pub(super) fn found(script: &Script, guest: &'static dyn Guest) -> Option<Finding> {
    let scenario = simulation::read("shrunk.yaml", &script.write(), guest).ok()?;
    simulation::finding(&scenario)
}

/// A scenario that is being shrunk.
pub(super) struct Shrinker {
    /// The programs to run.
    pub(super) guest: &'static dyn Guest,
    /// The scenario without its healing steps.
    pub(super) script: Script,
    /// The healing steps, if the failure counts only after them.
    pub(super) healing: Vec<Item>,
    /// How it fails now.
    pub(super) finding: Finding,
    /// The way in which it has to fail.
    pub(super) way: Way,
    pub(super) runs: u64,
    /// The fingerprints of all candidates so far.
    pub(super) tried: BTreeSet<u64>,
}

impl Shrinker {
    pub(super) fn is_exhausted(&self) -> bool {
        self.runs >= RUNS_MAX
    }

    /// Returns the whole scenario.
    pub(super) fn whole(&self) -> Script {
        whole(&self.script, &self.healing)
    }

    /// Keeps a candidate if it fails in the same way; returns whether it does.
    pub(super) fn try_script(&mut self, candidate: Script) -> bool {
        self.try_both(candidate, self.healing.clone())
    }

    /// Does the same with other healing steps.
    pub(super) fn try_both(&mut self, script: Script, healing: Vec<Item>) -> bool {
        let candidate = whole(&script, &healing);
        if self.is_exhausted() || !self.tried.insert(fingerprint(&candidate)) {
            return false;
        }
        self.runs += 1;
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
