//! A trace as it is kept: a run of a million datagrams is to fit into memory.

use std::collections::BTreeMap;

use super::trace::{Change, TraceEntry, TraceEvent};
use crate::network::FaultId;
use crate::protocol::Timestamp;
use crate::scenario::ActorName;

/// Entries of one chunk.
const CHUNK_LEN: usize = 4096;

/// What happened on a stage, in the order of its happening.
///
/// Names are numbers in here, and the bytes of all datagrams stand behind each other.
#[derive(Debug, Default)]
pub struct Trace {
    actors: Vec<ActorName>,
    by_name: BTreeMap<ActorName, ActorId>,
    chunks: Vec<Chunk>,
}

/// Names an actor within a trace.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct ActorId(u32);

/// One thing that happened, before it is kept.
#[derive(Clone, Copy, Debug)]
pub(super) enum Happening<'a> {
    Sent { number: u64, from: ActorId, to: Option<ActorId>, bytes: &'a [u8] },
    Arrived { number: u64, by: ActorId },
    Missed { number: u64 },
    Timer(ActorId),
    Program(ActorId, Change),
}

/// Some entries that follow each other, with their datagrams' bytes.
#[derive(Debug)]
struct Chunk {
    entries: Vec<Packed>,
    bytes: Vec<u8>,
    /// The faults that hit an entry's datagram; most are hit by none.
    hits: BTreeMap<usize, Vec<FaultId>>,
}

/// An entry; what its kind does not need is 0.
#[derive(Clone, Copy, Debug)]
struct Packed {
    at: Timestamp,
    number: u64,
    actor: ActorId,
    receiver: ActorId,
    bytes_len: u32,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Sent,
    SentToNobody,
    Arrived,
    Missed,
    Timer,
    Program(Change),
}

const NOBODY: ActorId = ActorId(0);

impl Packed {
    #[inline]
    fn new(at: Timestamp, happening: Happening<'_>) -> Self {
        let packed =
            |kind, number, actor| Self { at, number, actor, receiver: NOBODY, bytes_len: 0, kind };
        match happening {
            Happening::Sent { number, from, to, bytes } => {
                let kind = if to.is_some() { Kind::Sent } else { Kind::SentToNobody };
                let bytes_len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
                let receiver = to.unwrap_or(NOBODY);
                Self { receiver, bytes_len, ..packed(kind, number, from) }
            }
            Happening::Arrived { number, by } => packed(Kind::Arrived, number, by),
            Happening::Missed { number } => packed(Kind::Missed, number, NOBODY),
            Happening::Timer(actor) => packed(Kind::Timer, 0, actor),
            Happening::Program(actor, change) => packed(Kind::Program(change), 0, actor),
        }
    }
}

impl Trace {
    /// Tells how many entries there are.
    pub fn len(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.entries.len()).sum()
    }

    /// Tells whether nothing happened.
    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// Tells all entries, in their order.
    pub fn iter(&self) -> impl Iterator<Item = TraceEntry> {
        self.chunks.iter().flat_map(|chunk| chunk.iter(&self.actors))
    }

    /// Copies all entries.
    pub fn to_vec(&self) -> Vec<TraceEntry> {
        self.iter().collect()
    }

    /// Makes an actor known; the same name has the same id.
    pub(super) fn actor(&mut self, name: ActorName) -> ActorId {
        *self.by_name.entry(name).or_insert_with(|| {
            self.actors.push(name);
            ActorId(u32::try_from(self.actors.len() - 1).unwrap_or(u32::MAX))
        })
    }

    /// Adds an entry.
    #[inline]
    pub(super) fn note(&mut self, at: Timestamp, happening: Happening<'_>) {
        let chunk = match self.chunks.last_mut() {
            Some(chunk) if chunk.entries.len() < CHUNK_LEN => chunk,
            _ => self.begin_chunk(),
        };
        let packed = Packed::new(at, happening);
        if let Happening::Sent { bytes, .. } = happening {
            chunk.bytes.extend_from_slice(bytes);
        }
        chunk.entries.push(packed);
    }

    fn begin_chunk(&mut self) -> &mut Chunk {
        let bytes = self.chunks.last().map_or(0, |chunk| chunk.bytes.len());
        self.chunks.push_mut(Chunk {
            entries: Vec::with_capacity(CHUNK_LEN),
            bytes: Vec::with_capacity(bytes),
            hits: BTreeMap::new(),
        })
    }

    /// Adds to the last entry that faults hit its datagram.
    pub(super) fn hit(&mut self, by: Vec<FaultId>) {
        if let Some(chunk) = self.chunks.last_mut().filter(|_| !by.is_empty()) {
            chunk.hits.insert(chunk.entries.len() - 1, by);
        }
    }

    /// Adds an entry as others know it.
    pub(super) fn push(&mut self, TraceEntry { at, event }: TraceEntry) {
        match event {
            TraceEvent::Sent { number, from, to, bytes, hit_by } => {
                let (from, to) = (self.actor(from), to.map(|to| self.actor(to)));
                self.note(at, Happening::Sent { number, from, to, bytes: &bytes });
                self.hit(hit_by);
            }
            TraceEvent::Arrived { number, by } => {
                let by = self.actor(by);
                self.note(at, Happening::Arrived { number, by });
            }
            TraceEvent::Missed { number } => self.note(at, Happening::Missed { number }),
            TraceEvent::Timer(actor) => {
                let actor = self.actor(actor);
                self.note(at, Happening::Timer(actor));
            }
            TraceEvent::Program(actor, change) => {
                let actor = self.actor(actor);
                self.note(at, Happening::Program(actor, change));
            }
        }
    }
}

