//! The compact representation of a trace: as bytes, because a run of a million datagrams has to fit
//! into memory, and fresh memory costs time. What limits a run is described in `docs/speed.md`.

use std::collections::{BTreeMap, VecDeque};

use super::trace::{TraceEntry, TraceEvent};
use super::trace_chunk::{ActorId, Chunk, EntryView, EventView};
use crate::network::FaultId;
use crate::scenario::ActorName;
use machine::Timestamp;

/// The maximum number of entries in a chunk.
const CHUNK_LEN_MAX: usize = 4096;

/// How much of a trace a stage keeps.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum TraceKeeping {
    /// Nothing.
    #[default]
    Nothing,
    /// The latest entries: this many, sometimes up to twice as many.
    Last(usize),
    /// Everything, from now on.
    Everything,
}

/// What happened on a stage, in order.
///
/// Entries are stored as bytes: names as numbers, and values as differences from the entry before,
/// both of variable length.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Trace {
    keeping: TraceKeeping,
    actors: Vec<ActorName>,
    by_name: BTreeMap<ActorName, ActorId>,
    chunks: VecDeque<Chunk>,
}

impl Trace {
    /// Returns the number of entries.
    pub fn len(&self) -> usize {
        self.chunks.iter().map(Chunk::len).sum()
    }

    /// Returns whether nothing happened.
    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// Returns all entries, in their order.
    pub fn iter(&self) -> impl Iterator<Item = TraceEntry> {
        self.chunks.iter().flat_map(|chunk| chunk.iter(&self.actors))
    }

    /// Returns views of all entries from an index on, in their order.
    pub fn views(&self, from: usize) -> impl Iterator<Item = EntryView<'_>> {
        let (mut chunks, mut rest) = (self.chunks.iter().peekable(), from);
        while let Some(chunk) = chunks.next_if(|chunk| chunk.len() <= rest) {
            rest -= chunk.len();
        }
        chunks.flat_map(|chunk| chunk.views(&self.actors)).skip(rest)
    }

    /// Copies all entries; for a long run they take much more memory than the trace itself.
    pub fn to_vec(&self) -> Vec<TraceEntry> {
        self.iter().collect()
    }

    /// Adds an actor; the same name has the same id.
    pub(super) fn actor(&mut self, name: ActorName) -> ActorId {
        *self.by_name.entry(name).or_insert_with(|| {
            self.actors.push(name);
            ActorId::new(self.actors.len() - 1)
        })
    }

    /// Sets how much is kept from now on.
    pub(super) fn keep(&mut self, keeping: TraceKeeping) {
        self.keeping = keeping;
    }

    /// Returns whether anything is kept at all.
    pub(super) fn is_kept(&self) -> bool {
        self.keeping != TraceKeeping::Nothing
    }

    /// Returns what was kept, and continues with an empty trace.
    pub(super) fn take(&mut self) -> Self {
        let (actors, by_name) = (self.actors.clone(), self.by_name.clone());
        let rest = Self { keeping: self.keeping, actors, by_name, chunks: VecDeque::new() };
        std::mem::replace(self, rest)
    }

    /// Adds an entry, if entries are kept.
    #[inline]
    pub(super) fn note(&mut self, at: Timestamp, event: EventView<'_>) {
        if !self.is_kept() {
            return;
        }
        let chunk = match self.chunks.back_mut() {
            Some(chunk) if !chunk.is_full() => chunk,
            _ => self.begin_chunk(),
        };
        chunk.push(at, event);
    }

    /// Starts a chunk, in place of the oldest one if there are too many.
    fn begin_chunk(&mut self) -> &mut Chunk {
        let len_max = match self.keeping {
            TraceKeeping::Last(count) => count.clamp(1, CHUNK_LEN_MAX),
            TraceKeeping::Nothing | TraceKeeping::Everything => CHUNK_LEN_MAX,
        };
        let rest = self.len() - self.chunks.front().map_or(0, Chunk::len);
        let oldest = match self.keeping {
            TraceKeeping::Last(count) if rest >= count => self.chunks.pop_front(),
            TraceKeeping::Nothing | TraceKeeping::Last(_) | TraceKeeping::Everything => None,
        };
        let mut chunk = oldest.unwrap_or_default();
        // The first chunk grows; the others are allocated at its size.
        let before = self.chunks.back().map_or(0, Chunk::bytes_len);
        chunk.begin(len_max, before + before / 8);
        self.chunks.push_back_mut(chunk)
    }

    /// Adds faults that hit the datagram of the last entry.
    pub(super) fn hit(&mut self, by: Vec<FaultId>) {
        if let Some(chunk) = self.chunks.back_mut() {
            chunk.hit(by);
        }
    }

    /// Adds an entry in its public form.
    pub(super) fn push(&mut self, TraceEntry { at, event }: TraceEntry) {
        match event {
            TraceEvent::Sent { number, from, to, bytes, hit_by } => {
                let (from, to) = (self.actor(from), to.map(|to| self.actor(to)));
                self.note(at, EventView::Sent { number, from, to, bytes: &bytes });
                if !hit_by.is_empty() {
                    self.hit(hit_by);
                }
            }
            TraceEvent::Arrived { number, by } => {
                let by = self.actor(by);
                self.note(at, EventView::Arrived { number, by });
            }
            TraceEvent::Missed { number } => self.note(at, EventView::Missed { number }),
            TraceEvent::Timer(actor) => {
                let actor = self.actor(actor);
                self.note(at, EventView::Timer(actor));
            }
            TraceEvent::Program(actor, change) => {
                let actor = self.actor(actor);
                self.note(at, EventView::Program(actor, change));
            }
            TraceEvent::Fact(actor, fact) => {
                let actor = self.actor(actor);
                self.note(at, EventView::Fact(actor, fact.bytes()));
            }
        }
    }
}

