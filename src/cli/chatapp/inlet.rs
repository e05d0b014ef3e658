//! What connects the loop of a program with its prompt and its screen.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use crate::app::{Frontend, Input};
use crate::console::{Actor, Line, Vocabulary};
use crate::repl::{Inlet, Screen};

/// Hands what is typed to the loop.
pub(super) struct Inputs(mpsc::Sender<Input>);

impl Inputs {
    pub(super) fn new(sender: mpsc::Sender<Input>) -> Self {
        Self(sender)
    }
}

// An input that the loop does not take any more comes too late to matter.
impl Inlet for Inputs {
    fn line(&self, line: String) -> bool {
        let is_running = self.0.blocking_send(Input::Line(line)).is_ok();
        // Inputs are dealt with in turn: once this question is answered, the line is done.
        self.vocabulary();
        is_running
    }

    fn interrupt(&self) {
        self.0.blocking_send(Input::Interrupt).ok();
    }

    fn end(&self) {
        self.0.blocking_send(Input::End).ok();
    }

    fn vocabulary(&self) -> Vocabulary {
        let (asker, answer) = oneshot::channel();
        self.0.blocking_send(Input::Vocabulary(asker)).ok();
        answer.blocking_recv().unwrap_or_default()
    }
}

/// Shows an actor's lines on a screen.
pub(super) struct OnScreen(Arc<Screen>);

impl OnScreen {
    pub(super) fn new(screen: &Arc<Screen>) -> Self {
        Self(Arc::clone(screen))
    }
}

impl Frontend for OnScreen {
    fn show(&mut self, line: Line) {
        self.0.show(&line);
    }

    fn refresh(&mut self, actor: &dyn Actor) {
        self.0.refresh(&actor.prompt(), actor.is_answering());
    }
}
