//! Real programs, each at a pseudo-terminal of its own: ours or any other.
//!
//! A screen is what a person would have seen: every finished line, with its prompt. Time is real.
//! The stage cannot see what is under way inside the programs, so a run has settled when they have
//! answered typed lines (first lines, echo, prompt) and have been silent for a while; every wait
//! ends with the event that it waits for, and none is a sleep.
//!
//! A terminal is 16,640 columns wide, so that it never wraps a line of the chat. A line is finished
//! when the cursor leaves it downwards, however often it was drawn before. Scenarios that need a
//! stage to interfere between the programs are skipped (`runner/fitness.rs`).

mod data;
mod programs;
mod screen;
mod seat;
mod signals;
mod terminal;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use jiff::SignedDuration;

pub use programs::{Program, Programs, ProgramsError};

use self::data::Data;
use self::programs::Seating;
use self::seat::{LAST_WORDS, Seat};
use self::terminal::{Output, Terminal};
use super::{
    BLANK, Change, Screen, Shown, Stage, StageError, StageRecord, Trace, TraceEntry, TraceEvent,
    TraceKeeping,
};
use crate::network::{Fault, FaultId};
use crate::scenario::{ActorName, Scenario};
use driver::find_port;
use driver::{Clock as _, RealClock};
use machine::Timestamp;

/// How long all programs have to be silent for a run to count as settled: far longer than a
/// datagram and its answer take on one machine.
const SILENCE: Duration = Duration::from_millis(250);

/// The number of successive waits that make up a silence. When the machine halts for a moment, that
/// affects at most one of them.
const SILENT_WAITS: u32 = 5;

/// The maximum time for the first lines of a program, the prompt after a line and the end after
/// Ctrl-C. Then the run goes on without: not every program has a prompt.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long programs may keep writing before the run counts as unsettled.
const SETTLING_MAX: Duration = Duration::from_mins(1);

/// How often a wait checks whether it is interrupted.
const INTERRUPT_INTERVAL: Duration = Duration::from_millis(50);

/// The maximum number of chunks of output that are queued; then the programs wait.
const OUTPUT_WAITING_MAX: usize = 256;

/// The actor, the number of its start, and its output.
type Message = (ActorName, u64, Output);

/// The stage of real programs at terminals.
/// An actor keeps its port from its first start on. Programs that are still running when the stage
/// is dropped are killed, with all processes that they have started.
pub struct Pty {
    programs: Programs,
    scenario: Scenario,
    data: Data,
    /// Multiplies every wait.
    factor: f64,
    /// How long programs may keep writing before the run counts as unsettled.
    settling_max: Duration,
    clock: RealClock,
    started_at: Timestamp,
    /// The ports of the roles with a single actor, by the keys of the roles.
    singles: BTreeMap<&'static str, u16>,
    ports: BTreeMap<ActorName, u16>,
    seats: BTreeMap<ActorName, Seat>,
    output: Receiver<Message>,
    sender: SyncSender<Message>,
    trace: Trace,
    /// Nothing has happened since everything settled.
    is_settled: bool,
    last_speaker: Option<ActorName>,
    /// Whether every wait has to end.
    is_interrupted: Arc<AtomicBool>,
}

