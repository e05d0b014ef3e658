//! Storage that measures its speed.

use std::collections::VecDeque;
use std::task::{Context, Poll};

use prometheus_client::metrics::histogram::Histogram;

use driver::{Clock as _, DriveError, RealClock, Restore, Store};
use machine::{Change, Ticket, Timestamp};

use crate::storage::{AnyStore, StoreError};

/// Stores records elsewhere, and measures how long that takes.
pub(in crate::cli::chatapp) struct TimedStore {
    store: Box<AnyStore>,
    clock: RealClock,
    waiting: VecDeque<(Ticket, Timestamp)>,
    /// In seconds.
    latency: Histogram,
}

impl TimedStore {
    /// Wraps a store.
    pub(in crate::cli::chatapp) fn new(
        store: Box<AnyStore>,
        clock: RealClock,
        latency: Histogram,
    ) -> Self {
        Self { store, clock, waiting: VecDeque::new(), latency }
    }
}

impl Store for TimedStore {
    type Error = StoreError;

    fn mark(&self) -> Option<u64> {
        self.store.mark()
    }

    fn load(&mut self, each: &mut Restore<'_>) -> Result<(), DriveError<StoreError>> {
        self.store.load(each)
    }

    fn put(&mut self, ticket: Ticket, changes: Vec<Change>) {
        self.waiting.push_back((ticket, self.clock.now()));
        self.store.put(ticket, changes);
    }

    fn poll_stored(&mut self, context: &mut Context<'_>) -> Poll<Result<Ticket, StoreError>> {
        let stored = self.store.poll_stored(context);
        if let Poll::Ready(Ok(last)) = &stored {
            let now = self.clock.now();
            while let Some((_, at)) = self.waiting.pop_front_if(|(ticket, _)| *ticket <= *last) {
                self.latency.observe(now.since(at).as_secs_f64());
            }
        }
        stored
    }

    fn ask(&mut self, question: Vec<u8>) {
        self.store.ask(question);
    }

    fn poll_answer(&mut self, context: &mut Context<'_>) -> Poll<Result<Vec<u8>, StoreError>> {
        self.store.poll_answer(context)
    }

    fn set_mark(&mut self, mark: u64) -> Result<(), StoreError> {
        self.store.set_mark(mark)
    }
}
