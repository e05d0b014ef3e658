//! The values of objects: names, times, and enumerations.

use jiff::fmt::temporal::DateTimePrinter;
use schemars::JsonSchema;
use serde::Serialize;

use crate::client::Failure;
use crate::protocol::{self, ClientName, GroupName, Timestamp};

/// The name of a client or a group.
#[derive(Serialize, JsonSchema, Debug)]
#[serde(transparent)]
pub(super) struct Name(#[schemars(regex(pattern = r"^[A-Za-z0-9._-]{1,32}$"))] String);

impl From<ClientName> for Name {
    fn from(name: ClientName) -> Self {
        Self(name.to_string())
    }
}

impl From<GroupName> for Name {
    fn from(name: GroupName) -> Self {
        Self(name.to_string())
    }
}

pub(super) fn names<N: Into<Name>>(names: Vec<N>) -> Vec<Name> {
    names.into_iter().map(Into::into).collect()
}

/// A time in UTC, to the microsecond, in the format of RFC 3339.
#[derive(Serialize, JsonSchema, Debug)]
#[serde(transparent)]
pub(super) struct At(#[schemars(extend("format" = "date-time"))] String);

impl From<Timestamp> for At {
    fn from(at: Timestamp) -> Self {
        Self(rfc3339(at))
    }
}

/// Formats a time as in RFC 3339.
fn rfc3339(at: Timestamp) -> String {
    const MICROS: DateTimePrinter = DateTimePrinter::new().precision(Some(6));
    let micros = i64::try_from(at.as_micros()).unwrap_or(i64::MAX);
    let at = jiff::Timestamp::from_microsecond(micros).unwrap_or(jiff::Timestamp::MAX);
    MICROS.timestamp_to_string(&at)
}

/// What became of a message that the server kept.
#[derive(Serialize, JsonSchema, Debug)]
#[serde(rename_all = "snake_case")]
pub(super) enum Fate {
    /// Its receiver has it.
    Delivered,
    /// It waited for too long.
    Expired,
    /// Its author took it back.
    Withdrawn,
}

impl From<protocol::Fate> for Fate {
    fn from(fate: protocol::Fate) -> Self {
        match fate {
            protocol::Fate::Delivered => Self::Delivered,
            protocol::Fate::Expired => Self::Expired,
            protocol::Fate::Withdrawn => Self::Withdrawn,
        }
    }
}

/// Which bound of the server was reached.
#[derive(Serialize, JsonSchema, Debug)]
#[serde(rename_all = "snake_case")]
pub(super) enum Bound {
    /// No more clients.
    Clients,
    /// No more groups.
    Groups,
    /// No more members in this group.
    Members,
    /// No more messages that wait for this receiver.
    Mailbox,
    /// No more messages that wait for this receiver from this sender.
    Sender,
    /// No more messages that wait.
    Store,
}

impl From<protocol::Bound> for Bound {
    fn from(bound: protocol::Bound) -> Self {
        match bound {
            protocol::Bound::Clients => Self::Clients,
            protocol::Bound::Groups => Self::Groups,
            protocol::Bound::Members => Self::Members,
            protocol::Bound::Mailbox => Self::Mailbox,
            protocol::Bound::Sender => Self::Sender,
            protocol::Bound::Store => Self::Store,
        }
    }
}

/// The receivers of a message.
#[derive(Serialize, JsonSchema, Debug)]
#[serde(rename_all = "snake_case")]
pub(super) enum Audience {
    /// One person.
    Person(Name),
    /// The members of a group.
    Group(Name),
}

impl From<protocol::Audience> for Audience {
    fn from(audience: protocol::Audience) -> Self {
        match audience {
            protocol::Audience::Person(name) => Self::Person(name.into()),
            protocol::Audience::Group(group) => Self::Group(group.into()),
        }
    }
}

/// Why the program has failed.
#[derive(Serialize, JsonSchema, Debug)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reason {
    /// Another client has the name.
    NameInUse,
    /// The server has no room for another client.
    ServerFull,
    /// The server does not answer.
    ServerSilent,
    /// The server speaks another version of the protocol.
    OtherVersion,
}

impl From<Failure> for Reason {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::NameInUse => Self::NameInUse,
            Failure::ServerFull => Self::ServerFull,
            Failure::ServerSilent => Self::ServerSilent,
            Failure::OtherVersion(_) => Self::OtherVersion,
        }
    }
}

/// A command of the chat.
#[derive(Serialize, JsonSchema, Debug)]
pub(super) struct Command {
    /// How it is typed.
    pub(super) usage: String,
    /// What it does.
    pub(super) about: &'static str,
}
