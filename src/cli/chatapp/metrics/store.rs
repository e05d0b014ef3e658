//! Storage whose speed is measured.

use std::collections::VecDeque;
use std::task::{Context, Poll};

use prometheus_client::metrics::histogram::Histogram;

use crate::app::{Clock as _, RealClock};
use crate::protocol::Timestamp;
use crate::records::{Change, Found, Query, Record, Ticket};
use crate::storage::{Store, StoreError};

/// Keeps records elsewhere, and notes how long that takes.
pub(in crate::cli::chatapp) struct TimedStore {
    store: Box<dyn Store>,
    clock: RealClock,
    waiting: VecDeque<(Ticket, Timestamp)>,
    /// In seconds.
    latency: Histogram,
}

impl TimedStore {
    /// Measures a store.
    pub(in crate::cli::chatapp) fn new(
        store: Box<dyn Store>,
        clock: RealClock,
        latency: Histogram,
    ) -> Self {
        Self { store, clock, waiting: VecDeque::new(), latency }
    }
}

impl Store for TimedStore {
    fn load(&mut self, each: &mut dyn FnMut(Record)) -> Result<(), StoreError> {
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

    fn recall(&mut self, query: Query) {
        self.store.recall(query);
    }

    fn poll_found(&mut self, context: &mut Context<'_>) -> Poll<Result<Found, StoreError>> {
        self.store.poll_found(context)
    }

    fn mark_shown(&mut self, number: u64) -> Result<(), StoreError> {
        self.store.mark_shown(number)
    }
}
