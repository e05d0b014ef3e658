//! The simulated stage: virtual time, one seed, real encoded bytes.
//!
//! Events are processed in the order of their time: a datagram arrives, or a timer fires. A
//! scenario that is run twice with the same seed shows the same at the same times.
//!
//! For that, everything is ordered: each link, and each start of each actor, has a random stream of
//! its own, derived from one seed; maps are ordered; times are whole microseconds; of two events at
//! the same time the one that was caused first comes first.

mod control;
mod disk;
mod events;
mod lines;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use self::disk::{VirtualDisk, Write};
use self::lines::RecentLines;
use self::wire::{Ends, Wire};
use super::actors::ClockOffset;
use super::busy;
use super::trace_chunk::{ActorId, EventView};
use super::{Change, Line, Screen, ScreenEntry, Shown, Stage as _, StageError};
use crate::network::{Conditions, Delivery};
use crate::scenario::{ActorName, Scenario};
use machine::{Actor, Address, Effect, Outcome, Ticket, Timestamp};

/// The maximum virtual time that settling may take: far beyond every patience of the protocol.
const SETTLING_MAX: Duration = Duration::from_hours(1);

/// How long settling waits for datagrams and disks while no program is busy. Programs that send
/// heartbeats over slow links always have something under way, which a person would not wait for.
const BACKGROUND_MAX: Duration = Duration::from_mins(1);

/// The maximum number of events in one call: more means an endless loop.
const EVENTS_MAX: u64 = 20_000_000;

/// An actor of the stage.
struct Place {
    name: ActorName,
    address: Address,
    /// Its id in the trace.
    id: ActorId,
    program: Option<Program>,
    screen: Screen,
    disk: VirtualDisk,
    clock: ClockOffset,
}

/// A running program.
struct Program {
    actor: Box<dyn Actor>,
    /// The inputs that arrived while the program was paused; `None` while it runs.
    paused: Option<Vec<Waiting>>,
    /// When the stage checks its timers next; too early does no harm.
    timer: Option<Timestamp>,
    is_busy: bool,
}

/// An input that waits for the end of a pause.
enum Waiting {
    Datagram(Delivery),
    Line(Arc<Line>),
    Interrupt,
    Tick,
    Stored(Ticket),
}

/// The simulated stage.
pub struct Simulated {
    now: Timestamp,
    /// The seed of the next program that is started.
    seed: u64,
    scenario: Scenario,
    wire: Wire,
    lines: RecentLines,
    places: Vec<Place>,
    by_name: BTreeMap<ActorName, usize>,
    by_address: BTreeMap<Address, (usize, ActorId)>,
    /// The addresses of all actors.
    addresses: BTreeMap<ActorName, Address>,
    /// All addresses that an actor has or had, or will have.
    taken: BTreeSet<Address>,
    /// Where the search for a free address continues, for each role: the host and its port.
    next: BTreeMap<usize, (u32, u16)>,
    /// Whether the invariants of programs are checked after each input.
    checks_invariants: bool,
    timers: BTreeSet<(Timestamp, usize)>,
    /// When disks complete their pending writes.
    commits: BTreeSet<(Timestamp, usize)>,
    /// The number of running programs that are busy.
    busy: usize,
    /// The number of entries of all screens together.
    shown: usize,
}

impl Simulated {
    /// Prepares the stage of a scenario, on a good network. No program is running yet.
    pub fn new(scenario: &Scenario, seed: u64) -> Self {
        Self::with(scenario, seed, Conditions::GOOD)
    }

    /// Prepares the stage of a scenario on a network with these conditions. No program is running
    /// yet.
    pub fn with(scenario: &Scenario, seed: u64, conditions: Conditions) -> Self {
        let mut stage = Self {
            now: scenario.clock,
            seed,
            wire: Wire::new(scenario.guest, conditions, seed),
            scenario: Scenario { steps: Vec::new(), included: Vec::new(), ..scenario.clone() },
            lines: RecentLines::default(),
            places: Vec::new(),
            by_name: BTreeMap::new(),
            by_address: BTreeMap::new(),
            addresses: BTreeMap::new(),
            taken: BTreeSet::new(),
            next: BTreeMap::new(),
            checks_invariants: cfg!(debug_assertions),
            timers: BTreeSet::new(),
            commits: BTreeSet::new(),
            busy: 0,
            shown: 0,
        };
        let ports = scenario.actors.iter().filter_map(|actor| actor.port);
        stage.taken = ports.map(|port| address(0, port)).collect();
        for actor in &scenario.actors {
            let fixed = actor.port.map(|port| address(0, port));
            let address = fixed.unwrap_or_else(|| stage.free_address(actor.name));
            stage.add(actor.name, address);
        }
        stage
    }

