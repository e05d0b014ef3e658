//! What a play leaves behind, for reports that explain or draw it.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::network::{Fault, FaultId};
use crate::scenario::{ActorName, Place};
use crate::stage::{Screen, Stage, StageRecord, Trace};
use machine::Timestamp;

/// Everything that a play leaves behind. Of a scenario that was not played it is empty.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    /// When the play began, in the stage's time.
    pub began: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// The steps that were played, in their order; of steps that hold steps, those.
    pub steps: Vec<StepRecord>,
    /// The faults that were at work, in the order of their beginning.
    pub faults: Vec<FaultRecord>,
    /// What each screen has shown.
    pub screens: BTreeMap<ActorName, Screen>,
    /// What happened below the screens, as far as the run kept it.
    pub trace: Trace,
}

impl Recording {
    /// Returns how much of the stage's time was played.
    pub fn played(&self) -> Duration {
        self.ended.since(self.began)
    }

    /// Returns how long after the play's beginning something was.
    pub fn after(&self, at: Timestamp) -> Duration {
        at.since(self.began)
    }

    pub(super) fn add_stage(&mut self, stage: StageRecord) {
        let StageRecord { screens, trace } = stage;
        (self.screens, self.trace) = (screens, trace);
    }
}

/// A step that was played.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StepRecord {
    /// Where it stands.
    pub place: Place,
    /// What had happened before it.
    pub before: Reached,
    /// When it began, in the stage's time.
    pub began: Timestamp,
    /// When all had settled that came of it.
    pub ended: Timestamp,
}

/// How far a play had come.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Reached {
    /// How many entries the trace had, if all of it is kept.
    pub trace: usize,
    /// The screens that had grown since the step before, and how many entries they had.
    pub screens: Vec<(ActorName, usize)>,
}

/// Finds out how far a play has come.
#[derive(Default)]
pub(super) struct Milestones {
    screens: BTreeMap<ActorName, usize>,
}

impl Milestones {
    /// Returns how far the play has come.
    pub(super) fn reached(
        &mut self,
        actors: impl Iterator<Item = ActorName>,
        stage: &dyn Stage,
    ) -> Reached {
        let mut screens = Vec::new();
        for actor in actors {
            let len = stage.screen(actor).len();
            if self.screens.insert(actor, len).unwrap_or_default() != len {
                screens.push((actor, len));
            }
        }
        Reached { trace: stage.trace().len(), screens }
    }
}

/// A fault that was at work.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FaultRecord {
    /// What the trace calls it.
    pub id: FaultId,
    /// What the scenario calls it.
    pub name: Option<String>,
    /// The step that began it.
    pub place: Place,
    /// What it does.
    pub fault: Fault<ActorName>,
    /// When it began, in the stage's time.
    pub began: Timestamp,
    /// When it was healed; `None` while it is at work.
    pub ended: Option<Timestamp>,
}
