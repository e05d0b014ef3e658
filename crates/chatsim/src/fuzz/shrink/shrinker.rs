//! A scenario that is being shrunk: tries changes on it.

use std::collections::BTreeSet;

use super::cause::Cause;
use crate::Guest;
use crate::fuzz::failure::Finding;
use crate::fuzz::simulation;
use crate::scenario::{Item, Script};
use crate::stage::fingerprint;

/// The maximum number of runs of one shrinking.
const RUNS_MAX: u64 = 6_000;

/// Returns a script with its healing steps.
pub(super) fn whole(script: &Script, healing: &[Item]) -> Script {
    let mut script = script.clone();
    script.steps.extend_from_slice(healing);
    script
}

/// Runs a scenario; returns how it fails, if it does.
pub(super) fn found(script: &Script, guest: &'static dyn Guest) -> Option<Finding> {
    let scenario = script.scenario("shrunk.yaml", guest).ok()?;
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
    /// What has to stay for it to fail for the same reason.
    pub(super) cause: Cause,
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
        match self.found(&candidate) {
            Some(finding) if finding.is_like(&self.finding) => {
                let Some(cause) = self.cause_in(&script, &healing) else { return false };
                (self.script, self.healing, self.finding) = (script, healing, finding);
                self.cause = cause;
                true
            }
            Some(_) | None => false,
        }
    }

    /// Runs a scenario; returns how it fails, if it does.
    fn found(&mut self, script: &Script) -> Option<Finding> {
        self.runs += 1;
        found(script, self.guest)
    }

    /// Runs a scenario; returns whether it is valid and passes.
    pub(super) fn passes(&mut self, script: &Script) -> bool {
        self.runs += 1;
        let scenario = script.scenario("shrunk.yaml", self.guest);
        scenario.is_ok_and(|scenario| simulation::finding(&scenario).is_none())
    }

    /// Tries other steps.
    pub(super) fn try_steps(&mut self, steps: Vec<Item>) -> bool {
        let around = self.script.around.clone();
        let is_empty = steps.is_empty() && self.healing.is_empty();
        !is_empty && self.try_script(Script { around, steps })
    }
}