    /// Sets whether the invariants of programs are checked after each input. Builds with debug
    /// assertions always check them.
    pub fn check_invariants(&mut self, is_wanted: bool) {
        self.checks_invariants = is_wanted || cfg!(debug_assertions);
    }

    /// Returns the number of datagrams that were sent so far.
    pub fn datagrams(&self) -> u64 {
        self.wire.datagrams()
    }

    /// Records from now on when programs write to their disks.
    pub fn note_writes(&mut self) {
        self.places.iter_mut().for_each(|place| place.disk.note_writes());
    }

    /// Returns when an actor's programs wrote to its disk, as far as that was recorded.
    pub fn writes(&self, actor: ActorName) -> &[Timestamp] {
        let place = self.by_name.get(&actor).and_then(|index| self.places.get(*index));
        place.map(|place| place.disk.writes()).unwrap_or_default()
    }

    /// Returns the number of writes that hit a fault of a disk.
    pub fn strikes(&self) -> u64 {
        self.places.iter().map(|place| place.disk.strikes()).sum()
    }

    fn add(&mut self, name: ActorName, address: Address) {
        let index = self.places.len();
        let id = self.wire.actor(name);
        self.places.push(Place {
            name,
            address,
            id,
            program: None,
            screen: Screen::new(),
            disk: VirtualDisk::default(),
            clock: ClockOffset::default(),
        });
        self.taken.insert(address);
        self.by_name.insert(name, index);
        self.addresses.insert(name, address);
        self.by_address.insert(address, (index, id));
    }

    /// Finds the first address for an actor's role that no actor has had, on the first host with a
    /// free one.
    fn free_address(&mut self, actor: ActorName) -> Address {
        let first_port = self.scenario.role_of(actor).first_port;
        let next = self.next.entry(actor.role()).or_insert((0, first_port));
        loop {
            let (host, from) = *next;
            let mut ports = from..=u16::MAX;
            if let Some(port) = ports.find(|port| !self.taken.contains(&address(host, *port))) {
                *next = (host, port);
                return address(host, port);
            }
            *next = (host + 1, first_port);
        }
    }

    fn index(&self, actor: ActorName) -> Result<usize, StageError> {
        self.by_name.get(&actor).copied().ok_or(StageError::NotRunning(actor))
    }

    /// Returns a running program.
    fn running(&mut self, actor: ActorName) -> Result<(usize, &mut Program), StageError> {
        let index = self.index(actor)?;
        let place = self.places.get_mut(index);
        let program = place.and_then(|place| place.program.as_mut());
        program.map(|program| (index, program)).ok_or(StageError::NotRunning(actor))
    }

    fn show(&mut self, index: usize, shown: Shown) {
        if let Some(place) = self.places.get_mut(index) {
            place.screen.push(ScreenEntry { at: self.now, shown });
            self.shown += 1;
        }
    }

    /// Passes an input to a program and carries out its effects.
    fn handle(&mut self, index: usize, input: impl FnOnce(&mut dyn Actor, Timestamp)) {
        let now = self.now;
        let Some(place) = self.places.get_mut(index) else { return };
        let Some(program) = &mut place.program else { return };
        let own_now = place.clock.shown(now);
        let mut has_failed = false;
        input(&mut *program.actor, own_now);
        while let Some(effect) = program.actor.poll_output() {
            match effect {
                Effect::Transmit { to, bytes } => {
                    let receiver = self.by_address.get(&to).map(|(_, id)| *id);
                    let ends = Ends { from: place.id, to: receiver };
                    let delivery = Delivery { from: place.address, to, bytes, number: 0 };
                    self.wire.send(delivery, ends, now);
                }
                Effect::Show(line) => {
                    place.screen.show(now, line.into(), |line| self.lines.share(line));
                    self.shown += 1;
                }
                Effect::Done(_) => {}
                Effect::Fact(ref fact) => {
                    self.wire.note(now, EventView::Fact(place.id, fact.bytes()));
                }
                Effect::Store { ticket, changes } => {
                    match place.disk.write((ticket, changes), now) {
                        Write::Stored(ticket) => program.actor.handle_stored(ticket, own_now),
                        Write::Waits => self.commits.extend(place.disk.due().map(|at| (at, index))),
                        // The other effects are carried out first, as a real disk takes time.
                        Write::Failed => has_failed = true,
                        Write::Crash => return self.end(index, Shown::Killed),
                    }
                }
                Effect::Ask(question) => {
                    let answer = self.scenario.guest.answer(&question, place.disk.records());
                    program.actor.handle_answer(answer, own_now);
                }
                Effect::Mark(mark) => place.disk.set_mark(mark),
                Effect::Exit(outcome) => return self.end(index, Shown::Exited(outcome)),
            }
        }
        if self.checks_invariants {
            program.actor.assert_invariants();
        }
        if has_failed {
            return self.end(index, Shown::Exited(Outcome::Failed));
        }
        self.note_state(index);
    }

