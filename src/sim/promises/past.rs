//! What has happened so far, read once from the trace however often it is checked.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::{Stated, Written};
use crate::protocol::{
    Audience, ClientName, Datagram, Fact, LinkDatagram, MessageId, Packet, PacketTag, Segment,
    Session, VersionNotice, codec,
};
use chatsim::scenario::ActorName;
use chatsim::stage::{Change, EntryView, EventView, Trace};

/// What has happened in a play, as far as it was looked at.
#[derive(Default)]
pub(super) struct Past {
    /// How many entries of the trace were looked at.
    len: usize,
    pub(super) sights: Vec<Sight>,
    /// Where among the sights which datagram set out, by its number.
    sendings: BTreeMap<u64, usize>,
    pub(super) facts: Vec<Stated>,
    pub(super) of_message: BTreeMap<MessageId, Vec<Fact>>,
    pub(super) written: BTreeMap<MessageId, Written>,
    /// Who is to have which message.
    pub(super) owed: BTreeSet<(MessageId, ClientName)>,
    /// Whose screens have shown which message.
    pub(super) shown: BTreeSet<(MessageId, ClientName)>,
    /// Where in the trace programs ended.
    pub(super) ends: BTreeMap<ActorName, Vec<usize>>,
}

/// What checkers look at besides facts alone.
pub(super) enum Sight {
    /// A datagram set out.
    Sent(Seen),
    /// A datagram arrived whose sending stands at this place.
    Arrived { sent: usize, by: ActorName },
    /// A program changed.
    Program(ActorName, Change),
    /// A program states a fact.
    Fact(ActorName, Fact),
}

/// A datagram, as far as checkers look into it.
pub(super) struct Seen {
    pub(super) number: u64,
    pub(super) from: ActorName,
    pub(super) to: Option<ActorName>,
    pub(super) len: usize,
    /// A fault has hit it.
    pub(super) is_hit: bool,
    /// A client sends this of its own accord.
    pub(super) speaks_first: bool,
    /// The sessions of its link; none if it is of no link.
    pub(super) source: Option<Session>,
    pub(super) destination: Option<Session>,
    /// The largest number of a segment on board.
    pub(super) last: u64,
    /// The largest number of a segment that it acknowledges.
    pub(super) acknowledged: Option<u64>,
    /// The direct messages on board, and for whom they are.
    pub(super) direct: Vec<(MessageId, ClientName)>,
}

impl Past {
    /// Looks at what is new.
    pub(super) fn learn(&mut self, trace: &Trace, logins: &BTreeMap<ActorName, ClientName>) {
        for EntryView { event, hit_by, .. } in trace.views(self.len) {
            let index = self.len;
            self.len += 1;
            let sight = match event {
                EventView::Sent { number, from, to, bytes } => {
                    let is_hit = !hit_by.is_empty();
                    self.sendings.insert(number, self.sights.len());
                    Sight::Sent(Seen { number, from, to, is_hit, ..Seen::of(bytes, from) })
                }
                EventView::Arrived { number, by } => match self.sendings.get(&number) {
                    Some(&sent) => Sight::Arrived { sent, by },
                    None => continue,
                },
                EventView::Program(actor, change) => {
                    if matches!(change, Change::Ended | Change::Killed) {
                        self.ends.entry(actor).or_default().push(index);
                    }
                    Sight::Program(actor, change)
                }
                EventView::Fact(actor, fact) => {
                    let Some(fact) = Fact::decode(&machine::Fact::new(fact)) else { continue };
                    self.hear(actor, fact, index, logins.get(&actor).copied());
                    Sight::Fact(actor, fact)
                }
                EventView::Missed { .. } | EventView::Timer(_) => continue,
            };
            self.sights.push(sight);
        }
    }

    /// Returns the datagram that set out at a place among the sights.
    pub(super) fn sent(&self, place: usize) -> Option<&Seen> {
        let Sight::Sent(seen) = self.sights.get(place)? else { return None };
        Some(seen)
    }

    fn hear(&mut self, actor: ActorName, fact: Fact, index: usize, login: Option<ClientName>) {
        self.facts.push(Stated { actor, fact });
        if let Some(id) = fact.message() {
            self.of_message.entry(id).or_default().push(fact);
        }
        match fact {
            Fact::Written { id, to } => {
                self.written.insert(id, Written { to, by: actor, index });
                if let Audience::Person(to) = to {
                    self.owed.insert((id, to));
                }
            }
            Fact::Addressed { id, to } | Fact::Kept { id, to } => {
                self.owed.insert((id, to));
            }
            Fact::Shown(id) => self.shown.extend(login.map(|login| (id, login))),
            Fact::Online
            | Fact::Offline
            | Fact::Taken(_)
            | Fact::Confirmed { .. }
            | Fact::FellBack { .. }
            | Fact::Saved { .. }
            | Fact::Accepted(_)
            | Fact::Refused(_)
            | Fact::Receipted { .. }
            | Fact::GroupTold(_)
            | Fact::Member(_)
            | Fact::Leaves
            | Fact::Expelled(_) => {}
        }
    }
}

impl Seen {
    /// Looks into a datagram of somebody.
    fn of(bytes: &[u8], from: ActorName) -> Self {
        let seen = Self {
            number: 0,
            from,
            to: None,
            len: bytes.len(),
            is_hit: false,
            speaks_first: true,
            source: None,
            destination: None,
            last: 0,
            acknowledged: None,
            direct: Vec::new(),
        };
        match codec::decode_datagram(bytes) {
            Ok(Datagram::Link(link)) => seen.of_link(&link),
            Ok(Datagram::Reset { .. }) => Self { speaks_first: false, ..seen },
            Err(_) if VersionNotice::decode(bytes).is_some() => {
                Self { speaks_first: false, ..seen }
            }
            Err(_) => seen,
        }
    }

    fn of_link(self, link: &LinkDatagram<'_>) -> Self {
        // Bare acknowledgements are answers, and so are those of what was kept.
        let is_answer = |segment: &Segment<'_>| segment.kind() == PacketTag::Recovered.kind();
        let sends =
            |segment: &&Segment<'_>| segment.last && segment.kind() == PacketTag::Direct.kind();
        let packets = link.segments.iter().filter(sends);
        let direct = packets.filter_map(|segment| match codec::decode_packet(segment.bytes) {
            Ok(Packet::Direct { to, message }) => Some((message.text.id(message.from), to)),
            _ => None,
        });
        Self {
            speaks_first: !link.segments.iter().all(is_answer),
            source: Some(link.source),
            destination: link.destination,
            last: link.segments.iter().map(|segment| segment.number).max().unwrap_or_default(),
            acknowledged: link.acknowledgement.map(|acked| acked.next.saturating_sub(1)),
            direct: direct.collect(),
            ..self
        }
    }
}
