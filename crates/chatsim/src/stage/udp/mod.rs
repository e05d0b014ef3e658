//! Real UDP sockets under a clock of the stage's own.
//!
//! Every actor runs in the same loop as in its program, on a loopback socket of its own, and its
//! datagrams go through the kernel. Only time is the stage's: the [`Ledger`] counts every datagram
//! and line that is under way, and when there is none, the clock jumps to the next timer. So a
//! scenario of minutes takes milliseconds, settles without sleeping, and shows the same in every
//! run. It does not test the timers of the operating system; tests of the real programs do.

mod ledger;
mod program;
#[cfg(test)]
mod tests;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::oneshot;

use self::ledger::{Ledger, SharedLedger};
use self::program::{AnyInput, Program};
use super::actors;
use super::{BLANK, Line, Screen, Shown, Stage, StageError, StageRecord, Trace, TraceKeeping};
use crate::network::{Delivery, Fault, FaultId};
use crate::scenario::{ActorName, Scenario};
use driver::{Input, MemoryStore, UdpChannel};
use machine::{Actor, Address, Completions, Timestamp};

/// The maximum of the stage's time that settling may take: far beyond every patience of the
/// protocol.
const SETTLING_MAX: Duration = Duration::from_hours(1);

/// The maximum number of timers that fire in one call: more means an endless loop.
const TICKS_MAX: u32 = 1_000_000;

/// The stage of real UDP sockets.
///
/// An actor keeps its port from its first start (the server: from the beginning) until the stage is
/// dropped, also while it is not running, so that no other program can take it in between.
/// Datagrams to an actor that is not running are lost.
pub struct Udp {
    ledger: SharedLedger,
    scenario: Scenario,
    /// The seed of the next program that is started.
    seed: u64,
    channels: BTreeMap<ActorName, Arc<UdpChannel>>,
    /// The former sockets of actors that have moved.
    former: BTreeMap<Address, Arc<UdpChannel>>,
    programs: BTreeMap<ActorName, Program>,
    screens: BTreeMap<ActorName, Screen>,
    trace: Trace,
    /// The stored data of actors; they survive a crash, as on a disk.
    stores: BTreeMap<ActorName, MemoryStore>,
    runtime: Runtime,
}

impl Udp {
    /// Prepares the stage of a scenario, and opens the sockets of all actors. No program is running
    /// yet.
    ///
    /// # Errors
    ///
    /// A socket cannot be opened.
    pub fn new(scenario: &Scenario, seed: u64) -> Result<Self, StageError> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| environment(&error))?;
        let mut stage = Self {
            ledger: SharedLedger::new(Ledger::new(scenario.guest, scenario.clock, seed)),
            scenario: Scenario { steps: Vec::new(), included: Vec::new(), ..scenario.clone() },
            seed,
            channels: BTreeMap::new(),
            former: BTreeMap::new(),
            programs: BTreeMap::new(),
            screens: BTreeMap::new(),
            trace: Trace::default(),
            stores: BTreeMap::new(),
            runtime,
        };
        // Those with a port of their own come first: the system could give it to another.
        let (fixed, free): (Vec<_>, Vec<_>) =
            scenario.actors.iter().partition(|actor| actor.port.is_some());
        for actor in fixed.into_iter().chain(free) {
            let channel = stage.open(actor.port.unwrap_or(0))?;
            stage.ledger.lock().register(actor.name, channel.address());
            stage.channels.insert(actor.name, channel);
        }
        Ok(stage)
    }

    /// Returns an actor's socket.
    fn channel(&self, actor: ActorName) -> Result<Arc<UdpChannel>, StageError> {
        self.channels.get(&actor).cloned().ok_or(StageError::NotRunning(actor))
    }

    /// Opens a socket; port 0 lets the system choose one.
    fn open(&self, port: u16) -> Result<Arc<UdpChannel>, StageError> {
        let address = Address::new(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port));
        let _context = self.runtime.enter();
        let channel = UdpChannel::bind(address).map_err(|error| environment(&error))?;
        Ok(Arc::new(channel))
    }

    fn program(&self, actor: ActorName) -> Result<&Program, StageError> {
        let program = self.programs.get(&actor).filter(|_| self.is_running(actor));
        program.ok_or(StageError::NotRunning(actor))
    }

    /// Passes an input to a running actor and shows it on its screen.
    fn hand_in(
        &mut self,
        actor: ActorName,
        input: AnyInput,
        shown: Shown,
    ) -> Result<(), StageError> {
        match self.program(actor)?.inputs.try_send(input) {
            Ok(()) => {}
            Err(TrySendError::Closed(_)) => return Err(StageError::NotRunning(actor)),
            Err(TrySendError::Full(_)) => {
                let problem =
                    format!("too many lines wait at the prompt of `{actor}`: settle first");
                return Err(StageError::Environment(problem));
            }
        }
        self.ledger.lock().handed_in(actor, shown);
        self.collect();
        Ok(())
    }

    /// Runs the loops until nothing is in flight.
    fn quiesce(&mut self) -> Result<(), StageError> {
        let result = self.runtime.block_on(ledger::quiet(&self.ledger));
        self.collect();
        result
    }

    /// Runs until nothing is in flight and `done`, and returns `true`; or until no timer is due by
    /// `until`, and returns `false`. Timers fire one at a time, so that their order is
    /// deterministic.
    fn run_until(
        &mut self,
        until: Timestamp,
        done: impl Fn(&Ledger) -> bool,
    ) -> Result<bool, StageError> {
        for _ in 0..TICKS_MAX {
            self.quiesce()?;
            let mut ledger = self.ledger.lock();
            if done(&ledger) {
                return Ok(true);
            }
            let last = until.max(ledger.now());
            let departure = ledger.wire().next_departure().filter(|at| *at <= last);
            match ledger.next_timer().filter(|(at, _)| *at <= last) {
                Some((at, actor)) if departure.is_none_or(|departure| at < departure) => {
                    ledger.tick(actor, at);
                }
                _ if departure.is_some() => {
                    let departed = ledger.depart();
                    drop(ledger);
                    if let Some(delivery) = departed {
                        self.set_out(&delivery);
                    }
                }
                _ => return Ok(false),
            }
        }
        Err(self.unsettled(&format!("{TICKS_MAX} timers have fired")))
    }

    /// Sends a datagram that a fault held, from its sender's socket.
    fn set_out(&self, delivery: &Delivery) {
        let mut channels = self.channels.values().chain(self.former.values());
        let channel = channels.find(|channel| channel.address() == delivery.from);
        let Some(channel) = channel else { return };
        if self.runtime.block_on(channel.send(delivery.to, &delivery.bytes)) {
            self.ledger.lock().sent(delivery);
        }
    }

    fn unsettled(&self, reason: &str) -> StageError {
        self.ledger.lock().unsettled(reason)
    }

    /// Collects what the screens have shown, and resumes the panic of a loop.
    fn collect(&mut self) {
        for entry in self.ledger.lock().wire().take_trace() {
            self.trace.push(entry);
        }
        for (actor, entry) in self.ledger.lock().take_shown() {
            self.screens.entry(actor).or_default().push(entry);
        }
        let ended = |program: &Program| program.task.is_finished();
        for (_, program) in self.programs.extract_if(.., |_, program| ended(program)) {
            let result = self.runtime.block_on(program.task);
            if let Err(Ok(panic)) = result.map_err(tokio::task::JoinError::try_into_panic) {
                std::panic::resume_unwind(panic);
            }
        }
    }
}

