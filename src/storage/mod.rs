//! Storage: where programs store their records.
//!
//! A program stores encoded records and gets them back. Code that reads a folder for people, like
//! `chatapp store`, handles records of both programs: see [`Record`].

pub mod disk;
mod error;
pub mod lines;
mod owner;
mod record;

pub use driver::Store;
pub use error::{Place, StoreError};
pub use owner::{Owner, UnknownOwner};
pub use record::{Key, Record};

use crate::records;

/// Stores records in memory only, and answers queries about the history.
pub type MemoryStore = driver::MemoryStore<StoreError>;

/// A store of the chat.
pub type AnyStore = dyn Store<Error = StoreError>;

/// Makes an empty store in memory.
pub fn in_memory() -> MemoryStore {
    MemoryStore::new(records::answer)
}
