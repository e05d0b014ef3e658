//! What is in flight on the stage, and the stage's time.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use jiff::SignedDuration;

use super::wire::Wire;
use crate::Guest;
use crate::network::Delivery;
use crate::scenario::ActorName;
use crate::stage::actors::ClockOffset;
use crate::stage::{Change, ScreenEntry, Shown, StageError, TraceEvent};
use machine::Actor;
use machine::{Address, Timestamp};

/// The real time without any progress after which datagrams in flight count as lost by the kernel.
const KERNEL_PATIENCE: Duration = Duration::from_secs(1);

/// The maximum number of inputs that are handled while no time passes: more means that the actors
/// answer each other for ever.
const HANDLED_MAX: u64 = 1_000_000;

/// A shared reference to the ledger, for the stage and all its loops.
#[derive(Clone)]
pub(super) struct SharedLedger(Arc<Mutex<Ledger>>);

impl SharedLedger {
    pub(super) fn new(ledger: Ledger) -> Self {
        Self(Arc::new(Mutex::new(ledger)))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Ledger> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits until nothing is in flight. Runs in the stage's runtime, next to the loops.
pub(super) async fn quiet(ledger: &SharedLedger) -> Result<(), StageError> {
    let handled_max = ledger.lock().handled_count + HANDLED_MAX;
    loop {
        let before = ledger.lock().handled_count;
        let quiet = poll_fn(|context| ledger.lock().poll_quiet(handled_max, context));
        if tokio::time::timeout(KERNEL_PATIENCE, quiet).await.is_ok() {
            break;
        }
        let mut ledger = ledger.lock();
        if ledger.handled_count == before {
            ledger.write_off();
        }
    }
    let ledger = ledger.lock();
    if ledger.handled_count >= handled_max {
        let reason = format!("{HANDLED_MAX} inputs were handled while no time passed");
        return Err(ledger.unsettled(&reason));
    }
    Ok(())
}

/// Which actors run, what is in flight, and the time.
///
/// Each datagram to a running actor, each input and each timer counts as in flight from the moment
/// when it is sent until its receiver has handled it and everything that follows from it is in the
/// ledger in turn.
pub(super) struct Ledger {
    now: Timestamp,
    accounts: BTreeMap<ActorName, Account>,
    clocks: BTreeMap<ActorName, ClockOffset>,
    shown: Vec<(ActorName, ScreenEntry)>,
    shown_count: usize,
    handled_count: u64,
    wire: Wire,
    watcher: Option<Waker>,
}

/// A running actor.
struct Account {
    in_flight: u64,
    prompt: Arc<str>,
    is_busy: bool,
    timer_at: Option<Timestamp>,
    tick: Tick,
    is_paused: bool,
    /// Wakes the loop after a pause.
    held: Option<Waker>,
}

/// The state of an actor's next timer.
enum Tick {
    /// The loop is not waiting for it at the moment.
    Idle,
    /// The loop waits for it.
    Awaited(Waker),
    /// It fires when the loop checks it.
    Due,
}

impl Ledger {
    pub(super) fn new(guest: &'static dyn Guest, now: Timestamp, seed: u64) -> Self {
        Self {
            now,
            accounts: BTreeMap::new(),
            clocks: BTreeMap::new(),
            shown: Vec::new(),
            shown_count: 0,
            handled_count: 0,
            wire: Wire::new(guest, seed),
            watcher: None,
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    pub(super) fn set_now(&mut self, now: Timestamp) {
        self.now = self.now.max(now);
    }

    /// Returns the time of an actor's own clock.
    pub(super) fn now_of(&self, actor: ActorName) -> Timestamp {
        self.clock(actor).shown(self.now)
    }

    fn clock(&self, actor: ActorName) -> ClockOffset {
        self.clocks.get(&actor).copied().unwrap_or_default()
    }

    /// Sets an actor's clock forward or back; its loop checks its timers.
    pub(super) fn jump_clock(&mut self, actor: ActorName, by: SignedDuration) {
        self.clocks.entry(actor).or_default().jump(by, self.now);
        self.note(TraceEvent::Program(actor, Change::ClockJumped(by)));
        self.wake(actor);
    }

    /// Records where an actor can be reached, whenever it runs.
    pub(super) fn register(&mut self, actor: ActorName, address: Address) {
        self.wire.register(actor, address);
    }

    /// Records that a running actor has moved, and which datagrams were lost by that.
    pub(super) fn moved(
        &mut self,
        actor: ActorName,
        old: Address,
        new: Address,
        senders: &[Address],
    ) {
        // Datagrams from strangers are not in flight before they have arrived.
        let known = senders.iter().filter(|from| self.wire.name_of(**from).is_some()).count();
        if let Some(account) = self.accounts.get_mut(&actor) {
            account.in_flight = account.in_flight.saturating_sub(known as u64);
        }
        self.wire.discarded(old, self.now);
        self.wire.register(actor, new);
        self.note(TraceEvent::Program(actor, Change::Moved(new.port())));
    }

    /// Opens the account of an actor; its start is in flight.
    pub(super) fn started(&mut self, actor: ActorName, prompt: Arc<str>) {
        let account = Account {
            in_flight: 1,
            prompt,
            is_busy: false,
            timer_at: None,
            tick: Tick::Idle,
            is_paused: false,
            held: None,
        };
        self.accounts.insert(actor, account);
        self.note(TraceEvent::Program(actor, Change::Started));
        self.shown(actor, Shown::Started);
    }

    /// Closes the account of an actor: what was in flight to it is lost.
    pub(super) fn ended(&mut self, actor: ActorName, shown: Shown) {
        self.accounts.remove(&actor);
        let killed = shown == Shown::Killed;
        let change = if killed { Change::Killed } else { Change::Ended };
        self.note(TraceEvent::Program(actor, change));
        self.shown(actor, shown);
        self.wake_watcher();
    }

    pub(super) fn is_running(&self, actor: ActorName) -> bool {
        self.accounts.contains_key(&actor)
    }

    pub(super) fn prompt(&self, actor: ActorName) -> Arc<str> {
        let account = self.accounts.get(&actor);
        account.map_or_else(Arc::default, |account| Arc::clone(&account.prompt))
    }

    /// Adds to a screen.
    pub(super) fn shown(&mut self, actor: ActorName, shown: Shown) {
        let at = self.now;
        self.shown.push((actor, ScreenEntry { at, shown }));
        self.shown_count += 1;
    }

    /// Returns what was added to the screens since the last call.
    pub(super) fn take_shown(&mut self) -> Vec<(ActorName, ScreenEntry)> {
        std::mem::take(&mut self.shown)
    }

    /// Returns the number of entries that were ever added to all screens.
    pub(super) fn shown_count(&self) -> usize {
        self.shown_count
    }

    /// Counts an input that was passed to a loop, and shows it.
    pub(super) fn handed_in(&mut self, actor: ActorName, shown: Shown) {
        self.shown(actor, shown);
        self.set_out(actor);
    }

    /// Returns the network between the actors.
    pub(super) fn wire(&mut self) -> &mut Wire {
        &mut self.wire
    }

    /// Returns the datagrams that are sent now in place of this one.
    pub(super) fn pass(&mut self, from: Address, to: Address, bytes: Vec<u8>) -> Vec<Delivery> {
        self.wire.pass(from, to, bytes, self.now)
    }

    /// Returns the next delayed datagram, and advances the time to it.
    pub(super) fn depart(&mut self) -> Option<Delivery> {
        let (at, delivery) = self.wire.depart()?;
        self.set_now(at);
        Some(delivery)
    }

    /// Adds to the trace.
    pub(super) fn note(&mut self, event: TraceEvent) {
        self.wire.note(self.now, event);
    }

    /// Counts a datagram that was sent.
    pub(super) fn sent(&mut self, datagram: &Delivery) {
        let Delivery { from, to, number, .. } = *datagram;
        self.wire.sent(from, to, number, self.now);
        if let Some(actor) = self.wire.inhabitant(to) {
            self.set_out(actor);
        }
    }

    /// Counts a datagram that arrived from a stranger: it was not counted when it was sent.
    pub(super) fn received(&mut self, actor: ActorName, from: Address) {
        self.wire.received(from, actor, self.now);
        if self.wire.name_of(from).is_none() {
            self.set_out(actor);
        }
    }

    /// Counts an input that is sent to an actor.
    pub(super) fn set_out(&mut self, actor: ActorName) {
        if let Some(account) = self.accounts.get_mut(&actor) {
            account.in_flight += 1;
        }
    }

    /// Takes one input off the account of an actor that has handled it, and records the actor's
    /// state.
    pub(super) fn handled(&mut self, name: ActorName, actor: &dyn Actor) {
        self.handled_count += 1;
        let clock = self.clock(name);
        if let Some(account) = self.accounts.get_mut(&name) {
            account.in_flight = account.in_flight.saturating_sub(1);
            account.prompt = actor.prompt();
            account.is_busy = actor.is_busy();
            account.timer_at = actor.poll_timeout().map(|at| clock.reached(at));
        }
        self.wake_watcher();
    }

    /// Returns the running actors that are not paused.
    fn awake(&self) -> impl Iterator<Item = (ActorName, &Account)> {
        let awake = self.accounts.iter().filter(|(_, account)| !account.is_paused);
        awake.map(|(name, account)| (*name, account))
    }

    /// Returns whether nothing is under way that a person would wait for, and no timer is due.
    pub(super) fn is_settled(&self) -> bool {
        let is_due = |account: &Account| account.timer_at.is_some_and(|at| at <= self.now);
        self.wire.is_clear() && !self.awake().any(|(_, account)| account.is_busy || is_due(account))
    }

    /// Returns the earliest timer and its actor; of several, the first by name.
    pub(super) fn next_timer(&self) -> Option<(Timestamp, ActorName)> {
        let timers = self.awake().filter_map(|(name, account)| Some((account.timer_at?, name)));
        timers.min()
    }

    /// Lets the timer of an actor fire, at `at` or now, whichever is later.
    pub(super) fn tick(&mut self, actor: ActorName, at: Timestamp) {
        self.set_now(at);
        self.note(TraceEvent::Timer(actor));
        self.wake(actor);
    }

    /// Makes the loop of an actor check its timers.
    fn wake(&mut self, actor: ActorName) {
        let Some(account) = self.accounts.get_mut(&actor) else { return };
        match std::mem::replace(&mut account.tick, Tick::Due) {
            Tick::Due => return,
            Tick::Awaited(waker) => waker.wake(),
            Tick::Idle => {}
        }
        account.in_flight += 1;
    }

    /// Waits for the tick of an actor.
    pub(super) fn poll_tick(&mut self, actor: ActorName, context: &Context<'_>) -> Poll<()> {
        let Some(account) = self.accounts.get_mut(&actor) else {
            return Poll::Pending;
        };
        if matches!(account.tick, Tick::Due) {
            account.tick = Tick::Idle;
            return Poll::Ready(());
        }
        account.tick = Tick::Awaited(context.waker().clone());
        Poll::Pending
    }

    pub(super) fn pause(&mut self, actor: ActorName) {
        if let Some(account) = self.accounts.get_mut(&actor) {
            account.is_paused = true;
        }
        self.note(TraceEvent::Program(actor, Change::Paused));
    }

    pub(super) fn resume(&mut self, actor: ActorName) {
        self.note(TraceEvent::Program(actor, Change::Resumed));
        if let Some(account) = self.accounts.get_mut(&actor) {
            account.is_paused = false;
            if let Some(waker) = account.held.take() {
                waker.wake();
            }
        }
    }

    pub(super) fn is_paused(&self, actor: ActorName) -> bool {
        self.accounts.get(&actor).is_some_and(|account| account.is_paused)
    }

    /// Returns whether an actor is paused; if so, `resume` wakes the caller.
    pub(super) fn is_held(&mut self, actor: ActorName, context: &Context<'_>) -> bool {
        match self.accounts.get_mut(&actor) {
            Some(account) if account.is_paused => {
                account.held = Some(context.waker().clone());
                true
            }
            _ => false,
        }
    }

    fn in_flight(&self) -> u64 {
        self.awake().map(|(_, account)| account.in_flight).sum()
    }

    fn poll_quiet(&mut self, handled_max: u64, context: &Context<'_>) -> Poll<()> {
        if self.in_flight() == 0 || self.handled_count >= handled_max {
            return Poll::Ready(());
        }
        self.watcher = Some(context.waker().clone());
        Poll::Pending
    }

    fn wake_watcher(&mut self) {
        if let Some(watcher) = self.watcher.take() {
            watcher.wake();
        }
    }

    /// Gives up the datagrams in flight to the actors that could have received them.
    fn write_off(&mut self) {
        let awake = self.accounts.values_mut().filter(|account| !account.is_paused);
        awake.for_each(|account| account.in_flight = 0);
    }

    /// Returns which actors were busy when the bounds were reached.
    pub(super) fn unsettled(&self, reason: &str) -> StageError {
        let busy = self.awake().filter(|(_, account)| account.is_busy || account.in_flight > 0);
        let busy: Vec<_> = busy.map(|(name, _)| format!("`{name}`")).collect();
        StageError::Unsettled(format!("{} busy, {reason}", busy.join(", ")))
    }
}
