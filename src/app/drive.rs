//! The loop: waits for whatever comes first, hands it to the actor, and does what it asks.

use std::future::poll_fn;
use std::task::{Context, Poll, Waker};

use tokio::sync::{mpsc, oneshot};

use super::Clock;
use crate::console::{Actor, Effect, Ending, Line, Vocabulary};
use crate::network::udp::{DATAGRAM_ROOM, UdpChannel};
use crate::protocol::{Address, Fact, Holdings, Timestamp};
use crate::records::{Found, Ticket};
use crate::server::{Report, Stats};
use crate::storage::{Store, StoreError};

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

    /// Learns a fact that the actor states for whoever checks it.
    fn learn(&mut self, _fact: Fact) {}

    /// Learns what may stand in a log.
    fn report(&mut self, _report: Report) {}

    /// Learns that a typed line is done with, or why it was refused.
    fn finish(&mut self, _done: Result<(), String>) {}

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
    /// Whoever runs the program asks what it has counted; nothing, if it counts nothing.
    Stats(oneshot::Sender<Option<Stats>>),
    /// Whoever checks asks what the actor holds.
    Holdings(oneshot::Sender<Holdings>),
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
    /// Where its records go, with what an earlier run has put there.
    pub store: Box<dyn Store>,
}

/// What comes first.
enum Event {
    Input(Input),
    Done(Result<Done, StoreError>),
    Tick,
    Datagram(usize, Address),
}

/// What storage has done.
enum Done {
    Stored(Ticket),
    Found(Found),
}

impl<C: Channel, F: Frontend, K: Clock> Driver<C, F, K> {
    /// Starts the actor and drives it until it ends.
    ///
    /// # Errors
    ///
    /// Something could not be kept, or what was kept cannot be read. It was told to nobody: the
    /// actor has not ended by itself, but nothing can be done for it any more.
    pub async fn run(mut self) -> Result<Ending, StoreError> {
        let mut buffer = vec![0; DATAGRAM_ROOM];
        let mut input_has_ended = false;
        self.store.load(&mut |record| self.actor.restore(record))?;
        self.actor.start(self.clock.now());
        loop {
            let ending = self.drain().await?;
            if input_has_ended && ending.is_none() && !self.actor.is_answering() {
                input_has_ended = false;
                self.actor.handle_interrupt(self.clock.now());
                continue;
            }
            self.frontend.refresh(&*self.actor);
            if let Some(ending) = ending {
                return Ok(ending);
            }
            let event = self.next_event(&mut buffer).await;
            let now = self.clock.now();
            match event {
                Event::Input(Input::End) => input_has_ended = true,
                Event::Input(input) => self.handle_input(input, now),
                // What cannot be kept is never acknowledged: the program ends.
                Event::Done(done) => self.handle_done(done?, now),
                Event::Tick => self.actor.handle_timeout(now),
                Event::Datagram(len, from) => {
                    let bytes = buffer.get(..len).unwrap_or_default();
                    self.actor.handle_datagram(from, bytes, now);
                }
            }
        }
    }

    /// Waits for what comes first. People come before storage, storage before timers and timers
    /// before the network, so that a flood of datagrams can neither keep anybody from leaving nor
    /// stop a retry.
    async fn next_event(&mut self, buffer: &mut [u8]) -> Event {
        tokio::select! {
            biased;
            Some(input) = self.inputs.recv() => Event::Input(input),
            done = poll_fn(|context| poll_done(&mut *self.store, context)) => Event::Done(done),
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
            Input::Stats(asker) => {
                asker.send(self.actor.stats()).ok();
            }
            Input::Holdings(asker) => {
                asker.send(self.actor.holdings()).ok();
            }
            Input::End => {}
        }
    }

    /// Does everything that the actor asks for; tells the ending if it asks to end.
    async fn drain(&mut self) -> Result<Option<Ending>, StoreError> {
        let mut ending = None;
        loop {
            while let Some(effect) = self.actor.poll_output() {
                match effect {
                    Effect::Transmit { to, bytes } => self.channel.send(to, &bytes).await,
                    Effect::Show(line) => self.frontend.show(line),
                    Effect::Fact(fact) => self.frontend.learn(fact),
                    Effect::Report(report) => self.frontend.report(report),
                    Effect::Done(done) => self.frontend.finish(done),
                    Effect::Store { ticket, changes } => self.store.put(ticket, changes),
                    Effect::Recall(query) => self.store.recall(query),
                    Effect::Shown(number) => self.store.mark_shown(number)?,
                    Effect::Exit(with) => ending = Some(with),
                }
            }
            // Storage that does not wait for a disk is done by now.
            match poll_done(&mut *self.store, &mut Context::from_waker(Waker::noop())) {
                Poll::Ready(done) => self.handle_done(done?, self.clock.now()),
                Poll::Pending => return Ok(ending),
            }
        }
    }

    fn handle_done(&mut self, done: Done, now: Timestamp) {
        match done {
            Done::Stored(ticket) => self.actor.handle_stored(ticket, now),
            Done::Found(found) => self.actor.handle_found(found, now),
        }
    }
}

