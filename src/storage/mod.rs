//! Storage: where programs keep their records.

pub mod disk;
mod error;
pub mod lines;
mod memory;
mod owner;

use std::task::{Context, Poll};

pub use error::{Place, StoreError};
pub(crate) use memory::KeptRecords;
pub use memory::MemoryStore;
pub use owner::{Owner, UnknownOwner};

use crate::records::{Change, Found, Query, Record, Ticket};

/// Keeps records: the latest of each key.
pub trait Store: Send {
    /// Gives everything that is kept, in the order of keys, to a program that starts; of a history
    /// ([`Record::Said`]) the last message only.
    ///
    /// # Errors
    ///
    /// What is kept cannot be read.
    fn load(&mut self, each: &mut dyn FnMut(Record)) -> Result<(), StoreError>;

    /// Begins to keep changes, all of them or none. Batches are kept in the order of their
    /// tickets, several at a time if they come fast.
    fn put(&mut self, ticket: Ticket, changes: Vec<Change>);

    /// Tells the last ticket whose changes, and all before them, will survive the program and the
    /// machine, once there is one that was not told yet.
    ///
    /// # Errors
    ///
    /// Changes could not be kept; none that come later are.
    fn poll_stored(&mut self, context: &mut Context<'_>) -> Poll<Result<Ticket, StoreError>>;

    /// Begins to answer a question about the history, which is to know of all that was told as
    /// stored. Answers come in the order of questions.
    fn recall(&mut self, query: Query);

    /// Gives the next answer to a question, once it is there.
    ///
    /// # Errors
    ///
    /// The history cannot be read.
    fn poll_found(&mut self, context: &mut Context<'_>) -> Poll<Result<Found, StoreError>>;

    /// Remembers at once that what has arrived up to this number has been shown. It survives the
    /// program, but perhaps not the machine. [`load`](Self::load) tells it as [`Record::Shown`].
    ///
    /// # Errors
    ///
    /// It could not be kept.
    fn mark_shown(&mut self, number: u64) -> Result<(), StoreError>;
}
