//! What servers and clients have in common: the loop and what it needs.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::facts::Facts;
use super::inlet::{Input, OnScreen};
use crate::console::{Console, Ending};
use crate::repl::Screen;
use crate::storage::{AnyStore, StoreError};
use driver::{DriveError, Driver, RealClock, UdpChannel};
use machine::Outcome;

/// Draws an unpredictable seed.
pub(super) fn seed() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// A program that has everything but a screen.
pub(super) struct Program {
    pub(super) actor: Box<dyn Console>,
    pub(super) channel: UdpChannel,
    pub(super) store: Box<AnyStore>,
    pub(super) inputs: mpsc::Receiver<Input>,
    pub(super) clock: RealClock,
    pub(super) facts: Facts,
    /// Dropped when the actor has its first answer.
    pub(super) answering: Option<oneshot::Sender<()>>,
}

impl Program {
    pub(super) async fn drive(self, screen: &Arc<Screen>) -> Result<Ending, StoreError> {
        let Self { actor, channel, store, inputs, clock, facts, answering } = self;
        let frontend = OnScreen::new(screen, facts, answering);
        let driver = Driver { actor, channel, inputs, frontend, clock, store };
        match driver.run().await {
            Ok((Outcome::Left, _)) => Ok(Ok(())),
            Ok((Outcome::Failed, actor)) => Ok(actor.failure().map_or(Ok(()), Err)),
            Err(DriveError::Store(error)) => Err(error),
            // Storage in memory starts empty, and storage on disk reports the place of an invalid
            // record.
            Err(DriveError::Restore(error)) => unreachable!("a record was not understood: {error}"),
        }
    }
}
