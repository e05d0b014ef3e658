//! What the chat promises, by the names under which scenarios check it.

use std::fmt;

/// A promise of the chat.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Promise {
    /// What was acknowledged is never lost.
    NothingLost,
    /// Each message is shown at most once on a screen.
    ShownOnce,
    /// Messages of one author to one receiver or group are shown in the order of their sending.
    InOrder,
    /// "Received by" is said only when the receiver's program has the message.
    Confirmed,
    /// A receipt reaches its author exactly once, and only for what was received.
    Receipts,
    /// All register tables agree.
    TablesAgree,
    /// Peers talk without the server, and who vanished is noticed.
    PeersTalk,
    /// All members of a group see its messages in the same order.
    SameOrder,
    /// Everything is bounded, and nothing is dropped in silence.
    Bounded,
    /// Nobody is made to answer strangers with more than they sent.
    Strangers,
    /// Nothing waits for anybody who is there: true once everything is healed and quiet.
    AllDelivered,
}

impl Promise {
    /// All promises that are to be kept at every moment.
    pub const ALL: [Self; 10] = [
        Self::NothingLost,
        Self::ShownOnce,
        Self::InOrder,
        Self::Confirmed,
        Self::Receipts,
        Self::TablesAgree,
        Self::PeersTalk,
        Self::SameOrder,
        Self::Bounded,
        Self::Strangers,
    ];

    /// Lists all names: those of [`ALL`](Self::ALL), and what is true of quiet times only.
    pub fn named() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().chain([Self::AllDelivered])
    }

    /// Tells the name under which scenarios check it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NothingLost => "nothing_lost",
            Self::ShownOnce => "shown_once",
            Self::InOrder => "in_order",
            Self::Confirmed => "confirmed",
            Self::Receipts => "receipts",
            Self::TablesAgree => "tables_agree",
            Self::PeersTalk => "peers_talk",
            Self::SameOrder => "same_order",
            Self::Bounded => "bounded",
            Self::Strangers => "strangers",
            Self::AllDelivered => "all_delivered",
        }
    }

    /// Says the promise in a sentence.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::NothingLost => "what was acknowledged is never lost",
            Self::ShownOnce => "each message is shown at most once on a screen",
            Self::InOrder => "messages of one author are shown in the order of their sending",
            Self::Confirmed => "\"received by\" is said only of what the receiver's program has",
            Self::Receipts => "a receipt reaches its author exactly once",
            Self::TablesAgree => "all register tables agree",
            Self::PeersTalk => "peers talk without the server, and who vanished is noticed",
            Self::SameOrder => "all members of a group see its messages in the same order",
            Self::Bounded => "everything is bounded, and nothing is dropped in silence",
            Self::Strangers => "strangers get no more bytes than they sent",
            Self::AllDelivered => "nothing waits for anybody who is there",
        }
    }
}

impl fmt::Display for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
