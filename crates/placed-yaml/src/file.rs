//! The text of a file, before any parsing.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::Source;

/// Why the text of a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file cannot be read.
    #[error("`{}` cannot be read", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The file is larger than its reader allows.
    #[error("`{}` is too large: it may have at most {bytes_max} bytes", .path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The maximum size.
        bytes_max: usize,
    },
    /// The file holds bytes that are not UTF-8.
    #[error("`{}` is not UTF-8: line {line} has bytes that are not text", .path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// The line of the first such byte, from 1.
        line: usize,
    },
}

/// Reads a file's text.
///
/// # Errors
///
/// The file cannot be read, is larger than `bytes_max`, or is not UTF-8.
pub fn read_file(path: &Path, bytes_max: usize) -> Result<Source, ReadError> {
    match File::open(path) {
        Ok(file) => read_from(path.to_owned(), file, bytes_max),
        Err(source) => Err(ReadError::Unreadable { path: path.to_owned(), source }),
    }
}

/// Reads a text from a reader, which messages call `path`.
///
/// # Errors
///
/// It cannot be read, is larger than `bytes_max`, or is not UTF-8.
pub fn read_from(path: PathBuf, from: impl Read, bytes_max: usize) -> Result<Source, ReadError> {
    let mut bytes = Vec::new();
    let read_max = u64::try_from(bytes_max).unwrap_or(u64::MAX).saturating_add(1);
    if let Err(source) = from.take(read_max).read_to_end(&mut bytes) {
        return Err(ReadError::Unreadable { path, source });
    }
    if bytes.len() > bytes_max {
        return Err(ReadError::TooLarge { path, bytes_max });
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Source::new(path, text.into())),
        Err(error) => {
            let text_bytes = error.as_bytes().iter().take(error.utf8_error().valid_up_to());
            let line = 1 + text_bytes.filter(|&&byte| byte == b'\n').count();
            Err(ReadError::NotUtf8 { path, line })
        }
    }
}
