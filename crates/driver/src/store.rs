//! Where programs keep their records.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use machine::{Change, Records, RestoreError, Ticket};

use crate::DriveError;

/// Keeps records: the latest value of each key.
pub trait Store: Send {
    /// Why records cannot be kept or read.
    type Error: Error + Send;

    /// Returns the mark that was set last, if any was.
    fn mark(&self) -> Option<u64>;

    /// Passes every record to a program that starts, in the order of keys. Storage that answers
    /// questions may leave out records that are needed for answers only.
    ///
    /// # Errors
    ///
    /// The records cannot be read, or the program does not understand one.
    fn load(&mut self, each: &mut Restore<'_>) -> Result<(), DriveError<Self::Error>>;

    /// Starts to store changes, all of them or none. Batches are stored in the order of their
    /// tickets, several at once if they arrive fast.
    fn put(&mut self, ticket: Ticket, changes: Vec<Change>);

    /// Returns the last ticket whose changes, and all before them, will survive the program and the
    /// machine, once there is one that was not returned yet.
    ///
    /// # Errors
    ///
    /// Changes could not be stored. No later ones are.
    fn poll_stored(&mut self, context: &mut Context<'_>) -> Poll<Result<Ticket, Self::Error>>;

    /// Starts to answer a question. The answer covers everything whose ticket was returned.
    /// Answers arrive in the order of the questions.
    fn ask(&mut self, question: Vec<u8>);

    /// Returns the next answer, once it is there.
    ///
    /// # Errors
    ///
    /// The records cannot be read.
    fn poll_answer(&mut self, context: &mut Context<'_>) -> Poll<Result<Vec<u8>, Self::Error>>;

    /// Sets the mark at once. It survives the program, but perhaps not the machine.
    ///
    /// # Errors
    ///
    /// It could not be stored.
    fn set_mark(&mut self, mark: u64) -> Result<(), Self::Error>;
}

/// Takes a key and its value.
pub type Restore<'a> = dyn FnMut(&[u8], &[u8]) -> Result<(), RestoreError> + 'a;

/// Answers a question from records in memory.
pub type Answer = dyn Fn(&[u8], &Records) -> Vec<u8> + Send + Sync;

/// Keeps records in memory: they survive a program's run, but not the process. Clones share their
/// records, like programs that open the same folder.
pub struct MemoryStore<E = Infallible> {
    kept: Arc<Mutex<Kept>>,
    answer: Arc<Answer>,
    /// Stored, and not returned yet.
    stored: Option<Ticket>,
    answers: VecDeque<Vec<u8>>,
    error: PhantomData<fn() -> E>,
}

#[derive(Default)]
struct Kept {
    records: Records,
    mark: Option<u64>,
}

impl<E> MemoryStore<E> {
    /// Makes an empty store that answers questions in this way.
    pub fn new(answer: impl Fn(&[u8], &Records) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self {
            kept: Arc::default(),
            answer: Arc::new(answer),
            stored: None,
            answers: VecDeque::new(),
            error: PhantomData,
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers no questions.
impl<E> Default for MemoryStore<E> {
    fn default() -> Self {
        Self::new(|_, _| Vec::new())
    }
}

impl<E> Clone for MemoryStore<E> {
    fn clone(&self) -> Self {
        Self {
            kept: Arc::clone(&self.kept),
            answer: Arc::clone(&self.answer),
            stored: None,
            answers: VecDeque::new(),
            error: PhantomData,
        }
    }
}

impl<E> fmt::Debug for MemoryStore<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = self.kept();
        f.debug_struct("MemoryStore")
            .field("records", &kept.records.len())
            .field("mark", &kept.mark)
            .finish_non_exhaustive()
    }
}

impl<E: Error + Send> Store for MemoryStore<E> {
    type Error = E;

    fn mark(&self) -> Option<u64> {
        self.kept().mark
    }

    fn load(&mut self, each: &mut Restore<'_>) -> Result<(), DriveError<E>> {
        Ok(self.kept().records.iter().try_for_each(|(key, value)| each(key, value))?)
    }

    fn put(&mut self, ticket: Ticket, changes: Vec<Change>) {
        self.kept().records.apply(changes);
        self.stored = Some(ticket);
    }

    fn poll_stored(&mut self, _context: &mut Context<'_>) -> Poll<Result<Ticket, E>> {
        self.stored.take().map_or(Poll::Pending, |ticket| Poll::Ready(Ok(ticket)))
    }

    fn ask(&mut self, question: Vec<u8>) {
        let answer = (self.answer)(&question, &self.kept().records);
        self.answers.push_back(answer);
    }

    fn poll_answer(&mut self, _context: &mut Context<'_>) -> Poll<Result<Vec<u8>, E>> {
        self.answers.pop_front().map_or(Poll::Pending, |answer| Poll::Ready(Ok(answer)))
    }

    fn set_mark(&mut self, mark: u64) -> Result<(), E> {
        self.kept().mark = Some(mark);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    #[test]
    fn what_one_store_keeps_its_clone_loads() {
        let mut store = MemoryStore::<Infallible>::new(|question, records| {
            records.get(question).unwrap_or_default().to_vec()
        });
        store.put(Ticket(1), vec![Change::put(*b"b", *b"1"), Change::put(*b"a", *b"2")]);
        store.put(Ticket(2), vec![Change::remove(*b"a")]);
        let Ok(()) = store.set_mark(7);
        let mut context = Context::from_waker(Waker::noop());
        assert_eq!(store.poll_stored(&mut context), Poll::Ready(Ok(Ticket(2))));
        assert!(store.poll_stored(&mut context).is_pending());
        store.ask(b"b".to_vec());
        assert_eq!(store.poll_answer(&mut context), Poll::Ready(Ok(b"1".to_vec())));
        assert!(store.poll_answer(&mut context).is_pending());
        let mut records = Vec::new();
        let loaded = store.clone().load(&mut |key, value| {
            records.push((key.to_vec(), value.to_vec()));
            Ok(())
        });
        assert_eq!((loaded, store.clone().mark()), (Ok(()), Some(7)));
        assert_eq!(records, [(b"b".to_vec(), b"1".to_vec())]);
    }

    #[test]
    fn a_record_that_the_program_does_not_understand_ends_the_loading() {
        let mut store = MemoryStore::<Infallible>::default();
        store.put(Ticket(1), vec![Change::put(*b"a", *b"")]);
        let error = RestoreError("what is this?".to_owned());
        let loaded = store.load(&mut |_, _| Err(error.clone()));
        assert_eq!(loaded, Err(DriveError::Restore(error)));
    }
}
