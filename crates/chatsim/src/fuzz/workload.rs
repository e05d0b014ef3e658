//! The generator of scenarios.

use crate::scenario::{Item, Script};

/// The note before the healing steps.
const HEALING: &str = "all faults end here";

/// Generates scenarios of one guest, for `fuzz`.
pub trait Workload: Sync {
    /// Returns the scenario of a seed: the same one for the same seed. Its steps end with
    /// [`healing_begins`] and the steps that heal everything and check the result.
    fn scenario(&self, seed: u64) -> Script;

    /// Returns the steps that heal everything, bring every actor back and check the result, for a
    /// scenario with these declared actors. The first one is [`healing_begins`].
    fn healing(&self, actors: &[String]) -> Vec<Item>;

    /// Returns whether `shrink` may leave out a healing step: a line that is typed at an actor's
    /// prompt. If a failure shows only after healing, a healing step must not be left out just
    /// because the scenario still fails without it. The default allows any.
    fn may_omit(&self, _healing: &Healing<'_>, _line: &str) -> bool {
        true
    }

    /// Returns shorter lines that `shrink` may try in place of a typed one, the shortest first. The
    /// default has none.
    fn shorter(&self, _line: &str) -> Vec<String> {
        Vec::new()
    }
}

/// Returns the step before the healing steps.
pub fn healing_begins() -> Item {
    Item::step("note", Item::text(HEALING))
}

/// Returns the steps with which every healing begins: all faults end, and all actors are started. A
/// workload adds how long to wait then, and what to check.
pub fn heal_all(actors: &[String]) -> Vec<Item> {
    vec![
        healing_begins(),
        Item::text("heal"),
        Item::step("resume", Item::texts(actors)),
        Item::step("start", Item::texts(actors)),
    ]
}

/// Returns a scenario with what all generated ones have in common: its seed, and that it is
/// lenient. Actors and steps are missing.
pub fn generated(seed: u64) -> Script {
    let mut script = Script::default();
    script.set("chatsim", Item::text("1"));
    script.set("title", Item::text(format!("The generated scenario of seed {seed}")));
    script.set("seed", Item::text(seed.to_string()));
    script.set("lenient", Item::text("true"));
    script
}

/// A healing step and its context.
#[derive(Clone, Copy, Debug)]
pub struct Healing<'a> {
    /// All steps before the healing.
    pub(super) steps: &'a [Item],
    /// The healing steps.
    pub(super) repairs: &'a [Item],
    /// The index of the step among these.
    pub(super) at: usize,
}
