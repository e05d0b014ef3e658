//! Entries of a trace as bytes.

use std::collections::BTreeMap;

use super::trace::{Change, TraceEntry, TraceEvent};
use super::trace_fact::{FACT_LEN_MAX, read_fact, write_fact};
use super::varint::{Few, NUMBER_LEN_MAX, Sink, apply, difference, read, write};
use crate::network::FaultId;
use crate::protocol::{Fact, Timestamp};
use crate::scenario::ActorName;

/// Names an actor within a trace.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct ActorId(u32);

impl ActorId {
    pub(super) fn new(index: usize) -> Self {
        Self(u32::try_from(index).unwrap_or(u32::MAX))
    }
}

/// One thing that happened, before it is kept, or as it is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Happening<'a, A = ActorId> {
    Sent { number: u64, from: A, to: Option<A>, bytes: &'a [u8] },
    Arrived { number: u64, by: A },
    Missed { number: u64 },
    Timer(A),
    Program(A, Change),
    Fact(A, Fact),
}

/// An entry as it is kept: nothing of it is copied.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Glance<'a> {
    pub(crate) at: Timestamp,
    pub(crate) happening: Happening<'a, ActorName>,
    /// The faults that hit its datagram.
    pub(crate) hit_by: &'a [FaultId],
}

impl Glance<'_> {
    fn entry(self) -> TraceEntry {
        let event = match self.happening {
            Happening::Sent { number, from, to, bytes } => {
                let (bytes, hit_by) = (bytes.to_vec(), self.hit_by.to_vec());
                TraceEvent::Sent { number, from, to, bytes, hit_by }
            }
            Happening::Arrived { number, by } => TraceEvent::Arrived { number, by },
            Happening::Missed { number } => TraceEvent::Missed { number },
            Happening::Timer(actor) => TraceEvent::Timer(actor),
            Happening::Program(actor, change) => TraceEvent::Program(actor, change),
            Happening::Fact(actor, fact) => TraceEvent::Fact(actor, fact),
        };
        TraceEntry { at: self.at, event }
    }
}

/// Some entries that follow each other.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct Chunk {
    len: usize,
    len_max: usize,
    bytes: Vec<u8>,
    /// The faults that hit an entry's datagram; most are hit by none.
    hits: BTreeMap<usize, Vec<FaultId>>,
    /// What the entries of that kind say, in their order.
    changes: Vec<Change>,
    last: Reference,
}

/// What the next entry differs from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
struct Reference {
    at: u64,
    number: u64,
    /// Messages have numbers of their own.
    message: u64,
}

/// The first byte of an entry.
mod kind {
    pub(super) const SENT: u8 = 0;
    pub(super) const SENT_TO_NOBODY: u8 = 1;
    pub(super) const ARRIVED: u8 = 2;
    pub(super) const MISSED: u8 = 3;
    pub(super) const TIMER: u8 = 4;
    pub(super) const PROGRAM: u8 = 5;
    pub(super) const FACT: u8 = 6;
}

const fn kind_of(happening: &Happening<'_>) -> u8 {
    match happening {
        Happening::Sent { to: Some(_), .. } => kind::SENT,
        Happening::Sent { to: None, .. } => kind::SENT_TO_NOBODY,
        Happening::Arrived { .. } => kind::ARRIVED,
        Happening::Missed { .. } => kind::MISSED,
        Happening::Timer(_) => kind::TIMER,
        Happening::Program(..) => kind::PROGRAM,
        Happening::Fact(..) => kind::FACT,
    }
}

/// Bytes of an entry besides its datagram, at most: its kind, its time, an actor and a fact. A
/// datagram has its number, two actors and its length there.
const ENTRY_LEN_MAX: usize = 1 + 2 * NUMBER_LEN_MAX + FACT_LEN_MAX;

