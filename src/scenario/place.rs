//! Scenario files as text, and places in them.

use std::path::PathBuf;
use std::sync::Arc;

/// The text of a scenario file and the path it was read from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Source {
    /// Where it was read from, as the user named it.
    pub path: PathBuf,
    /// The whole text.
    pub text: Arc<str>,
}

/// A place in a [`Source`]: a byte range, and where it starts for people.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}
