//! A finished run as a stage: for checkers of what happened elsewhere.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::SignedDuration;
use machine::{Address, Records, Timestamp};

use super::{
    BLANK, Screen, Stage, StageError, StageRecord, Trace, TraceEntry, TraceEvent, TraceKeeping,
};
use crate::network::{Fault, FaultId};
use crate::scenario::ActorName;

/// A finished run. Its trace and what its programs held can be checked; all changes are refused.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    trace: Trace,
    holdings: BTreeMap<ActorName, Vec<u8>>,
    screens: BTreeMap<ActorName, Screen>,
    addresses: BTreeMap<ActorName, Address>,
    stored: BTreeMap<ActorName, Records>,
}

impl Recorded {
    /// Makes one from a trace, with no program running.
    pub fn new(trace: Trace) -> Self {
        Self { trace, ..Self::default() }
    }

    /// Adds events to the trace, each a millisecond later than the one before.
    #[must_use]
    pub fn with_events(mut self, events: impl IntoIterator<Item = TraceEvent>) -> Self {
        let before = self.trace.len() as u64 + 1;
        let entries = (before..).zip(events).map(|(millis, event)| {
            let at = Timestamp::from_micros(millis * 1000);
            TraceEntry { at, event }
        });
        self.trace = self.trace.iter().chain(entries).collect();
        self
    }

    /// Marks an actor as running, and sets what it holds, in the guest's encoding.
    #[must_use]
    pub fn with_holdings(mut self, actor: ActorName, holdings: Vec<u8>) -> Self {
        self.holdings.insert(actor, holdings);
        self
    }

    /// Sets what an actor's screen has shown. Without this call it is empty.
    #[must_use]
    pub fn with_screen(mut self, actor: ActorName, screen: Screen) -> Self {
        self.screens.insert(actor, screen);
        self
    }

    /// Sets the address at which an actor's program is reached. Without this call it is not known.
    #[must_use]
    pub fn with_address(mut self, actor: ActorName, address: Address) -> Self {
        self.addresses.insert(actor, address);
        self
    }

    /// Sets what is on an actor's disk. Without this call it cannot be read.
    #[must_use]
    pub fn with_stored(mut self, actor: ActorName, stored: Records) -> Self {
        self.stored.insert(actor, stored);
        self
    }
}

/// Refuses a change.
fn over() -> StageError {
    StageError::Environment("the run is over".to_owned())
}

impl Stage for Recorded {
    fn start(&mut self, _actor: ActorName) -> Result<(), StageError> {
        Err(over())
    }

    fn stop(&mut self, _actor: ActorName) -> Result<(), StageError> {
        Err(over())
    }

    fn kill(&mut self, _actor: ActorName) -> Result<(), StageError> {
        Err(over())
    }

    fn pause(&mut self, _actor: ActorName) -> Result<(), StageError> {
        Err(over())
    }

    fn resume(&mut self, _actor: ActorName) -> Result<(), StageError> {
        Err(over())
    }

    fn move_to(&mut self, _actor: ActorName, _port: Option<u16>) -> Result<(), StageError> {
        Err(over())
    }

    fn jump_clock(&mut self, _actor: ActorName, _by: SignedDuration) -> Result<(), StageError> {
        Err(over())
    }

    fn type_line(&mut self, _actor: ActorName, _line: &str) -> Result<(), StageError> {
        Err(over())
    }

    fn advance(&mut self, _duration: Duration) -> Result<(), StageError> {
        Ok(())
    }

    fn settle(&mut self) -> Result<(), StageError> {
        Ok(())
    }

    fn await_output(&mut self, _deadline: Timestamp) -> Result<bool, StageError> {
        Ok(false)
    }

    fn arm(&mut self, _fault: &Fault<ActorName>) -> Result<FaultId, StageError> {
        Err(over())
    }

    fn heal(&mut self, _fault: FaultId) {}

    fn fired(&self, _fault: FaultId) -> u64 {
        0
    }

    fn keep_trace(&mut self, _keeping: TraceKeeping) {}

    fn trace(&self) -> &Trace {
        &self.trace
    }

    fn now(&self) -> Timestamp {
        self.trace.iter().last().map_or_else(Timestamp::default, |entry| entry.at)
    }

    fn is_running(&self, actor: ActorName) -> bool {
        self.holdings.contains_key(&actor)
    }

    fn holdings(&self, actor: ActorName) -> Option<Vec<u8>> {
        self.holdings.get(&actor).cloned()
    }

    fn address(&self, actor: ActorName) -> Option<Address> {
        self.addresses.get(&actor).copied()
    }

    fn stored(&self, actor: ActorName) -> Option<&Records> {
        self.stored.get(&actor)
    }

    fn screen(&self, actor: ActorName) -> &Screen {
        self.screens.get(&actor).unwrap_or(&BLANK)
    }

    fn take_record(&mut self) -> StageRecord {
        StageRecord { trace: self.trace.take(), ..StageRecord::default() }
    }
}
