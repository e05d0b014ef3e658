//! Lines that wait in a file because memory has no space for them.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};

/// The size of the length of a line, in front of it.
const LEN_BYTES: usize = size_of::<u32>();

/// A queue of lines in a temporary file, which is deleted with its program.
#[derive(Debug)]
pub(super) struct Overflow {
    file: File,
    /// The offset of the first line in the queue, and where the next one is added.
    first: u64,
    next: u64,
    count: usize,
}

impl Overflow {
    /// Makes an empty queue.
    ///
    /// # Errors
    ///
    /// A temporary file cannot be created.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self { file: tempfile::tempfile()?, first: 0, next: 0, count: 0 })
    }

    /// Returns the number of lines.
    pub(super) const fn count(&self) -> usize {
        self.count
    }

    /// Adds a line.
    ///
    /// # Errors
    ///
    /// The disk refuses the write: the queue is as it was before.
    pub(super) fn add(&mut self, line: &str) -> io::Result<()> {
        let len = u32::try_from(line.len()).map_err(io::Error::other)?;
        let bytes = [&len.to_le_bytes(), line.as_bytes()].concat();
        self.file.seek(SeekFrom::Start(self.next))?;
        self.file.write_all(&bytes)?;
        self.next += bytes.len() as u64;
        self.count += 1;
        Ok(())
    }

    /// Takes the first lines, up to this many bytes or one line more.
    ///
    /// # Errors
    ///
    /// The disk does not return them.
    pub(super) fn take(&mut self, bytes_max: usize) -> io::Result<Vec<String>> {
        self.file.seek(SeekFrom::Start(self.first))?;
        let mut input = io::BufReader::new(&self.file);
        let (mut lines, mut bytes) = (Vec::new(), 0);
        while lines.len() < self.count && bytes < bytes_max {
            let mut len = [0; LEN_BYTES];
            input.read_exact(&mut len)?;
            let len = u32::from_le_bytes(len);
            let mut line = String::new();
            input.by_ref().take(len.into()).read_to_string(&mut line)?;
            bytes += line.len();
            self.first += LEN_BYTES as u64 + u64::from(len);
            lines.push(line);
        }
        self.count -= lines.len();
        Ok(lines)
    }
}

#[cfg(test)]
impl Overflow {
    /// Makes a queue whose disk refuses every write.
    pub(super) fn broken() -> Self {
        let file = File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).unwrap();
        Self { file, first: 0, next: 0, count: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_back_in_their_order_while_others_are_added() {
        let mut overflow = Overflow::new().unwrap();
        for line in ["one", "", "trois\u{e9}"] {
            overflow.add(line).unwrap();
        }
        assert_eq!(overflow.take(1).unwrap(), ["one"]);
        overflow.add("four").unwrap();
        assert_eq!(overflow.count(), 3);
        assert_eq!(overflow.take(100).unwrap(), ["", "trois\u{e9}", "four"]);
        assert_eq!((overflow.count(), overflow.take(100).unwrap()), (0, Vec::new()));
    }
}
