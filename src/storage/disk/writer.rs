//! The thread that writes: whatever waits is committed at once, in one transaction.

use std::mem;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread::{self, JoinHandle};

use super::database::Sound;
use super::folder::refused;
use super::marks::Marks;
use crate::records::{Change, Ticket};
use crate::storage::StoreError;

/// Changes in one transaction, about: more wait for the next, so that it fits into memory.
const CHANGES_MAX: usize = 100_000;

type Batch = (Ticket, Vec<Change>);

/// Hands batches to the thread, and hears from it.
pub(super) struct Writer {
    /// `None` once there is nothing more to write.
    batches: Option<Sender<Batch>>,
    news: Arc<Mutex<News>>,
    thread: Option<JoinHandle<()>>,
}

/// What the thread has to tell.
#[derive(Default)]
struct News {
    latest: Option<Result<Ticket, StoreError>>,
    waker: Option<Waker>,
}

impl Writer {
    /// Starts the thread for the database at `path`.
    pub(super) fn start(
        path: &Path,
        database: Arc<Mutex<Sound>>,
        marks: Arc<Marks>,
    ) -> Result<Self, StoreError> {
        let (batches, receiver) = channel();
        let news = Arc::new(Mutex::new(News::default()));
        let teller = Arc::clone(&news);
        let write = move || write(&receiver, &database, &marks, &teller);
        let thread = thread::Builder::new().name("storage".to_owned()).spawn(write);
        let thread = thread.map_err(refused(path, "written by a thread"))?;
        Ok(Self { batches: Some(batches), news, thread: Some(thread) })
    }

    /// Hands over a batch. After a failure nothing more is written.
    pub(super) fn put(&self, ticket: Ticket, changes: Vec<Change>) {
        if let Some(batches) = &self.batches {
            // The thread has told why it has ended.
            batches.send((ticket, changes)).ok();
        }
    }

    /// Tells the last ticket that is on the disk, if it is news.
    pub(super) fn poll(&self, context: &mut Context<'_>) -> Poll<Result<Ticket, StoreError>> {
        let mut news = lock(&self.news);
        if let Some(latest) = news.latest.take() {
            return Poll::Ready(latest);
        }
        news.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.batches.take());
        if let Some(thread) = self.thread.take() {
            // It catches its own panics.
            thread.join().ok();
        }
    }
}

fn write(batches: &Receiver<Batch>, database: &Mutex<Sound>, marks: &Marks, news: &Mutex<News>) {
    while let Ok((mut last, first)) = batches.recv() {
        let mut count = first.len();
        let mut waiting = vec![first];
        while count < CHANGES_MAX
            && let Ok((ticket, changes)) = batches.try_recv()
        {
            last = ticket;
            count += changes.len();
            waiting.push(changes);
        }
        let done = lock(database).commit(&waiting);
        let done = done.and_then(|commits| marks.mark_commits(commits)).map(|()| last);
        let has_failed = done.is_err();
        tell(news, done);
        if has_failed {
            return;
        }
    }
}

fn tell(news: &Mutex<News>, done: Result<Ticket, StoreError>) {
    let mut news = lock(news);
    // A failure must not hide what was kept before it; that is told by nobody, which is safe.
    news.latest = Some(done);
    let waker = mem::take(&mut news.waker);
    drop(news);
    if let Some(waker) = waker {
        waker.wake();
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
