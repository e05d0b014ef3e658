//! The faults of a running scenario.

use std::collections::BTreeMap;

use super::recording::FaultRecord;
use crate::network::Fault;
use crate::scenario::{ActorName, CrashPoint, Disk, NetworkFault, Place};
use crate::stage::{Stage, StageError};

/// All faults of a scenario so far, in the order in which they began.
#[derive(Default)]
pub(super) struct ArmedFaults {
    /// Those of the network, which are never healed and need not hit anything.
    lasting: Vec<FaultRecord>,
    faults: Vec<FaultRecord>,
    /// Unhealthy disks, and the steps that made them so.
    disks: BTreeMap<ActorName, Place>,
    /// Programs with a crash point, and the steps that set it.
    crashes: BTreeMap<ActorName, Place>,
}

impl ArmedFaults {
    /// Begins the permanent conditions of the network.
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

    /// Begins a fault, and remembers its step.
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

    /// Sets the state of a disk, in place of the previous one. Returns the step of the previous
    /// state if it did not affect any write.
    ///
    /// # Errors
    ///
    /// The stage has no such disk.
    pub(super) fn set_disk(
        &mut self,
        stage: &mut dyn Stage,
        (actor, disk): (ActorName, Disk),
        place: Place,
    ) -> Result<Option<Place>, StageError> {
        let was_met = stage.set_disk(actor, disk)?;
        let before = match disk {
            Disk::Healthy => self.disks.remove(&actor),
            Disk::Slow(_) | Disk::Full | Disk::Fails => self.disks.insert(actor, place),
        };
        Ok(before.filter(|_| !was_met))
    }

    /// Sets the crash point of a program, in place of the previous one. Returns the step of the
    /// previous one if it did not fire.
    ///
    /// # Errors
    ///
    /// The stage does not see what programs write.
    pub(super) fn set_crash(
        &mut self,
        stage: &mut dyn Stage,
        (actor, point): (ActorName, CrashPoint),
        place: Place,
    ) -> Result<Option<Place>, StageError> {
        let was_met = stage.set_crash(actor, Some(point))?;
        Ok(self.crashes.insert(actor, place).filter(|_| !was_met))
    }

    /// Ends the faults of these names; with no names, ends all of them, including those of disks.
    ///
    /// # Errors
    ///
    /// The first of them that did not hit anything.
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
        if names.is_empty() {
            let idle_disk = self.heal_disks(stage);
            idle = idle.or(idle_disk);
        }
        idle.map_or(Ok(()), Err)
    }

    /// Ends all faults of disks; returns the step of the first one that did not affect any write.
    fn heal_disks(&mut self, stage: &mut dyn Stage) -> Option<Place> {
        let mut idle = None;
        for (actor, place) in std::mem::take(&mut self.disks) {
            // A disk with a fault exists.
            if !stage.set_disk(actor, Disk::Healthy).unwrap_or(true) {
                idle.get_or_insert(place);
            }
        }
        for (actor, place) in std::mem::take(&mut self.crashes) {
            if !stage.set_crash(actor, None).unwrap_or(true) {
                idle.get_or_insert(place);
            }
        }
        idle
    }

    /// Returns all faults.
    pub(super) fn into_records(mut self) -> Vec<FaultRecord> {
        self.lasting.append(&mut self.faults);
        self.lasting
    }
}
