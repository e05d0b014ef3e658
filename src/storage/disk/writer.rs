//! The writing thread: all waiting batches are committed at once, in one transaction. Queries about
//! the history are answered in between.

use std::collections::VecDeque;
use std::mem;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread::{self, JoinHandle};

use super::kept::Kept;
use super::marks::Marks;
use crate::records::{Change, Found, Query, Ticket};
use crate::storage::StoreError;

/// The approximate number of changes in one transaction: more wait for the next, to limit memory.
const CHANGES_MAX: usize = 100_000;

/// A job of the thread.
enum Order {
    Keep(Ticket, Vec<Change>),
    Recall(Query),
}

/// Passes batches to the thread, and receives its reports.
pub(super) struct Writer {
    /// `None` once there is nothing more to write.
    orders: Option<Sender<Order>>,
    news: Arc<Mutex<News>>,
    thread: Option<JoinHandle<()>>,
}

/// A report of the thread.
#[derive(Default)]
struct News {
    latest: Option<Result<Ticket, StoreError>>,
    found: VecDeque<Result<Found, StoreError>>,
    waker: Option<Waker>,
}

impl Writer {
    /// Starts the thread for the database at `path`.
    pub(super) fn start(
        path: &Path,
        kept: Arc<Mutex<Kept>>,
        marks: Arc<Marks>,
    ) -> Result<Self, StoreError> {
        let (orders, receiver) = channel();
        let news = Arc::new(Mutex::new(News::default()));
        let teller = Arc::clone(&news);
        let write = move || work(&receiver, &kept, &marks, &teller);
        let thread = thread::Builder::new().name("storage".to_owned()).spawn(write);
        let thread = thread.map_err(StoreError::refused(path, "written by a thread"))?;
        Ok(Self { orders: Some(orders), news, thread: Some(thread) })
    }

    /// Passes on a batch. After a failure nothing more is written.
    pub(super) fn put(&self, ticket: Ticket, changes: Vec<Change>) {
        self.order(Order::Keep(ticket, changes));
    }

    /// Passes on a query.
    pub(super) fn recall(&self, query: Query) {
        self.order(Order::Recall(query));
    }

    fn order(&self, order: Order) {
        if let Some(orders) = &self.orders {
            // The thread has reported why it ended.
            orders.send(order).ok();
        }
    }

    /// Returns the last ticket that is on the disk, if it has changed.
    pub(super) fn poll(&self, context: &mut Context<'_>) -> Poll<Result<Ticket, StoreError>> {
        let mut news = lock(&self.news);
        if let Some(latest) = news.latest.take() {
            return Poll::Ready(latest);
        }
        news.waker = Some(context.waker().clone());
        Poll::Pending
    }

    /// Returns the answer to the next query, if there is one.
    pub(super) fn poll_found(&self, context: &mut Context<'_>) -> Poll<Result<Found, StoreError>> {
        let mut news = lock(&self.news);
        if let Some(found) = news.found.pop_front() {
            return Poll::Ready(found);
        }
        news.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.orders.take());
        if let Some(thread) = self.thread.take() {
            // It catches its own panics.
            thread.join().ok();
        }
    }
}

fn work(orders: &Receiver<Order>, kept: &Mutex<Kept>, marks: &Marks, news: &Mutex<News>) {
    let mut next = None;
    while let Some(order) = next.take().or_else(|| orders.recv().ok()) {
        match order {
            Order::Recall(query) => {
                let found = lock(kept).recall(&query);
                tell(news, |news| news.found.push_back(found));
            }
            Order::Keep(ticket, changes) => {
                let (last, batches);
                (last, batches, next) = gather(ticket, changes, orders);
                let done = lock(kept).commit(batches);
                let done = done.and_then(|commits| marks.mark_commits(commits)).map(|()| last);
                let has_failed = done.is_err();
                // A failure must not hide the batches that were stored before it; not reporting
                // them is safe.
                tell(news, |news| news.latest = Some(done));
                if has_failed {
                    return;
                }
            }
        }
    }
}

/// Takes all waiting batches, up to the next query.
fn gather(
    mut last: Ticket,
    first: Vec<Change>,
    orders: &Receiver<Order>,
) -> (Ticket, Vec<Vec<Change>>, Option<Order>) {
    let mut count = first.len();
    let mut batches = vec![first];
    while count < CHANGES_MAX
        && let Ok(order) = orders.try_recv()
    {
        match order {
            Order::Keep(ticket, changes) => {
                last = ticket;
                count += changes.len();
                batches.push(changes);
            }
            Order::Recall(_) => return (last, batches, Some(order)),
        }
    }
    (last, batches, None)
}

fn tell(news: &Mutex<News>, change: impl FnOnce(&mut News)) {
    let mut news = lock(news);
    change(&mut news);
    let waker = mem::take(&mut news.waker);
    drop(news);
    if let Some(waker) = waker {
        waker.wake();
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
