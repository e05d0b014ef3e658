//! The faults of a running scenario.

use super::recording::FaultRecord;
use crate::network::Fault;
use crate::scenario::{ActorName, Place};
use crate::stage::{Stage, StageError};

/// All faults of a scenario so far, in the order in which they began.
#[derive(Default)]
pub(super) struct ArmedFaults {
    faults: Vec<FaultRecord>,
}

impl ArmedFaults {
    /// Begins a fault, and remembers the step that says so.
    pub(super) fn arm(
        &mut self,
        stage: &mut dyn Stage,
        name: Option<&String>,
        fault: &Fault<ActorName>,
        place: Place,
    ) -> Result<(), StageError> {
        let id = stage.arm(fault)?;
        let (name, fault) = (name.cloned(), fault.clone());
        let began = stage.now();
        self.faults.push(FaultRecord { id, name, place, fault, began, ended: None });
        Ok(())
    }

    /// Ends the faults of these names; all of them where there are none.
    ///
    /// # Errors
    ///
    /// Names the first of them that has hit nothing.
    pub(super) fn heal(&mut self, stage: &mut dyn Stage, names: &[String]) -> Result<(), Place> {
        let is_named = |fault: &&mut FaultRecord| {
            names.is_empty() || fault.name.as_ref().is_some_and(|name| names.contains(name))
        };
        let mut idle = None;
        for fault in self.faults.iter_mut().filter(|it| it.ended.is_none()).filter(is_named) {
            stage.heal(fault.id);
            fault.ended = Some(stage.now());
            if stage.fired(fault.id) == 0 {
                idle.get_or_insert(fault.place);
            }
        }
        idle.map_or(Ok(()), Err)
    }

    /// Tells of all faults.
    pub(super) fn into_records(self) -> Vec<FaultRecord> {
        self.faults
    }
}
