//! `chatapp export`: the history of a client, for people and other programs.

use std::io::Write;

use jiff::tz::TimeZone;
use serde::Serialize;

use super::arguments::{ExportArguments, Format};
use super::exit::Exit;
use super::store::{Trouble, open_output, warn};
use crate::console::entry_lines;
use crate::protocol::{Audience, ClientName, GroupName};
use crate::records::{ClientRecord, Entry, Matcher, Query, State};
use crate::storage::disk::Reader;
use crate::storage::{Owner, Record};

/// The version of the objects; it rises when an older reader would not understand a newer one.
const VERSION: u32 = 1;

/// A message as an object.
#[derive(Serialize)]
struct Exported<'a> {
    /// The version.
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

/// Writes the history, and tells how that ended; whatever went wrong has been said on standard
/// error.
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
