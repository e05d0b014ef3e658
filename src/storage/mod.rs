//! Storage: where the server's records go.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use crate::server::Record;

/// Keeps records in their order.
pub trait Store: Send {
    /// Keeps a record. Once this returns, the record survives the server.
    ///
    /// # Errors
    ///
    /// The record could not be kept.
    fn put(&mut self, record: Record) -> io::Result<()>;

    /// Gives everything that was kept, in its order, to a server that starts.
    ///
    /// # Errors
    ///
    /// What was kept cannot be read.
    fn records(&self) -> io::Result<Vec<Record>>;
}

/// Keeps records in memory: they survive the server machine, but not the process. Clones share
/// what they keep, as programs that open one folder do.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    records: Arc<Mutex<Vec<Record>>>,
}

impl Store for MemoryStore {
    fn put(&mut self, record: Record) -> io::Result<()> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner).push(record);
        Ok(())
    }

    fn records(&self) -> io::Result<Vec<Record>> {
        Ok(self.records.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }
}
