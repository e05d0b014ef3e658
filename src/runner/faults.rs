//! The faults of a running scenario.

use crate::network::FaultId;
use crate::scenario::Place;
use crate::stage::Stage;

/// Faults at work, in the order in which they began.
#[derive(Default)]
pub(super) struct ArmedFaults {
    armed: Vec<Armed>,
}

struct Armed {
    name: Option<String>,
    id: FaultId,
    place: Place,
}

impl ArmedFaults {
    /// Remembers a fault that begins, and the step that says so.
    pub(super) fn add(&mut self, name: Option<String>, id: FaultId, place: Place) {
        self.armed.push(Armed { name, id, place });
    }

    /// Ends the faults of these names; all of them where there are none.
    ///
    /// # Errors
    ///
    /// Names the first of them that has hit nothing.
    pub(super) fn heal(&mut self, stage: &mut dyn Stage, names: &[String]) -> Result<(), Place> {
        let is_named = |armed: &mut Armed| {
            names.is_empty() || armed.name.as_ref().is_some_and(|name| names.contains(name))
        };
        let healed: Vec<_> = self.armed.extract_if(.., is_named).collect();
        for armed in &healed {
            stage.heal(armed.id);
        }
        match healed.into_iter().find(|armed| stage.fired(armed.id) == 0) {
            Some(armed) => Err(armed.place),
            None => Ok(()),
        }
    }
}
