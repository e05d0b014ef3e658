//! The number of steps that a scenario runs, and its limit.

use super::model::Step;
use placed_yaml::{Mistake, Place};

/// The maximum number of steps that one scenario runs; repeated ones count each time.
pub(super) const STEPS_MAX: u64 = 1_000_000;

/// Counts the steps that a list runs.
pub(super) fn step_count(steps: &[Step]) -> u64 {
    let each = steps.iter().map(|step| match step.action.nested() {
        Some(nested) => {
            let once = nested.lists().map(step_count).fold(0, u64::saturating_add);
            once.saturating_mul(u64::from(nested.times()))
        }
        None => 1,
    });
    each.fold(0, u64::saturating_add)
}

/// Refuses scenarios that would run for ever.
pub(super) fn too_many(place: Place) -> Mistake {
    let message = format!("more than {STEPS_MAX} steps would be run here");
    Mistake::new(place, message).with_help("repeat less often")
}
