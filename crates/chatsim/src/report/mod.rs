//! Reports: how the events of a run are presented.

mod account;
mod context;
mod datagrams;
mod diff;
mod failure;
mod folder;
mod html;
mod journey;
mod json;
mod junit;
mod picture;
mod pictures;
mod pretty;
mod prompt;
mod sequence;
mod setting;
mod tap;
mod templates;
mod words;

use std::io;

use crate::runner::Event;

pub use diff::write_difference;
pub use html::Html;
pub use json::Json;
pub use junit::Junit;
pub use pictures::Pictures;
pub use pretty::Pretty;
pub use prompt::{write_refusal, write_reply, write_seen};
pub use setting::Setting;
pub use tap::Tap;
pub(crate) use words::{escaped, json, printable};

/// A report of a run.
pub trait Reporter {
    /// Handles an event.
    ///
    /// # Errors
    ///
    /// The writer refuses.
    fn handle(&mut self, event: Event<'_>) -> io::Result<()>;
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod tests_of_texts;
