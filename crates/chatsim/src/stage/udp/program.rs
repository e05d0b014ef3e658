//! One actor's loop on the stage: the loop of the real program, with its inputs counted.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::ledger::SharedLedger;
use crate::scenario::ActorName;
use crate::stage::{Shown, TraceEvent};
use driver::{Channel, Clock, Driver, Frontend, Input, MemoryStore, UdpChannel};
use machine::{Actor, Address, Fact, Line, Outcome, Timestamp};

/// The capacity of the inputs of an actor; they pile up only while it is paused.
const INPUTS_WAITING_MAX: usize = 100_000;

/// An input of a program.
pub(super) type AnyInput = Input<dyn Actor>;

/// A running program.
pub(super) struct Program {
    /// The lines typed at its prompt.
    pub(super) inputs: mpsc::Sender<AnyInput>,
    /// Its socket.
    pub(super) channel: watch::Sender<Arc<UdpChannel>>,
    /// Its loop.
    pub(super) task: JoinHandle<()>,
}

impl Program {
    /// Starts the loop of an actor. Must be called within a tokio runtime.
    pub(super) fn spawn(
        name: ActorName,
        actor: Box<dyn Actor>,
        channel: Arc<UdpChannel>,
        ledger: &SharedLedger,
        store: MemoryStore,
    ) -> Self {
        let (inputs, receiver) = mpsc::channel(INPUTS_WAITING_MAX);
        let (channel, its_channel) = watch::channel(channel);
        let seat = Seat { name, ledger: ledger.clone() };
        let driver = Driver {
            actor,
            channel: CountedChannel { seat: seat.clone(), channel: its_channel },
            inputs: receiver,
            frontend: seat.clone(),
            clock: seat.clone(),
            store: Box::new(store),
        };
        let task = tokio::spawn(async move {
            // Memory stores everything.
            let ended = held_while_paused(&seat, driver.run()).await;
            let outcome = ended.map_or(Outcome::Failed, |(outcome, _)| outcome);
            seat.ledger.lock().ended(name, Shown::Exited(outcome));
        });
        Self { inputs, channel, task }
    }
}

/// Polls a loop, except while its actor is paused.
async fn held_while_paused<T>(seat: &Seat, run: impl Future<Output = T>) -> T {
    let mut run = pin!(run);
    poll_fn(|context| {
        if seat.ledger.lock().is_held(seat.name, context) {
            return Poll::Pending;
        }
        run.as_mut().poll(context)
    })
    .await
}

/// An actor's place in the ledger.
#[derive(Clone)]
struct Seat {
    name: ActorName,
    ledger: SharedLedger,
}

impl Clock for Seat {
    fn now(&self) -> Timestamp {
        self.ledger.lock().now_of(self.name)
    }

    async fn reach(&self, _at: Option<Timestamp>) {
        poll_fn(|context| self.ledger.lock().poll_tick(self.name, context)).await;
    }
}

impl Frontend<dyn Actor> for Seat {
    fn show(&mut self, line: Line) {
        self.ledger.lock().shown(self.name, Shown::Line(Arc::new(line.into())));
    }

    fn learn(&mut self, fact: Fact) {
        self.ledger.lock().note(TraceEvent::Fact(self.name, fact));
    }

    fn refresh(&mut self, actor: &mut (dyn Actor + 'static)) {
        self.ledger.lock().handled(self.name, actor);
    }
}

/// A socket whose datagrams are in the ledger; replaced by a move.
struct CountedChannel {
    seat: Seat,
    channel: watch::Receiver<Arc<UdpChannel>>,
}

impl Channel for CountedChannel {
    async fn send(&self, to: Address, bytes: &[u8]) {
        let channel = Arc::clone(&self.channel.borrow());
        let from = channel.address();
        let at_once = self.seat.ledger.lock().pass(from, to, bytes.to_vec());
        for delivery in at_once {
            if channel.send(delivery.to, &delivery.bytes).await {
                self.seat.ledger.lock().sent(&delivery);
            }
        }
    }

    async fn receive(&self, buffer: &mut [u8]) -> (usize, Address) {
        let mut channels = self.channel.clone();
        let (len, from) = loop {
            let channel = Arc::clone(&channels.borrow_and_update());
            tokio::select! {
                Ok(()) = channels.changed() => {}
                received = channel.receive(buffer) => break received,
            }
        };
        self.seat.ledger.lock().received(self.seat.name, from);
        (len, from)
    }
}
