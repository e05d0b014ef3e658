//! The loop: waits for whatever comes first, passes it to the actor, and does what the actor asks.

use std::error::Error;
use std::fmt;
use std::future::poll_fn;
use std::task::{Context, Poll, Waker};

use machine::{
    Actor, Address, CleanText, Effect, Fact, Line, Outcome, RestoreError, Ticket, Timestamp,
};
use tokio::sync::mpsc;

use crate::{Clock, DATAGRAM_ROOM, Store, UdpChannel};

/// Where a loop's datagrams come from and go to.
pub trait Channel: Send + Sync {
    /// Sends a datagram. If that fails, the datagram counts as lost.
    fn send(&self, to: Address, bytes: &[u8]) -> impl Future<Output = ()> + Send;

    /// Waits for a datagram, puts it into `buffer`, which has room for [`DATAGRAM_ROOM`] bytes, and
    /// returns its length and its sender. May be cancelled without loss.
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

/// The actor's screen and prompt, as its loop sees them. No method may block: a slow front end
/// keeps a queue of its own.
pub trait Frontend<A: ?Sized>: Send {
    /// Shows a line.
    fn show(&mut self, line: Line);

    /// Takes a fact that the actor states for checkers. The default ignores it.
    fn learn(&mut self, _fact: Fact) {}

    /// Takes the result of a typed line: it was executed, or refused for a reason. The default
    /// ignores it.
    fn finish(&mut self, _done: Result<(), CleanText<'static>>) {}

    /// Inspects the actor after an input was handled and everything that the actor asked for was
    /// done. Called after the start, too.
    fn refresh(&mut self, actor: &mut A);
}

/// What a front end passes to the loop.
pub enum Input<A: ?Sized> {
    /// A line was typed, without its line break.
    Line(String),
    /// Ctrl-C, Ctrl-D at a terminal, or a signal: leave.
    Interrupt,
    /// Piped input has ended: leave once every line was answered.
    End,
    /// Inspect the actor between two inputs, e.g. for completion or statistics.
    Look(Box<dyn FnOnce(&A) + Send>),
}

impl<A: ?Sized> fmt::Debug for Input<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => f.debug_tuple("Line").field(line).finish(),
            Self::Interrupt => f.write_str("Interrupt"),
            Self::End => f.write_str("End"),
            Self::Look(_) => f.write_str("Look(..)"),
        }
    }
}

/// An actor and everything that its loop connects it with.
///
/// If the sender of `inputs` is dropped, no more input comes, and the loop continues.
pub struct Driver<A: ?Sized, C, F, K, S: ?Sized> {
    /// The actor. It has not been started.
    pub actor: Box<A>,
    /// Its channel to other actors.
    pub channel: C,
    /// The input of its front end.
    pub inputs: mpsc::Receiver<Input<A>>,
    /// Its screen.
    pub frontend: F,
    /// Its clock.
    pub clock: K,
    /// Its storage, with the records of earlier runs.
    pub store: Box<S>,
}

/// Why a program ended before its actor did. Nothing that depended on the failure was acknowledged.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DriveError<E> {
    /// Records cannot be stored or read.
    Store(E),
    /// The actor does not understand a record of an earlier run.
    Restore(RestoreError),
}

impl<E: fmt::Display> fmt::Display for DriveError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => error.fmt(f),
            Self::Restore(error) => error.fmt(f),
        }
    }
}

impl<E: Error + 'static> Error for DriveError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Store(error) => error.source(),
            Self::Restore(_) => None,
        }
    }
}

impl<E> From<RestoreError> for DriveError<E> {
    fn from(error: RestoreError) -> Self {
        Self::Restore(error)
    }
}

/// What `next_event` waits for.
enum Event<A: ?Sized, E> {
    Input(Input<A>),
    Done(Result<Done, E>),
    Tick,
    Datagram(usize, Address),
}

/// What storage has done.
enum Done {
    Stored(Ticket),
    Answered(Vec<u8>),
}

