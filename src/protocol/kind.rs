//! What kinds of packets a datagram carries, without decoding their contents.

use std::fmt;
use std::str::FromStr;

use super::codec;
use super::{Datagram, LinkDatagram, Segment, VersionNotice};

macro_rules! packet_kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal,)*) => {
        /// Names a kind of packet, for faults, traces and pictures. The names are those of the
        /// original's headers where it has one.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum PacketKind {
            $($(#[$doc])* $kind,)*
        }

        impl PacketKind {
            /// All kinds.
            pub const ALL: &[Self] = &[$(Self::$kind,)*];

            /// Returns the kind's name.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)*
                }
            }
        }
    };
}

packet_kinds! {
    /// A client registers.
    Connect = "connect",
    /// A client goes offline.
    Dereg = "dereg",
    /// A client's program ends.
    Leave = "leave",
    /// A client makes a group.
    CreateGroup = "create_group",
    /// A client asks for all groups.
    ListGroups = "list_groups",
    /// A client enters a group.
    JoinGroup = "join_group",
    /// A client asks for its group's members.
    ListMembers = "list_members",
    /// A client leaves its group.
    LeaveGroup = "leave_group",
    /// A client writes to its group.
    SendAll = "send_all",
    /// A client asks the server to keep a message.
    Save = "save",
    /// A client asks for the register table.
    Refresh = "refresh",
    /// A client takes back a message that the server keeps.
    Withdraw = "withdraw",
    /// The server answers a request.
    Answer = "answer",
    /// The server tells changes of the register table.
    Update = "update",
    /// The server delivers a group message.
    Group = "group",
    /// The server delivers a message whose sender could not.
    Relay = "relay",
    /// A machine asks whether another one is there, and still knows it.
    Probe = "probe",
    /// The server delivers what it kept.
    Recover = "recover",
    /// A client has taken what was kept.
    Recovered = "recovered",
    /// The server tells an author of a delivery.
    Receipt = "receipt",
    /// The server puts a client out of the chat.
    Kick = "kick",
    /// The server ends.
    Close = "close",
    /// A client writes to a client.
    Send = "send",
    /// A further part of a long packet.
    Part = "part",
    /// An acknowledgement, and nothing else.
    Ack = "ack",
    /// The answer to traffic of a forgotten link.
    Reset = "reset",
    /// Bytes that are no datagram of this chat.
    Garbage = "garbage",
    /// The answer to a datagram of another version.
    Version = "version",
}

impl fmt::Display for PacketKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The text names no kind of packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("no packet is called so")]
pub struct UnknownKind;

impl FromStr for PacketKind {
    type Err = UnknownKind;

    fn from_str(name: &str) -> Result<Self, UnknownKind> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name).ok_or(UnknownKind)
    }
}

/// Returns the kinds of all packets in a datagram, in their order; at least one.
pub fn packet_kinds(bytes: &[u8]) -> Vec<PacketKind> {
    match codec::decode_datagram(bytes) {
        Err(_) if VersionNotice::decode(bytes).is_some() => vec![PacketKind::Version],
        Err(_) => vec![PacketKind::Garbage],
        Ok(Datagram::Reset { .. }) => vec![PacketKind::Reset],
        Ok(Datagram::Link(LinkDatagram { segments, .. })) if segments.is_empty() => {
            vec![PacketKind::Ack]
        }
        Ok(Datagram::Link(LinkDatagram { segments, .. })) => {
            segments.iter().map(Segment::kind).collect()
        }
    }
}

impl Segment<'_> {
    /// Returns the kind of the packet that begins with it.
    pub fn kind(&self) -> PacketKind {
        codec::peek_kind(self.bytes).unwrap_or(PacketKind::Part)
    }
}
