//! The stages on which a scenario runs: a simulated network in virtual time, real UDP, and real
//! programs at terminals.
//!
//! A stage executes steps and records screens; it asserts nothing. What programs have stored
//! survives `kill` and `start`, as on a disk.

mod actors;
mod busy;
mod fingerprint;
mod line;
pub mod pty;
mod recorded;
mod screen;
pub mod simulated;
mod trace;
mod trace_chunk;
mod trace_log;
pub mod udp;
mod varint;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;

pub use fingerprint::fingerprint;
pub use line::Line;
pub use recorded::Recorded;
pub(crate) use screen::BLANK;
pub use screen::{Entries, Screen};
pub use trace::{Change, TraceEntry, TraceEvent};
pub use trace_chunk::{ActorId, EntryView, EventView};
pub use trace_log::{Trace, TraceKeeping};

use crate::network::{Fault, FaultId};
use crate::scenario::{ActorName, CrashPoint, Disk};
use machine::{Address, Completions, Outcome, Records, Timestamp};

/// An event on a screen.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Shown {
    /// The program was started.
    Started,
    /// A line was typed at the prompt.
    Typed(Arc<Line>),
    /// The program showed a line.
    Line(Arc<Line>),
    /// The terminal echoed a Ctrl-C.
    Interrupted,
    /// The program ended by itself or after an interrupt.
    Exited(Outcome),
    /// The program was killed from outside.
    Killed,
}

/// One entry of an actor's transcript.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ScreenEntry {
    /// When it was shown, in the stage's time.
    pub at: Timestamp,
    /// What was shown.
    pub shown: Shown,
}

/// The record of a run on a stage.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct StageRecord {
    /// The screen of each actor, over all its starts.
    pub screens: BTreeMap<ActorName, Screen>,
    /// What happened below the screens, as far as it was kept.
    pub trace: Trace,
}

/// A place where a scenario runs.
///
/// A stage is built with the actors that the scenario declares. A program runs only after `start`.
pub trait Stage {
    /// Starts an actor's program.
    ///
    /// # Errors
    ///
    /// The environment refuses: e.g. a port is taken.
    fn start(&mut self, actor: ActorName) -> Result<(), StageError>;

    /// Interrupts a running actor, as Ctrl-C does.
    ///
    /// # Errors
    ///
    /// The actor is not running.
    fn stop(&mut self, actor: ActorName) -> Result<(), StageError>;

    /// Kills a running actor without warning.
    ///
    /// # Errors
    ///
    /// The actor is not running.
    fn kill(&mut self, actor: ActorName) -> Result<(), StageError>;

    /// Pauses a running actor: it does nothing, and datagrams to it wait.
    ///
    /// # Errors
    ///
    /// The actor is not running, or is paused already.
    fn pause(&mut self, actor: ActorName) -> Result<(), StageError>;

    /// Resumes a paused actor.
    ///
    /// # Errors
    ///
    /// The actor is not running, or is not paused.
    fn resume(&mut self, actor: ActorName) -> Result<(), StageError>;

    /// Moves a running actor to another port of its host, as when the address of a network changes:
    /// to this one, or to any. Datagrams under way to the old port are lost.
    ///
    /// # Errors
    ///
    /// The actor is not running, or the port is not available.
    fn move_to(&mut self, actor: ActorName, port: Option<u16>) -> Result<(), StageError>;

    /// Sets an actor's clock forward or back against the stage's, whether the actor is running or
    /// not; no clock goes to before 1970. A running program checks its timers at once.
    ///
    /// # Errors
    ///
    /// The stage has no such actor, or cannot set its clock.
    fn jump_clock(&mut self, actor: ActorName, by: SignedDuration) -> Result<(), StageError>;

    /// Sets the state of an actor's disk, whether the actor is running or not. Returns whether the
    /// previous state affected any write.
    ///
    /// # Errors
    ///
    /// The stage has no such actor, or no disks that can fail.
    fn set_disk(&mut self, actor: ActorName, _disk: Disk) -> Result<bool, StageError> {
        Err(StageError::Environment(format!("the disk of `{actor}` is a real one")))
    }

    /// Arms (or with `None` disarms) a crash point. Returns whether the previous one fired.
    ///
    /// # Errors
    ///
    /// The stage has no such actor, or cannot observe the writes of programs.
    fn set_crash(
        &mut self,
        actor: ActorName,
        _point: Option<CrashPoint>,
    ) -> Result<bool, StageError> {
        Err(StageError::Environment(format!("what `{actor}` writes cannot be seen")))
    }

    /// Types a line at an actor's prompt.
    ///
    /// # Errors
    ///
    /// The actor is not running.
    fn type_line(&mut self, actor: ActorName, line: &str) -> Result<(), StageError>;

