//! The arguments that say how a prompt looks and behaves.

use std::env;
use std::io;
use std::path::PathBuf;

use anstream::AutoStream;
use clap::{Args, ColorChoice, ValueEnum};

use crate::cli::chatapp::config::SettingsFile;
use crate::repl::{Calls, DesktopNotice, Keys, Look, Manner};

/// The arguments as written.
#[derive(Args, Clone, PartialEq, Eq, Default, Debug)]
pub(in crate::cli::chatapp) struct PromptArguments {
    /// Where the lines that you type are kept for the next time
    /// [default: `history-NAME` of a client, `server-history` of a server, in
    /// `$XDG_STATE_HOME/chatapp` or `~/.local/state/chatapp`].
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli::chatapp) history: Option<PathBuf>,

    /// The keys that edit a line [default: emacs].
    #[arg(long, value_name = "KEYS")]
    keys: Option<WrittenKeys>,

    /// Whether to use colours [default: auto, which does at a terminal unless `NO_COLOR` is set].
    #[arg(long, value_name = "WHEN")]
    color: Option<ColorChoice>,

    /// Show the time of day before what arrives; the command `times` does so, too.
    #[arg(long)]
    times: bool,

    /// Ring the terminal's bell with each direct message.
    #[arg(long)]
    bell: bool,

    /// Let the terminal show a notice on the desktop with each direct message
    /// [default way: osc9].
    #[arg(long, value_name = "WAY", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "osc9")]
    notify: Option<WrittenNotice>,
}

/// The ways to a notice on the desktop as written.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum WrittenNotice {
    /// kitty, iTerm2, the terminal of Windows.
    Osc9,
    /// urxvt, foot, the terminals of GNOME.
    Osc777,
}

/// The keys as written.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum WrittenKeys {
    Emacs,
    Vi,
}

impl PromptArguments {
    /// Adds what a file says: `history`, where no flag says that.
    pub(super) fn or(mut self, file: &mut SettingsFile) -> Self {
        let history = file.take_path("history");
        self.history = self.history.or(history);
        self
    }

    /// Tells whether the time of day stands before what arrives.
    pub(in crate::cli::chatapp) fn times(&self) -> bool {
        self.times
    }

    /// Tells how the prompt behaves.
    pub(in crate::cli::chatapp) fn manner(&self) -> Manner {
        let notice = self.notify.map(|way| match way {
            WrittenNotice::Osc9 => DesktopNotice::Osc9,
            WrittenNotice::Osc777 => DesktopNotice::Osc777,
        });
        let calls = Calls { bell: self.bell, notice };
        Manner { keys: self.keys(), look: self.look(), calls }
    }

    fn keys(&self) -> Keys {
        match self.keys {
            Some(WrittenKeys::Vi) => Keys::Vi,
            Some(WrittenKeys::Emacs) | None => Keys::Emacs,
        }
    }

    /// Tells how lines look on standard output.
    fn look(&self) -> Look {
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
