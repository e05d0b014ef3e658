//! Messages of the history, and those that are not delivered yet.

use schemars::JsonSchema;
use serde::Serialize;

use super::values::{At, Audience, Name};
use crate::client::Pending;
use crate::records;

/// A message of the history.
#[derive(Serialize, JsonSchema, Debug)]
pub(super) struct Entry {
    /// The conversation that it belongs to.
    with: Audience,
    from: Name,
    sent_at: At,
    text: String,
    state: State,
}

impl From<records::Entry> for Entry {
    fn from(entry: records::Entry) -> Self {
        Self {
            with: entry.with.into(),
            from: entry.from.into(),
            sent_at: entry.text.at.into(),
            text: entry.text.body,
            state: entry.state.into(),
        }
    }
}

/// A message that is not delivered yet.
#[derive(Serialize, JsonSchema, Debug)]
pub(super) struct PendingMessage {
    /// Its number in the list, for `cancel`.
    number: usize,
    to: Audience,
    sent_at: At,
    text: String,
    state: State,
}

impl PendingMessage {
    pub(super) fn list(pending: Vec<Pending>) -> Vec<Self> {
        let message = |(number, Pending { to, text, state }): (usize, Pending)| Self {
            number,
            to: to.into(),
            sent_at: text.at.into(),
            text: text.body,
            state: state.into(),
        };
        (1..).zip(pending).map(message).collect()
    }
}

/// The delivery status of a message.
#[derive(Serialize, JsonSchema, Debug)]
#[serde(rename_all = "snake_case")]
enum State {
    /// It was received from another client.
    Arrived,
    /// It waits here or is under way.
    Waiting,
    /// The server keeps it for a receiver that is offline.
    Saved,
    /// The server has it, and delivers it to each member of its group.
    Taken,
    /// The receiver has it.
    Delivered,
    /// The receiver was offline for too long.
    Expired,
    /// There is no such receiver, or the author is no longer in that group.
    Refused,
    /// Its author took it back.
    Cancelled,
}

impl From<records::State> for State {
    fn from(state: records::State) -> Self {
        match state {
            records::State::Arrived => Self::Arrived,
            records::State::Waiting => Self::Waiting,
            records::State::Saved => Self::Saved,
            records::State::Taken => Self::Taken,
            records::State::Delivered => Self::Delivered,
            records::State::Expired => Self::Expired,
            records::State::Refused => Self::Refused,
            records::State::Cancelled => Self::Cancelled,
        }
    }
}
