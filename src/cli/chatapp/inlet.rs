//! The connection between the loop of a program, its prompt and its screen.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::facts::Facts;
use super::log;
use crate::console::{Console, Vocabulary};
use crate::protocol::{Fact, Timestamp};
use crate::repl::{Inlet, Screen, Standing};
use driver::{Clock as _, Frontend, RealClock};
use machine::{CleanText, Line};

/// An input of the loop.
pub(super) type Input = driver::Input<dyn Console>;

/// The capacity of the queue of inputs; a prompt or a pipe waits while it is full.
pub(super) const INPUTS_WAITING_MAX: usize = 64;

/// Passes typed lines to the loop.
pub(super) struct Inputs {
    sender: mpsc::Sender<Input>,
    clock: RealClock,
}

impl Inputs {
    pub(super) fn new(sender: mpsc::Sender<Input>, clock: RealClock) -> Self {
        Self { sender, clock }
    }
}

// If the loop has ended, the input comes too late to matter.
impl Inlet for Inputs {
    fn line(&self, line: String) -> bool {
        let is_running = self.sender.blocking_send(Input::Line(line)).is_ok();
        // Inputs are handled in order: once this question is answered, the line is done.
        self.vocabulary();
        is_running
    }

    fn interrupt(&self) {
        self.sender.blocking_send(Input::Interrupt).ok();
    }

    fn end(&self) {
        self.sender.blocking_send(Input::End).ok();
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn vocabulary(&self) -> Vocabulary {
        let (asker, answer) = oneshot::channel();
        let look = Input::Look(Box::new(|actor: &(dyn Console + 'static)| {
            // The receiver may be gone.
            asker.send(actor.vocabulary()).ok();
        }));
        self.sender.blocking_send(look).ok();
        answer.blocking_recv().unwrap_or_default()
    }
}

/// Shows an actor's lines on a screen, and writes its facts to a file.
pub(super) struct OnScreen {
    screen: Arc<Screen>,
    facts: Facts,
    answering: Option<oneshot::Sender<()>>,
}

impl OnScreen {
    /// Drops `answering` when the actor has its first answer.
    pub(super) fn new(
        screen: &Arc<Screen>,
        facts: Facts,
        answering: Option<oneshot::Sender<()>>,
    ) -> Self {
        Self { screen: Arc::clone(screen), facts, answering }
    }
}

impl Frontend<dyn Console> for OnScreen {
    fn show(&mut self, line: Line) {
        self.screen.show(&line);
    }

    fn learn(&mut self, fact: machine::Fact) {
        if let Some(fact) = Fact::decode(&fact) {
            self.facts.state(fact);
        }
    }

    fn finish(&mut self, done: Result<(), CleanText<'static>>) {
        self.screen.finish(done);
    }

    fn refresh(&mut self, actor: &mut (dyn Console + 'static)) {
        while let Some(report) = actor.poll_report() {
            log::write(report);
        }
        let is_answering = actor.is_answering();
        self.answering.take_if(|_| !is_answering);
        self.screen.refresh(Standing {
            prompt: actor.prompt(),
            commands: actor.commands(),
            is_answering,
            waiting: actor.waiting(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_handed_in_only_once_the_loop_has_dealt_with_it() {
        let (sender, mut inputs) = mpsc::channel(1);
        let inlet = Inputs::new(sender, RealClock::start());
        let typing = std::thread::spawn(move || inlet.line("reg".to_owned()));
        assert!(matches!(inputs.blocking_recv(), Some(Input::Line(line)) if line == "reg"));
        let Some(Input::Look(look)) = inputs.blocking_recv() else {
            panic!("the line was not followed by a question");
        };
        assert!(!typing.is_finished());
        drop(look);
        assert!(typing.join().unwrap());
    }

    #[test]
    fn a_loop_that_has_ended_takes_no_line() {
        let (sender, inputs) = mpsc::channel(1);
        let inlet = Inputs::new(sender, RealClock::start());
        drop(inputs);
        assert!(!inlet.line("reg".to_owned()));
        assert_eq!(inlet.vocabulary(), Vocabulary::default());
    }
}