/// Waits until storage has done something.
fn poll_done(store: &mut dyn Store, context: &mut Context<'_>) -> Poll<Result<Done, StoreError>> {
    match store.poll_stored(context) {
        Poll::Ready(stored) => Poll::Ready(stored.map(Done::Stored)),
        Poll::Pending => store.poll_found(context).map_ok(Done::Found),
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddr};
    use std::time::Duration;

    use super::*;
    use crate::app::RealClock;
    use crate::app::fake::Fake;
    use crate::console::Failure;
    use crate::protocol::ClientName;
    use crate::scenario::ActorName;
    use crate::storage::MemoryStore;

    /// Longer than any test.
    const PATIENT: Duration = Duration::from_hours(1);

    /// What a front end learns: a line, or the prompt and whether the actor is answering.
    type Seen = Result<String, (String, bool)>;

    struct Recorder(mpsc::UnboundedSender<Seen>);

    impl Frontend for Recorder {
        fn show(&mut self, line: Line) {
            self.0.send(Ok(line.text)).ok();
        }

        fn refresh(&mut self, actor: &dyn Actor) {
            let seen = (actor.prompt().to_string(), actor.is_answering());
            self.0.send(Err(seen)).ok();
        }
    }

    struct Program {
        inputs: mpsc::Sender<Input>,
        seen: mpsc::UnboundedReceiver<Seen>,
        task: tokio::task::JoinHandle<Result<Ending, StoreError>>,
    }

    impl Program {
        fn run(
            name: ActorName,
            channel: UdpChannel,
            server: Address,
            retry_every: Duration,
        ) -> Self {
            let (inputs, receiver) = mpsc::channel(8);
            let (sender, seen) = mpsc::unbounded_channel();
            let driver = Driver {
                actor: Box::new(Fake::new(name, server, retry_every)),
                channel,
                inputs: receiver,
                frontend: Recorder(sender),
                clock: RealClock::start(),
                store: Box::new(MemoryStore::default()),
            };
            let task = tokio::spawn(driver.run());
            Self { inputs, seen, task }
        }

        async fn input(&self, input: Input) {
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

    fn client() -> ActorName {
        ActorName::Client(ClientName::new("c1").unwrap())
    }

    #[tokio::test]
    async fn a_line_goes_out_as_a_datagram_and_the_answer_is_shown() {
        let at_server = channel();
        let server = at_server.address();
        let mut echo = Program::run(ActorName::Server, at_server, server, PATIENT);
        let mut asker = Program::run(client(), channel(), server, PATIENT);
        asker.input(Input::Line("hello".into())).await;
        for line in ["ready", "got hello"] {
            assert_eq!(asker.line().await, line);
            assert_eq!(echo.line().await, line);
        }
        echo.input(Input::Interrupt).await;
        assert_eq!(echo.line().await, "bye");
        assert_eq!(echo.task.await.unwrap().unwrap(), Ok(()));
        asker.task.abort();
    }

    #[tokio::test]
    async fn the_loop_goes_on_without_any_front_end_to_hear_from() {
        let at_client = channel();
        let own = at_client.address();
        let Program { inputs, mut seen, task } = Program::run(client(), at_client, own, PATIENT);
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
        let mut asker = Program::run(client(), channel(), gone, Duration::from_millis(1));
        asker.input(Input::Line("hello".into())).await;
        for line in ["ready", "try 1", "try 2", "gave up"] {
            assert_eq!(asker.line().await, line);
        }
        assert_eq!(asker.task.await.unwrap().unwrap(), Err(Failure::ServerSilent));
    }

    #[tokio::test]
    async fn the_end_of_input_leaves_once_everything_is_answered() {
        let at_server = channel();
        let server = at_server.address();
        let mut asker = Program::run(client(), channel(), server, PATIENT);
        asker.input(Input::Line("hello".into())).await;
        asker.input(Input::End).await;
        assert_eq!(asker.line().await, "ready");
        for answering in [false, true, true] {
            let seen = asker.seen.recv().await.unwrap();
            assert_eq!(seen, Err((">>> ".to_owned(), answering)));
        }
        let echo = Program::run(ActorName::Server, at_server, server, PATIENT);
        assert_eq!(asker.line().await, "got hello");
        assert_eq!(asker.line().await, "bye");
        assert_eq!(asker.task.await.unwrap().unwrap(), Ok(()));
        echo.task.abort();
    }

    #[tokio::test]
    async fn what_is_stored_is_told_with_the_last_ticket() {
        let mut keeper = Program::run(ActorName::Server, channel(), channel().address(), PATIENT);
        assert_eq!(keeper.line().await, "ready");
        keeper.input(Input::Line("keep 7".into())).await;
        assert_eq!(keeper.line().await, "kept 7");
        keeper.task.abort();
    }

    #[tokio::test]
    async fn the_vocabulary_is_told_on_demand() {
        let program = Program::run(client(), channel(), channel().address(), PATIENT);
        let (asker, answer) = oneshot::channel();
        program.input(Input::Vocabulary(asker)).await;
        assert_eq!(answer.await.unwrap().groups, ["ring"]);
        program.task.abort();
    }
}