impl Pty {
    /// Prepares the stage of a scenario, which runs `programs`; `factor` multiplies every wait:
    /// more than 1 on a slow machine. No program is running yet.
    ///
    /// # Errors
    ///
    /// There is no free port for the server, or no space for data, or a program has no flag for an
    /// option of its actor.
    pub fn new(scenario: &Scenario, programs: Programs, factor: f64) -> Result<Self, StageError> {
        let clock = RealClock::start();
        let (sender, output) = sync_channel(OUTPUT_WAITING_MAX);
        let mut stage = Self {
            programs,
            scenario: scenario.clone(),
            data: Data::for_scenario(scenario)?,
            factor,
            settling_max: stretched(SETTLING_MAX, factor),
            clock,
            started_at: clock.now(),
            singles: BTreeMap::new(),
            ports: BTreeMap::new(),
            seats: BTreeMap::new(),
            output,
            sender,
            trace: Trace::default(),
            is_settled: true,
            last_speaker: None,
            is_interrupted: Arc::default(),
        };
        for actor in &scenario.actors {
            let role = scenario.role_of(actor.name);
            let mut options = actor.options_beside_name(scenario.guest);
            let obstacle =
                options.find_map(|(key, _)| stage.programs.obstacle(role.key, actor.name, key));
            if let Some(reason) = obstacle {
                return Err(StageError::Unfit(reason));
            }
            if role.is_single {
                let port = stage.port(actor.name)?;
                stage.singles.insert(role.key, port);
            }
        }
        Ok(stage)
    }

    /// Ends every wait, and so the run, once a flag is set.
    #[must_use]
    pub fn interrupted_by(mut self, flag: Arc<AtomicBool>) -> Self {
        self.is_interrupted = flag;
        self
    }

    /// Returns an actor's port; without one in the scenario, the first call chooses it.
    fn port(&mut self, actor: ActorName) -> Result<u16, StageError> {
        if let Some(port) = self.ports.get(&actor) {
            return Ok(*port);
        }
        let declared = self.scenario.declaration(actor).and_then(|declared| declared.port);
        let port = match declared {
            Some(port) => port,
            None => find_port().map_err(|error| {
                StageError::Environment(format!("no port is free for `{actor}` ({error})"))
            })?,
        };
        self.ports.insert(actor, port);
        Ok(port)
    }

    /// Returns the seat of a running actor.
    fn running(&mut self, actor: ActorName) -> Result<&mut Seat, StageError> {
        self.take_waiting();
        self.find_ended();
        self.is_settled = false;
        let seat = self.seats.get_mut(&actor).filter(|seat| seat.program().is_some());
        seat.ok_or(StageError::NotRunning(actor))
    }

    /// Pauses or resumes an actor.
    fn set_held(&mut self, actor: ActorName, is_held: bool) -> Result<(), StageError> {
        let at = self.now();
        let seat = self.running(actor)?;
        match (seat.is_held(), is_held) {
            (true, true) => return Err(StageError::AlreadyPaused(actor)),
            (false, false) => return Err(StageError::NotPaused(actor)),
            (true, false) | (false, true) => {}
        }
        let done = match seat.program() {
            Some(program) if is_held => program.hold(),
            Some(program) => program.go_on(),
            None => Ok(()),
        };
        done.map_err(|error| {
            StageError::Environment(format!("`{actor}` cannot be paused or resumed ({error})"))
        })?;
        seat.set_held(is_held);
        let change = if is_held { Change::Paused } else { Change::Resumed };
        self.trace.push(TraceEntry { at, event: TraceEvent::Program(actor, change) });
        Ok(())
    }

    /// Handles the output that has arrived, without waiting.
    fn take_waiting(&mut self) {
        // Stops at some point, even if a program never stops writing.
        let until = self.now() + INTERRUPT_INTERVAL;
        while self.now() < until
            && let Ok(message) = self.output.try_recv()
        {
            self.handle(message);
        }
    }

    /// Waits until a program writes something, for `patience` at most; returns whether one did.
    fn receive(&mut self, patience: Duration) -> Result<bool, StageError> {
        let until = self.now() + patience;
        loop {
            if self.is_interrupted.load(Ordering::Relaxed) {
                return Err(StageError::Environment("the run was interrupted".to_owned()));
            }
            let left = until.since(self.now());
            if let Ok(message) = self.output.recv_timeout(left.min(INTERRUPT_INTERVAL)) {
                self.handle(message);
                return Ok(true);
            }
            self.find_ended();
            if left.is_zero() {
                return Ok(false);
            }
        }
    }