impl Extend<TraceEntry> for Trace {
    fn extend<I: IntoIterator<Item = TraceEntry>>(&mut self, entries: I) {
        entries.into_iter().for_each(|entry| self.push(entry));
    }
}

/// Keeps everything.
impl FromIterator<TraceEntry> for Trace {
    fn from_iter<I: IntoIterator<Item = TraceEntry>>(entries: I) -> Self {
        let mut trace = Self { keeping: TraceKeeping::Everything, ..Self::default() };
        trace.extend(entries);
        trace
    }
}

impl<'a> IntoIterator for &'a Trace {
    type Item = TraceEntry;
    type IntoIter = Box<dyn Iterator<Item = TraceEntry> + 'a>;

    fn into_iter(self) -> Self::IntoIter {
        Box::new(self.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::super::trace::Change;
    use super::*;
    use crate::testing::{client, server};
    use machine::Fact;

    #[test]
    fn what_is_kept_comes_out_as_it_went_in() {
        let (client, server) = (client("c1"), server());
        let sent = |number: u64| TraceEvent::Sent {
            number,
            from: client,
            to: (number > 7).then_some(server),
            bytes: number.to_le_bytes()[..usize::try_from(number % 9).unwrap()].to_vec(),
            hit_by: if number < 9 { vec![FaultId(number), FaultId(0)] } else { Vec::new() },
        };
        let events = |number| {
            [
                sent(number),
                TraceEvent::Arrived { number, by: server },
                TraceEvent::Missed { number },
                TraceEvent::Timer(client),
                TraceEvent::Program(server, Change::Paused),
                TraceEvent::Fact(client, Fact::new(&number.to_le_bytes())),
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

    #[test]
    fn a_look_begins_anywhere() {
        let mut trace = Trace::default();
        trace.keep(TraceKeeping::Everything);
        let len = CHUNK_LEN_MAX * 2 + 5;
        for number in 0..len as u64 {
            trace.note(Timestamp::from_micros(number), EventView::Missed { number });
        }
        for from in [0, 1, CHUNK_LEN_MAX - 1, CHUNK_LEN_MAX, CHUNK_LEN_MAX + 1, len - 1, len] {
            let seen: Vec<_> = trace.views(from).map(|glance| glance.at.as_micros()).collect();
            assert_eq!(seen, (from as u64..len as u64).collect::<Vec<_>>());
        }
        assert_eq!(trace.views(len + 1).count(), 0);
    }

    fn filled(keeping: TraceKeeping, count: u64) -> Vec<u64> {
        let mut trace = Trace::default();
        trace.keep(keeping);
        for number in 1..=count {
            trace.note(Timestamp::from_micros(number), EventView::Missed { number });
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
