//! The history of a client: its messages, their conversations, and what became of them.

use serde::{Deserialize, Serialize};

use crate::protocol::{Audience, ClientName, Text};

/// A message of the history.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Its place: increases with each message sent or received. For the client's own messages it is
    /// the message number.
    pub number: u64,
    /// The conversation that it belongs to.
    pub with: Audience,
    /// Who wrote it.
    pub from: ClientName,
    /// What was written.
    pub text: Text,
    /// What is known of its delivery.
    pub state: State,
}

/// What is known of the delivery of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It was received from another client.
    Arrived,
    /// It is the client's own, and waits or is under way. The history never stores this state.
    Waiting,
    /// The server keeps it for a receiver that is offline.
    Saved,
    /// The server has it, and delivers it to each member of its group.
    Taken,
    /// The receiver has it.
    Delivered,
    /// The receiver was offline for too long.
    Expired,
    /// It was not delivered: there is no such receiver, or the author is not in that group any
    /// more.
    Refused,
    /// Its author took it back.
    Cancelled,
}