    /// Updates a program's timer and whether it is busy.
    fn note_state(&mut self, index: usize) {
        let Some(place) = self.places.get_mut(index) else { return };
        let Some(program) = &mut place.program else { return };
        let is_busy = program.paused.is_none() && program.actor.is_busy();
        self.busy += usize::from(is_busy);
        self.busy -= usize::from(std::mem::replace(&mut program.is_busy, is_busy));
        let due = program.actor.poll_timeout().filter(|_| program.paused.is_none());
        let due = due.map(|due| place.clock.reached(due));
        if due.is_some_and(|due| program.timer.is_none_or(|timer| due < timer)) {
            if let Some(timer) = program.timer {
                self.timers.remove(&(timer, index));
            }
            program.timer = due;
            self.timers.extend(due.map(|due| (due, index)));
        }
    }

    /// Ends a program.
    fn end(&mut self, index: usize, shown: Shown) {
        let Some(place) = self.places.get_mut(index) else { return };
        let Some(program) = place.program.take() else { return };
        self.commits.retain(|(_, owner)| *owner != index);
        match shown {
            Shown::Exited(Outcome::Left) => place.disk.flush(),
            Shown::Exited(Outcome::Failed)
            | Shown::Killed
            | Shown::Started
            | Shown::Typed(_)
            | Shown::Line(_)
            | Shown::Interrupted => place.disk.lose(),
        }
        self.busy -= usize::from(program.is_busy);
        if let Some(timer) = program.timer {
            self.timers.remove(&(timer, index));
        }
        let killed = shown == Shown::Killed;
        self.change(index, if killed { Change::Killed } else { Change::Ended });
        self.show(index, shown);
    }

    /// Adds a change of a program to the trace.
    fn change(&mut self, index: usize, change: Change) {
        if let Some(place) = self.places.get(index) {
            self.wire.note(self.now, EventView::Program(place.id, change));
        }
    }

    /// Passes an input to a program, or queues it if the program is paused.
    fn hand_in(&mut self, index: usize, input: Waiting) {
        let place = self.places.get_mut(index);
        if let Some(Program { paused: Some(waiting), .. }) = place.and_then(|p| p.program.as_mut())
        {
            return waiting.push(input);
        }
        self.handle(index, |actor, now| match input {
            Waiting::Datagram(Delivery { from, bytes, .. }) => {
                actor.handle_datagram(from, &bytes, now);
            }
            Waiting::Line(line) => actor.handle_line(&line.text, now),
            Waiting::Interrupt => actor.handle_interrupt(now),
            Waiting::Tick => actor.handle_timeout(now),
            Waiting::Stored(ticket) => actor.handle_stored(ticket, now),
        });
    }

    fn unsettled(&self) -> StageError {
        let busy = self
            .places
            .iter()
            .filter(|place| place.program.as_ref().is_some_and(|program| program.is_busy));
        let mut pending: Vec<_> = busy.map(|place| format!("`{}` is busy", place.name)).collect();
        pending.extend((!self.commits.is_empty()).then(|| "a disk is at work".to_owned()));
        pending.push(format!("{} datagrams are under way", self.wire.in_flight()));
        pending.extend(busy::lately(self.trace(), self.scenario.guest));
        StageError::Unsettled(pending.join(", "))
    }

    /// Runs until `done`, or until nothing more happens by `until`; returns whether it is done.
    fn run_until(
        &mut self,
        until: Timestamp,
        mut done: impl FnMut(&Self) -> bool,
    ) -> Result<bool, StageError> {
        for _ in 0..EVENTS_MAX {
            if done(self) {
                return Ok(true);
            }
            if !self.step(until) {
                return Ok(false);
            }
        }
        Err(self.unsettled())
    }
}

/// Returns an address of the simulated hosts: 127.0.0.1 and the following ones.
fn address(host: u32, port: u16) -> Address {
    let ip = Ipv4Addr::from(u32::from(Ipv4Addr::LOCALHOST) + host);
    Address::new(SocketAddr::new(ip.into(), port))
}
