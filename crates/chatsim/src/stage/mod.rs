//! The stages on which a scenario is played: a simulated network in virtual time, real UDP, and real
//! programs at terminals.
//!
//! A stage does what it is told and shows what the screens showed; it asserts nothing. What
//! programs have stored stays over `kill` and `start`, as on a disk.

mod actors;
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

use std::collections::BTreeMap;
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
use machine::{Completions, Outcome, Records, Timestamp};

/// One thing that a screen showed.
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
    /// The program ended by itself or was told to leave.
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

/// What a stage has kept of what happened on it.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct StageRecord {
    /// What each actor's screen has shown, over all its starts.
    pub screens: BTreeMap<ActorName, Screen>,
    /// What happened below the screens, as far as it was to be kept.
    pub trace: Trace,
}

/// A place where a scenario is played.
///
/// Actors are named in the scenario's declarations; a stage is built with them. Whatever was not
/// said to run is not running.
pub trait Stage {
    /// Starts an actor's program.
    ///
    /// # Errors
    ///
    /// Says why the environment refuses: a port is taken, say.
    fn start(&mut self, actor: ActorName) -> Result<(), StageError>;

    /// Lets a running actor leave politely, as Ctrl-C would.
    ///
    /// # Errors
    ///
    /// The actor is not running.
    fn stop(&mut self, actor: ActorName) -> Result<(), StageError>;

    /// Lets a running actor vanish without a word.
    ///
    /// # Errors
    ///
    /// The actor is not running.
    fn kill(&mut self, actor: ActorName) -> Result<(), StageError>;

    /// Holds a running actor: it does nothing, and what arrives for it waits.
    ///
    /// # Errors
    ///
    /// The actor is not running.
    fn pause(&mut self, actor: ActorName) -> Result<(), StageError>;

    /// Lets a paused actor go on.
    ///
    /// # Errors
    ///
    /// The actor is not running.
    fn resume(&mut self, actor: ActorName) -> Result<(), StageError>;

    /// Lets a running actor go on from another port of its host, as when the address of a network
    /// changes: from this one, or from any. What is under way to the old one finds nobody.
    ///
    /// # Errors
    ///
    /// The actor is not running, or the port cannot be had.
    fn move_to(&mut self, actor: ActorName, port: Option<u16>) -> Result<(), StageError>;

    /// Sets an actor's clock forward or back against the stage's, whether it is running or not;
    /// before 1970 no clock goes. A running program looks after its timers at once.
    ///
    /// # Errors
    ///
    /// The stage has no such actor, or cannot set its clock.
    fn jump_clock(&mut self, actor: ActorName, by: SignedDuration) -> Result<(), StageError>;

    /// Returns how an actor's disk is from now on, whether it is running or not. Tells whether what
    /// was said before has made a difference to a write.
    ///
    /// # Errors
    ///
    /// The stage has no such actor, or no disks that can fail.
    fn set_disk(&mut self, actor: ActorName, _disk: Disk) -> Result<bool, StageError> {
        Err(StageError::Environment(format!("the disk of `{actor}` is a real one")))
    }

    /// Kills an actor's program at a write, or no more at one. Tells whether that was done which
    /// was said before.
    ///
    /// # Errors
    ///
    /// The stage has no such actor, or does not see what programs write.
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

    /// Plays on until nothing is under way that a person would wait for.
    ///
    /// # Errors
    ///
    /// Lists what was pending when the stage's bounds were reached.
    fn settle(&mut self) -> Result<(), StageError>;

    /// Plays on until a screen shows something new, or until `deadline` in the stage's time.
    /// Tells whether something new was shown.
    ///
    /// # Errors
    ///
    /// The stage's bounds were reached.
    fn await_output(&mut self, deadline: Timestamp) -> Result<bool, StageError>;

    /// Begins a fault.
    ///
    /// # Errors
    ///
    /// An end of its links cannot be had: a port is taken, say.
    fn arm(&mut self, fault: &Fault<ActorName>) -> Result<FaultId, StageError>;

    /// Ends a fault: what it held back goes on.
    fn heal(&mut self, fault: FaultId);

    /// Returns how many datagrams a fault has hit so far.
    fn fired(&self, fault: FaultId) -> u64;

    /// Says how much of the trace is kept from now on.
    fn keep_trace(&mut self, keeping: TraceKeeping);

    /// Returns what happened while the trace was kept.
    fn trace(&self) -> &Trace;

    /// Returns the stage's time.
    fn now(&self) -> Timestamp;

    /// Returns whether an actor's program is running (paused counts as running).
    fn is_running(&self, actor: ActorName) -> bool;

    /// Returns what an actor's program holds, in the guest's encoding, if it is running and can be
    /// asked.
    fn holdings(&self, actor: ActorName) -> Option<Vec<u8>>;

    /// Returns what is stored on an actor's disk, where that can be seen. The default sees nothing.
    fn stored(&self, _actor: ActorName) -> Option<&Records> {
        None
    }

    /// Tells everything that an actor's screen has shown so far, over all its starts.
    fn screen(&self, actor: ActorName) -> &Screen;

    /// Returns what the last word of a line can become at an actor's prompt: nothing where it is not
    /// running, or where the stage cannot know. The default knows nothing.
    fn completions(&mut self, _actor: ActorName, _line: &str) -> Completions {
        Completions::default()
    }

    /// Hands out everything that was kept; screens and trace are empty afterwards.
    fn take_record(&mut self) -> StageRecord;
}

/// Says why a stage cannot go on.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum StageError {
    /// The step needs a running actor.
    #[error("`{0}` is not running")]
    NotRunning(ActorName),
    /// The step starts an actor that runs already.
    #[error("`{0}` is running already")]
    AlreadyRunning(ActorName),
    /// The step moves an actor to where somebody is.
    #[error("port `{0}` is taken by another actor of the scenario: choose another port")]
    PortTaken(u16),
    /// The machine or its operating system refused.
    #[error("{0}")]
    Environment(String),
    /// The run reached its bounds before it settled: the result is unknown.
    #[error("the run did not settle: {0}")]
    Unsettled(String),
}

impl StageError {
    /// Returns whether the step cannot be done where it stands, and that is all.
    pub const fn is_refusal(&self) -> bool {
        matches!(self, Self::NotRunning(_) | Self::AlreadyRunning(_) | Self::PortTaken(_))
    }
}
