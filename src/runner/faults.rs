//! The faults of a running scenario.

use super::recording::FaultRecord;
use crate::network::Fault;
use crate::scenario::{ActorName, NetworkFault, Place};
use crate::stage::{Stage, StageError};

/// All faults of a scenario so far, in the order in which they began.
#[derive(Default)]
pub(super) struct ArmedFaults {
    /// Those of the network, which are never healed and need not hit anything.
    lasting: Vec<FaultRecord>,
    faults: Vec<FaultRecord>,
}

impl ArmedFaults {
    /// Begins what goes wrong on the network all the time.
    pub(super) fn arm_network(
        &mut self,
        stage: &mut dyn Stage,
        network: &[NetworkFault],
    ) -> Result<(), (StageError, Place)> {
        for NetworkFault { place, fault } in network {
            let id = stage.arm(fault).map_err(|error| (error, *place))?;
            let (began, fault, place) = (stage.now(), fault.clone(), *place);
            self.lasting.push(FaultRecord { id, name: None, place, fault, began, ended: None });
        }
        Ok(())
    }

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
    pub(super) fn into_records(mut self) -> Vec<FaultRecord> {
        self.lasting.append(&mut self.faults);
        self.lasting
    }
}