impl Stage for Udp {
    fn start(&mut self, actor: ActorName) -> Result<(), StageError> {
        if self.is_running(actor) {
            return Err(StageError::AlreadyRunning(actor));
        }
        let channel = self.channel(actor)?;
        channel.discard_waiting();
        let own = channel.address();
        let now = self.now();
        self.ledger.lock().wire().discarded(own, now);
        let now = self.ledger.lock().now_of(actor);
        let addresses = self.channels.iter().map(|(name, channel)| (*name, channel.address()));
        let addresses = addresses.collect();
        let machine = actors::build(&self.scenario, actor, &addresses, self.seed, now);
        self.seed = self.seed.wrapping_add(1);
        self.ledger.lock().started(actor, machine.prompt());
        let guest = self.scenario.guest;
        let store = self.stores.entry(actor).or_insert_with(|| {
            MemoryStore::new(move |question, records| guest.answer(question, records))
        });
        let store = store.clone();
        let _context = self.runtime.enter();
        let program = Program::spawn(actor, machine, channel, &self.ledger, store);
        self.programs.insert(actor, program);
        self.collect();
        Ok(())
    }

    fn stop(&mut self, actor: ActorName) -> Result<(), StageError> {
        self.hand_in(actor, Input::Interrupt, Shown::Interrupted)
    }

    fn kill(&mut self, actor: ActorName) -> Result<(), StageError> {
        self.program(actor)?.task.abort();
        self.programs.remove(&actor);
        self.ledger.lock().ended(actor, Shown::Killed);
        self.collect();
        Ok(())
    }

    fn pause(&mut self, actor: ActorName) -> Result<(), StageError> {
        self.program(actor)?;
        let mut ledger = self.ledger.lock();
        if ledger.is_paused(actor) {
            return Err(StageError::AlreadyPaused(actor));
        }
        ledger.pause(actor);
        Ok(())
    }

    fn resume(&mut self, actor: ActorName) -> Result<(), StageError> {
        self.program(actor)?;
        let mut ledger = self.ledger.lock();
        if !ledger.is_paused(actor) {
            return Err(StageError::NotPaused(actor));
        }
        ledger.resume(actor);
        Ok(())
    }

