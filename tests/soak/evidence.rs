//! What the programs have stated, as a stage on which promises are checked as on any other.

use std::fs;
use std::path::Path;
use std::time::Duration;

use chatapp::network::{Fault, FaultId};
use chatapp::protocol::{Fact, Holdings, Timestamp};
use chatapp::scenario::ActorName;
use chatapp::stage::{
    Change, Screen, Stage, StageError, StageRecord, Trace, TraceEntry, TraceEvent, TraceKeeping,
};
use jiff::SignedDuration;
use serde::Deserialize;

use crate::program::Program;

/// A line of a file of facts.
#[derive(Deserialize)]
struct Stated {
    at: Timestamp,
    fact: Fact,
}

/// The facts that a program has stated so far, over all its lives. Killed in the middle of a
/// line, it has not stated that one.
pub(crate) fn facts(path: &Path) -> Vec<(Timestamp, Fact)> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let stated = text.lines().filter_map(|line| serde_json::from_str(line).ok());
    stated.map(|Stated { at, fact }| (at, fact)).collect()
}

/// All that is known of a run when it is over, and every program says that it holds nothing.
pub(crate) struct Evidence {
    trace: Trace,
    /// How often something was shown again after a crash.
    pub(crate) recalled: usize,
}

impl Evidence {
    pub(crate) fn of(programs: &[Program]) -> Self {
        let mut entries: Vec<TraceEntry> = Vec::new();
        let mut recalled = 0;
        for program in programs {
            let mut own = program.changes.clone();
            own.extend(facts(&program.facts()).into_iter().map(|(at, fact)| {
                let event = TraceEvent::Fact(program.name, fact);
                TraceEntry { at, event }
            }));
            own.sort_by_key(|entry| entry.at);
            let said = own.len();
            entries.extend(without_recalled(own));
            recalled += said;
        }
        let recalled = recalled - entries.len();
        // Nobody asks the server what it knows of people and groups.
        let is_of_server = |event: &TraceEvent| {
            let TraceEvent::Fact(_, fact) = event else { return false };
            matches!(fact, Fact::Online | Fact::GroupTold(_) | Fact::Member(_))
        };
        entries.retain(|entry| !is_of_server(&entry.event));
        entries.sort_by_key(|entry| entry.at);
        Self { trace: entries.into_iter().collect(), recalled }
    }
}

/// Drops what a program has shown and was killed before it could remember that, so that it showed
/// it again, under a heading that says so, before anything else in its next life.
fn without_recalled(entries: Vec<TraceEntry>) -> Vec<TraceEntry> {
    let mut kept: Vec<TraceEntry> = Vec::new();
    let mut is_resuming = false;
    for entry in entries {
        match &entry.event {
            TraceEvent::Program(_, Change::Started) => is_resuming = true,
            TraceEvent::Fact(_, Fact::Shown(_) | Fact::Receipted { .. }) if is_resuming => {
                kept.retain(|before| before.event != entry.event);
            }
            TraceEvent::Fact(_, Fact::Taken(_) | Fact::Written { .. }) => {}
            _ => is_resuming = false,
        }
        kept.push(entry);
    }
    kept
}

/// What a screen shows here.
static NOTHING: Screen = Screen::new();

/// Nothing more happens there.
const OVER: Result<(), StageError> = Ok(());

impl Stage for Evidence {
    fn start(&mut self, _: ActorName) -> Result<(), StageError> {
        OVER
    }
    fn stop(&mut self, _: ActorName) -> Result<(), StageError> {
        OVER
    }
    fn kill(&mut self, _: ActorName) -> Result<(), StageError> {
        OVER
    }
    fn pause(&mut self, _: ActorName) -> Result<(), StageError> {
        OVER
    }
    fn resume(&mut self, _: ActorName) -> Result<(), StageError> {
        OVER
    }
    fn move_to(&mut self, _: ActorName, _: Option<u16>) -> Result<(), StageError> {
        OVER
    }
    fn jump_clock(&mut self, _: ActorName, _: SignedDuration) -> Result<(), StageError> {
        OVER
    }
    fn type_line(&mut self, _: ActorName, _: &str) -> Result<(), StageError> {
        OVER
    }
    fn advance(&mut self, _: Duration) -> Result<(), StageError> {
        OVER
    }
    fn settle(&mut self) -> Result<(), StageError> {
        OVER
    }
    fn await_output(&mut self, _: Timestamp) -> Result<bool, StageError> {
        Ok(false)
    }
    fn arm(&mut self, _: &Fault<ActorName>) -> Result<FaultId, StageError> {
        Ok(FaultId(0))
    }
    fn heal(&mut self, _: FaultId) {}
    fn fired(&self, _: FaultId) -> u64 {
        0
    }
    fn keep_trace(&mut self, _: TraceKeeping) {}
    fn trace(&self) -> &Trace {
        &self.trace
    }
    fn now(&self) -> Timestamp {
        self.trace.iter().last().map_or_else(Timestamp::default, |entry| entry.at)
    }
    fn is_running(&self, _: ActorName) -> bool {
        true
    }
    fn holdings(&self, _: ActorName) -> Option<Holdings> {
        Some(Holdings { is_online: true, ..Holdings::default() })
    }
    fn screen(&self, _: ActorName) -> &Screen {
        &NOTHING
    }
    fn take_record(&mut self) -> StageRecord {
        StageRecord::default()
    }
}
