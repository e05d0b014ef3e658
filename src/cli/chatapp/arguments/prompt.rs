//! The arguments that say how a client's prompt looks and behaves.

use std::env;
use std::io;
use std::path::PathBuf;

use anstream::AutoStream;
use clap::{Args, ColorChoice, ValueEnum};

use crate::repl::{Keys, Look};

/// The arguments as written.
#[derive(Args, Clone, PartialEq, Eq, Default, Debug)]
pub(in crate::cli::chatapp) struct PromptArguments {
    /// Where the lines that you type are kept for the next time
    /// [default: `$XDG_STATE_HOME/chatapp/history-NAME` or
    /// `~/.local/state/chatapp/history-NAME`].
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli::chatapp) history: Option<PathBuf>,

    /// The keys that edit a line [default: emacs].
    #[arg(long, value_name = "KEYS")]
    keys: Option<WrittenKeys>,

    /// Whether to use colours [default: auto, which does at a terminal unless `NO_COLOR` is set].
    #[arg(long, value_name = "WHEN")]
    color: Option<ColorChoice>,
}

/// The keys as written.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum WrittenKeys {
    Emacs,
    Vi,
}

impl PromptArguments {
    /// Tells the keys that edit a line.
    pub(in crate::cli::chatapp) fn keys(&self) -> Keys {
        match self.keys {
            Some(WrittenKeys::Vi) => Keys::Vi,
            Some(WrittenKeys::Emacs) | None => Keys::Emacs,
        }
    }

    /// Tells how lines look on standard output.
    pub(in crate::cli::chatapp) fn look(&self) -> Look {
        let is_colored = match self.color {
            Some(ColorChoice::Always) => true,
            Some(ColorChoice::Never) => false,
            Some(ColorChoice::Auto) | None => {
                AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never
            }
        };
        let has_many = env::var("TERM").is_ok_and(|term| term.contains("256"))
            || env::var_os("COLORTERM").is_some_and(|term| !term.is_empty());
        if is_colored { Look::colored(has_many) } else { Look::PLAIN }
    }
}