    fn move_to(&mut self, actor: ActorName, port: Option<u16>) -> Result<(), StageError> {
        self.program(actor)?;
        let is_there = |channel: &Arc<UdpChannel>| Some(channel.address().port()) == port;
        if let Some(port) = port.filter(|_| self.channels.values().any(is_there)) {
            return Err(StageError::PortTaken(port));
        }
        let again = self.former.values().find(|channel| is_there(channel)).cloned();
        let new = again.map_or_else(|| self.open(port.unwrap_or(0)), Ok)?;
        new.discard_waiting();
        let (old, address) = (self.channel(actor)?, new.address());
        self.former.remove(&address);
        let lost = old.discard_waiting();
        self.ledger.lock().moved(actor, old.address(), address, &lost);
        if let Some(program) = self.programs.get(&actor) {
            program.channel.send_replace(Arc::clone(&new));
        }
        self.channels.insert(actor, new);
        self.former.insert(old.address(), old);
        self.collect();
        Ok(())
    }

    fn jump_clock(&mut self, actor: ActorName, by: SignedDuration) -> Result<(), StageError> {
        self.ledger.lock().jump_clock(actor, by);
        self.collect();
        Ok(())
    }

    fn type_line(&mut self, actor: ActorName, line: &str) -> Result<(), StageError> {
        let typed = Line::new(self.ledger.lock().prompt(actor), line.to_owned());
        self.hand_in(actor, Input::Line(line.to_owned()), Shown::Typed(typed.into()))
    }

    fn advance(&mut self, duration: Duration) -> Result<(), StageError> {
        let until = self.now() + duration;
        self.run_until(until, |_| false)?;
        self.ledger.lock().set_now(until);
        Ok(())
    }

    fn settle(&mut self) -> Result<(), StageError> {
        let until = self.now() + SETTLING_MAX;
        if self.run_until(until, Ledger::is_settled)? {
            return Ok(());
        }
        let minutes = SETTLING_MAX.as_secs() / 60;
        Err(self.unsettled(&format!("no timer ends that within {minutes} minutes")))
    }

    fn await_output(&mut self, deadline: Timestamp) -> Result<bool, StageError> {
        let before = self.ledger.lock().shown_count();
        if self.run_until(deadline, |ledger| ledger.shown_count() > before)? {
            return Ok(true);
        }
        self.ledger.lock().set_now(deadline);
        Ok(false)
    }

    fn arm(&mut self, fault: &Fault<ActorName>) -> Result<FaultId, StageError> {
        let fault = fault.try_map(|end| self.channel(*end).map(|channel| channel.address()))?;
        Ok(self.ledger.lock().wire().faults().arm(fault))
    }

    fn heal(&mut self, fault: FaultId) {
        let held = self.ledger.lock().wire().faults().heal(fault);
        for delivery in held {
            self.set_out(&delivery);
        }
    }

    fn fired(&self, fault: FaultId) -> u64 {
        self.ledger.lock().wire().faults().fired(fault)
    }

    fn keep_trace(&mut self, keeping: TraceKeeping) {
        self.trace.keep(keeping);
        self.ledger.lock().wire().keep_trace(self.trace.is_kept());
    }

    fn trace(&self) -> &Trace {
        &self.trace
    }

    fn now(&self) -> Timestamp {
        self.ledger.lock().now()
    }

    fn ports(&self) -> BTreeSet<u16> {
        let channels = self.channels.values().chain(self.former.values());
        channels.map(|channel| channel.address().port()).collect()
    }

    fn is_running(&self, actor: ActorName) -> bool {
        self.ledger.lock().is_running(actor)
    }

    fn holdings(&self, actor: ActorName) -> Option<Vec<u8>> {
        let program = self.program(actor).ok().filter(|_| !self.ledger.lock().is_paused(actor))?;
        let (asker, answer) = oneshot::channel();
        // The receiver may be gone.
        let look = Input::Look(Box::new(|actor: &(dyn Actor + 'static)| {
            drop(asker.send(actor.holdings()));
        }));
        program.inputs.try_send(look).ok()?;
        self.ledger.lock().set_out(actor);
        self.runtime.block_on(answer).ok()
    }

    fn screen(&self, actor: ActorName) -> &Screen {
        self.screens.get(&actor).unwrap_or(&BLANK)
    }

    fn completions(&mut self, actor: ActorName, line: &str) -> Completions {
        let (asker, mut answer) = oneshot::channel();
        let Ok(program) = self.program(actor) else { return Completions::default() };
        let line = line.to_owned();
        // The receiver may be gone.
        let look = Input::Look(Box::new(move |actor: &(dyn Actor + 'static)| {
            drop(asker.send(actor.completions(&line)));
        }));
        if program.inputs.try_send(look).is_err() {
            return Completions::default();
        }
        self.ledger.lock().set_out(actor);
        // A stage that does not settle reports it at the next step.
        self.quiesce().ok();
        // A paused program does not answer.
        answer.try_recv().unwrap_or_default()
    }

    fn take_record(&mut self) -> StageRecord {
        StageRecord { screens: std::mem::take(&mut self.screens), trace: self.trace.take() }
    }
}

fn environment(error: &dyn Error) -> StageError {
    StageError::Environment(match error.source() {
        Some(source) => format!("{error} ({source})"),
        None => error.to_string(),
    })
}