impl Chunk {
    fn iter<'a>(&'a self, actors: &'a [ActorName]) -> impl Iterator<Item = TraceEntry> + 'a {
        let mut rest = self.bytes.as_slice();
        self.entries.iter().enumerate().filter_map(move |(index, entry)| {
            let len = usize::try_from(entry.bytes_len).unwrap_or(usize::MAX);
            let (bytes, others) = rest.split_at_checked(len)?;
            rest = others;
            let name = |id: ActorId| actors.get(usize::try_from(id.0).ok()?).copied();
            let number = entry.number;
            let event = match entry.kind {
                Kind::Sent | Kind::SentToNobody => TraceEvent::Sent {
                    number,
                    from: name(entry.actor)?,
                    to: name(entry.receiver).filter(|_| entry.kind == Kind::Sent),
                    bytes: bytes.to_vec(),
                    hit_by: self.hits.get(&index).cloned().unwrap_or_default(),
                },
                Kind::Arrived => TraceEvent::Arrived { number, by: name(entry.actor)? },
                Kind::Missed => TraceEvent::Missed { number },
                Kind::Timer => TraceEvent::Timer(name(entry.actor)?),
                Kind::Program(change) => TraceEvent::Program(name(entry.actor)?, change),
            };
            Some(TraceEntry { at: entry.at, event })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::ClientName;

    #[test]
    fn an_entry_takes_little_room() {
        assert_eq!(size_of::<Packed>(), 32);
    }

    #[test]
    fn what_is_kept_comes_out_as_it_went_in() {
        let client = ActorName::Client(ClientName::new("c1").unwrap());
        let sent = |number: u64| TraceEvent::Sent {
            number,
            from: client,
            to: (number > 7).then_some(ActorName::Server),
            bytes: number.to_le_bytes()[..usize::try_from(number % 9).unwrap()].to_vec(),
            hit_by: if number < 9 { vec![FaultId(number), FaultId(0)] } else { Vec::new() },
        };
        let events = |number| {
            [
                sent(number),
                TraceEvent::Arrived { number, by: ActorName::Server },
                TraceEvent::Missed { number },
                TraceEvent::Timer(client),
                TraceEvent::Program(ActorName::Server, Change::Paused),
            ]
        };
        let at = |number| Timestamp::from_micros(number);
        let entry = |(number, event)| TraceEntry { at: at(number), event };
        let count = CHUNK_LEN as u64;
        let entries: Vec<_> =
            (0..count).flat_map(|n| events(n).map(|event| entry((n, event)))).collect();
        let mut trace = Trace::default();
        assert!(trace.is_empty());
        for entry in entries.clone() {
            trace.push(entry);
        }
        assert_eq!(trace.len(), entries.len());
        assert_eq!(trace.to_vec(), entries);
    }
}