    /// Lets the stage's time pass.
    ///
    /// # Errors
    ///
    /// Something was still under way when the stage's bounds were reached.
    fn advance(&mut self, duration: Duration) -> Result<(), StageError>;

    /// Runs until nothing is under way that a person would wait for.
    ///
    /// # Errors
    ///
    /// The stage's bounds were reached; the error lists what was pending.
    fn settle(&mut self) -> Result<(), StageError>;

    /// Runs until a screen shows something new, or until `deadline` in the stage's time. Returns
    /// whether something new was shown.
    ///
    /// # Errors
    ///
    /// The stage's bounds were reached.
    fn await_output(&mut self, deadline: Timestamp) -> Result<bool, StageError>;

    /// Begins a fault.
    ///
    /// # Errors
    ///
    /// An end of its links is not available: e.g. a port is taken.
    fn arm(&mut self, fault: &Fault<ActorName>) -> Result<FaultId, StageError>;

    /// Ends a fault, and releases the datagrams that it held.
    fn heal(&mut self, fault: FaultId);

    /// Returns the number of datagrams that a fault has hit so far.
    fn fired(&self, fault: FaultId) -> u64;

    /// Sets how much of the trace is kept from now on.
    fn keep_trace(&mut self, keeping: TraceKeeping);

    /// Returns what happened while the trace was kept.
    fn trace(&self) -> &Trace;

    /// Returns the stage's time.
    fn now(&self) -> Timestamp;

    /// Returns the time that the clocks of programs show at a time of the stage, as far as no step has
    /// changed them. The default is the same time.
    fn time_of_programs(&self, at: Timestamp) -> Timestamp {
        at
    }

    /// Returns the ports that actors have or had, as far as they are known. The default is none.
    fn ports(&self) -> BTreeSet<u16> {
        BTreeSet::new()
    }

    /// Returns whether an actor's program is running (paused counts as running).
    fn is_running(&self, actor: ActorName) -> bool;

    /// Returns whether programs report facts, by which promises are checked. The default is `true`.
    fn reports_facts(&self) -> bool {
        true
    }

    /// Returns what an actor's program holds, in the guest's encoding, if it is running and can be
    /// asked.
    fn holdings(&self, actor: ActorName) -> Option<Vec<u8>>;

    /// Returns the address at which an actor's program is reached now, running or not, if the stage
    /// knows it. The default returns `None`.
    fn address(&self, _actor: ActorName) -> Option<Address> {
        None
    }

    /// Returns the stored data of an actor, if it can be read. The default returns `None`.
    fn stored(&self, _actor: ActorName) -> Option<&Records> {
        None
    }

    /// Returns the screen of an actor, over all its starts.
    fn screen(&self, actor: ActorName) -> &Screen;

    /// Returns the completions of the last word of a line at an actor's prompt: none if the actor
    /// is not running, or if the stage cannot know. The default returns none.
    fn completions(&mut self, _actor: ActorName, _line: &str) -> Completions {
        Completions::default()
    }

    /// Returns the whole record; screens and trace are empty afterwards.
    fn take_record(&mut self) -> StageRecord;
}

/// Why a stage cannot go on.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum StageError {
    /// The step needs a running actor.
    #[error("`{0}` is not running")]
    NotRunning(ActorName),
    /// The step starts an actor that is already running.
    #[error("`{0}` is running already")]
    AlreadyRunning(ActorName),
    /// The step pauses an actor that is already paused.
    #[error("`{0}` is paused already")]
    AlreadyPaused(ActorName),
    /// The step resumes an actor that is not paused.
    #[error("`{0}` is not paused")]
    NotPaused(ActorName),
    /// The step moves an actor to the address of another one.
    #[error("port `{0}` is taken by another actor of the scenario: choose another port")]
    PortTaken(u16),
    /// The operating system refused.
    #[error("{0}")]
    Environment(String),
    /// The scenario needs something that this stage does not have: it is skipped.
    #[error("{0}")]
    Unfit(String),
    /// The run reached its bounds before it settled: the result is unknown.
    #[error("the run did not settle: {0}")]
    Unsettled(String),
}

impl StageError {
    /// Returns whether only this step cannot be done where it is.
    pub const fn is_refusal(&self) -> bool {
        match self {
            Self::NotRunning(_)
            | Self::AlreadyRunning(_)
            | Self::AlreadyPaused(_)
            | Self::NotPaused(_)
            | Self::PortTaken(_) => true,
            Self::Environment(_) | Self::Unfit(_) | Self::Unsettled(_) => false,
        }
    }
}
