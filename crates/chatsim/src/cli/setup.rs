//! What a command line runs, and how its prompts are opened.

use std::io;

use anstream::{AutoStream, ColorChoice};

use super::prompt::{self, OpenPrompt};
use crate::Guest;

/// What a command line runs, and how its prompts are opened.
#[derive(Clone, Copy)]
pub struct Cli {
    /// The programs to run.
    pub guest: &'static dyn Guest,
    /// Opens the prompt of `play` and `record`.
    pub open_prompt: OpenPrompt,
    pub(super) color: ColorChoice,
}

impl Cli {
    /// Makes a command line for the programs of a guest. Its prompts read plain lines.
    pub fn new(guest: &'static dyn Guest) -> Self {
        Self { guest, open_prompt: prompt::open_plain, color: ColorChoice::Auto }
    }

    /// Sets what opens the prompt of `play` and `record`, e.g. a line editor.
    #[must_use]
    pub fn with_prompt(self, open_prompt: OpenPrompt) -> Self {
        Self { open_prompt, ..self }
    }

    /// Returns whether standard error shows colors.
    pub(super) fn is_colored(self) -> bool {
        AutoStream::new(io::stderr(), self.color).current_choice() != ColorChoice::Never
    }
}