impl<A, C, F, K, S> Driver<A, C, F, K, S>
where
    A: Actor + ?Sized,
    C: Channel,
    F: Frontend<A>,
    K: Clock,
    S: Store + ?Sized,
{
    /// Starts the actor, drives it until it ends, and returns it with its outcome.
    ///
    /// # Errors
    ///
    /// Something could not be stored or read. The actor has not ended by itself, but nothing more
    /// can be done for it.
    pub async fn run(mut self) -> Result<(Outcome, Box<A>), DriveError<S::Error>> {
        let mut buffer = vec![0; DATAGRAM_ROOM];
        let mut input_has_ended = false;
        self.restore()?;
        self.actor.start(self.clock.now());
        loop {
            let outcome = self.drain().await.map_err(DriveError::Store)?;
            if input_has_ended && outcome.is_none() && !self.actor.is_answering() {
                input_has_ended = false;
                self.actor.handle_interrupt(self.clock.now());
                continue;
            }
            self.frontend.refresh(&mut self.actor);
            if let Some(outcome) = outcome {
                return Ok((outcome, self.actor));
            }
            let event = self.next_event(&mut buffer).await;
            let now = self.clock.now();
            match event {
                Event::Input(Input::End) => input_has_ended = true,
                Event::Input(input) => self.handle_input(input, now),
                // What cannot be stored is never acknowledged: the program ends.
                Event::Done(done) => {
                    self.handle_done(done.map_err(DriveError::Store)?, now);
                }
                Event::Tick => self.actor.handle_timeout(now),
                Event::Datagram(len, from) => {
                    let bytes = buffer.get(..len).unwrap_or_default();
                    self.actor.handle_datagram(from, bytes, now);
                }
            }
        }
    }

    fn restore(&mut self) -> Result<(), DriveError<S::Error>> {
        let actor = &mut self.actor;
        if let Some(mark) = self.store.mark() {
            actor.restore_mark(mark);
        }
        self.store.load(&mut |key, value| actor.restore(key, value))
    }

    /// Waits for the next event. User input has priority over storage, storage over timers and
    /// timers over the network, so that a flood of datagrams can neither keep a user from leaving
    /// nor stop a retry.
    async fn next_event(&mut self, buffer: &mut [u8]) -> Event<A, S::Error> {
        tokio::select! {
            biased;
            Some(input) = self.inputs.recv() => Event::Input(input),
            done = poll_fn(|context| poll_done(&mut *self.store, context)) => Event::Done(done),
            () = self.clock.reach(self.actor.poll_timeout()) => Event::Tick,
            (len, from) = self.channel.receive(buffer) => Event::Datagram(len, from),
        }
    }

    fn handle_input(&mut self, input: Input<A>, now: Timestamp) {
        match input {
            Input::Line(line) => self.actor.handle_line(&line, now),
            Input::Interrupt => self.actor.handle_interrupt(now),
            Input::Look(look) => look(&self.actor),
            Input::End => {}
        }
    }

    /// Does everything that the actor asks for, and returns its outcome if it asks to end.
    async fn drain(&mut self) -> Result<Option<Outcome>, S::Error> {
        let mut outcome = None;
        loop {
            while let Some(effect) = self.actor.poll_output() {
                match effect {
                    Effect::Transmit { to, bytes } => self.channel.send(to, &bytes).await,
                    Effect::Show(line) => self.frontend.show(line),
                    Effect::Fact(fact) => self.frontend.learn(fact),
                    Effect::Done(done) => self.frontend.finish(done),
                    Effect::Store { ticket, changes } => self.store.put(ticket, changes),
                    Effect::Ask(question) => self.store.ask(question),
                    Effect::Mark(mark) => self.store.set_mark(mark)?,
                    Effect::Exit(with) => outcome = Some(with),
                }
            }
            // Storage that does not wait for a disk has finished already.
            match poll_done(&mut *self.store, &mut Context::from_waker(Waker::noop())) {
                Poll::Ready(done) => self.handle_done(done?, self.clock.now()),
                Poll::Pending => return Ok(outcome),
            }
        }
    }

    fn handle_done(&mut self, done: Done, now: Timestamp) {
        match done {
            Done::Stored(ticket) => self.actor.handle_stored(ticket, now),
            Done::Answered(answer) => self.actor.handle_answer(answer, now),
        }
    }
}