    fn handle(&mut self, (actor, life, output): Message) {
        (self.is_settled, self.last_speaker) = (false, Some(actor));
        let at = self.now();
        let Some(seat) = self.seats.get_mut(&actor) else { return };
        let (programs, guest) = (&self.programs, self.scenario.guest);
        seat.handle((life, output), &|row| programs.line(row, guest), at);
    }

    /// Records that a program has ended.
    fn note_end(&mut self, actor: ActorName, change: Change) {
        let at = self.now();
        let Some(seat) = self.seats.get_mut(&actor) else { return };
        let was_killed = change == Change::Killed;
        let how = |outcome| if was_killed { Shown::Killed } else { Shown::Exited(outcome) };
        let (programs, guest) = (&self.programs, self.scenario.guest);
        seat.ended(how, &|row| programs.line(row, guest), at);
        self.trace.push(TraceEntry { at, event: TraceEvent::Program(actor, change) });
    }

    /// Checks for programs that have ended.
    fn find_ended(&mut self) {
        let now = self.now();
        let ended = |(actor, seat): (&ActorName, &mut Seat)| seat.has_ended(now).then_some(*actor);
        for actor in self.seats.iter_mut().filter_map(ended).collect::<Vec<_>>() {
            self.note_end(actor, Change::Ended);
        }
    }

    fn is_anybody_awaited(&self) -> bool {
        self.seats.values().any(Seat::is_awaited)
    }

    fn unsettled(&self) -> StageError {
        let who = self.last_speaker.map_or_else(String::new, |actor| format!("`{actor}` "));
        StageError::Unsettled(format!("{who}still writes after {:?}", self.settling_max))
    }

    fn count_shown(&self) -> usize {
        self.seats.values().map(|seat| seat.entries().len()).sum()
    }
}

impl Stage for Pty {
    fn start(&mut self, actor: ActorName) -> Result<(), StageError> {
        if self.is_running(actor) {
            return Err(StageError::AlreadyRunning(actor));
        }
        let port = self.port(actor)?;
        let (name, role) = (self.scenario.own_name(&actor), self.scenario.role_of(actor));
        let (singles, data) = (&self.singles, self.data.folder_of(actor));
        let declared = self.scenario.declaration(actor);
        let options = declared.into_iter();
        let options = options.flat_map(|it| it.options_beside_name(self.scenario.guest)).collect();
        let seating = Seating { name, role: role.key, port, singles, options, data };
        let command = self.programs.command(&seating).ok_or_else(|| {
            let title = role.title;
            StageError::Environment(format!(
                "there is no program for `{actor}`: name one with `--{title}-command`"
            ))
        })?;
        let program = command.get_program().to_owned();
        let life = self.seats.entry(actor).or_default().next_life();
        let sender = self.sender.clone();
        let tell = move |output| sender.send((actor, life, output)).is_ok();
        let terminal = Terminal::start(command, tell).map_err(|error| {
            let program = program.display();
            StageError::Environment(format!("`{program}` cannot be started for `{actor}`: {error}"))
        })?;
        let at = self.now();
        self.seats.entry(actor).or_default().started(terminal, at);
        self.trace.push(TraceEntry { at, event: TraceEvent::Program(actor, Change::Started) });
        self.is_settled = false;
        Ok(())
    }

    fn stop(&mut self, actor: ActorName) -> Result<(), StageError> {
        let at = self.now();
        self.running(actor)?.interrupt(at);
        Ok(())
    }

    fn kill(&mut self, actor: ActorName) -> Result<(), StageError> {
        self.running(actor)?.kill();
        // The output before the end is handled first.
        let until = self.now() + LAST_WORDS;
        while self.now() < until
            && let Ok(message) = self.output.recv_timeout(until.since(self.now()))
        {
            let is_last = message.0 == actor && matches!(message.2, Output::Closed);
            self.handle(message);
            if is_last {
                break;
            }
        }
        self.note_end(actor, Change::Killed);
        Ok(())
    }

