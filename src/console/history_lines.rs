//! What a client's screen says of its history, and of messages that are not delivered yet.

use jiff::tz::TimeZone;

use super::clean::clean;
use super::client_lines::local;
use crate::client::Pending;
use crate::protocol::Audience;
use crate::records::{Entry, Found, Query, State};

/// Renders what was found in the history.
pub(super) fn render_history(
    query: &Query,
    found: &Found,
    zone: &TimeZone,
    mut show: impl FnMut(String),
) {
    let about = match (&query.with, &query.words) {
        (_, Some(words)) => format!(" with \"{}\"", clean(words).collect::<String>()),
        (Some(name), None) => format!(" of {}", clean(name).collect::<String>()),
        (None, None) => String::new(),
    };
    if found.entries.is_empty() {
        show(format!("[There are no messages{about}.]"));
    } else {
        show(format!("[Messages{about}:]"));
    }
    if found.is_more {
        show("[There are earlier ones.]".to_owned());
    }
    for entry in &found.entries {
        for line in entry_lines(entry, zone) {
            show(format!("[{line}]"));
        }
    }
    if found.is_damaged {
        show(
            "[Some messages could not be read: `chatapp store check` tells what is damaged.]"
                .to_owned(),
        );
    }
}

/// Says what a message of the history was, in a line or more.
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
pub(super) fn render_pending(pending: &[Pending], zone: &TimeZone, mut show: impl FnMut(String)) {
    show(match pending {
        [] => "[All messages are delivered.]".to_owned(),
        _ => "[Messages that are not delivered yet:]".to_owned(),
    });
    for (n, Pending { to, text, state: known }) in (1..).zip(pending) {
        let at = local(text.at, zone);
        let state = state(*known).unwrap_or_default();
        for line in clean(&text.body) {
            show(format!("[{n}. {at} to {to}, {state}: {line}]"));
        }
    }
}

/// Says what is known of the way of one's own message.
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
