//! Files as text, and places in them.

use std::path::PathBuf;
use std::sync::Arc;

/// The text of a file and the path it was read from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Source {
    /// Where it was read from, as the user named it.
    pub path: PathBuf,
    /// The whole text.
    pub text: Arc<str>,
    /// The step that includes it; `None` for the file that was read first.
    pub included_from: Option<Place>,
}

impl Source {
    /// Makes the source of a file that no other includes.
    pub const fn new(path: PathBuf, text: Arc<str>) -> Self {
        Self { path, text, included_from: None }
    }
}

/// Returns the include chain of a file: `included from PATH:LINE:COLUMN`, the nearest first.
/// `sources` are all files in the order in which they were read.
pub fn way(sources: &[Source], file: usize) -> Vec<String> {
    let include_of = |file: usize| sources.get(file).and_then(|source| source.included_from);
    std::iter::successors(include_of(file), |place| include_of(place.file))
        .filter_map(|place| {
            let path = sources.get(place.file)?.path.display();
            Some(format!("included from {path}:{}:{}", place.line, place.column))
        })
        .collect()
}

/// A place in a [`Source`]: a byte range, and where it starts for people.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// Which file: 0 for the one that was read first, then those that it includes.
    pub file: usize,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}