    fn pause(&mut self, actor: ActorName) -> Result<(), StageError> {
        self.set_held(actor, true)
    }

    fn resume(&mut self, actor: ActorName) -> Result<(), StageError> {
        self.set_held(actor, false)
    }

    fn type_line(&mut self, actor: ActorName, line: &str) -> Result<(), StageError> {
        self.running(actor)?.type_line(line);
        Ok(())
    }

    fn move_to(&mut self, _actor: ActorName, _port: Option<u16>) -> Result<(), StageError> {
        Err(StageError::Environment("real programs stay at their ports".to_owned()))
    }

    fn jump_clock(&mut self, _actor: ActorName, _by: SignedDuration) -> Result<(), StageError> {
        Err(StageError::Environment("real programs share the clock of the machine".to_owned()))
    }

    fn advance(&mut self, duration: Duration) -> Result<(), StageError> {
        let until = self.now() + duration;
        while self.now() < until {
            self.receive(until.since(self.now()))?;
        }
        Ok(())
    }

    fn settle(&mut self) -> Result<(), StageError> {
        self.take_waiting();
        let patience = self.now() + stretched(PATIENCE, self.factor);
        let bound = self.now() + self.settling_max;
        let wait = stretched(SILENCE, self.factor) / SILENT_WAITS;
        let mut silent_waits = 0;
        while !self.is_settled {
            silent_waits = if self.receive(wait)? { 0 } else { silent_waits + 1 };
            if self.now() > bound {
                return Err(self.unsettled());
            }
            let is_awaited = self.is_anybody_awaited() && self.now() < patience;
            self.is_settled = silent_waits >= SILENT_WAITS && !is_awaited;
        }
        self.seats.values_mut().for_each(Seat::give_up);
        Ok(())
    }

    fn await_output(&mut self, deadline: Timestamp) -> Result<bool, StageError> {
        let before = self.count_shown();
        self.take_waiting();
        while self.count_shown() == before && self.now() < deadline {
            self.receive(deadline.since(self.now()))?;
        }
        Ok(self.count_shown() > before)
    }

    fn arm(&mut self, _fault: &Fault<ActorName>) -> Result<FaultId, StageError> {
        let problem = "the programs talk to each other directly: faults cannot be injected between \
                       them";
        Err(StageError::Environment(problem.to_owned()))
    }

    fn heal(&mut self, _fault: FaultId) {}

    fn fired(&self, _fault: FaultId) -> u64 {
        0
    }

    fn keep_trace(&mut self, keeping: TraceKeeping) {
        self.trace.keep(keeping);
    }

    fn trace(&self) -> &Trace {
        &self.trace
    }

    fn now(&self) -> Timestamp {
        self.scenario.clock + self.clock.now().since(self.started_at)
    }

    fn time_of_programs(&self, at: Timestamp) -> Timestamp {
        self.started_at + at.since(self.scenario.clock)
    }

    fn ports(&self) -> BTreeSet<u16> {
        self.ports.values().copied().collect()
    }

    fn is_running(&self, actor: ActorName) -> bool {
        self.seats.get(&actor).is_some_and(|seat| seat.program().is_some())
    }

    fn reports_facts(&self) -> bool {
        false
    }

    fn holdings(&self, _actor: ActorName) -> Option<Vec<u8>> {
        None
    }

    fn screen(&self, actor: ActorName) -> &Screen {
        self.seats.get(&actor).map_or(&BLANK, Seat::entries)
    }

    fn take_record(&mut self) -> StageRecord {
        let screens = self.seats.iter_mut().map(|(actor, seat)| (*actor, seat.take_entries()));
        StageRecord { screens: screens.collect(), trace: self.trace.take() }
    }
}

/// Multiplies a wait by the factor.
fn stretched(wait: Duration, factor: f64) -> Duration {
    Duration::try_from_secs_f64(wait.as_secs_f64() * factor).unwrap_or(Duration::MAX)
}
