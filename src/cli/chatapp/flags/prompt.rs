//! The look and behavior of a prompt: flags, and keys of settings files.

use std::env;
use std::io;
use std::path::PathBuf;

use anstream::{AutoStream, ColorChoice};
use anstyle::{Ansi256Color, AnsiColor, Color};
use clap::Args;

use super::error::ArgumentsError;
use crate::cli::chatapp::config::{SettingsFile, Unfit, setting, truth};
use crate::repl::{Calls, DesktopNotice, Keys, Look, PromptOptions};

/// The arguments for every prompt as written.
#[derive(Args, Debug)]
pub(in crate::cli::chatapp) struct WrittenPrompt {
    /// The file that keeps the lines you type for the next session
    /// [default: `history-NAME` of a client, `server-history` of a server, in
    /// `$XDG_STATE_HOME/chatapp` or `~/.local/state/chatapp`].
    #[arg(long, value_name = "FILE", help_heading = HEADING)]
    history: Option<PathBuf>,

    /// The key bindings for editing a line: `emacs` or `vi` [default: emacs].
    #[arg(long, value_name = "KEYS", help_heading = HEADING)]
    keys: Option<String>,

    /// Whether to use colors: `always`, `never`, or `auto` (at a terminal, unless `NO_COLOR` is
    /// set) [default: auto].
    #[arg(long, value_name = "WHEN", help_heading = HEADING)]
    color: Option<String>,

    /// The colors of names: numbers up to 255, or `green`, `yellow`, `blue`, `magenta`, `cyan`,
    /// `white`, `black` and `red` [default: 18 colors that are readable on dark and light
    /// backgrounds].
    #[arg(long, value_name = "COLORS", help_heading = HEADING)]
    name_colors: Option<String>,
}

/// The arguments of prompts that show messages, as written.
#[derive(Args, Debug)]
pub(in crate::cli::chatapp) struct WrittenReading {
    /// Show timestamps in front of incoming lines; the command `times` turns them on or off.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "true", help_heading = HEADING)]
    times: Option<String>,

    /// Ring the terminal's bell for each direct message, and for stored messages, including those
    /// of a group.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "true", help_heading = HEADING)]
    bell: Option<String>,

    /// Show a desktop notification for each direct message, and for stored messages, including
    /// those of a group, through the terminal: `osc9` (kitty, iTerm2, `WezTerm`, Windows Terminal;
    /// the default if no value is given), `osc777` (urxvt, foot, GNOME terminals) or `never`
    /// [default: never].
    #[arg(long, value_name = "METHOD", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "osc9", help_heading = HEADING)]
    notify: Option<String>,
}

const HEADING: &str = "Prompt";

/// The arguments.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(in crate::cli::chatapp) struct PromptArguments {
    pub(in crate::cli::chatapp) history: Option<PathBuf>,
    pub(in crate::cli::chatapp) times: bool,
    keys: Keys,
    /// `None` detects it.
    is_colored: Option<bool>,
    name_colors: Option<Vec<Color>>,
    calls: Calls,
}

impl WrittenPrompt {
    /// Reads the flags, or else the file.
    pub(in crate::cli::chatapp) fn check(
        self,
        file: &mut SettingsFile,
    ) -> Result<PromptArguments, ArgumentsError> {
        let history = file.take_path("history");
        Ok(PromptArguments {
            history: self.history.or(history),
            keys: setting(self.keys, "keys", file, keys)?.unwrap_or_default(),
            is_colored: setting(self.color, "color", file, colored)?.flatten(),
            name_colors: setting(self.name_colors, "name-colors", file, colors)?,
            ..PromptArguments::default()
        })
    }
}

impl WrittenReading {
    /// Adds the flags, or else the file.
    pub(in crate::cli::chatapp) fn check(
        self,
        prompt: PromptArguments,
        file: &mut SettingsFile,
    ) -> Result<PromptArguments, ArgumentsError> {
        let calls = Calls {
            bell: setting(self.bell, "bell", file, truth)?.unwrap_or_default(),
            notice: setting(self.notify, "notify", file, notice)?.flatten(),
        };
        let times = setting(self.times, "times", file, truth)?.unwrap_or_default();
        Ok(PromptArguments { times, calls, ..prompt })
    }
}

impl PromptArguments {
    /// Returns the options of the prompt.
    pub(in crate::cli::chatapp) fn options(&self) -> PromptOptions {
        PromptOptions { keys: self.keys, look: self.look(), calls: self.calls }
    }

    /// Returns how lines look on standard output.
    fn look(&self) -> Look {
        let by_itself = || AutoStream::choice(&io::stdout()) != ColorChoice::Never;
        let has_many = || {
            env::var("TERM").is_ok_and(|term| term.contains("256"))
                || env::var_os("COLORTERM").is_some_and(|term| !term.is_empty())
        };
        match &self.name_colors {
            _ if !self.is_colored.unwrap_or_else(by_itself) => Look::PLAIN,
            Some(colors) => Look::with_names(colors.clone()),
            None => Look::colored(has_many()),
        }
    }
}

fn keys(text: &str) -> Result<Keys, Unfit> {
    match text {
        "emacs" => Ok(Keys::Emacs),
        "vi" => Ok(Keys::Vi),
        _ => Err(Unfit { what: "not a valid key binding", cure: "write `emacs` or `vi`" }),
    }
}

fn colored(text: &str) -> Result<Option<bool>, Unfit> {
    match text {
        "auto" => Ok(None),
        "always" => Ok(Some(true)),
        "never" => Ok(Some(false)),
        _ => {
            Err(Unfit { what: "not a valid color mode", cure: "write `auto`, `always` or `never`" })
        }
    }
}

fn notice(text: &str) -> Result<Option<DesktopNotice>, Unfit> {
    match text {
        "osc9" => Ok(Some(DesktopNotice::Osc9)),
        "osc777" => Ok(Some(DesktopNotice::Osc777)),
        "never" => Ok(None),
        _ => Err(Unfit {
            what: "not a valid notification method",
            cure: "write `osc9`, `osc777` or `never`",
        }),
    }
}

fn colors(text: &str) -> Result<Vec<Color>, Unfit> {
    let words = text.split([',', ' ']).filter(|word| !word.is_empty());
    let colors: Option<Vec<Color>> = words.map(color).collect();
    let cure = "write numbers up to 255 or names like `green`, with commas between them";
    colors
        .filter(|colors| !colors.is_empty())
        .ok_or(Unfit { what: "not a valid list of colors", cure })
}

fn color(text: &str) -> Option<Color> {
    Some(match text {
        "black" => AnsiColor::Black.into(),
        "red" => AnsiColor::Red.into(),
        "green" => AnsiColor::Green.into(),
        "yellow" => AnsiColor::Yellow.into(),
        "blue" => AnsiColor::Blue.into(),
        "magenta" => AnsiColor::Magenta.into(),
        "cyan" => AnsiColor::Cyan.into(),
        "white" => AnsiColor::White.into(),
        number => Ansi256Color(number.parse().ok()?).into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_of_names_are_numbers_and_words() {
        let green = Color::from(AnsiColor::Green);
        assert_eq!(colors("green, 208"), Ok(vec![green, Ansi256Color(208).into()]));
        for text in ["", ",", "256", "greenish"] {
            assert!(colors(text).is_err(), "{text}");
        }
    }
}
