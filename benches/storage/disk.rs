//! Lower bounds: the engine without our code, and a sync without the engine.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use redb::{Builder, Durability, TableDefinition};

use crate::office::{KEY_LEN, VALUE_LEN};

const TABLE: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("records");

/// Returns how many values of the same size the engine stores per second, this many per commit.
pub(crate) fn engine_rate(path: &Path, batch: usize, measured: Duration) -> f64 {
    let database = Builder::new().set_cache_size(16 * 1024 * 1024).create(path).unwrap();
    let value = [7; VALUE_LEN];
    let started_at = Instant::now();
    let mut count: u32 = 0;
    while started_at.elapsed() < measured {
        let mut transaction = database.begin_write().unwrap();
        transaction.set_durability(Durability::Immediate).unwrap();
        let mut table = transaction.open_table(TABLE).unwrap();
        for _ in 0..batch {
            count += 1;
            // There are as many runs of keys as receivers.
            let mut key = [b'r'; KEY_LEN];
            let receiver = u16::try_from(count as usize % crate::SENDERS).unwrap();
            *key.first_chunk_mut::<2>().unwrap() = receiver.to_be_bytes();
            *key.last_chunk_mut::<8>().unwrap() = u64::from(count).to_be_bytes();
            table.insert(&key[..], &value[..]).unwrap();
        }
        drop(table);
        transaction.commit().unwrap();
    }
    f64::from(count) / started_at.elapsed().as_secs_f64()
}

/// A file that grows page by page.
pub(crate) struct Syncs(File);

impl Syncs {
    pub(crate) fn in_folder(folder: &Path) -> Self {
        Self(File::create(folder.join("bare")).unwrap())
    }

    /// Appends 4 KB, and waits until they are on the disk.
    pub(crate) fn sync(&mut self) -> Duration {
        let started_at = Instant::now();
        self.0.write_all(&[7; 4096]).unwrap();
        self.0.sync_data().unwrap();
        started_at.elapsed()
    }
}
