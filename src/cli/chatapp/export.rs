//! `chatapp export`: the history of a client, for people and other programs.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::tz::TimeZone;
use serde::Serialize;

use super::data::default_client_folder;
use super::exit::Exit;
use super::flags::{ArgumentsError, DEFAULT_SERVER_PORT, check_server};
use super::store::{Trouble, open_output, warn};
use crate::console::entry_lines;
use crate::protocol::{Audience, ClientName, GroupName};
use crate::records::{ClientRecord, Entry, Matcher, Query, State};
use crate::storage::disk::Reader;
use crate::storage::{Owner, Record};

/// The version of the objects; it is increased when older readers would not understand newer ones.
const VERSION: u32 = 1;

/// The arguments as written.
#[derive(Args, Debug)]
#[command(
    after_help = "Exit codes: 0 everything was written, 1 the data are damaged and whatever can be \
                  read was written, 2 the arguments are invalid, 3 the folder cannot be read or \
                  the output cannot be written"
)]
pub(super) struct Written {
    /// The client's name in the chat.
    #[arg(value_name = "NAME", requires = "server", required_unless_present = "data")]
    name: Option<String>,

    /// The server, as given when the client was started.
    #[arg(value_name = "SERVER[:PORT]")]
    server: Option<String>,

    /// The client's data folder, if it was started with `--data`.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["name", "server"])]
    data: Option<PathBuf>,

    /// The output format.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Only the conversation with this person or group.
    #[arg(long = "with", value_name = "NAME")]
    with: Option<String>,

    /// Write to this new file [default: standard output].
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// How messages are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum Format {
    /// As the prompt shows them.
    Text,
    /// One JSON object per line.
    Json,
}

/// The arguments.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct ExportArguments {
    folder: PathBuf,
    format: Format,
    /// The person or group; `None` for all conversations.
    with: Option<String>,
    /// The file; `None` for standard output.
    output: Option<PathBuf>,
}

impl Written {
    pub(super) fn check(self) -> Result<ExportArguments, ArgumentsError> {
        let folder = match (self.data, self.name, self.server) {
            (Some(folder), ..) => folder,
            (None, Some(name), Some(server)) => {
                let name = ClientName::new(&name).map_err(ArgumentsError::Name)?;
                let server = check_server(&server)?;
                let port = server.port.unwrap_or(DEFAULT_SERVER_PORT);
                default_client_folder(name, &server.host, port)?
            }
            _ => return Err(ArgumentsError::missing("give `NAME` and `SERVER`, or `--data DIR`")),
        };
        Ok(ExportArguments { folder, format: self.format, with: self.with, output: self.output })
    }
}

/// A message as an object.
#[derive(Serialize)]
struct Exported<'a> {
    /// The version of the object.
    v: u32,
    /// When it was written, by its author's clock, in RFC 3339.
    at: String,
    from: ClientName,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<ClientName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<GroupName>,
    state: State,
    text: &'a str,
}

/// Writes the history, and returns the exit status; errors were reported on standard error.
pub(super) fn run(arguments: &ExportArguments) -> Exit {
    export(arguments).unwrap_or_else(|trouble| trouble.tell())
}

fn export(arguments: &ExportArguments) -> Result<Exit, Trouble> {
    let ExportArguments { folder, format, with, output } = arguments;
    let reader = Reader::open(folder)?;
    let owner = match reader.header().and_then(|header| header.owner) {
        Some(Owner::Server) => return Err(Trouble::NoClient(folder.clone())),
        Some(Owner::Client(name)) => Some(name),
        None => None,
    };
    let mut out = open_output(output.as_deref())?;
    let matcher = Matcher::new(&Query { with: with.clone(), words: None, count: usize::MAX });
    let zone = TimeZone::system();
    let (mut written, mut count) = (Ok(()), 0);
    let damage = reader.read(&mut |record| {
        if let Record::Client(ClientRecord::Said(entry)) = record
            && written.is_ok()
            && matcher.matches(&entry)
        {
            count += 1;
            written = match format {
                Format::Text => write_text(&mut out, &entry, &zone),
                Format::Json => write_json(&mut out, &entry, owner),
            };
        }
    })?;
    written.and_then(|()| out.flush()).map_err(Trouble::Write)?;
    Ok(damage.map_or(Exit::Success, |damage| warn(&damage, count)))
}

fn write_text(out: &mut impl Write, entry: &Entry, zone: &TimeZone) -> std::io::Result<()> {
    entry_lines(entry, zone).iter().try_for_each(|line| writeln!(out, "{line}"))
}

fn write_json(
    out: &mut impl Write,
    entry: &Entry,
    owner: Option<ClientName>,
) -> std::io::Result<()> {
    let Entry { number: _, with, from, text, state } = entry;
    let micros = i64::try_from(text.at.as_micros()).unwrap_or(i64::MAX);
    let at = jiff::Timestamp::from_microsecond(micros).unwrap_or(jiff::Timestamp::MAX);
    let (to, group) = match with {
        Audience::Group(group) => (None, Some(*group)),
        Audience::Person(_) if *state == State::Arrived => (owner, None),
        Audience::Person(name) => (Some(*name), None),
    };
    let text = &text.body;
    let exported =
        Exported { v: VERSION, at: at.to_string(), from: *from, to, group, state: *state, text };
    serde_json::to_writer(&mut *out, &exported)?;
    writeln!(out)
}