impl Chunk {
    /// Tells how many entries there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn is_full(&self) -> bool {
        self.len >= self.len_max
    }

    pub(super) fn bytes_len(&self) -> usize {
        self.bytes.len()
    }

    /// Makes room for so many entries, and so many bytes to begin with.
    pub(super) fn begin(&mut self, len_max: usize, bytes: usize) {
        self.bytes.clear();
        self.bytes.reserve(bytes);
        self.hits.clear();
        self.changes.clear();
        (self.len, self.len_max, self.last) = (0, len_max, Reference::default());
    }

    /// Adds to the last entry that faults hit its datagram.
    pub(super) fn hit(&mut self, by: Vec<FaultId>) {
        self.hits.insert(self.len - 1, by);
    }

    /// Adds an entry.
    #[inline]
    pub(super) fn push(&mut self, at: Timestamp, happening: Happening<'_>) {
        self.len += 1;
        let at_delta = difference(at.as_micros(), &mut self.last.at);
        let (mut entry, mut content) = (Few::<ENTRY_LEN_MAX>::new(), [].as_slice());
        entry.put(kind_of(&happening));
        write(&mut entry, at_delta);
        match happening {
            Happening::Sent { number, from, to, bytes } => {
                write(&mut entry, difference(number, &mut self.last.number));
                write(&mut entry, from.0.into());
                write(&mut entry, to.map_or(0, |to| to.0).into());
                write(&mut entry, bytes.len() as u64);
                content = bytes;
            }
            Happening::Arrived { number, by } => {
                write(&mut entry, difference(number, &mut self.last.number));
                write(&mut entry, by.0.into());
            }
            Happening::Missed { number } => {
                write(&mut entry, difference(number, &mut self.last.number));
            }
            Happening::Timer(actor) => write(&mut entry, actor.0.into()),
            Happening::Program(actor, change) => {
                write(&mut entry, actor.0.into());
                self.changes.push(change);
            }
            Happening::Fact(actor, fact) => {
                write(&mut entry, actor.0.into());
                write_fact(&mut entry, &fact, &mut self.last.message);
            }
        }
        self.bytes.extend_from_slice(entry.written());
        self.bytes.extend_from_slice(content);
    }

    /// Tells all entries, in their order.
    pub(super) fn iter<'a>(
        &'a self,
        actors: &'a [ActorName],
    ) -> impl Iterator<Item = TraceEntry> + 'a {
        self.glances(actors).map(Glance::entry)
    }

    /// Looks at all entries, in their order.
    pub(super) fn glances<'a>(
        &'a self,
        actors: &'a [ActorName],
    ) -> impl Iterator<Item = Glance<'a>> + 'a {
        let mut changes = self.changes.iter();
        let mut rest = self.bytes.as_slice();
        let mut last = Reference::default();
        (0..self.len).filter_map(move |index| {
            let (kind, body) = rest.split_first()?;
            rest = body;
            last.at = apply(last.at, read(&mut rest)?);
            if matches!(*kind, kind::SENT | kind::SENT_TO_NOBODY | kind::ARRIVED | kind::MISSED) {
                last.number = apply(last.number, read(&mut rest)?);
            }
            let number = last.number;
            let mut hit_by: &[FaultId] = &[];
            let mut name = || actors.get(usize::try_from(read(&mut rest)?).ok()?).copied();
            let happening = match *kind {
                kind::SENT | kind::SENT_TO_NOBODY => {
                    let (from, to) = (name()?, name().filter(|_| *kind == kind::SENT));
                    let len = usize::try_from(read(&mut rest)?).ok()?;
                    let (bytes, others) = rest.split_at_checked(len)?;
                    rest = others;
                    hit_by = self.hits.get(&index).map(Vec::as_slice).unwrap_or_default();
                    Happening::Sent { number, from, to, bytes }
                }
                kind::ARRIVED => Happening::Arrived { number, by: name()? },
                kind::MISSED => Happening::Missed { number },
                kind::TIMER => Happening::Timer(name()?),
                kind::PROGRAM => Happening::Program(name()?, *changes.next()?),
                kind::FACT => {
                    let actor = name()?;
                    Happening::Fact(actor, read_fact(&mut rest, &mut last.message)?)
                }
                _ => return None,
            };
            Some(Glance { at: Timestamp::from_micros(last.at), happening, hit_by })
        })
    }
}
