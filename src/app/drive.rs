//! The loop: waits for whatever comes first, hands it to the actor, and does what it asks.

use tokio::sync::{mpsc, oneshot};

use super::Clock;
use crate::console::{Actor, Effect, Line, Outcome, Vocabulary};
use crate::network::udp::{DATAGRAM_ROOM, UdpChannel};
use crate::protocol::{Address, Timestamp};
use crate::server::{Record, Ticket};

/// Where a loop's datagrams come from and go to.
pub trait Channel: Send + Sync {
    /// Sends a datagram; if that fails, it counts as lost.
    fn send(&self, to: Address, bytes: &[u8]) -> impl Future<Output = ()> + Send;

    /// Waits for a datagram and puts it into `buffer`, which has room for [`DATAGRAM_ROOM`]
    /// bytes. Tells its length and its sender. May be cancelled without loss.
    fn receive(&self, buffer: &mut [u8]) -> impl Future<Output = (usize, Address)> + Send;
}

impl Channel for UdpChannel {
    async fn send(&self, to: Address, bytes: &[u8]) {
        Self::send(self, to, bytes).await;
    }

    async fn receive(&self, buffer: &mut [u8]) -> (usize, Address) {
        Self::receive(self, buffer).await
    }
}

/// The actor's screen and prompt, as its loop sees them. Nothing here may wait: a front end that
/// is slow keeps its own queue.
pub trait Frontend: Send {
    /// Shows a line.
    fn show(&mut self, line: Line);

    /// Learns how the actor stands (its prompt, whether it is answering), after it has dealt
    /// with an input and everything that it asked for was done. Called after the start, too.
    fn refresh(&mut self, actor: &dyn Actor);
}

/// What a front end hands to the loop.
#[derive(Debug)]
pub enum Input {
    /// A line was typed, without its line break.
    Line(String),
    /// Ctrl-C, Ctrl-D at a terminal, or a signal: leave.
    Interrupt,
    /// Piped input has ended: leave when every command has been answered.
    End,
    /// Completion asks for the vocabulary; from another thread, wait with `blocking_recv`.
    Vocabulary(oneshot::Sender<Vocabulary>),
}

/// An actor and all that its loop connects it with.
///
/// A dropped sender of `inputs` only means that no more input comes: the loop goes on.
pub struct Driver<C, F, K> {
    /// Who is driven; it has not been started.
    pub actor: Box<dyn Actor>,
    /// Its way to the others.
    pub channel: C,
    /// What its front end hands in.
    pub inputs: mpsc::Receiver<Input>,
    /// Its screen.
    pub frontend: F,
    /// Its time.
    pub clock: K,
}

/// What comes first.
enum Event {
    Input(Input),
    Tick,
    Datagram(usize, Address),
}

impl<C: Channel, F: Frontend, K: Clock> Driver<C, F, K> {
    /// Starts the actor and drives it until it ends.
    pub async fn run(mut self) -> Outcome {
        let mut buffer = vec![0; DATAGRAM_ROOM];
        let mut input_has_ended = false;
        self.actor.start(self.clock.now());
        loop {
            let outcome = self.drain().await;
            if input_has_ended && outcome.is_none() && !self.actor.is_answering() {
                input_has_ended = false;
                self.actor.handle_interrupt(self.clock.now());
                continue;
            }
            self.frontend.refresh(&*self.actor);
            if let Some(outcome) = outcome {
                return outcome;
            }
            let event = self.next_event(&mut buffer).await;
            let now = self.clock.now();
            match event {
                Event::Input(Input::End) => input_has_ended = true,
                Event::Input(input) => self.handle_input(input, now),
                Event::Tick => self.actor.handle_timeout(now),
                Event::Datagram(len, from) => {
                    let bytes = buffer.get(..len).unwrap_or_default();
                    self.actor.handle_datagram(from, bytes, now);
                }
            }
        }
    }

    /// Waits for what comes first. People come before timers and timers before the network, so
    /// that a flood of datagrams can neither keep anybody from leaving nor stop a retry.
    async fn next_event(&mut self, buffer: &mut [u8]) -> Event {
        tokio::select! {
            biased;
            Some(input) = self.inputs.recv() => Event::Input(input),
            () = self.clock.reach(self.actor.poll_timeout()) => Event::Tick,
            (len, from) = self.channel.receive(buffer) => Event::Datagram(len, from),
        }
    }

    fn handle_input(&mut self, input: Input, now: Timestamp) {
        match input {
            Input::Line(line) => self.actor.handle_line(&line, now),
            Input::Interrupt => self.actor.handle_interrupt(now),
            Input::Vocabulary(asker) => {
                // Whoever asked may have gone meanwhile.
                asker.send(self.actor.vocabulary()).ok();
            }
            Input::End => {}
        }
    }

    /// Does everything that the actor asks for; tells the outcome if it asks to end.
    async fn drain(&mut self) -> Option<Outcome> {
        let mut outcome = None;
        loop {
            let mut stored = None;
            while let Some(effect) = self.actor.poll_output() {
                match effect {
                    Effect::Transmit { to, bytes } => self.channel.send(to, &bytes).await,
                    Effect::Show(line) => self.frontend.show(line),
                    Effect::Store { ticket, record } => stored = Some(store(ticket, &record)),
                    Effect::Exit(with) => outcome = Some(with),
                }
            }
            match stored {
                Some(ticket) => self.actor.handle_stored(ticket, self.clock.now()),
                None => return outcome,
            }
        }
    }
}

/// Keeps a record; tells up to which ticket everything is kept.
fn store(ticket: Ticket, _record: &Record) -> Ticket {
    ticket
}
