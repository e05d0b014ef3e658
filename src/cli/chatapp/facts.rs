//! A file of facts, for checkers of what a program does.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use serde::Serialize;

use crate::protocol::{Fact, Timestamp};
use driver::{Clock as _, RealClock};

/// The file that facts are written to, if any: one JSON object per line, each written at once.
pub(super) struct Facts {
    file: Option<File>,
    clock: RealClock,
}

#[derive(Serialize)]
struct Stated {
    at: Timestamp,
    fact: Fact,
}

impl Facts {
    /// Appends to a file, or creates it.
    pub(super) fn open(path: Option<&Path>, clock: RealClock) -> io::Result<Self> {
        let append = |path: &Path| File::options().create(true).append(true).open(path);
        Ok(Self { file: path.map(append).transpose()?, clock })
    }

    pub(super) fn state(&mut self, fact: Fact) {
        let Some(file) = &mut self.file else { return };
        if let Ok(mut line) = serde_json::to_vec(&Stated { at: self.clock.now(), fact }) {
            line.push(b'\n');
            // The chat does not depend on it.
            file.write_all(&line).ok();
        }
    }
}
