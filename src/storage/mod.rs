//! Storage: where programs keep their records.

pub mod disk;
mod error;
pub mod lines;
mod owner;

pub use driver::Store;
pub use error::{Place, StoreError};
pub use owner::{Owner, UnknownOwner};

use crate::records;

/// Keeps records in memory only, and answers questions about the history.
pub type MemoryStore = driver::MemoryStore<StoreError>;

/// A store of the chat.
pub type AnyStore = dyn Store<Error = StoreError>;

/// Makes an empty store in memory.
pub fn in_memory() -> MemoryStore {
    MemoryStore::new(records::answer)
}
