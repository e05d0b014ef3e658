//! A trace as it is kept: a run of a million datagrams is to fit into memory.

use std::collections::{BTreeMap, VecDeque};

use super::trace::{Change, TraceEntry, TraceEvent};
use crate::network::FaultId;
use crate::protocol::{Fact, Timestamp};
use crate::scenario::ActorName;

/// Entries of one chunk, at most.
const CHUNK_LEN_MAX: usize = 4096;

/// How much of a trace a stage keeps.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum TraceKeeping {
    /// Nothing.
    #[default]
    Nothing,
    /// So many entries, the latest; sometimes up to twice as many.
    Last(usize),
    /// Everything, from now on.
    Everything,
}

/// What happened on a stage, in the order of its happening.
///
/// Names are numbers in here, and the bytes of all datagrams stand behind each other.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Trace {
    keeping: TraceKeeping,
    actors: Vec<ActorName>,
    by_name: BTreeMap<ActorName, ActorId>,
    chunks: VecDeque<Chunk>,
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
    Fact(ActorId, Fact),
}

/// Some entries that follow each other, with their datagrams' bytes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Chunk {
    entries: Vec<Packed>,
    bytes: Vec<u8>,
    /// The faults that hit an entry's datagram; most are hit by none.
    hits: BTreeMap<usize, Vec<FaultId>>,
    /// What the entries of that kind say, in their order.
    facts: Vec<Fact>,
}

/// An entry; what its kind does not need is 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
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
    Fact,
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
            Happening::Fact(actor, _) => packed(Kind::Fact, 0, actor),
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

    /// Copies all entries; of a long run they take much more room than the trace itself.
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

    /// Says how much is kept from now on.
    pub(super) fn keep(&mut self, keeping: TraceKeeping) {
        self.keeping = keeping;
    }

    /// Tells whether anything is kept at all.
    pub(super) fn is_kept(&self) -> bool {
        self.keeping != TraceKeeping::Nothing
    }

    /// Gives what was kept, and goes on with nothing.
    pub(super) fn take(&mut self) -> Self {
        let (actors, by_name) = (self.actors.clone(), self.by_name.clone());
        let rest = Self { keeping: self.keeping, actors, by_name, chunks: VecDeque::new() };
        std::mem::replace(self, rest)
    }

    /// Adds an entry, if any is kept.
    #[inline]
    pub(super) fn note(&mut self, at: Timestamp, happening: Happening<'_>) {
        if !self.is_kept() {
            return;
        }
        let packed = Packed::new(at, happening);
        let chunk = match self.chunks.back_mut() {
            Some(chunk) if chunk.entries.len() < chunk.entries.capacity() => chunk,
            _ => self.begin_chunk(),
        };
        match happening {
            Happening::Sent { bytes, .. } => chunk.bytes.extend_from_slice(bytes),
            Happening::Fact(_, fact) => chunk.facts.push(fact),
            _ => {}
        }
        chunk.entries.push(packed);
    }

    /// Begins a chunk, in the place of the oldest one if that is one too many.
    fn begin_chunk(&mut self) -> &mut Chunk {
        let len = match self.keeping {
            TraceKeeping::Last(count) => count.clamp(1, CHUNK_LEN_MAX),
            TraceKeeping::Nothing | TraceKeeping::Everything => CHUNK_LEN_MAX,
        };
        let rest = self.len() - self.chunks.front().map_or(0, |chunk| chunk.entries.len());
        let oldest = match self.keeping {
            TraceKeeping::Last(count) if rest >= count => self.chunks.pop_front(),
            _ => None,
        };
        let mut chunk = oldest.unwrap_or_default();
        chunk.clear();
        chunk.entries.reserve_exact(len);
        self.chunks.push_back_mut(chunk)
    }

    /// Adds to the last entry that faults hit its datagram.
    pub(super) fn hit(&mut self, by: Vec<FaultId>) {
        if let Some(chunk) = self.chunks.back_mut() {
            chunk.hits.insert(chunk.entries.len() - 1, by);
        }
    }

    /// Adds an entry as others know it.
    pub(super) fn push(&mut self, TraceEntry { at, event }: TraceEntry) {
        match event {
            TraceEvent::Sent { number, from, to, bytes, hit_by } => {
                let (from, to) = (self.actor(from), to.map(|to| self.actor(to)));
                self.note(at, Happening::Sent { number, from, to, bytes: &bytes });
                if !hit_by.is_empty() {
                    self.hit(hit_by);
                }
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
            TraceEvent::Fact(actor, fact) => {
                let actor = self.actor(actor);
                self.note(at, Happening::Fact(actor, fact));
            }
        }
    }
}

impl<'a> IntoIterator for &'a Trace {
    type Item = TraceEntry;
    type IntoIter = Box<dyn Iterator<Item = TraceEntry> + 'a>;

    fn into_iter(self) -> Self::IntoIter {
        Box::new(self.iter())
    }
}

impl Chunk {
    fn clear(&mut self) {
        self.entries.clear();
        self.bytes.clear();
        self.hits.clear();
        self.facts.clear();
    }

    fn iter<'a>(&'a self, actors: &'a [ActorName]) -> impl Iterator<Item = TraceEntry> + 'a {
        let (mut rest, mut facts) = (self.bytes.as_slice(), self.facts.iter());
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
                Kind::Fact => TraceEvent::Fact(name(entry.actor)?, *facts.next()?),
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
                TraceEvent::Fact(client, Fact::Online),
            ]
        };
        let at = |number| Timestamp::from_micros(number);
        let entry = |(number, event)| TraceEntry { at: at(number), event };
        let count = CHUNK_LEN_MAX as u64;
        let entries: Vec<_> =
            (0..count).flat_map(|n| events(n).map(|event| entry((n, event)))).collect();
        let mut trace = Trace::default();
        trace.keep(TraceKeeping::Everything);
        assert!(trace.is_empty());
        for entry in entries.clone() {
            trace.push(entry);
        }
        assert_eq!(trace.len(), entries.len());
        assert_eq!(trace.to_vec(), entries);
        assert_eq!(trace.take().len(), entries.len());
        assert!(trace.is_empty());
    }

    fn filled(keeping: TraceKeeping, count: u64) -> Vec<u64> {
        let mut trace = Trace::default();
        trace.keep(keeping);
        for number in 1..=count {
            trace.note(Timestamp::from_micros(number), Happening::Missed { number });
        }
        trace.iter().map(|entry| entry.at.as_micros()).collect()
    }

    #[test]
    fn the_latest_entries_are_kept() {
        assert!(filled(TraceKeeping::Nothing, 5).is_empty());
        assert_eq!(filled(TraceKeeping::Everything, 5), [1, 2, 3, 4, 5]);
        assert_eq!(filled(TraceKeeping::Last(2), 4), [1, 2, 3, 4]);
        assert_eq!(filled(TraceKeeping::Last(2), 5), [3, 4, 5]);
        assert_eq!(filled(TraceKeeping::Last(2), 1001), [999, 1000, 1001]);
        assert_eq!(filled(TraceKeeping::Last(0), 3), [3]);
        let many = filled(TraceKeeping::Last(CHUNK_LEN_MAX * 2), 100_000);
        assert!((CHUNK_LEN_MAX * 2..=CHUNK_LEN_MAX * 3).contains(&many.len()));
        assert_eq!(many.last(), Some(&100_000));
    }
}
