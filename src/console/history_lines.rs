//! What a client's screen says of its history, and of messages that are not delivered yet.

use jiff::tz::TimeZone;

use super::answers::local;
use super::client_lines::Said;
use crate::client::Pending;
use crate::protocol::Audience;
use crate::records::{Entry, Found, Query, State};
use machine::Marks;
use machine::clean;

/// Renders what was found in the history.
pub(super) fn render_history(
    query: &Query,
    found: &Found,
    zone: &TimeZone,
    mut show: impl FnMut(Said),
) {
    let about = match (&query.with, &query.words) {
        (_, Some(words)) => format!(" with \"{}\"", clean(words).collect::<String>()),
        (Some(name), None) => format!(" of {}", clean(name).collect::<String>()),
        (None, None) => String::new(),
    };
    if found.entries.is_empty() {
        show(format!("[There are no messages{about}.]").into());
    } else {
        show(format!("[Messages{about}:]").into());
    }
    if found.is_more {
        show("[There are earlier ones.]".to_owned().into());
    }
    for entry in &found.entries {
        for line in entry_lines(entry, zone) {
            // All dates have as many characters.
            let marks = Marks::name("[2023-10-25 14:40:00 ".len(), entry.from.as_str());
            show(Said { text: format!("[{line}]"), marks });
        }
    }
    if found.is_damaged {
        show(
            "[Some messages could not be read: `chatapp store check` tells what is damaged.]"
                .to_owned()
                .into(),
        );
    }
}

/// Returns what a message of the history was, in a line or more.
pub fn entry_lines(entry: &Entry, zone: &TimeZone) -> Vec<String> {
    let at = local(entry.text.at, zone);
    let who = match entry.with {
        Audience::Person(_) if entry.state == State::Arrived => entry.from.to_string(),
        Audience::Person(name) => format!("{} to {name}", entry.from),
        Audience::Group(group) => format!("{} in {group}", entry.from),
    };
    let state = state(entry.state).map(|state| format!(" ({state})")).unwrap_or_default();
    let lines = clean(&entry.text.body).map(|line| format!("{at} {who}: {line}"));
    let mut lines: Vec<_> = lines.collect();
    if let Some(last) = lines.last_mut() {
        last.push_str(&state);
    }
    lines
}

/// Renders what is not delivered yet; the numbers are those that can be cancelled.
pub(super) fn render_pending(pending: &[Pending], zone: &TimeZone, mut show: impl FnMut(Said)) {
    let heading = match pending {
        [] => "[All messages are delivered.]".to_owned(),
        _ => "[Messages that are not delivered yet:]".to_owned(),
    };
    show(heading.into());
    for (n, Pending { to, text, state: known }) in (1..).zip(pending) {
        let at = local(text.at, zone);
        let state = state(*known).unwrap_or_default();
        for line in clean(&text.body) {
            let before = format!("[{n}. {at} to ");
            let marks = match to {
                Audience::Person(name) => Marks::name(before.len(), name.as_str()),
                Audience::Group(_) => Marks::default(),
            };
            show(Said { text: format!("{before}{to}, {state}: {line}]"), marks });
        }
    }
}

/// Returns what is known of the way of one's own message.
const fn state(state: State) -> Option<&'static str> {
    Some(match state {
        State::Arrived => return None,
        State::Waiting => "waiting",
        State::Saved => "saved by the server",
        State::Taken => "sent",
        State::Delivered => "delivered",
        State::Expired => "not delivered in time",
        State::Refused => "not delivered",
        State::Cancelled => "cancelled",
    })
}
