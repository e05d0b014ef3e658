//! The log of a server: its events as lines of text or JSON, without the texts of messages.

use std::env;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use clap::Args;
use tracing::{debug, info, warn};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::writer::BoxMakeWriter;

use super::config::{FlagError, SettingsFile, Unfit, setting};
use crate::protocol::codec::WIRE_VERSION;
use crate::protocol::{ClientName, Fate, MessageId};
use crate::server::{Departure, Report};

/// The environment variable for the log level, if no flag is given.
const VARIABLE: &str = "CHATAPP_LOG";

/// The arguments as written.
#[derive(Args, Debug)]
#[command(next_help_heading = "Log")]
pub(super) struct LogArguments {
    /// Write a log to this file; `-` is standard error.
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,

    /// The format of the log: `text` or `json` [default: text].
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<String>,

    /// The lowest level that is logged: `error`, `warn`, `info`, `debug` or `trace`. The
    /// environment variable `CHATAPP_LOG` sets it, too [default: info].
    #[arg(long, value_name = "LEVEL")]
    log_level: Option<String>,
}

/// Where a log goes, and what it contains.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Log {
    /// `None` for standard error.
    file: Option<PathBuf>,
    format: Format,
    /// A filter of `tracing`.
    filter: String,
    is_wanted: bool,
}

/// The format of a log.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
enum Format {
    #[default]
    Text,
    Json,
}

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub(super) enum LogError {
    #[error(
        "`{0}` in `CHATAPP_LOG` is not a filter: write a level (`error`, `warn`, `info`, `debug`, \
         `trace`), or one for each part of the program, e.g. `chatapp=debug`"
    )]
    Filter(String),
    #[error("the log `{}` cannot be written", .path.display())]
    Unwritable { path: PathBuf, source: io::Error },
}

impl LogArguments {
    /// Chooses by the flags, or else by the environment or a file.
    pub(super) fn choose(self, file: &mut SettingsFile) -> Result<Log, FlagError> {
        let in_file = file.take_path("log");
        let format = setting(self.log_format, "log-format", file, format)?;
        let is_said = self.log_level.is_some();
        let level = setting(self.log_level, "log-level", file, level)?;
        let variable = env::var(VARIABLE).ok().filter(|text| !text.is_empty() && !is_said);
        let path = self.log.or(in_file);
        Ok(Log {
            is_wanted: path.is_some() || variable.is_some() || is_said,
            file: path.filter(|path| path.as_path() != Path::new("-")),
            format: format.unwrap_or_default(),
            filter: variable.or(level).unwrap_or_else(|| "info".to_owned()),
        })
    }
}

fn format(text: &str) -> Result<Format, Unfit> {
    match text {
        "text" => Ok(Format::Text),
        "json" => Ok(Format::Json),
        _ => Err(Unfit { what: "not a valid format", cure: "write `text` or `json`" }),
    }
}

fn level(text: &str) -> Result<String, Unfit> {
    let cure = "write `error`, `warn`, `info`, `debug` or `trace`";
    let level =
        text.parse::<LevelFilter>().map_err(|_| Unfit { what: "not a valid level", cure })?;
    Ok(level.to_string())
}

impl Log {
    /// Starts the log, if there is one. May be called once in a program.
    ///
    /// # Errors
    ///
    /// The file cannot be written, or the environment holds an invalid filter.
    pub(super) fn start(&self) -> Result<(), LogError> {
        if !self.is_wanted {
            return Ok(());
        }
        let filter = EnvFilter::try_new(&self.filter);
        let filter = filter.map_err(|_| LogError::Filter(self.filter.clone()))?;
        let writer = match &self.file {
            None => BoxMakeWriter::new(io::stderr),
            Some(path) => {
                let file = File::options().create(true).append(true).open(path);
                let unwritable = |source| LogError::Unwritable { path: path.clone(), source };
                BoxMakeWriter::new(Mutex::new(file.map_err(unwritable)?))
            }
        };
        let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
        let lines = lines.with_ansi(false);
        // A log that is set already belongs to an enclosing program, which is as good.
        match self.format {
            Format::Text => lines.try_init().ok(),
            Format::Json => lines.json().flatten_event(true).try_init().ok(),
        };
        Ok(())
    }

    /// Returns whether there is a log.
    pub(super) fn is_wanted(&self) -> bool {
        self.is_wanted
    }
}

/// Logs an event.
pub(super) fn write(report: Report) {
    match report {
        Report::Registered { client, address, is_new } => {
            info!(%client, %address, new = is_new, "registered");
        }
        Report::NameInUse { client, address } => warn!(%client, %address, "name in use"),
        Report::StillKicked { client, address } => info!(%client, %address, "still kicked"),
        Report::OtherVersion { address, version } => {
            warn!(%address, version, own = WIRE_VERSION, "client of another protocol version");
        }
        Report::Gone { client, how } => info!(%client, how = word(how), "gone"),
        Report::GroupCreated { client, group } => info!(%client, %group, "group created"),
        Report::Joined { client, group } => info!(%client, %group, "group joined"),
        Report::Left { client, group } => info!(%client, %group, "group left"),
        Report::GroupMessage { id, group } => {
            debug!(client = %id.from, number = id.number, %group, "group message");
        }
        Report::Direct { id, to } => {
            debug!(client = %id.from, number = id.number, %to, "message delivered directly");
        }
        Report::Stored { id, to } => {
            debug!(client = %id.from, number = id.number, %to, "message stored");
        }
        Report::Settled { id, to, fate } => write_settled(id, to, fate),
        Report::NoRoom { id, bound } => {
            warn!(client = %id.from, number = id.number, bound = ?bound, "no room for a message");
        }
        Report::Closing => info!("ending"),
    }
}

/// Logs the fate of a stored message.
fn write_settled(id: MessageId, to: ClientName, fate: Fate) {
    let MessageId { from: client, number } = id;
    match fate {
        Fate::Expired => warn!(%client, number, %to, "stored message expired"),
        Fate::Withdrawn => debug!(%client, number, %to, "stored message withdrawn"),
        Fate::Delivered => debug!(%client, number, %to, "stored message delivered"),
    }
}

const fn word(how: Departure) -> &'static str {
    match how {
        Departure::Deregistered => "deregistered",
        Departure::Left => "left",
        Departure::Vanished => "vanished",
        Departure::Kicked => "kicked",
    }
}
