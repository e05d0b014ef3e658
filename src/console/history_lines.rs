//! The lines of a client's screen about its history, and about pending messages.

use jiff::tz::TimeZone;

use machine::{CleanText, clean};

use super::answers::local;
use super::line_text::{LineText, Piece, line};
use crate::client::Pending;
use crate::protocol::Audience;
use crate::records::{Entry, Found, Query, State};

/// Renders the result of a query of the history.
pub(super) fn render_history(
    query: &Query,
    found: &Found,
    zone: &TimeZone,
    mut show: impl FnMut(LineText),
) {
    let (before, topic, after) = match (&query.with, &query.words) {
        (_, Some(words)) => (" with \"", words.as_str(), "\""),
        (Some(name), None) => (" of ", name.as_str(), ""),
        (None, None) => ("", "", ""),
    };
    let topic: CleanText<'_> = clean(topic).collect();
    if found.entries.is_empty() {
        show(line!["[There are no messages", before, topic, after, ".]"]);
    } else {
        show(line!["[Messages", before, topic, after, ":]"]);
    }
    if found.is_more {
        show("[There are earlier messages.]".into());
    }
    for entry in &found.entries {
        render_entry(entry, zone, ["[", "]"], &mut show);
    }
    if found.is_damaged {
        show(
            "[Some messages could not be read: `chatapp store check` shows what is damaged.]"
                .into(),
        );
    }
}

/// Returns the lines, at least one, of a message of the history.
pub fn entry_lines(entry: &Entry, zone: &TimeZone) -> Vec<CleanText<'static>> {
    let mut lines = Vec::new();
    render_entry(entry, zone, ["", ""], |line| lines.push(line.text));
    lines
}

/// Renders a message of the history, each line between these brackets.
fn render_entry(
    entry: &Entry,
    zone: &TimeZone,
    [open, close]: [&'static str; 2],
    mut show: impl FnMut(LineText),
) {
    let Entry { number: _, with, from, text, state: known } = entry;
    let at = local(text.at, zone);
    let (relation, with): (_, Piece<'_>) = match *with {
        Audience::Person(_) if *known == State::Arrived => ("", "".into()),
        Audience::Person(name) => (" to ", name.into()),
        Audience::Group(group) => (" in ", group.into()),
    };
    let mut bodies = clean(&text.body).peekable();
    while let Some(body) = bodies.next() {
        let state = state(*known).filter(|_| bodies.peek().is_none());
        let [before, state, after] = state.map_or([""; 3], |state| [" (", state, ")"]);
        let (from, with) = (*from, with.clone());
        show(line![open, &at, " ", from, relation, with, ": ", body, before, state, after, close]);
    }
}

/// Renders the pending messages with their numbers for `cancel`.
pub(super) fn render_pending(pending: &[Pending], zone: &TimeZone, mut show: impl FnMut(LineText)) {
    show(match pending {
        [] => "[Nothing is pending.]".into(),
        _ => "[Pending messages:]".into(),
    });
    for (n, Pending { to, text, state: known }) in (1_usize..).zip(pending) {
        let at = local(text.at, zone);
        let state = state(*known).unwrap_or_default();
        for body in clean(&text.body) {
            show(line!["[", n, ". ", &at, " to ", *to, ", ", state, ": ", body, "]"]);
        }
    }
}

/// Returns the delivery status of a message of the client's own; `None` for a received one.
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
