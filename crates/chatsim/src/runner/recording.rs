//! The record of a run, for reports that explain or draw it.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::network::{Fault, FaultId};
use crate::scenario::{ActorName, Place};
use crate::stage::{Screen, Stage, StageRecord, Trace};
use machine::Timestamp;

/// The record of a run. It is empty for a scenario that was not run.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    /// When the run began, in the stage's time.
    pub began: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// The steps that were run, in order; nested ones instead of those that hold them.
    pub steps: Vec<StepRecord>,
    /// The number of `check` steps that were passed over, because the stage does not report what
    /// promises are checked by.
    pub unchecked: usize,
    /// What has to happen in some runs, and whether it has happened in this one.
    pub sometimes: Vec<Sometimes>,
    /// The faults, in the order in which they began.
    pub faults: Vec<FaultRecord>,
    /// The screens.
    pub screens: BTreeMap<ActorName, Screen>,
    /// What happened below the screens, as far as it was kept.
    pub trace: Trace,
}

impl Recording {
    /// Returns how much of the stage's time has passed.
    pub fn stage_time(&self) -> Duration {
        self.ended.since(self.began)
    }

    /// Returns the time since the beginning of the run.
    pub fn after(&self, at: Timestamp) -> Duration {
        at.since(self.began)
    }

    pub(super) fn add_stage(&mut self, stage: StageRecord) {
        let StageRecord { screens, trace } = stage;
        (self.screens, self.trace) = (screens, trace);
    }
}

/// Something that has to happen in at least one of many runs.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Sometimes {
    /// The file and the line of the step.
    pub place: (usize, usize),
    /// What has to happen.
    pub what: Wanted,
    /// Whether it had happened by then.
    pub has_happened: bool,
}

/// What has to happen in some runs.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Wanted {
    /// A screen shows a line.
    Shown {
        /// Whose screen.
        actor: ActorName,
        /// The line, or the regular expression between slashes.
        line: String,
    },
    /// A packet is sent.
    Sent {
        /// The link, as written in the scenario.
        link: String,
        /// The kind of packet.
        packet: &'static str,
    },
}

impl Wanted {
    /// Returns a sentence that says that it has not happened.
    pub fn missing(&self) -> String {
        match self {
            Self::Shown { actor, line } => format!("`{actor}` never showed {line}"),
            Self::Sent { link, packet } => format!("`{packet}` was never sent on `{link}`"),
        }
    }

    /// Returns what it is, without the actors.
    pub fn kind(&self) -> String {
        match self {
            Self::Shown { line, .. } => line.clone(),
            Self::Sent { packet, .. } => format!("packet `{packet}`"),
        }
    }
}

/// A step that was run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StepRecord {
    /// Its place.
    pub place: Place,
    /// The progress of the run before it.
    pub before: Reached,
    /// When it began, in the stage's time.
    pub began: Timestamp,
    /// When everything had settled after it.
    pub ended: Timestamp,
}

/// The progress of a run.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Reached {
    /// The number of entries of the trace, if all of it is kept.
    pub trace: usize,
    /// The screens that had grown since the step before, and their numbers of entries.
    pub screens: Vec<(ActorName, usize)>,
}

/// Measures the progress of a run.
#[derive(Default)]
pub(super) struct Milestones {
    screens: BTreeMap<ActorName, usize>,
}

impl Milestones {
    /// Returns the current progress.
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

/// A fault of a run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FaultRecord {
    /// Its id in the trace.
    pub id: FaultId,
    /// Its name in the scenario.
    pub name: Option<String>,
    /// The step that began it.
    pub place: Place,
    /// The fault itself.
    pub fault: Fault<ActorName>,
    /// When it began, in the stage's time.
    pub began: Timestamp,
    /// When it was healed; `None` while it is active.
    pub ended: Option<Timestamp>,
}