/// Waits until storage has done something.
fn poll_done<S: Store + ?Sized>(
    store: &mut S,
    context: &mut Context<'_>,
) -> Poll<Result<Done, S::Error>> {
    match store.poll_stored(context) {
        Poll::Ready(stored) => Poll::Ready(stored.map(Done::Stored)),
        Poll::Pending => store.poll_answer(context).map_ok(Done::Answered),
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::net::{Ipv4Addr, SocketAddr};
    use std::time::Duration;

    use tokio::sync::oneshot;

    use super::*;
    use crate::fake::Fake;
    use crate::{MemoryStore, RealClock};

    /// Longer than any test.
    const PATIENT: Duration = Duration::from_hours(1);

    /// What a front end receives: a line, or the prompt and whether the actor is answering.
    type Seen = Result<String, (String, bool)>;

    struct Recorder(mpsc::UnboundedSender<Seen>);

    impl Frontend<Fake> for Recorder {
        fn show(&mut self, line: Line) {
            self.0.send(Ok(line.text.into_string())).ok();
        }

        fn refresh(&mut self, actor: &mut Fake) {
            let seen = (actor.prompt().to_string(), actor.is_answering());
            self.0.send(Err(seen)).ok();
        }
    }

    type Ended = Result<(Outcome, Box<Fake>), DriveError<Infallible>>;

    struct Program {
        inputs: mpsc::Sender<Input<Fake>>,
        seen: mpsc::UnboundedReceiver<Seen>,
        task: tokio::task::JoinHandle<Ended>,
    }

    impl Program {
        fn run(channel: UdpChannel, server: Option<Address>, retry_every: Duration) -> Self {
            let (inputs, receiver) = mpsc::channel(8);
            let (sender, seen) = mpsc::unbounded_channel();
            let driver = Driver {
                actor: Box::new(Fake::new(server, retry_every)),
                channel,
                inputs: receiver,
                frontend: Recorder(sender),
                clock: RealClock::start(),
                store: Box::new(MemoryStore::<Infallible>::default()),
            };
            let task = tokio::spawn(driver.run());
            Self { inputs, seen, task }
        }

        async fn input(&self, input: Input<Fake>) {
            self.inputs.send(input).await.unwrap();
        }

        async fn line(&mut self) -> String {
            loop {
                if let Ok(line) = self.seen.recv().await.unwrap() {
                    return line;
                }
            }
        }
    }

    fn channel() -> UdpChannel {
        UdpChannel::bind(Address::new(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0))).unwrap()
    }

    #[tokio::test]
    async fn a_line_goes_out_as_a_datagram_and_the_answer_is_shown() {
        let at_server = channel();
        let server = at_server.address();
        let mut echo = Program::run(at_server, None, PATIENT);
        let mut asker = Program::run(channel(), Some(server), PATIENT);
        asker.input(Input::Line("hello".into())).await;
        for line in ["ready", "got hello"] {
            assert_eq!(asker.line().await, line);
            assert_eq!(echo.line().await, line);
        }
        echo.input(Input::Interrupt).await;
        assert_eq!(echo.line().await, "bye");
        assert_eq!(echo.task.await.unwrap().unwrap().0, Outcome::Left);
        asker.task.abort();
    }

    #[tokio::test]
    async fn the_loop_goes_on_without_any_front_end_to_hear_from() {
        let at_client = channel();
        let own = at_client.address();
        let Program { inputs, mut seen, task } = Program::run(at_client, Some(own), PATIENT);
        drop(inputs);
        channel().send(own, b"garbage").await;
        assert_eq!(seen.recv().await, Some(Ok("ready".into())));
        assert_eq!(seen.recv().await, Some(Err((">>> ".into(), false))));
        assert_eq!(seen.recv().await, Some(Ok("got garbage".into())));
        task.abort();
    }

    #[tokio::test]
    async fn timers_fire_until_the_actor_gives_up() {
        let gone = channel().address();
        let mut asker = Program::run(channel(), Some(gone), Duration::from_millis(1));
        asker.input(Input::Line("hello".into())).await;
        for line in ["ready", "try 1", "try 2", "gave up"] {
            assert_eq!(asker.line().await, line);
        }
        assert_eq!(asker.task.await.unwrap().unwrap().0, Outcome::Failed);
    }

    #[tokio::test]
    async fn the_end_of_input_leaves_once_everything_is_answered() {
        let at_server = channel();
        let server = at_server.address();
        let mut asker = Program::run(channel(), Some(server), PATIENT);
        asker.input(Input::Line("hello".into())).await;
        asker.input(Input::End).await;
        assert_eq!(asker.line().await, "ready");
        for answering in [false, true, true] {
            let seen = asker.seen.recv().await.unwrap();
            assert_eq!(seen, Err((">>> ".to_owned(), answering)));
        }
        let echo = Program::run(at_server, None, PATIENT);
        assert_eq!(asker.line().await, "got hello");
        assert_eq!(asker.line().await, "bye");
        assert_eq!(asker.task.await.unwrap().unwrap().0, Outcome::Left);
        echo.task.abort();
    }

    #[tokio::test]
    async fn what_is_stored_is_told_with_the_last_ticket() {
        let mut keeper = Program::run(channel(), None, PATIENT);
        assert_eq!(keeper.line().await, "ready");
        keeper.input(Input::Line("keep 7".into())).await;
        assert_eq!(keeper.line().await, "kept 7");
        keeper.task.abort();
    }

    #[tokio::test]
    async fn a_look_sees_the_actor_between_two_inputs() {
        let program = Program::run(channel(), Some(channel().address()), PATIENT);
        let (asker, answer) = oneshot::channel();
        let look = move |fake: &Fake| drop(asker.send(fake.prompt()));
        program.input(Input::Look(Box::new(look))).await;
        assert_eq!(&*answer.await.unwrap(), ">>> ");
        program.task.abort();
    }
}
